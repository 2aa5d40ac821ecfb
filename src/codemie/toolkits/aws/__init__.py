"""Amazon Web Services and systems that speak as they do: S3 in tools of its own, everything else by operation."""
