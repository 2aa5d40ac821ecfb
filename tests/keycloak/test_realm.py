"""`codemiectl idp apply` on a real Keycloak, and what the realm it makes guards against."""

import os
from pathlib import Path

import pytest

from tests.cli.installation import ctl
from tests.keycloak.people import PASSWORD, REALM, an_email
from tests.keycloak.servers import ADMIN_PASSWORD, BROKER_FILE, EXCHANGE_FILE, REALM_FILE, Keycloak

NOTHING = "Nothing to change.\n"


@pytest.fixture
def operator(keycloak: Keycloak, variables: dict[str, str]) -> dict[str, str]:
    """The environment of an operator who sets up one more realm."""
    credentials = {"KEYCLOAK_URL": keycloak.url, "KEYCLOAK_ADMIN_PASSWORD": ADMIN_PASSWORD}
    return {"PATH": os.environ["PATH"], **variables, **credentials, "KEYCLOAK_REALM": "operators"}


def _idp_apply(path: Path, environment: dict[str, str], *options: str) -> str:
    done = ctl("idp", "apply", str(path), *options, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_plan_changes_nothing_and_a_second_run_has_nothing_to_do(
    keycloak: Keycloak, operator: dict[str, str]
) -> None:
    planned = _idp_apply(REALM_FILE, operator, "--plan")
    realms = [realm["realm"] for realm in keycloak.call("GET", "")]
    assert "+ realm operators" in planned
    assert "+ client oauth2-proxy" in planned
    assert "~ client codemie-service: scope codemie" in planned
    assert "~ client codemie-service: service account" in planned
    assert "~ client codemie-service: role developer" in planned
    assert "operators" not in realms

    # Optional addresses of the provider are left out: the common case.
    optional = ("BROKER_USERINFO_URL", "BROKER_LOGOUT_URL", "BROKER_INTROSPECTION_URL")
    environment = {name: value for name, value in operator.items() if name not in optional}
    for path in (REALM_FILE, BROKER_FILE, EXCHANGE_FILE):
        assert "changes made." in _idp_apply(path, environment, "--allow-write")
        assert _idp_apply(path, environment, "--allow-write") == NOTHING
    assert operator["BROKER_CLIENT_SECRET"] not in planned
    keycloak.call("DELETE", "/operators")


def test_drift_is_found_and_repaired_and_the_rest_left_alone(keycloak: Keycloak, variables: dict[str, str]) -> None:
    realm = {**variables, "KEYCLOAK_REALM": "drifting"}
    keycloak.apply(REALM_FILE, realm)
    keycloak.call("POST", "/drifting/clients", {"clientId": "by-hand"})
    keycloak.call("PUT", "/drifting", {"bruteForceProtected": False, "displayName": "CodeMie"})
    keycloak.call("DELETE", "/drifting/roles/auditor")
    client = keycloak.call("GET", "/drifting/clients?clientId=codemie")[0]
    keycloak.call("PUT", f"/drifting/clients/{client['id']}", {**client, "redirectUris": ["https://evil.test/*"]})
    service = keycloak.call("GET", "/drifting/clients?clientId=codemie-service")[0]
    keycloak.call("DELETE", f"/drifting/clients/{service['id']}")
    scopes = keycloak.call("GET", "/drifting/client-scopes")
    scope = next(each for each in scopes if each["name"] == "codemie")
    mapper = next(each for each in scope["protocolMappers"] if each["name"] == "applications")
    keycloak.call("DELETE", f"/drifting/client-scopes/{scope['id']}/protocol-mappers/models/{mapper['id']}")

    planned = {change.what for change in keycloak.apply(REALM_FILE, realm, dry=True)}
    made = {change.what for change in keycloak.apply(REALM_FILE, realm)}

    drifted = {
        "realm drifting",
        "role auditor",
        "client codemie",
        "client scope codemie: mapper applications",
        "client codemie-service",
        "client codemie-service: scope codemie",
        "client codemie-service: service account",
        "client codemie-service: role developer",
    }
    assert planned == made == drifted
    assert keycloak.apply(REALM_FILE, realm, dry=True) == []
    assert keycloak.call("GET", "/drifting/clients?clientId=by-hand"), "what the file does not name stays"
    keycloak.call("DELETE", "/drifting")


def test_the_default_provider_is_data_of_the_realm(keycloak: Keycloak, variables: dict[str, str]) -> None:
    realm = {**variables, "KEYCLOAK_REALM": "redirecting"}
    keycloak.apply(REALM_FILE, realm)
    keycloak.apply(BROKER_FILE, realm)
    assert _default_provider(keycloak) is None, "nobody asked for one"

    chosen = {**realm, "BROKER_DEFAULT": realm["BROKER_ALIAS"]}
    planned = [change.what for change in keycloak.apply(BROKER_FILE, chosen, dry=True)]
    made = [change.what for change in keycloak.apply(BROKER_FILE, chosen)]
    assert planned == made == ["default identity provider"]
    assert _default_provider(keycloak) == realm["BROKER_ALIAS"]
    assert keycloak.apply(BROKER_FILE, chosen, dry=True) == []
    assert f"/broker/{realm['BROKER_ALIAS']}/login" in _sign_in(keycloak, realm), "nobody sees Keycloak's own page"

    other = {"realm": {"realm": "redirecting"}, "defaultIdentityProvider": "other"}
    assert [change.action for change in keycloak.apply_document(other)] == ["update"]
    assert _default_provider(keycloak) == "other"
    assert keycloak.apply(BROKER_FILE, realm, dry=True) == [], "what nobody asks for is left alone"
    keycloak.call("DELETE", "/redirecting")


def _sign_in(keycloak: Keycloak, realm: dict[str, str]) -> str:
    """Where a browser is sent that oauth2-proxy sends to Keycloak."""
    query = {
        "client_id": "oauth2-proxy",
        "redirect_uri": f"{realm['CODEMIE_FRONTEND_URL']}/oauth2/callback",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    address = f"{keycloak.issuer('redirecting')}/protocol/openid-connect/auth"
    answer = keycloak.client.get(address, params=query, headers={"Authorization": ""})
    return str(answer.headers.get("location", ""))


def _default_provider(keycloak: Keycloak) -> str | None:
    steps = keycloak.call("GET", "/redirecting/authentication/flows/browser/executions")
    step = next(each for each in steps if each["providerId"] == "identity-provider-redirector")
    if "authenticationConfig" not in step:
        return None
    found = keycloak.call("GET", f"/redirecting/authentication/config/{step['authenticationConfig']}")
    return str(found["config"]["defaultProvider"])


def test_keycloak_stops_who_guesses(keycloak: Keycloak) -> None:
    email = an_email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",))
    form = {"grant_type": "password", "client_id": "codemie-sdk", "username": email}
    for _ in range(12):
        keycloak.token(REALM, **form, password="wrong")

    assert keycloak.token(REALM, **form, password=PASSWORD).status_code == 401


def test_tokens_are_short_and_clients_without_a_secret_get_no_refresh_token(keycloak: Keycloak) -> None:
    email = an_email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",))
    form = {"grant_type": "password", "client_id": "codemie-sdk", "username": email, "password": PASSWORD}

    given = keycloak.token(REALM, **form).json()
    realm = keycloak.call("GET", f"/{REALM}")

    assert given["expires_in"] == 300
    assert "refresh_token" not in given
    assert (realm["ssoSessionIdleTimeout"], realm["ssoSessionMaxLifespan"]) == (900, 900)


def test_nobody_changes_their_own_projects(keycloak: Keycloak) -> None:
    email = an_email()
    user_id = keycloak.add_user(REALM, email, PASSWORD, ("developer",), applications=["team"])
    token = keycloak.token(
        REALM, grant_type="password", client_id="codemie-sdk", username=email, password=PASSWORD
    ).json()["access_token"]
    own = f"{keycloak.issuer(REALM)}/account"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    seen = keycloak.client.get(own, headers=headers)
    changed = keycloak.client.post(
        own, headers=headers, json={"email": email, "attributes": {"applications": ["team", "secret"]}}
    )

    assert "applications" not in seen.text
    assert changed.status_code >= 400 or changed.status_code == 204
    assert keycloak.call("GET", f"/{REALM}/users/{user_id}")["attributes"]["applications"] == ["team"]


def test_an_upgrade_leaves_what_the_file_of_the_broker_set(keycloak: Keycloak, variables: dict[str, str]) -> None:
    assert keycloak.apply(REALM_FILE, variables, dry=True) == []
