"""What `codemiectl doctor` says of a real Keycloak, whole and broken."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from codemie.checks.report import Checked, Status
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.identity.realm_document import load
from codemie.operations.installation import outside, realm, sign_in
from codemie.operations.installation.opening import opened
from codemie.operations.installation.provider_access import GivenClient, ProviderAccess
from codemie.operations.installation.subject import Installation
from codemie.operations.preflight.upstream_checks import Upstreams, upstream
from codemie.settings import load_settings
from tests.keycloak.conftest import single_sign_on_at
from tests.keycloak.people import PASSWORD, REALM, an_email
from tests.keycloak.servers import ADMIN_PASSWORD, BROKER_FILE, EXCHANGE_FILE, REALM_FILE, Keycloak
from tests.support import environment_for

CHECKS = (outside.discovery, *sign_in.CHECKS, *realm.CHECKS)
WELL = {check.id: Status.PASS for check in CHECKS}


@pytest.fixture
async def installation(
    keycloak: Keycloak, variables: dict[str, str], postgres_url: str, nats_url: str, tmp_path: Any
) -> Installation:
    """One whose people are those of our realm."""
    email = an_email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",), applications=["team"])
    secret = variables["CODEMIE_IDENTITY_OIDC_CLIENT_SECRET"]
    single = single_sign_on_at(keycloak, variables["CODEMIE_FRONTEND_URL"], "codemie", secret)
    settings = load_settings(environment_for(tmp_path, postgres_url, nats_url, **single))[0]
    access = ProviderAccess(
        admin_password=ADMIN_PASSWORD,
        machine=GivenClient("codemie-service", variables["CODEMIE_SERVICE_CLIENT_SECRET"]),
        person=GivenClient("codemie-sdk", "", email, PASSWORD),
        may_try=True,
    )
    return Installation(settings, postgres_url, provider_access=access)


async def found(installation: Installation) -> dict[str, Checked]:
    async with opened(installation) as sources:
        options = Options(timeout=60, secrets=installation.hidden())
        return {each.id: each for each in (await run("doctor", CHECKS, sources, options)).checks}


@asynccontextmanager
async def put(keycloak: Keycloak, path: str, **changed: Any) -> AsyncIterator[None]:
    """Something of the realm is otherwise for a while."""
    before = keycloak.call("GET", path)
    keycloak.call("PUT", path, {**before, **changed})
    yield
    keycloak.call("PUT", path, before)


async def test_our_realm_is_well(installation: Installation) -> None:
    seen = await found(installation)

    assert {name: each.status for name, each in seen.items()} == WELL, seen
    assert seen["idp.flows"].finding.detail == (
        "Only asked about: authorization code with PKCE, secret of our client; "
        "token issued, verified and dropped: client credentials, password"
    )


async def test_each_fault_of_a_real_realm_is_found(
    keycloak: Keycloak, variables: dict[str, str], installation: Installation
) -> None:
    client = keycloak.call("GET", f"/{REALM}/clients?clientId=codemie")[0]["id"]
    scopes = {each["name"]: each for each in keycloak.call("GET", f"/{REALM}/client-scopes")}
    mappers = {each["name"]: each["id"] for each in scopes["codemie"]["protocolMappers"]}
    profile = keycloak.call("GET", f"/{REALM}/users/profile")
    undeclared = [each for each in profile["attributes"] if not each["name"].startswith("applications")]

    async with put(keycloak, f"/{REALM}/clients/{client}", redirectUris=["https://elsewhere.test/callback"]):
        moved = await found(installation)
    async with put(keycloak, f"/{REALM}/clients/{client}", secret="another-secret-of-this-client"):
        rotated = await found(installation)
    async with put(keycloak, f"/{REALM}/users/profile", attributes=undeclared):
        dropped = await found(installation)
    async with put(keycloak, f"/{REALM}/users/profile", attributes=undeclared, unmanagedAttributePolicy="ENABLED"):
        editable = await found(installation)
    at = f"/{REALM}/client-scopes/{scopes['codemie']['id']}/protocol-mappers/models/{mappers['applications']}"
    keycloak.call("DELETE", at)
    silent = await found(installation)
    for file in (REALM_FILE, BROKER_FILE, EXCHANGE_FILE):  # the first alone takes back what the others set
        keycloak.apply(file, variables)

    for seen, red, told in (
        (moved, "idp.flows", "authorization code with PKCE: status 400"),
        (rotated, "idp.flows", "secret of our client: unauthorized_client"),
        (dropped, "idp.unmanaged_attributes", "Keycloak drops applications"),
        (editable, "idp.unmanaged_attributes", "so join any project"),
        (silent, "idp.applications_mapper", "codemie: applications has no mapper"),
    ):
        assert {name: each.status for name, each in seen.items()} == WELL | {red: Status.FAIL}, seen
        assert told in seen[red].finding.detail


async def test_the_provider_behind_is_asked_before_it_is_set_up(keycloak: Keycloak, variables: dict[str, str]) -> None:
    given = {**variables, "BROKER_SECRET_EXPIRES": "never"}
    changed = ({}, {"BROKER_ALIAS": "unregistered"}, {"BROKER_CLIENT_SECRET": "another-secret"})

    seen = [await asked({**given, **each}, keycloak.url) for each in changed]

    assert [each.status for each in seen] == [Status.PASS, Status.FAIL, Status.FAIL], seen
    assert "redirect URI is taken; corporate: secret is taken" in seen[0].finding.detail
    assert f"{keycloak.issuer(REALM)}/broker/unregistered/endpoint" in seen[1].finding.detail
    assert "secret: unauthorized_client" in seen[2].finding.detail


async def asked(given: dict[str, str], server: str) -> Checked:
    sources = Sources().offer(Upstreams, Upstreams(load(BROKER_FILE, given), server))
    return (await run("preflight", (upstream,), sources, Options(timeout=60))).checks[0]


async def test_whom_the_policy_lets_edit_joins_any_project(keycloak: Keycloak) -> None:
    """Why the check calls the policy “Enabled” a failure."""
    keycloak.call("POST", "", {"realm": "open", "enabled": True})
    profile = keycloak.call("GET", "/open/users/profile")
    keycloak.call("PUT", "/open/users/profile", {**profile, "unmanagedAttributePolicy": "ENABLED"})
    keycloak.call("POST", "/open/clients", {"clientId": "sdk", "publicClient": True, "directAccessGrantsEnabled": True})
    email = an_email()
    user = keycloak.add_user("open", email, PASSWORD, (), applications=["team"])
    given = keycloak.token("open", grant_type="password", client_id="sdk", username=email, password=PASSWORD).json()

    names = {"email": email, "firstName": "Ada", "lastName": "Lovelace"}
    keycloak.client.post(
        f"{keycloak.issuer('open')}/account",
        headers={"Authorization": f"Bearer {given['access_token']}", "Accept": "application/json"},
        json={**names, "attributes": {"applications": ["team", "secret"]}},
    )

    assert keycloak.call("GET", f"/open/users/{user}")["attributes"]["applications"] == ["team", "secret"]
    keycloak.call("DELETE", "/open")
