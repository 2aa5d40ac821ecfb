"""Can a Kubernetes cluster run this installation, and if not, which one thing is wrong? Reads, and never writes."""
