"""Signing in with the browser at an identity provider."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from tests.browser.conftest import OpenPage
from tests.fakes import oidc_issuer
from tests.fakes.oidc_issuer import CLIENT, FakeIssuer
from tests.identity.single_sign_on import platform_at, project, somebody
from tests.support import Platform


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[FakeIssuer]:
    """Signs in whoever is set as its ``person``."""
    async with oidc_issuer.running() as running:
        yield running


@pytest.fixture(scope="module")
async def oidc(issuer: FakeIssuer, workplace: Path, postgres_url: str, nats_url: str) -> AsyncIterator[Platform]:
    """A platform whose people sign in there."""
    extra = {"CODEMIE_IDENTITY_MEMBERSHIP_SYNC": "every_login", "CODEMIE_IDENTITY_OIDC_NAME": "Okta"}
    async with platform_at(issuer, workplace / "browser-oidc", postgres_url, nats_url, **extra) as running:
        yield running


async def test_the_provider_signs_in_to_the_page_that_was_asked_for_and_out_again(
    open_page: OpenPage, oidc: Platform, issuer: FakeIssuer
) -> None:
    team = project()
    issuer.person = somebody(applications=team)
    page = await open_page("/knowledge?status=failed", signed_in=False, at=oidc)
    await expect(page.get_by_label("Password")).to_have_count(0)
    await page.get_by_role("link", name="Sign in with Okta").click()
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()
    assert page.url == f"{oidc.url}/knowledge?status=failed"

    await page.goto("/account")
    await expect(page.get_by_text("Kept by your identity provider.")).to_be_visible()
    await expect(page.get_by_role("table", name="Projects")).to_contain_text(team)
    await expect(page.get_by_role("button", name="Change password")).to_have_count(0)

    await page.get_by_role("button", name=issuer.person.email.split("@")[0].title()).click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("link", name="Sign in with Okta")).to_be_visible()
    assert issuer.last_end_session["client_id"] == CLIENT
    await page.goto("/knowledge")
    await expect(page.get_by_role("link", name="Sign in with Okta")).to_be_visible()


async def test_who_has_no_role_is_told_kindly(open_page: OpenPage, oidc: Platform, issuer: FakeIssuer) -> None:
    issuer.person = somebody(realm_access={"roles": ["visitor"]})
    page = await open_page("/sign-in", signed_in=False, at=oidc)
    await page.get_by_role("link", name="Sign in with Okta").click()
    await expect(page.get_by_role("alert")).to_contain_text("You may not use CodeMie yet")
    await expect(page.get_by_role("alert")).to_contain_text("Request ")
    await expect(page.get_by_role("link", name="Sign in with Okta")).to_be_visible()


async def test_a_return_that_belongs_to_no_attempt_is_no_dead_end(
    open_page: OpenPage, oidc: Platform, issuer: FakeIssuer
) -> None:
    issuer.person = somebody()
    page = await open_page("/v1/auth/callback?code=old&state=forgotten", signed_in=False, at=oidc)
    await expect(page.get_by_role("alert")).to_contain_text("Start again here")
    await page.get_by_role("link", name="Sign in with Okta").click()
    await expect(page.get_by_role("button", name=issuer.person.email.split("@")[0].title())).to_be_visible()


async def test_a_session_that_ended_at_the_provider_leads_back_to_the_same_page(
    open_page: OpenPage, oidc: Platform, issuer: FakeIssuer
) -> None:
    issuer.person = somebody()
    page = await open_page("/account/tokens", signed_in=False, at=oidc)
    await page.get_by_role("link", name="Sign in with Okta").click()
    await expect(page.get_by_role("heading", name="No access tokens yet")).to_be_visible()
    issuer.sessions.clear()
    async with oidc.resources.database.session() as session:
        await session.execute(text("UPDATE web_sessions SET fresh_until = now() - interval '1 second'"))
    await page.get_by_role("link", name="Profile").click()
    await page.reload()
    await page.wait_for_url(f"{oidc.url}/account")
    await expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    assert len(issuer.sessions) == 1, "the provider was asked again"
