"""Access tokens of an identity provider: what is accepted, and every way to be refused."""

import asyncio
import time
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import text
from tests.fakes.oidc_issuer import LOGOUT_EVENT, FakeIssuer, hmac_signed, unsigned
from tests.identity.single_sign_on import events, project, somebody, whoami
from tests.support import Platform

PROXY = "x-auth-request-access-token"


async def test_a_valid_token_signs_in_and_its_claims_make_the_user(every_login: Platform, issuer: FakeIssuer) -> None:
    team, other = project(), project("other")
    person = somebody(applications=[f"{team}, {other}"], applications_admin=team, knowledge_bases=["kb-1"])

    answer = await whoami(every_login, issuer.token(person))

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["email"] == body["username"] == person.email
    assert sorted(body["applications"]) == sorted([team, other, person.email])
    assert body["applications_admin"] == [team]
    assert body["knowledge_bases"] == ["kb-1"]
    assert (body["is_admin"], body["is_maintainer"], body["is_auditor"]) == (False, False, False)
    assert body["user_type"] == "regular"
    assert len(await events(every_login, "user.login", body["user_id"])) == 1


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_public_key_signatures_are_accepted(every_login: Platform, issuer: FakeIssuer, algorithm: str) -> None:
    assert (await whoami(every_login, issuer.token(somebody(), algorithm=algorithm))).status_code == 200


async def test_realm_roles_decide_who_administers(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody(realm_access={"roles": ["admin", "offline_access"]})

    body = (await whoami(every_login, issuer.token(person))).json()

    assert (body["is_admin"], body["is_maintainer"], body["project_limit"]) == (True, False, None)


async def test_without_a_role_nobody_comes_in(every_login: Platform, issuer: FakeIssuer) -> None:
    answer = await whoami(every_login, issuer.token(somebody(realm_access={"roles": ["viewer"]})))

    assert answer.status_code == 403
    assert "developer" in answer.json()["error"]["details"]


BAD_CLAIMS: list[tuple[str, dict[str, Any], str]] = [
    ("expired", {"exp": time.time() - 3600}, "expired"),
    ("not valid yet", {"nbf": time.time() + 3600}, "not valid yet"),
    ("issued in the future", {"iat": time.time() + 3600}, "iat"),
    ("another audience", {"aud": "account"}, "oidc_audience"),
    ("no audience", {"aud": None}, "aud"),
    ("another issuer", {"iss": "http://127.0.0.1:1"}, "another issuer"),
    ("no expiry", {"exp": None}, "exp"),
    ("no subject", {"sub": None}, "sub"),
    ("infinite expiry", {"exp": 1e400}, "exp"),
    ("expiry as text", {"exp": "tomorrow"}, "exp"),
    ("an ID token", {"typ": "ID"}, "no access token"),
    ("a logout token", {"events": {LOGOUT_EVENT: {}}}, "no access token"),
    ("projects of a wrong type", {"applications": {"a": 1}}, "applications: expected a list of names"),
    ("a project of a wrong type", {"applications": ["a", 7]}, "applications: expected names"),
    ("roles of a wrong type", {"realm_access": {"roles": 7}}, "realm_access.roles"),
    ("an e-mail address of a wrong type", {"email": ["a@b.c"]}, "email: expected text"),
    ("no e-mail address at all", {"email": "not an address"}, "mail"),
    ("an unknown user type", {"user_type": "visitor"}, "Expected 'regular' or 'external', got: 'visitor'"),
]


@pytest.mark.parametrize(("changes", "reason"), [row[1:] for row in BAD_CLAIMS], ids=[row[0] for row in BAD_CLAIMS])
async def test_a_token_with_bad_claims_is_refused_and_says_why(
    every_login: Platform, issuer: FakeIssuer, changes: dict[str, Any], reason: str
) -> None:
    answer = await whoami(every_login, issuer.token(somebody(), **changes))

    assert answer.status_code == 401, answer.text
    assert reason in answer.text


async def test_forged_signatures_are_refused(every_login: Platform, issuer: FakeIssuer) -> None:
    claims = {"iss": issuer.url, "aud": "codemie", "iat": int(time.time()), "exp": int(time.time()) + 60}
    claims |= somebody().all_claims()
    # The library refuses to sign with a public key, so its letters are signed with by hand.
    public_pem = issuer.rsa.as_pem(private=False)
    stranger = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    whole = issuer.token(somebody())
    forged = {
        "alg none": unsigned(claims),
        "HS256 with the public key": hmac_signed(claims, public_pem, kid="rsa-1"),
        "somebody else's key": issuer.sign(claims, "RS256", stranger),
        "changed claims": ".".join([whole.split(".")[0], unsigned(claims).split(".")[1], whole.split(".")[2]]),
        "no signature": whole.rpartition(".")[0] + ".",
        "an embedded key": issuer.sign(claims, "RS256", stranger, kid=None, jwk=stranger.as_dict(private=False)),
        "no token": "abc",
        "too long": whole + "x" * 20_000,
        "nested brackets": "W1tb" * 2_000 + "." + "W1tb" * 1_000 + ".x",
    }

    for what, token in forged.items():
        answer = await whoami(every_login, token)
        assert answer.status_code == 401, f"{what}: {answer.text}"


async def test_invented_key_ids_reach_the_provider_once(every_login: Platform, issuer: FakeIssuer) -> None:
    assert (await whoami(every_login, issuer.token(somebody()))).status_code == 200
    stranger = RSAKey.generate_key(2048)
    tokens = [issuer.sign({"iss": issuer.url}, "RS256", stranger, kid=f"invented-{number}") for number in range(60)]
    before = issuer.key_requests

    async with every_login.client() as client:
        calls = [client.get("/v1/user", headers={"Authorization": f"Bearer {token}"}) for token in tokens]
        answers = await asyncio.gather(*calls)

    assert {answer.status_code for answer in answers} == {401}
    assert issuer.key_requests - before <= 1


async def test_a_rotated_key_is_found(every_login: Platform, issuer: FakeIssuer) -> None:
    single_sign_on = every_login.resources.identity.single_sign_on
    assert single_sign_on is not None
    keys = single_sign_on.verifier.keys
    assert (await whoami(every_login, issuer.token(somebody()))).status_code == 200
    former = issuer.token(somebody())
    issuer.rotate_keys()
    keys._tried_at = float("-inf")  # as if the last look were long ago

    assert (await whoami(every_login, issuer.token(somebody()))).status_code == 200
    assert (await whoami(every_login, former)).status_code == 401


async def test_oauth2_proxy_tokens_are_verified_like_any_other(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    token = issuer.token(person)
    async with every_login.client() as client:
        good = await client.get("/v1/user", headers={PROXY: token})
        same_twice = await client.get("/v1/user", headers={PROXY: token, "Authorization": f"Bearer {token}"})
        differing = await client.get(
            "/v1/user", headers={PROXY: token, "Authorization": f"Bearer {issuer.token(somebody())}"}
        )
        forged = await client.get("/v1/user", headers={PROXY: unsigned({"iss": issuer.url, "sub": "admin"})})
        claimed = await client.get(
            "/v1/user",
            headers={"X-Auth-Request-User": "admin", "X-Auth-Request-Email": "admin@codemie.test", "user-id": "admin"},
        )
        with_cookie = await client.get("/v1/user", headers={PROXY: token, "Cookie": "codemie_access_token=abc"})

    assert good.json()["email"] == person.email
    assert same_twice.status_code == 200
    for refused in (differing, forged, claimed, with_cookie):
        assert refused.status_code == 401, refused.text
    assert "differ" in differing.json()["error"]["details"]


async def test_a_disabled_user_is_refused(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    user_id = (await whoami(every_login, issuer.token(person))).json()["user_id"]
    async with every_login.resources.database.session() as session:
        await session.execute(text("UPDATE users SET is_active = false WHERE id = :id"), {"id": user_id})

    answer = await whoami(every_login, issuer.token(person))

    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "Account is deactivated"


async def test_an_address_does_not_open_somebody_elses_account(every_login: Platform, issuer: FakeIssuer) -> None:
    victim, thief = somebody(), somebody()
    await whoami(every_login, issuer.token(victim))
    thief.email = victim.email

    answer = await whoami(every_login, issuer.token(thief))

    assert answer.status_code == 401
    assert "belongs to another account" in answer.text


async def test_nobody_gets_into_anothers_personal_project(every_login: Platform, issuer: FakeIssuer) -> None:
    victim, curious = somebody(), somebody()
    await whoami(every_login, issuer.token(victim))
    curious.claims = {"applications": [victim.email, "unborn@codemie.test"]}

    body = (await whoami(every_login, issuer.token(curious))).json()

    assert body["applications"] == [curious.email]


async def test_machines_without_an_address_get_an_account(every_login: Platform, issuer: FakeIssuer) -> None:
    robot = somebody(preferred_username="service-account-reports", email=None, name=None)

    body = (await whoami(every_login, issuer.token(robot))).json()

    assert body["username"] == "service-account-reports"
    assert body["email"].startswith("service-account-reports@")


async def test_first_tokens_at_the_same_time_make_one_user(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody(applications=project())
    answers = await asyncio.gather(*(whoami(every_login, issuer.token(person)) for _ in range(6)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["user_id"] for answer in answers}) == 1


async def test_password_routes_are_gone(every_login: Platform) -> None:
    async with every_login.client() as client:
        answer = await client.post("/v1/local-auth/login", json={"email": "a@b.c", "password": "x"})

    assert answer.status_code == 404


async def test_clients_learn_how_to_sign_in(every_login: Platform) -> None:
    async with every_login.client() as client:
        components = {row["id"]: row["settings"] for row in (await client.get("/v1/config")).json()}

    assert components["idpProvider"]["value"] == "oidc"
    assert components["singleSignOn"]["enabled"] is True
    assert components["singleSignOn"]["signInUrl"] == "/v1/auth/sign-in"
    assert components["singleSignOn"]["name"] == "127.0.0.1", "the issuer's host, unless identity.oidc_name says more"


async def test_known_keys_serve_while_the_provider_is_away(every_login: Platform, issuer: FakeIssuer) -> None:
    assert (await whoami(every_login, issuer.token(somebody()))).status_code == 200
    issuer.is_down = True
    try:
        assert (await whoami(every_login, issuer.token(somebody()))).status_code == 200
    finally:
        issuer.is_down = False
