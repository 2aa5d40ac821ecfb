"""What the company's provider takes away is gone here within Keycloak's session, and nobody signs in by hand for it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, expect

from tests.keycloak import corporate
from tests.keycloak.conftest import single_sign_on_at, with_web_client
from tests.keycloak.people import PASSWORD, REALM, a_project, an_email, give_password, me, new_page
from tests.keycloak.servers import Keycloak
from tests.support import Platform, environment_for, serving, until

CLIENT = "codemie-brokered"
SESSION_SECONDS = 20


@pytest.fixture(scope="module")
def short_sessions(keycloak: Keycloak) -> Iterator[None]:
    """What BROKER_SESSION_SECONDS sets; longer again for the tests of other files."""
    kept = keycloak.call("GET", f"/{REALM}")
    for seconds in (SESSION_SECONDS, kept["ssoSessionMaxLifespan"]):
        wanted = {"realm": REALM, "ssoSessionMaxLifespan": seconds, "ssoSessionIdleTimeout": seconds}
        keycloak.apply_document({"realm": wanted})
        if seconds == SESSION_SECONDS:
            yield


@pytest.fixture(scope="module")
async def brokered(
    keycloak: Keycloak,
    short_sessions: None,
    variables: dict[str, str],
    workplace: Path,
    postgres_url: str,
    nats_url: str,
) -> AsyncIterator[Platform]:
    """A platform that sends people straight through Keycloak to the company's provider."""
    home = workplace / "brokered-platform"
    home.mkdir()
    environment = environment_for(home, postgres_url, nats_url)
    address = f"http://127.0.0.1:{environment['CODEMIE_PORT']}"
    keycloak.apply_document(with_web_client(variables, address, CLIENT))
    secret = variables["CODEMIE_IDENTITY_OIDC_CLIENT_SECRET"]
    environment |= single_sign_on_at(keycloak, address, CLIENT, secret)
    async with serving({**environment, "CODEMIE_IDENTITY_OIDC_PROVIDER_HINT": corporate.REALM}) as running:
        yield running


async def signed_in(page: Page, platform: Platform, email: str) -> None:
    """Keycloak's own form is never seen."""
    await page.goto(f"{platform.url}/v1/auth/sign-in?next=/chat")
    assert f"/realms/{corporate.REALM}/" in page.url
    await give_password(page, email)
    await page.wait_for_url("**/chat**")
    await page.get_by_role("navigation").first.wait_for()


async def session_ended(page: Page, platform: Platform) -> None:
    """Until the platform knows the browser no more, as nobody has asked the provider again."""

    async def refused() -> bool:
        try:
            return (await page.request.get(f"{platform.url}/v1/user")).status == 401
        except Error:  # The platform runs in this thread, which talks to Keycloak now and then: a connection may end.
            return False

    await until(refused, seconds=SESSION_SECONDS + 60, every=1, what="the end of the session")


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser; `kept` is the project that stays."""

    page: Page
    email: str
    upstream: str
    kept: str


@dataclass(frozen=True)
class Aftermath:
    """What is there when the sessions have ended: three people, and how often a refresh token worked until then."""

    mover: Visitor
    typist: Visitor
    leaver: Visitor
    refreshed: int


@pytest.fixture(scope="module")
async def after(
    keycloak: Keycloak, brokered: Platform, browser: Browser, variables: dict[str, str]
) -> AsyncIterator[Aftermath]:
    """Everybody signs in, loses something upstream, and waits for the end of the session at the same time."""
    refreshing = asyncio.create_task(refreshed(keycloak, variables))
    async with AsyncExitStack() as stack:

        async def visitor() -> Visitor:
            email, kept, lost = an_email(), a_project("kept"), a_project("lost")
            upstream = keycloak.add_user(corporate.REALM, email, PASSWORD, projects=[kept, lost])
            page = await stack.enter_async_context(new_page(browser))
            await signed_in(page, brokered, email)
            assert (await me(page, brokered.url))["applications"] == sorted([kept, lost, email])
            return Visitor(page, email, upstream, kept)

        mover = await visitor()
        await mover.page.goto(f"{brokered.url}/assistants")
        await mover.page.get_by_role("button", name="Project", exact=True).wait_for()
        keycloak.change_user(corporate.REALM, mover.upstream, attributes={"projects": [mover.kept]})

        typist = await visitor()
        await typist.page.goto(f"{brokered.url}/account/tokens/new")
        await typist.page.get_by_label("Name", exact=False).first.fill("typed before the end")
        keycloak.change_user(corporate.REALM, typist.upstream, attributes={"projects": [typist.kept]})

        leaver = await visitor()
        keycloak.call("DELETE", f"/{corporate.REALM}/users/{leaver.upstream}")

        for each in (mover, typist, leaver):
            await session_ended(each.page, brokered)
        yield Aftermath(mover, typist, leaver, await refreshing)


async def refreshed(keycloak: Keycloak, variables: dict[str, str]) -> int:
    """How often a refresh token gives new access tokens until its session ends."""
    email = an_email()
    keycloak.add_user(REALM, email, PASSWORD, ("developer",))
    client = {"client_id": CLIENT, "client_secret": variables["CODEMIE_IDENTITY_OIDC_CLIENT_SECRET"]}
    given = keycloak.token(REALM, **client, grant_type="password", username=email, password=PASSWORD).json()
    assert given["refresh_expires_in"] <= SESSION_SECONDS

    token = {"refresh": given["refresh_token"]}
    used = 0

    async def ended() -> bool:
        nonlocal used
        answer = keycloak.token(REALM, **client, grant_type="refresh_token", refresh_token=token["refresh"])
        if answer.status_code == 200:
            used, token["refresh"] = used + 1, answer.json()["refresh_token"]
        return answer.status_code == 400

    await until(ended, seconds=SESSION_SECONDS + 60, every=2, what="the end of the refresh token")
    return used


async def test_a_project_taken_away_upstream_is_gone_without_a_new_sign_in(
    after: Aftermath, brokered: Platform
) -> None:
    page = after.mover.page

    await page.goto(f"{brokered.url}/assistants?search=x")

    # Through both realms and back to the page that was wanted, with no form on the way.
    await page.get_by_role("button", name="Project", exact=True).wait_for()
    assert page.url == f"{brokered.url}/assistants?search=x"
    assert (await me(page, brokered.url))["applications"] == sorted([after.mover.kept, after.mover.email])


async def test_the_refresh_token_ends_with_the_session(after: Aftermath) -> None:
    """However often it is used: it is what the platform and oauth2-proxy hold of a person."""
    assert after.refreshed >= 2, "it gave new access tokens until then"


async def test_what_was_typed_outlives_the_session(after: Aftermath, brokered: Platform) -> None:
    page = after.typist.page

    await page.get_by_role("button", name="Create token").click()

    async with page.expect_popup() as opened:
        await page.get_by_role("button", name="Continue with").click()
    beside = await opened.value
    await until(lambda: _closed(beside), what="the window beside the page closing by itself")
    await expect(page.get_by_text("typed before the end").first).to_be_visible()
    await expect(page.get_by_text("Copy")).not_to_have_count(0)
    assert (await me(page, brokered.url))["applications"] == sorted([after.typist.kept, after.typist.email])


async def test_somebody_removed_upstream_does_not_come_back(after: Aftermath, brokered: Platform) -> None:
    page = after.leaver.page

    await page.goto(f"{brokered.url}/assistants")

    await page.locator("#username").wait_for()
    assert f"/realms/{corporate.REALM}/" in page.url
    assert (await page.request.get(f"{brokered.url}/v1/user")).status == 401


async def _closed(page: Page) -> bool:
    return page.is_closed()
