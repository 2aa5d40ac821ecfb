"""Azure DevOps, Services and Server: https://learn.microsoft.com/rest/api/azure/devops/."""
