"""Will what is about to be installed or changed come about, and is it what was meant?

`codemiectl preflight` asks before anything is made: the values for Terraform by the rules of the stack that takes them,
a plan by what it would destroy or open, the bucket of states, the account by its rights, limits and names, registries
by the images of the chart, and a cluster by what the chart would make in it.
"""
