"""What clients need to know before anybody has signed in: how to sign in, and which features are there."""

from codemie.identity.schemas import Component
from codemie.identity.settings import IdentitySettings

# Absent means off: clients hide what is not listed.
_FEATURES = ("features:userManagement", "features:knowledgeBases", "features:datasources", "features:codeIndexing")


def components(settings: IdentitySettings) -> list[Component]:
    """Enabled features and the identity provider's name, in the shape of ``GET /v1/config``."""
    on = {"enabled": True, "availableForExternal": True}
    features = [Component(id=name, settings=on) for name in _FEATURES]
    return [*features, Component(id="idpProvider", settings={**on, "value": settings.mode})]
