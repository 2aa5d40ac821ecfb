"""The identity provider of an installation, whole and with one fault at a time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from codemie.checks.report import Checked, Report, Status
from codemie.operations.installation.provider_access import GivenClient, ProviderAccess
from tests.fakes import keycloak, oidc_issuer
from tests.fakes.keycloak import ADMIN_PASSWORD, PASSWORD, PERSON, FakeKeycloak
from tests.operations.injection import assert_only
from tests.operations.installation.faults import token
from tests.operations.installation.provider.faults import FAULTS, ProviderFault
from tests.operations.installation.world import View, World, examined

ACCESS = ProviderAccess(
    admin_password=ADMIN_PASSWORD,
    machine=GivenClient("machine", "secret-of-machine"),
    person=GivenClient("sdk", "secret-of-sdk", PERSON, PASSWORD),
    audience="reports",
    may_try=True,
)
OURS = ("idp.clock", "idp.flows", "idp.applications_mapper", "idp.unmanaged_attributes")


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[FakeKeycloak]:
    async with keycloak.running() as running:
        yield running


def looked_at(world: World, provider: oidc_issuer.FakeIssuer, **changed: Any) -> View:
    """The installation, as it signs people in there."""
    settings = {
        "IDENTITY_MODE": "oidc",
        "IDENTITY_OIDC_ISSUER": provider.url,
        "IDENTITY_OIDC_CLIENT_ID": "codemie",
        "IDENTITY_OIDC_CLIENT_SECRET": "secret-of-codemie",
        "provider_access": ACCESS,
    }
    return world.view(**(settings | changed))


@pytest.fixture(scope="module")
async def healthy(world: World, provider: FakeKeycloak) -> Report:
    return await examined(looked_at(world, provider))


async def found(view: View) -> dict[str, Checked]:
    return {each.id: each for each in (await examined(view, *OURS)).checks}


def test_where_all_is_well_it_says_what_was_only_asked_and_what_issued_a_token(healthy: Report) -> None:
    seen = {each.id: each for each in healthy.checks}

    assert {seen[name].status for name in OURS} == {Status.PASS}, healthy.as_document()
    assert seen["idp.flows"].finding.detail == (
        "Only asked about: authorization code with PKCE, secret of our client; "
        "token issued, verified and dropped: client credentials, password, refresh, token exchange"
    )


@pytest.mark.usefixtures("healthy")
def test_every_token_of_a_try_was_given_back(provider: FakeKeycloak) -> None:
    assert not [each for each in provider.living if each.startswith("refresh")]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}: {fault.what}")
async def test_a_fault_turns_its_own_check_red(
    world: World, provider: FakeKeycloak, healthy: Report, fault: ProviderFault
) -> None:
    async with provider.broken() as state:
        fault.inject(state)
        broken = await examined(looked_at(world, provider))

    assert_only(fault, healthy, broken)
    seen = next(each for each in broken.checks if each.id == fault.check)
    assert fault.told in seen.finding.detail
    shown = str(broken.as_document())
    assert not [each for each in ("secret-of-", PASSWORD, ADMIN_PASSWORD, "eyJ") if each in shown]


async def test_only_what_was_given_is_tried(world: World, provider: FakeKeycloak) -> None:
    seen = await found(looked_at(world, provider, provider_access=ProviderAccess(may_try=True)))

    assert (seen["idp.flows"].status, seen["idp.flows"].finding.detail) == (
        Status.PASS,
        "Only asked about: authorization code with PKCE, secret of our client",
    )
    assert seen["idp.applications_mapper"].status is seen["idp.unmanaged_attributes"].status is Status.UNKNOWN
    assert "KEYCLOAK_ADMIN_PASSWORD" in str(seen["idp.unmanaged_attributes"].finding.remedy)


async def test_a_page_that_looks_by_itself_tries_nothing(world: World, provider: FakeKeycloak) -> None:
    before = provider.asked
    seen = await found(looked_at(world, provider, provider_access=ProviderAccess()))

    assert seen["idp.flows"].status is Status.SKIP
    assert "codemiectl doctor" in seen["idp.flows"].finding.detail
    assert provider.asked == before


async def test_without_a_client_there_is_nothing_to_try(world: World, provider: FakeKeycloak) -> None:
    view = looked_at(
        world,
        provider,
        IDENTITY_OIDC_CLIENT_ID=None,
        IDENTITY_OIDC_CLIENT_SECRET=None,
        provider_access=ProviderAccess(may_try=True),
    )

    assert (await found(view))["idp.flows"].status is Status.SKIP


async def test_a_wrong_administrator_leaves_it_unknown(world: World, provider: FakeKeycloak) -> None:
    seen = await found(looked_at(world, provider, provider_access=replace(ACCESS, admin_password="wrong-password")))

    assert seen["idp.applications_mapper"].status is seen["idp.unmanaged_attributes"].status is Status.UNKNOWN
    assert "does not accept the administrator admin" in seen["idp.unmanaged_attributes"].finding.detail


@pytest.mark.parametrize(
    ("applications", "status"),
    [(["demo"], Status.PASS), ("demo,other", Status.PASS), (None, Status.UNKNOWN), ({"demo": 1}, Status.FAIL)],
)
async def test_without_an_administrator_the_token_of_a_test_user_tells(
    world: World, provider: FakeKeycloak, applications: object, status: Status
) -> None:
    async with provider.broken() as state:
        state.applications = applications
        seen = await found(looked_at(world, provider, provider_access=replace(ACCESS, admin_password="")))

    assert seen["idp.applications_mapper"].status is status, seen["idp.applications_mapper"].finding


async def test_a_given_token_tells_as_well(world: World, provider: FakeKeycloak) -> None:
    given = {"provider_access": ProviderAccess(), "token": token(sub="1", applications="a,b")}

    assert (await found(looked_at(world, provider, **given)))["idp.applications_mapper"].finding.detail == (
        "The token names 2 projects in applications"
    )


async def test_a_provider_that_is_no_keycloak_has_no_realm(world: World) -> None:
    async with oidc_issuer.running() as issuer:
        seen = await found(looked_at(world, issuer))

    assert seen["idp.unmanaged_attributes"].status is Status.SKIP
