"""Toolkits: what an agent can do in GitLab, Azure DevOps, AWS, Jira… One module a system.

A module declares a `Toolkit` and its tools, plain functions with a client and typed arguments; `catalogue` lists them,
`calling` runs them.
"""
