"""`codemiectl idp export` on a real Keycloak: what is written down is what is there, and nothing secret of it."""

import os
from pathlib import Path

import pytest

from tests.cli.installation import ctl
from tests.keycloak.servers import ADMIN_PASSWORD, BROKER_FILE, EXCHANGE_FILE, REALM_FILE, Keycloak

NOTHING = "Nothing to change.\n"
PLANTED = "planted-password-of-the-mail-server"


@pytest.fixture
def operator(keycloak: Keycloak) -> dict[str, str]:
    """The environment of somebody who knows the administrator's password and no other secret."""
    return {"PATH": os.environ["PATH"], "KEYCLOAK_URL": keycloak.url, "KEYCLOAK_ADMIN_PASSWORD": ADMIN_PASSWORD}


def _idp(environment: dict[str, str], *words: str) -> str:
    done = ctl("idp", *words, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _grown(keycloak: Keycloak, variables: dict[str, str], realm: str) -> None:
    """A realm as it is after a while: ours, changed by hand."""
    filled = {**variables, "KEYCLOAK_REALM": realm, "BROKER_DEFAULT": variables["BROKER_ALIAS"]}
    for file in (REALM_FILE, BROKER_FILE, EXCHANGE_FILE):
        keycloak.apply(file, filled)
    mail = {"host": "mail.test", "from": "codemie@mail.test", "user": "codemie", "password": PLANTED, "auth": "true"}
    keycloak.call("PUT", f"/{realm}", {"displayName": "Ours in ${HOME} for $5", "smtpServer": mail})
    scope = next(each for each in keycloak.call("GET", f"/{realm}/client-scopes") if each["name"] == "profile")
    mapper = {
        "name": "by hand",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {"user.attribute": "team", "claim.name": "team", "jsonType.label": "String"},
    }
    keycloak.call("POST", f"/{realm}/client-scopes/{scope['id']}/protocol-mappers/models", mapper)
    profile = keycloak.call("GET", f"/{realm}/users/profile")
    keycloak.call("PUT", f"/{realm}/users/profile", {**profile, "unmanagedAttributePolicy": "ADMIN_EDIT"})


def test_an_export_applied_changes_nothing_and_makes_the_same_realm_elsewhere(
    keycloak: Keycloak, operator: dict[str, str], variables: dict[str, str], tmp_path: Path
) -> None:
    _grown(keycloak, variables, "grown")
    file = tmp_path / "grown.yaml"

    assert "without secrets" in _idp(operator, "export", "--realm", "grown", "--out", str(file))
    text = file.read_text()
    assert _idp(operator, "apply", str(file), "--allow-write") == NOTHING
    assert all(told in text for told in ("by hand", "mail.test", "ADMIN_EDIT"))
    secret = [value for name, value in variables.items() if name.endswith("_SECRET")]
    assert not [each for each in (*secret, PLANTED, ADMIN_PASSWORD) if each in text]

    other = {**operator, "KEYCLOAK_REALM": "elsewhere", "SECRET_OF_CODEMIE_SERVICE": "brought-along"}
    assert "changes made." in _idp(other, "apply", str(file), "--allow-write")
    assert _idp(other, "apply", str(file), "--allow-write") == NOTHING
    again = _idp(other, "export")
    assert again.replace("elsewhere", "grown") == text
    service = keycloak.call("GET", "/elsewhere/clients?clientId=codemie-service")[0]
    assert service["secret"] == "brought-along"
    for realm in ("grown", "elsewhere"):
        keycloak.call("DELETE", f"/{realm}")


def test_what_was_changed_since_is_put_back(
    keycloak: Keycloak, operator: dict[str, str], variables: dict[str, str], tmp_path: Path
) -> None:
    keycloak.apply(REALM_FILE, {**variables, "KEYCLOAK_REALM": "kept"})
    file = tmp_path / "kept.yaml"
    _idp(operator, "export", "--realm", "kept", "--out", str(file))
    keycloak.call("PUT", "/kept", {"bruteForceProtected": False})
    keycloak.call("DELETE", "/kept/roles/auditor")

    assert "2 changes made." in _idp(operator, "apply", str(file), "--allow-write")
    assert _idp(operator, "apply", str(file)) == NOTHING
    keycloak.call("DELETE", "/kept")


def test_a_realm_that_is_not_there_is_said_so(operator: dict[str, str]) -> None:
    done = ctl("idp", "export", "--realm", "nowhere", env=operator)

    assert done.returncode != 0
    assert "no realm 'nowhere'" in done.stderr
