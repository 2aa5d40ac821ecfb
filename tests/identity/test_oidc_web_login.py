"""Browsers sign in at the provider by code and PKCE; their tokens stay on the server."""

import base64
import json
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import text
from tests.fakes.oidc_issuer import CLIENT, FakeIssuer, Person
from tests.identity.single_sign_on import browser, events, project, somebody, whoami
from tests.support import Platform

COOKIE = "codemie_access_token"


async def signed_in(client: httpx2.AsyncClient, issuer: FakeIssuer, person: Person) -> dict[str, object]:
    """Go through the provider, and say who came out."""
    issuer.person = person
    answer = await client.get("/v1/auth/sign-in", params={"next": "/v1/user"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def make_stale(platform: Platform) -> None:
    """As if every session's access token had just expired."""
    async with platform.resources.database.session() as session:
        await session.execute(text("UPDATE web_sessions SET fresh_until = now() - interval '1 second'"))


async def test_the_provider_signs_a_browser_in(every_login: Platform, issuer: FakeIssuer) -> None:
    team = project()
    person = somebody(applications=team)
    async with browser(every_login) as client:
        me = await signed_in(client, issuer, person)
        cookies = {cookie.name: cookie for cookie in client.cookies.jar}

    assert me["email"] == person.email
    assert sorted(me["applications"]) == sorted([team, person.email])  # type: ignore[arg-type]
    assert set(cookies) == {COOKIE}, "the cookie of the attempt is gone"
    assert cookies[COOKIE].has_nonstandard_attr("HttpOnly")
    assert cookies[COOKIE].get_nonstandard_attr("SameSite") == "lax"
    assert "." not in str(cookies[COOKIE].value), "the browser must not hold a token of the provider"
    assert [event["method"] for event in await events(every_login, "user.login", str(me["user_id"]))] == ["browser"]


async def test_the_request_to_the_provider_is_bound_to_the_browser(every_login: Platform) -> None:
    async with every_login.client() as client:
        answer = await client.get("/v1/auth/sign-in")
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    assert answer.status_code == 302
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert len(query["state"]) >= 32
    assert len(query["nonce"]) >= 32
    assert query["redirect_uri"] == f"{every_login.url}/v1/auth/callback"


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\n/evil.example", "javascript:1"]
)
async def test_signing_in_leads_to_pages_of_our_own_only(every_login: Platform, address: str) -> None:
    async with every_login.client() as client:
        answer = await client.get("/v1/auth/sign-in", params={"next": address})

    assert answer.status_code == 400


async def test_a_replayed_or_foreign_callback_is_refused(every_login: Platform, issuer: FakeIssuer) -> None:
    issuer.person = somebody()
    async with every_login.client() as client:
        start = await client.get("/v1/auth/sign-in")
        attempt = dict(client.cookies)
        async with httpx2.AsyncClient() as outside:
            back = (await outside.get(start.headers["location"])).headers["location"]
    async with every_login.client() as another_browser:
        foreign = await another_browser.get(back)
    async with every_login.client(cookies=attempt) as client:
        changed = await client.get(back.replace("state=", "state=x"))
        first = await client.get(back)
    async with every_login.client(cookies=attempt) as client:
        replayed = await client.get(back)

    assert first.status_code == 302
    for refused in (foreign, changed, replayed):
        assert refused.status_code == 401, refused.text
    assert "already finished" in replayed.text


async def test_a_code_is_worth_something_once(every_login: Platform, issuer: FakeIssuer) -> None:
    issuer.person = somebody()
    codes = []
    async with every_login.client() as client, httpx2.AsyncClient() as outside:
        for _ in range(2):
            start = await client.get("/v1/auth/sign-in")
            codes.append((await outside.get(start.headers["location"])).headers["location"])
        state = parse_qs(urlsplit(codes[1]).query)["state"][0]
        stolen = parse_qs(urlsplit(codes[0]).query)["code"][0]
        answer = await client.get("/v1/auth/callback", params={"code": stolen, "state": state})

    assert answer.status_code == 401, "the code belongs to another attempt's proof"


async def test_the_providers_refusal_is_told(every_login: Platform) -> None:
    async with every_login.client() as client:
        start = await client.get("/v1/auth/sign-in")
        state = parse_qs(urlsplit(start.headers["location"]).query)["state"][0]
        answer = await client.get("/v1/auth/callback", params={"error": "access_denied", "state": state})

    assert answer.status_code == 401
    assert answer.json()["error"]["details"] == "access_denied"


PAGE = {"Accept": "text/html,application/xhtml+xml"}


def told(answer: httpx2.Response) -> dict[str, str]:
    """What the sign-in page is given to explain."""
    address = urlsplit(answer.headers["location"])
    assert (answer.status_code, address.path) == (302, "/sign-in"), answer.text
    return {name: values[0] for name, values in parse_qs(address.query).items()}


async def test_a_person_whose_sign_in_fails_sees_the_sign_in_page_and_may_try_again(every_login: Platform) -> None:
    async with every_login.client() as client:
        client.headers.update(PAGE)
        start = await client.get("/v1/auth/sign-in", params={"next": "/knowledge?page=2"})
        state = parse_qs(urlsplit(start.headers["location"]).query)["state"][0]
        cancelled = await client.get("/v1/auth/callback", params={"error": "access_denied", "state": state})
        foreign = await client.get("/v1/auth/callback", params={"code": "x", "state": "<script>"})

    first, second = told(cancelled), told(foreign)
    assert (first["problem"], first["next"]) == ("refused", "/knowledge?page=2")
    assert first["request"] == cancelled.headers["x-request-id"]
    assert second["problem"] == "expired"
    assert "next" not in second


async def test_a_person_without_a_role_is_told_so(every_login: Platform, issuer: FakeIssuer) -> None:
    issuer.person = somebody(realm_access={"roles": ["visitor"]})
    async with every_login.client() as client, httpx2.AsyncClient() as outside:
        client.headers.update(PAGE)
        start = await client.get("/v1/auth/sign-in")
        back = (await outside.get(start.headers["location"])).headers["location"]
        answer = await client.get(back)

    assert told(answer)["problem"] == "not_permitted"


async def test_what_the_provider_keeps_is_not_changed_here(every_login: Platform, issuer: FakeIssuer) -> None:
    async with browser(every_login) as client:
        await signed_in(client, issuer, somebody())
        answer = await client.put("/v1/user/profile", json={"name": "Another"})

    assert answer.status_code == 403
    assert "identity provider" in answer.json()["error"]["details"]


async def test_a_stale_session_is_refreshed_and_follows_the_provider(every_login: Platform, issuer: FakeIssuer) -> None:
    team = project()
    person = somebody(applications=team)
    async with browser(every_login) as client:
        await signed_in(client, issuer, person)
        before = {token for token, grant in issuer.refresh_tokens.items() if grant.person is person}
        person.claims = {"iat": int(time.time()) + 1}  # the next token is younger
        await make_stale(every_login)
        body = (await client.get("/v1/user")).json()

    assert body["applications"] == [person.email]
    assert not before & set(issuer.refresh_tokens), "the refresh token was rotated"


async def test_a_session_ended_at_the_provider_ends_here(every_login: Platform, issuer: FakeIssuer) -> None:
    async with browser(every_login) as client:
        await signed_in(client, issuer, somebody())
        issuer.sessions.clear()
        await make_stale(every_login)
        first, second = await client.get("/v1/user"), await client.get("/v1/user")

    assert (first.status_code, second.status_code) == (401, 401)


async def test_a_provider_that_is_away_does_not_end_sessions(every_login: Platform, issuer: FakeIssuer) -> None:
    async with browser(every_login) as client:
        await signed_in(client, issuer, somebody())
        await make_stale(every_login)
        issuer.is_down = True
        try:
            away = await client.get("/v1/user")
        finally:
            issuer.is_down = False
        again = await client.get("/v1/user")

    assert (away.status_code, again.status_code) == (503, 200)
    assert "retry-after" in away.headers


async def test_signing_out_ends_the_session_here_and_at_the_provider(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    async with browser(every_login) as client:
        await signed_in(client, issuer, person)
        key = client.cookies[COOKIE]
        answer = await client.get("/v1/user/log_out", follow_redirects=False)
        async with httpx2.AsyncClient() as outside:
            home = await outside.get(answer.headers["location"])
    async with every_login.client(cookies={COOKIE: key}) as client:
        replayed = await client.get("/v1/user")

    assert home.headers["location"] == f"{every_login.url}/sign-in"
    assert issuer.last_end_session["client_id"] == CLIENT
    assert replayed.status_code == 401


async def test_the_provider_can_end_a_session(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    async with browser(every_login) as client:
        await signed_in(client, issuer, person)
        session = next(grant.session for grant in issuer.refresh_tokens.values() if grant.person is person)
        token = issuer.token(person, sid=session)
        assert (await whoami(every_login, token)).status_code == 200
        logout = issuer.logout_token(sub=person.subject, sid=session)
        async with every_login.client() as provider:
            told = await provider.post("/v1/auth/back-channel-logout", data={"logout_token": logout})
            replayed = await provider.post("/v1/auth/back-channel-logout", data={"logout_token": logout})
        ended = await client.get("/v1/user")

    assert told.status_code == 200, told.text
    assert replayed.status_code == 401
    assert ended.status_code == 401
    assert (await whoami(every_login, token)).status_code == 401, "access tokens of the session end, too"


async def test_the_provider_can_end_all_sessions_of_a_user(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    token = issuer.token(person)
    async with browser(every_login) as client:
        await signed_in(client, issuer, person)
        async with every_login.client() as provider:
            logout = issuer.logout_token(sub=person.subject)
            await provider.post("/v1/auth/back-channel-logout", data={"logout_token": logout})
        ended = await client.get("/v1/user")

    assert ended.status_code == 401
    assert (await whoami(every_login, token)).status_code == 401


async def test_signing_out_of_the_proxy_in_front_ends_the_session_here(
    every_login: Platform, issuer: FakeIssuer
) -> None:
    person = somebody()
    token = issuer.token(person, sid="of-the-proxy")
    assert (await whoami(every_login, token)).status_code == 200

    logout = issuer.logout_token(sub=person.subject, sid="of-the-proxy", aud="oauth2-proxy")
    async with every_login.client() as provider:
        told = await provider.post("/v1/auth/back-channel-logout", data={"logout_token": logout})

    assert told.status_code == 200, told.text
    assert (await whoami(every_login, token)).status_code == 401


async def test_only_true_logout_tokens_end_sessions(every_login: Platform, issuer: FakeIssuer) -> None:
    bad = {
        "an access token": issuer.token(somebody()),
        "a nonce": issuer.logout_token(sub="x", nonce="n"),
        "no event": issuer.logout_token(sub="x", events={}),
        "another audience": issuer.logout_token(sub="x", aud="other"),
        "nobody": issuer.logout_token(),
        "old": issuer.logout_token(sub="x", iat=int(time.time()) - 3600),
        "no token": "abc",
    }
    async with every_login.client() as provider:
        for what, token in bad.items():
            answer = await provider.post("/v1/auth/back-channel-logout", data={"logout_token": token})
            assert answer.status_code == 401, f"{what}: {answer.text}"


async def test_foreign_pages_cannot_act_with_the_session(every_login: Platform, issuer: FakeIssuer) -> None:
    async with browser(every_login) as client:
        await signed_in(client, issuer, somebody())
        answer = await client.put("/v1/user/data", json={}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


async def test_a_command_line_gets_a_session_of_its_own(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    async with browser(every_login) as client:
        away = await client.get("/v1/auth/login/5000", follow_redirects=False)
        await signed_in(client, issuer, person)
        foreign = await client.get("/v1/auth/login/5000", headers={"Sec-Fetch-Site": "cross-site"})
        answer = await client.get("/v1/auth/login/5000", follow_redirects=False)
        browsers_key = client.cookies[COOKIE]
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    handed = json.loads(base64.b64decode(query["token"][0]))
    async with every_login.client(cookies=handed["cookies"]) as command_line:
        me = (await command_line.get("/v1/user")).json()

    assert urlsplit(away.headers["location"]).path == "/v1/auth/sign-in"
    assert foreign.status_code == 200
    assert "Continue" in foreign.text
    assert answer.headers["location"].startswith("http://localhost:5000/auth?token=")
    assert handed["provider"] == "oidc"
    assert handed["cookies"][COOKIE] != browsers_key
    assert me["email"] == person.email
