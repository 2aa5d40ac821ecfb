"""Why a registry does not give or take an image."""


class RegistryFailed(Exception):
    """It does not answer, or not as a registry does; the message says which and how."""


class LoginWanted(RegistryFailed):
    """401: there is no login for it, or a wrong one."""


class Denied(RegistryFailed):
    """403: the login is right, and may not do this."""


class Missing(RegistryFailed):
    """404: there is no such repository, tag or digest for this login."""
