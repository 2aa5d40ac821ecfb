"""A Kubernetes API server in memory, which the real kubectl can talk to."""
