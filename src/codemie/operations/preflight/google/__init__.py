"""What `codemiectl preflight --cloud gcp` asks of a project of Google Cloud before anything is made there."""
