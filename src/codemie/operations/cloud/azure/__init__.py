"""The way to Azure: who is signed in, and the Azure Resource Manager that is asked; no SDK, plain HTTP."""
