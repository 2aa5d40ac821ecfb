"""What clients need to know before anybody has signed in: how to sign in, and which features are there."""

from urllib.parse import urlsplit

from codemie.identity.schemas import Component
from codemie.identity.settings import IdentitySettings

# Absent means off: clients hide what is not listed.
_FEATURES = ("features:userManagement", "features:knowledgeBases", "features:datasources", "features:codeIndexing")


def components(settings: IdentitySettings) -> list[Component]:
    """What this platform has, and the identity provider's name, in the shape of ``GET /v1/config``."""
    on = {"enabled": True, "availableForExternal": True}
    features = [Component(id=name, settings=on) for name in _FEATURES]
    listed = [*features, Component(id="idpProvider", settings={**on, "value": settings.mode})]
    if settings.mode == "oidc":
        return [*listed, Component(id="singleSignOn", settings={**on, **_single_sign_on(settings)})]
    doors = {"registration": settings.registration, "mail": settings.smtp_host is not None}
    return [*listed, Component(id="localAccounts", settings={**on, **doors})]


def _single_sign_on(settings: IdentitySettings) -> dict[str, str | None]:
    """Where the buttons lead. Without an address to sign in, a proxy in front does it."""
    sign_in = "/v1/auth/sign-in" if settings.oidc_client_id else None
    name = settings.oidc_name or urlsplit(settings.oidc_issuer or "").hostname
    return {"name": name, "signInUrl": sign_in, "signOutUrl": "/v1/user/log_out"}
