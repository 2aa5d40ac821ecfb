"""Settings of single sign-on: what is incomplete stops the start and is named."""

from pathlib import Path

import pytest
from tests.fakes.oidc_issuer import FakeIssuer
from tests.identity.single_sign_on import oidc_environment

from codemie.identity.runtime import open_runtime
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError
from codemie.settings import load_settings

ISSUER = "https://issuer.example"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"MODE": "keycloak"}, "identity.mode"),
        ({"MODE": "oidc"}, "identity.oidc_issuer"),
        ({"MODE": "oidc", "OIDC_ISSUER": "issuer.example"}, "identity.oidc_issuer"),
        ({"MODE": "oidc", "OIDC_ISSUER": "http://issuer.example"}, "identity.oidc_allow_http"),
        ({"MODE": "oidc", "OIDC_ISSUER": ISSUER, "OIDC_CLIENT_SECRET": "s"}, "identity.oidc_client_id"),
        ({"MODE": "oidc", "OIDC_ISSUER": ISSUER, "OIDC_ALGORITHMS": "RS256,HS256"}, "HS256"),
        ({"MODE": "oidc", "OIDC_ISSUER": ISSUER, "OIDC_ALGORITHMS": "none"}, "none"),
        ({"MODE": "oidc", "OIDC_ISSUER": ISSUER, "OIDC_AUDIENCE": ""}, "identity.oidc_audience"),
        ({"MODE": "oidc", "OIDC_ISSUER": ISSUER, "OIDC_SCOPES": "email"}, "identity.oidc_scopes"),
        ({"MODE": "oidc", "OIDC_ISSUER": ISSUER, "MEMBERSHIP_SYNC": "sometimes"}, "identity.membership_sync"),
        ({"MODE": "oidc", "OIDC_ISSUER": ISSUER, "DEV_IDENTITIES": "true"}, "identity.dev_identities"),
    ],
)
def test_incomplete_settings_are_named(variables: dict[str, str], named: str) -> None:
    environment = {f"CODEMIE_IDENTITY_{name}": value for name, value in variables.items()}

    with pytest.raises(ConfigurationError) as refusal:
        load_settings({"CODEMIE_HOME": "/nonexistent", **environment})

    assert named in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"CODEMIE_IDENTITY_OIDC_ISSUER": "{issuer}/"}, "identity.oidc_issuer"),
        ({"CODEMIE_FRONTEND_URL": None}, "CODEMIE_FRONTEND_URL"),
    ],
)
async def test_a_wrong_issuer_or_address_stops_the_start(
    tmp_path: Path,
    issuer: FakeIssuer,
    database: Database,
    changes: dict[str, str | None],
    named: str,
) -> None:
    environment = oidc_environment(tmp_path / "home", "postgresql://unused", "nats://unused", issuer.url)
    for name, value in changes.items():
        environment.pop(name)
        if value is not None:
            environment[name] = value.format(issuer=issuer.url)
    settings = load_settings(environment)[0]

    with pytest.raises(ConfigurationError, match=named):
        async with open_runtime(settings, database, None):  # type: ignore[arg-type]
            pass
