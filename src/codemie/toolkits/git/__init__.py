"""Working in a repository of an agent, whoever's server it is at."""
