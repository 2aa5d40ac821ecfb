"""Signing in with a real Keycloak: machines by password and client credentials, people through oauth2-proxy."""

import uuid
from typing import Any

import httpx2
from playwright.async_api import Browser, Page

from tests.identity.single_sign_on import whoami
from tests.keycloak.conftest import REALM, UPSTREAM
from tests.keycloak.servers import BROKER_FILE, REALM_FILE, Keycloak
from tests.support import Platform, until

PASSWORD = "a-long-enough-passphrase"


def _email() -> str:
    return f"ada-{uuid.uuid4().hex[:8]}@corporate.test"


def test_the_realm_is_made_once(keycloak: Keycloak, variables: dict[str, str]) -> None:
    assert keycloak.apply(REALM_FILE, variables, dry=True) == []
    changed = {**variables, "CODEMIE_FRONTEND_URL": "http://127.0.0.1:9"}

    plan = keycloak.apply(REALM_FILE, changed, dry=True)

    assert {change.what for change in plan} == {"client codemie", "client codemie-sdk", "client oauth2-proxy"}
    assert keycloak.apply(REALM_FILE, variables, dry=True) == [], "a plan changes nothing"
    assert BROKER_FILE.is_file()


async def test_the_sdk_signs_in_by_password(keycloak: Keycloak, sso_platform: Platform) -> None:
    email, team, led = _email(), f"team-{uuid.uuid4().hex[:6]}", f"led-{uuid.uuid4().hex[:6]}"
    keycloak.add_user(REALM, email, PASSWORD, ("developer",), applications=[team], applications_admin=[led])

    answer = keycloak.token(REALM, grant_type="password", client_id="codemie-sdk", username=email, password=PASSWORD)
    me = (await whoami(sso_platform, answer.json()["access_token"])).json()

    assert sorted(me["applications"]) == sorted([team, led, email])
    assert me["applications_admin"] == [led]
    assert me["name"] == "Ada Lovelace"


async def test_a_service_account_signs_in_by_client_credentials(
    keycloak: Keycloak, sso_platform: Platform, variables: dict[str, str]
) -> None:
    answer = keycloak.token(
        REALM,
        grant_type="client_credentials",
        client_id="codemie-service",
        client_secret=variables["CODEMIE_SERVICE_CLIENT_SECRET"],
    )
    me = (await whoami(sso_platform, answer.json()["access_token"])).json()

    assert me["username"] == "service-account-codemie-service"


async def test_without_the_role_nobody_comes_in(keycloak: Keycloak, sso_platform: Platform) -> None:
    email = _email()
    keycloak.add_user(REALM, email, PASSWORD)
    answer = keycloak.token(REALM, grant_type="password", client_id="codemie-sdk", username=email, password=PASSWORD)

    assert (await whoami(sso_platform, answer.json()["access_token"])).status_code == 403


async def test_id_and_refresh_tokens_are_no_access_tokens(keycloak: Keycloak, sso_platform: Platform) -> None:
    email = _email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",))
    given = keycloak.token(
        REALM, grant_type="password", client_id="codemie-sdk", username=email, password=PASSWORD, scope="openid"
    ).json()

    for kind in ("id_token", "refresh_token"):
        assert (await whoami(sso_platform, given[kind])).status_code == 401


async def test_keycloak_stops_who_guesses(keycloak: Keycloak) -> None:
    email = _email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",))
    form = {"grant_type": "password", "client_id": "codemie-sdk", "username": email}
    for _ in range(12):
        keycloak.token(REALM, **form, password="wrong")

    assert keycloak.token(REALM, **form, password=PASSWORD).status_code == 401


async def _sign_in(page: Page, address: str, email: str) -> None:
    """Through oauth2-proxy and our realm to the company's, and back to the UI."""
    await page.goto(address)
    await page.locator(f"#social-{UPSTREAM}").click()
    await page.locator("#username").fill(email)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#kc-login").click()
    await page.wait_for_url(f"{address}/**", timeout=60_000)


async def _me(page: Page, address: str) -> dict[str, Any]:
    answer = await page.request.get(f"{address}/v1/user")
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_people_come_through_oauth2_proxy_from_the_companys_provider(
    keycloak: Keycloak, sso_platform: Platform, proxy: str, browser: Browser
) -> None:
    email, kept, lost = _email(), f"kept-{uuid.uuid4().hex[:6]}", f"lost-{uuid.uuid4().hex[:6]}"
    user_id = keycloak.add_user(UPSTREAM, email, PASSWORD, projects=[kept, lost])
    context = await browser.new_context()
    context.set_default_timeout(60_000)
    page = await context.new_page()

    await _sign_in(page, proxy, email)
    me = await _me(page, proxy)

    assert sorted(me["applications"]) == sorted([kept, lost, email])
    assert me["is_admin"] is False
    await page.get_by_role("navigation").first.wait_for()
    assert "/sign-in" not in page.url, "the UI knows who is there"

    # Signing out ends the proxy's session, ours at Keycloak and the one at the company's provider.
    token = (await page.request.get(f"{proxy}/oauth2/auth")).headers["x-auth-request-access-token"]
    await page.goto(f"{proxy}/v1/user/log_out")
    assert (await page.request.get(f"{proxy}/v1/user", max_redirects=0)).status in (302, 401, 403)
    assert (await whoami(sso_platform, token)).status_code == 401
    await until(lambda: _no_sessions(keycloak, email), what="the end of the sessions at Keycloak")

    # What the company takes away is gone with the next sign-in.
    keycloak.change_user(UPSTREAM, user_id, attributes={"projects": [kept]})
    await context.close()
    context = await browser.new_context()
    context.set_default_timeout(60_000)
    page = await context.new_page()
    await _sign_in(page, proxy, email)
    assert sorted((await _me(page, proxy))["applications"]) == sorted([kept, email])
    await context.close()


async def _no_sessions(keycloak: Keycloak, email: str) -> bool:
    found = [
        session
        for realm in (REALM, UPSTREAM)
        for user in keycloak.call("GET", f"/{realm}/users?email={email}")
        for session in keycloak.call("GET", f"/{realm}/users/{user['id']}/sessions")
    ]
    return not found


async def test_bearer_tokens_pass_the_proxy_and_forged_headers_do_not(
    keycloak: Keycloak, sso_platform: Platform, proxy: str
) -> None:
    email = _email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",))
    token = keycloak.token(
        REALM, grant_type="password", client_id="codemie-sdk", username=email, password=PASSWORD
    ).json()["access_token"]
    async with httpx2.AsyncClient(base_url=proxy, timeout=30) as client:
        passed = await client.get("/v1/user", headers={"Authorization": f"Bearer {token}"})
        nobody = await client.get("/v1/user")
        forged = await client.get(
            "/v1/user", headers={"X-Auth-Request-Access-Token": token, "X-Forwarded-Email": "admin@codemie.test"}
        )
        page, command_line = await client.get("/"), await client.get("/v1/auth/login/5000")

    assert passed.json()["email"] == email
    assert (nobody.status_code, forged.status_code) == (401, 401)
    assert (page.status_code, command_line.status_code) == (302, 302)
    assert sso_platform.url
