"""Jira and Confluence, in the cloud and in a data center: https://developer.atlassian.com/."""
