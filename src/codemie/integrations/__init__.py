"""Integrations: which credentials exist, who may use them, do they work?

People enter them in the UI after deployment. Secrets are sealed before they are stored and never shown again.
"""
