"""Programs sign in at a real Keycloak: the official SDK with each of its grants, and what is no access token."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.identity.single_sign_on import whoami
from tests.keycloak import corporate
from tests.keycloak.people import PASSWORD, REALM, a_project, an_email
from tests.keycloak.servers import Keycloak
from tests.sdk.environment import run_script
from tests.support import Platform

SCRIPT = Path(__file__).with_name("sdk_sign_in.py")


async def _sdk(python: Path, keycloak: Keycloak, platform: Platform, **credentials: str) -> dict[str, Any]:
    # The SDK has a way of its own for addresses that look local to it; this spelling of 127.0.0.1 does not.
    address = platform.url.replace("127.0.0.1", "127.1")
    arguments = {
        "auth_server_url": keycloak.url,
        "auth_realm_name": REALM,
        "codemie_api_domain": address,
        **credentials,
    }
    return await run_script(python, SCRIPT, json.dumps(arguments))


@pytest.mark.sdk
async def test_the_sdk_signs_in_by_password(keycloak: Keycloak, sso_platform: Platform, sdk_python: Path) -> None:
    email, team, led = an_email(), a_project("team"), a_project("led")
    keycloak.add_user(REALM, email, PASSWORD, ("developer",), applications=[team], applications_admin=[led])

    me = await _sdk(sdk_python, keycloak, sso_platform, username=email, password=PASSWORD)

    assert me == {"username": email, "name": "Ada Lovelace", "projects": sorted([team, led, email])}


@pytest.mark.sdk
async def test_the_sdk_signs_in_by_client_credentials(
    keycloak: Keycloak, sso_platform: Platform, variables: dict[str, str], sdk_python: Path
) -> None:
    secret = variables["CODEMIE_SERVICE_CLIENT_SECRET"]
    me = await _sdk(sdk_python, keycloak, sso_platform, auth_client_id="codemie-service", auth_client_secret=secret)

    assert me["username"] == "service-account-codemie-service"
    assert me["projects"] == ["codemie-service@service.invalid"]


@pytest.mark.sdk
async def test_the_sdk_exchanges_a_token_of_the_companys_provider(
    keycloak: Keycloak, sso_platform: Platform, variables: dict[str, str], sdk_python: Path
) -> None:
    email, team = an_email(), a_project("team")
    keycloak.add_user(corporate.REALM, email, PASSWORD, projects=[team])
    given = keycloak.token(
        corporate.REALM,
        grant_type="password",
        client_id=corporate.CLIENT,
        client_secret=variables["BROKER_CLIENT_SECRET"],
        username=email,
        password=PASSWORD,
        scope="openid profile email",
    ).json()

    me = await _sdk(
        sdk_python,
        keycloak,
        sso_platform,
        auth_client_id="codemie-exchange",
        auth_client_secret=variables["CODEMIE_EXCHANGE_CLIENT_SECRET"],
        external_token=given["access_token"],
        external_idp=corporate.REALM,
    )

    assert me == {"username": email, "name": "Ada Lovelace", "projects": sorted([team, email])}


async def test_tokens_of_other_programs_are_not_exchanged(keycloak: Keycloak, variables: dict[str, str]) -> None:
    email = an_email()
    keycloak.add_user(corporate.REALM, email, PASSWORD)
    other = {"clientId": "another-program", "publicClient": True, "directAccessGrantsEnabled": True}
    keycloak.call("POST", f"/{corporate.REALM}/clients", other)
    given = keycloak.token(
        corporate.REALM, grant_type="password", client_id="another-program", username=email, password=PASSWORD
    ).json()
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "client_id": "codemie-exchange",
        "client_secret": variables["CODEMIE_EXCHANGE_CLIENT_SECRET"],
        "subject_token": given["access_token"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_issuer": corporate.REALM,
    }

    refused = keycloak.token(REALM, **form)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_token"), refused.text


async def test_without_the_role_nobody_comes_in(keycloak: Keycloak, sso_platform: Platform) -> None:
    email = an_email()
    keycloak.add_user(REALM, email, PASSWORD)
    answer = keycloak.token(REALM, grant_type="password", client_id="codemie-sdk", username=email, password=PASSWORD)

    assert (await whoami(sso_platform, answer.json()["access_token"])).status_code == 403


async def test_id_and_refresh_tokens_are_no_access_tokens(
    keycloak: Keycloak, direct_platform: Platform, variables: dict[str, str]
) -> None:
    email = an_email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",))
    given = keycloak.token(
        REALM,
        grant_type="password",
        client_id="codemie-direct",
        client_secret=variables["CODEMIE_IDENTITY_OIDC_CLIENT_SECRET"],
        username=email,
        password=PASSWORD,
        scope="openid",
    ).json()

    assert (await whoami(direct_platform, given["access_token"])).status_code == 200
    for kind in ("id_token", "refresh_token"):
        assert (await whoami(direct_platform, given[kind])).status_code == 401


async def test_what_keycloak_takes_away_is_gone_with_the_next_token(keycloak: Keycloak, sso_platform: Platform) -> None:
    email, kept, lost = an_email(), a_project("kept"), a_project("lost")
    user_id = keycloak.add_user(REALM, email, PASSWORD, ("developer",), applications=[kept, lost])
    form = {"grant_type": "password", "client_id": "codemie-sdk", "username": email, "password": PASSWORD}
    before = await whoami(sso_platform, keycloak.token(REALM, **form).json()["access_token"])
    assert lost in before.json()["applications"]

    keycloak.change_user(REALM, user_id, attributes={"applications": [kept]})
    after = await whoami(sso_platform, keycloak.token(REALM, **form).json()["access_token"])

    assert sorted(after.json()["applications"]) == sorted([kept, email])
