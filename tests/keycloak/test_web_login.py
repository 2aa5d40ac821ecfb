"""Browsers sign in at the platform itself: authorisation code with PKCE straight at a real Keycloak."""

from playwright.async_api import Browser

from tests.keycloak import corporate
from tests.keycloak.people import (
    PASSWORD,
    REALM,
    a_project,
    an_email,
    give_password,
    me,
    new_page,
    no_sessions,
    projects_shown,
    sign_in,
    sign_out_everywhere,
)
from tests.keycloak.servers import Keycloak
from tests.support import Platform, until

START = "/v1/auth/sign-in?next=/chat"


async def test_people_of_the_companys_provider_end_in_the_ui(
    keycloak: Keycloak, direct_platform: Platform, browser: Browser
) -> None:
    email, team = an_email(), a_project("team")
    keycloak.add_user(corporate.REALM, email, PASSWORD, projects=[team])
    async with new_page(browser) as page:
        await sign_in(page, direct_platform.url + START, email)

        assert await projects_shown(page, direct_platform.url) == sorted([team, email])
        kept = await page.context.cookies(direct_platform.url)
        assert {(cookie.get("httpOnly"), cookie.get("sameSite")) for cookie in kept} == {(True, "Lax")}
        assert not any(cookie.get("value", "").startswith("ey") for cookie in kept), "the tokens stay on the server"


async def test_people_of_our_own_realm_end_in_the_ui(
    keycloak: Keycloak, direct_platform: Platform, browser: Browser
) -> None:
    email, team = an_email(), a_project("team")
    keycloak.add_user(REALM, email, PASSWORD, ("developer",), applications=[team])
    async with new_page(browser) as page:
        await page.goto(direct_platform.url + START)
        await give_password(page, email)
        await page.wait_for_url("**/chat**")

        assert await projects_shown(page, direct_platform.url) == sorted([team, email])


async def test_a_live_session_follows_keycloak_within_the_tokens_life(
    keycloak: Keycloak, direct_platform: Platform, browser: Browser
) -> None:
    email, kept, lost = an_email(), a_project("kept"), a_project("lost")
    keycloak.add_user(corporate.REALM, email, PASSWORD, projects=[kept, lost])
    async with new_page(browser) as page:
        await sign_in(page, direct_platform.url + START, email)
        user_id = keycloak.call("GET", f"/{REALM}/users?email={email}")[0]["id"]
        keycloak.change_user(REALM, user_id, attributes={"applications": [kept]})

        async def is_gone() -> bool:
            return sorted((await me(page, direct_platform.url))["applications"]) == sorted([kept, email])

        await until(is_gone, every=0.5, what="the end of the membership")


async def test_signing_out_ends_the_sessions_at_keycloak_and_behind_it(
    keycloak: Keycloak, direct_platform: Platform, browser: Browser
) -> None:
    email = an_email()
    keycloak.add_user(corporate.REALM, email, PASSWORD)
    async with new_page(browser) as page:
        await sign_in(page, direct_platform.url + START, email)

        await page.goto(f"{direct_platform.url}/v1/user/log_out")

        await page.wait_for_url(f"{direct_platform.url}/sign-in")
        assert (await page.request.get(f"{direct_platform.url}/v1/user")).status == 401
    await until(lambda: no_sessions(keycloak, email), what="the end of the sessions at Keycloak")


async def test_an_administrator_of_keycloak_ends_the_session_here(
    keycloak: Keycloak, direct_platform: Platform, browser: Browser
) -> None:
    email = an_email()
    keycloak.add_user(corporate.REALM, email, PASSWORD)
    async with new_page(browser) as page:
        await sign_in(page, direct_platform.url + START, email)

        await sign_out_everywhere(keycloak, email)

        assert (await page.request.get(f"{direct_platform.url}/v1/user")).status == 401
