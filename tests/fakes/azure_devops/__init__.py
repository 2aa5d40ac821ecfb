"""Azure DevOps Services, as far as tools use it, after https://learn.microsoft.com/rest/api/azure/devops/.

One organization, `contoso`, with the project `app`. What is created can be read back, refusals are the service's own.
Each area is a module here, with its state and its routes.
"""
