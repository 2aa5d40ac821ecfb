"""What `codemiectl preflight --cloud azure` looks at: the sign-in, the subscription, and the states in a container."""
