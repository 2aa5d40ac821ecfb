"""People come through oauth2-proxy and our realm from the company's provider."""

import httpx2
from playwright.async_api import Browser, Page

from tests.identity.single_sign_on import whoami
from tests.keycloak import corporate
from tests.keycloak.people import (
    PASSWORD,
    REALM,
    a_project,
    an_email,
    me,
    new_page,
    no_sessions,
    projects_shown,
    sign_in,
    sign_out_everywhere,
)
from tests.keycloak.servers import Keycloak
from tests.support import Platform, until

FETCH_TOGETHER = "() => Promise.all([1, 2, 3, 4, 5, 6].map(() => fetch('/v1/user').then((answer) => answer.status)))"


async def _token(page: Page, proxy: str) -> str:
    return (await page.request.get(f"{proxy}/oauth2/auth")).headers["x-auth-request-access-token"]


async def test_people_end_in_the_ui_with_the_projects_of_the_companys_provider(
    keycloak: Keycloak, proxy: str, browser: Browser
) -> None:
    email, kept, lost = an_email(), a_project("kept"), a_project("lost")
    user_id = keycloak.add_user(corporate.REALM, email, PASSWORD, projects=[kept, lost])

    async with new_page(browser) as page:
        await sign_in(page, proxy, email)
        user = await me(page, proxy)
        shown = await projects_shown(page, proxy)

    assert sorted(user["applications"]) == shown == sorted([kept, lost, email])
    assert user["is_admin"] is False

    # What the company takes away is gone with the next sign-in there.
    keycloak.change_user(corporate.REALM, user_id, attributes={"projects": [kept]})
    async with new_page(browser) as page:
        await sign_in(page, proxy, email)
        shown = await projects_shown(page, proxy)
    assert shown == sorted([kept, email])


async def test_a_group_of_the_companys_makes_administrators(keycloak: Keycloak, proxy: str, browser: Browser) -> None:
    email = an_email()
    user_id = keycloak.add_user(corporate.REALM, email, PASSWORD)
    seen: list[bool] = []
    for member in (True, False):
        corporate.set_administrator(keycloak, user_id, member=member)
        async with new_page(browser) as page:
            await sign_in(page, proxy, email)
            seen.append((await me(page, proxy))["is_admin"])

    assert seen == [True, False]


async def test_a_live_session_follows_keycloak_within_the_tokens_life(
    keycloak: Keycloak, proxy: str, browser: Browser
) -> None:
    email, kept, lost = an_email(), a_project("kept"), a_project("lost")
    keycloak.add_user(corporate.REALM, email, PASSWORD, projects=[kept, lost])
    async with new_page(browser) as page:
        await sign_in(page, proxy, email)
        user_id = keycloak.call("GET", f"/{REALM}/users?email={email}")[0]["id"]
        keycloak.change_user(REALM, user_id, attributes={"applications": [kept]})

        async def is_gone() -> bool:
            return sorted((await me(page, proxy))["applications"]) == sorted([kept, email])

        await until(is_gone, every=0.5, what="the end of the membership")


async def test_asking_for_several_things_at_once_signs_nobody_out(
    keycloak: Keycloak, proxy: str, browser: Browser
) -> None:
    email = an_email()
    keycloak.add_user(corporate.REALM, email, PASSWORD)
    async with new_page(browser) as page:
        await sign_in(page, proxy, email)
        first = await _token(page, proxy)

        async def refreshed_together() -> bool:
            assert set(await page.evaluate(FETCH_TOGETHER)) == {200}
            return await _token(page, proxy) != first

        await until(refreshed_together, every=0.5, what="a refreshed token")
        assert set(await page.evaluate(FETCH_TOGETHER)) == {200}


async def test_signing_out_ends_all_sessions(
    keycloak: Keycloak, sso_platform: Platform, proxy: str, browser: Browser
) -> None:
    email = an_email()
    keycloak.add_user(corporate.REALM, email, PASSWORD)
    async with new_page(browser) as page:
        await sign_in(page, proxy, email)
        token = await _token(page, proxy)

        await page.goto(f"{proxy}/v1/user/log_out")

        assert (await page.request.get(f"{proxy}/v1/user", max_redirects=0)).status == 401
        assert await page.locator(f"#social-{corporate.REALM}").is_visible(), "back where everybody begins"
    assert (await whoami(sso_platform, token)).status_code == 401
    await until(lambda: no_sessions(keycloak, email), what="the end of the sessions at Keycloak")


async def test_an_administrator_of_keycloak_ends_the_session_here(
    keycloak: Keycloak, sso_platform: Platform, proxy: str, browser: Browser
) -> None:
    email = an_email()
    keycloak.add_user(corporate.REALM, email, PASSWORD)
    async with new_page(browser) as page:
        await sign_in(page, proxy, email)
        token = await _token(page, proxy)
        assert (await whoami(sso_platform, token)).status_code == 200

        await sign_out_everywhere(keycloak, email)

        assert (await whoami(sso_platform, token)).status_code == 401, "long before the token expires"
        assert (await page.request.get(f"{proxy}/v1/user", max_redirects=0)).status == 401


async def test_without_a_role_the_proxy_lets_nobody_pass(keycloak: Keycloak, proxy: str, browser: Browser) -> None:
    email = an_email()
    keycloak.add_user(REALM, email, PASSWORD)
    async with new_page(browser) as page:
        await page.goto(proxy)
        await page.locator("#username").fill(email)
        await page.locator("#password").fill(PASSWORD)
        async with page.expect_response(lambda answer: "/oauth2/callback" in answer.url) as refused:
            await page.locator("#kc-login").click()
        assert (await refused.value).status == 403


async def test_bearer_tokens_pass_the_proxy_and_forged_headers_do_not(keycloak: Keycloak, proxy: str) -> None:
    email = an_email()
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
