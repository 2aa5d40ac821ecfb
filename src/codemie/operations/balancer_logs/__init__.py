"""What did the load balancer answer, and why? Its access logs, read and summed up; nobody's address is told."""
