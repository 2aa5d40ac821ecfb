"""A page of another site must not act with the visitor's cookie."""

import pytest
from tests.support import Platform

from codemie.identity.origin import is_foreign, origin_of

CHANGE = {"sidebar_view": "folders"}
OURS = frozenset({"https://ai.example.com"})


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),  # no browser
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "anything"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://ai.example.com"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://ai.example.com"}, True),
        ({"origin": "http://api.local:8080", "host": "api.local:8080"}, False),
        ({"origin": "http://evil.example", "host": "api.local:8080"}, True),
        ({"origin": "null", "host": "api.local:8080"}, True),
        ({"origin": "http://[", "host": "api.local:8080"}, True),
        ({"origin": "", "host": ""}, False),
    ],
)
def test_foreign_pages_are_recognised(headers: dict[str, str], foreign: object) -> None:
    assert is_foreign(headers, OURS) is foreign


def test_the_origin_of_an_address() -> None:
    assert origin_of("https://ai.example.com/app/") == "https://ai.example.com"
    assert origin_of("not an address") is None
    assert origin_of(None) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ],
)
async def test_the_cookie_changes_things_for_our_own_pages_only(
    platform: Platform, admin_token: str, headers: dict[str, str], status: int
) -> None:
    cookie = {"Cookie": f"codemie_access_token={admin_token}"}
    async with platform.client() as browser:
        answer = await browser.put("/v1/user/data", json=CHANGE, headers=headers | cookie)
        reading = await browser.get("/v1/user", headers=headers | cookie)
    assert answer.status_code == status
    assert reading.status_code == 200


async def test_a_bearer_token_is_never_sent_by_a_foreign_page(platform: Platform, admin_token: str) -> None:
    async with platform.client(admin_token) as script:
        answer = await script.put("/v1/user/data", json=CHANGE, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


@pytest.mark.parametrize("route", ["login", "logout", "register", "change-password"])
async def test_a_foreign_page_signs_nobody_in_or_out(platform: Platform, route: str) -> None:
    async with platform.client() as browser:
        answer = await browser.post(f"/v1/local-auth/{route}", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


async def test_a_foreign_page_sends_no_token_to_a_local_port(platform: Platform, admin_token: str) -> None:
    headers = {"Cookie": f"codemie_access_token={admin_token}", "Sec-Fetch-Site": "cross-site"}
    async with platform.client() as browser:
        answer = await browser.get("/v1/auth/login/4444", headers=headers)
    assert answer.status_code == 403
