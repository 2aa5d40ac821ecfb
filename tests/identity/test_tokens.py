"""What an attacker may send instead of a token, over HTTP and against the key ring."""

import base64
import hmac
import json
import time
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt
from sqlalchemy import select
from tests.conftest import MakeUser
from tests.support import ADMIN_PASSWORD, Platform, until

from codemie.identity.settings import IdentitySettings
from codemie.identity.tables import ActivityEvent
from codemie.identity.tokens import KeyRing
from codemie.kernel.errors import NotAuthenticated

SETTINGS = IdentitySettings()
KEY = jwk.RSAKey.generate_key(2048)
RING = KeyRing({"one": KEY}, "one", SETTINGS)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    genuine = {
        "iss": "codemie-local",
        "aud": "codemie",
        "sub": "u",
        "iat": now,
        "exp": now + 86_400,
        "jti": "j",
        "gen": 0,
    }
    return {name: value for name, value in {**genuine, **changes}.items() if value is not None}


def signed(changed: dict[str, Any], key: jwk.RSAKey = KEY, kid: str | None = "one", alg: str = "RS256") -> str:
    header = {"alg": alg} | ({"kid": kid} if kid else {})
    return jwt.encode(header, changed, key, algorithms=[alg])


def unsigned(header: dict[str, Any], payload: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, payload))
    return f"{'.'.join(parts)}.{signature}"


def test_a_genuine_token_holds() -> None:
    issued = RING.issue("user-1", "a@b.c", 3)
    assert RING.verify(issued.text) == issued.claims


def confused(public: bytes, payload: dict[str, Any], kid: str = "one") -> str:
    """The classic confusion: HS256, with the public key, known to all, as the HMAC secret."""
    signing_input = unsigned({"alg": "HS256", "kid": kid}, payload).rstrip(".")
    digest = hmac.new(public, signing_input.encode(), "sha256").digest()
    return f"{signing_input}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


FORGED = {
    "alg none": unsigned({"alg": "none", "kid": "one"}, claims()),
    "alg NONE": unsigned({"alg": "NONE", "kid": "one"}, claims()),
    "no alg": unsigned({"kid": "one"}, claims()),
    "alg list": unsigned({"alg": ["RS256"], "kid": "one"}, claims()),
    "HS256 with the public key": confused(KEY.as_pem(private=False), claims()),
    "PS256": signed(claims(), alg="PS256"),
    "RS512": signed(claims(), alg="RS512"),
    "another key": signed(claims(), jwk.RSAKey.generate_key(2048)),
    "unknown key id": signed(claims(), kid="two"),
    "no key id": signed(claims(), kid=None),
    "key id list": unsigned({"alg": "RS256", "kid": ["one"]}, claims(), "AAAA"),
    "embedded key": unsigned({"alg": "RS256", "jwk": KEY.as_dict(private=False)}, claims(), "AAAA"),
    "critical extension": unsigned({"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}, claims(), "AAAA"),
    "expired": signed(claims(exp=int(time.time()) - 31)),
    "never expires": signed(claims(exp=None)),
    "expiry as text": signed(claims(exp="tomorrow")),
    "not yet valid": signed(claims(nbf=int(time.time()) + 43_200)),
    "issued in the future": signed(claims(iat=int(time.time()) + 43_200)),
    "another issuer": signed(claims(iss="https://evil.example")),
    "no issuer": signed(claims(iss=None)),
    "another audience": signed(claims(aud="other")),
    "no audience": signed(claims(aud=None)),
    "no subject": signed(claims(sub=None)),
    "subject of another type": signed(claims(sub=7)),
    "no generation": signed(claims(gen=None)),
    "generation of another type": signed(claims(gen="0")),
    "payload is a list": unsigned({"alg": "RS256", "kid": "one"}, [], "AAAA"),  # type: ignore[arg-type]
    "five parts": "a.b.c.d.e",
    "empty parts": "..",
    "too long": "a" * 9000,
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused_with_its_reason(token: str) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        RING.verify(token)
    assert refusal.value.details or refusal.value.message == "Token has expired"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("alg none", "Signature algorithm 'none' is not accepted."),
        ("HS256 with the public key", "Signature algorithm 'HS256' is not accepted."),
        ("another key", "Its signature does not hold."),
        ("unknown key id", "The token is signed with an unknown key."),
        ("not yet valid", "It is not valid yet."),
        ("issued in the future", "Claim iat is missing or does not hold."),
        ("another issuer", "It is from another issuer."),
        ("another audience", "It is meant for another audience; see identity.audience."),
        ("no subject", "Claim sub is missing or does not hold."),
        ("five parts", "It is no signed JSON web token."),
    ],
)
def test_the_reason_is_the_right_one(name: str, reason: str) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        RING.verify(FORGED[name])
    assert (refusal.value.message, refusal.value.details) == ("Token validation failed", reason)


def test_leeway_forgives_a_clock_that_is_a_little_slow() -> None:
    assert RING.verify(signed(claims(exp=int(time.time()) - 5))).user_id == "u"


@given(st.text(max_size=200) | st.tuples(st.text(), st.text(), st.text()).map(".".join))
def test_any_text_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        RING.verify(text)


@given(position=st.integers(min_value=0), bit=st.integers(0, 5))
def test_a_tampered_token_is_refused(position: int, bit: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = GENUINE
    place = position % len(token)
    if token[place] == "." or place == len(token) - 1:
        return  # the last character of base64 carries bits that do not count
    changed = alphabet[alphabet.index(token[place]) ^ (1 << bit)]
    with pytest.raises(NotAuthenticated):
        RING.verify(token[:place] + changed + token[place + 1 :])


GENUINE = RING.issue("user-1", "a@b.c", 0).text


# ---- over HTTP ------------------------------------------------------------------------------------------------------


async def about(platform: Platform, headers: dict[str, str]) -> httpx2.Response:
    async with platform.client() as client:
        return await client.get("/v1/user", headers=headers)


async def test_no_credential_is_told_so(platform: Platform) -> None:
    answer = await about(platform, {})
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "Authentication required"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Bearer x", "Bearer", "Basic YWRtaW46YWRtaW4=", "bearer a.b.c", "Token abc", "Bearer " + "a" * 9000]
)
async def test_a_useless_authorization_header_is_refused(platform: Platform, header: str) -> None:
    assert (await about(platform, {"Authorization": header})).status_code == 401


async def test_header_and_cookie_together_are_ambiguous(platform: Platform, admin_token: str) -> None:
    headers = {"Authorization": f"Bearer {admin_token}", "Cookie": f"codemie_access_token={admin_token}"}
    answer = await about(platform, headers)
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Ambiguous authentication")


@pytest.mark.parametrize(
    "second",
    [
        {"X-Auth-Request-Access-Token": "a.b.c"},
        {"X-Forwarded-Access-Token": FORGED["alg none"]},
        {"Cookie": "codemie_access_token=x"},
        {"user-id": "somebody-else"},
        {"X-Auth-Request-User": "admin"},
        {"X-Auth-Request-Email": "chief@codemie.test"},
        {"X-Forwarded-User": "somebody-else"},
        {"X-Forwarded-Email": "chief@codemie.test"},
    ],
    ids=lambda header: str(next(iter(header))),
)
async def test_two_credentials_at_once_are_refused_and_written_down(
    platform: Platform, make_user: MakeUser, second: dict[str, str]
) -> None:
    user = await make_user("two-faced")
    answer = await user.get("/v1/user", headers=second)
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Ambiguous authentication")
    assert answer.json()["error"]["details"]

    async def told() -> bool:
        async with platform.resources.database.session() as session:
            told = await session.scalars(select(ActivityEvent).where(ActivityEvent.event_type == "credential.refused"))
            return any(row.attributes["reason"] == "Ambiguous authentication" for row in told)

    await until(told, what="the refusal in the audit log")


async def test_a_header_that_names_the_same_person_is_no_second_credential(make_user: MakeUser) -> None:
    user = await make_user("one-faced")
    headers = {"X-Forwarded-Email": user.email.upper(), "X-Forwarded-User": ""}  # type: ignore[attr-defined]
    assert (await user.get("/v1/user", headers=headers)).status_code == 200


async def test_a_cookie_of_one_person_and_a_header_of_another_are_refused(platform: Platform, admin_token: str) -> None:
    headers = {"X-Auth-Request-Email": "somebody@codemie.test", "Cookie": f"codemie_access_token={admin_token}"}
    assert (await about(platform, headers)).status_code == 401


@pytest.mark.parametrize("name", ["alg none", "HS256 with the public key", "another key", "unknown key id", "expired"])
async def test_forged_tokens_get_401_over_http(platform: Platform, name: str) -> None:
    assert (await about(platform, {"Authorization": f"Bearer {FORGED[name]}"})).status_code == 401


async def test_the_platforms_own_public_key_is_no_hmac_secret(platform: Platform, admin_token: str) -> None:
    ring = await platform.resources.identity.keys.ring()
    header, genuine = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in admin_token.split(".")[:2])
    public = next(key for key in ring.public_keys() if key["kid"] == header["kid"])
    forged = confused(jwk.RSAKey.import_key(public).as_pem(private=False), genuine, header["kid"])
    assert (await about(platform, {"Authorization": f"Bearer {forged}"})).status_code == 401


async def test_a_token_for_nobody_is_refused(platform: Platform) -> None:
    ring = await platform.resources.identity.keys.ring()
    token = ring.issue("00000000-0000-4000-8000-000000000001", "ghost@codemie.test", 0).text
    assert (await about(platform, {"Authorization": f"Bearer {token}"})).status_code == 401


async def test_a_flood_of_unknown_key_ids_reaches_the_database_rarely(platform: Platform) -> None:
    from tests.identity.support import statements

    from codemie.identity.keys import SigningKeys

    identity = platform.resources.identity
    keys = SigningKeys(platform.resources.database, identity.cipher, identity.settings)
    await keys.ring()
    with statements(platform.resources.database) as executed:
        for number in range(50):
            with pytest.raises(NotAuthenticated):
                await keys.verify(signed(claims(), kid=f"invented-{number}"))
    assert executed == []


async def test_verifying_costs_one_query_and_a_remembered_token_none(platform: Platform, make_user: MakeUser) -> None:
    from starlette.requests import Request
    from tests.identity.support import statements

    user = await make_user("counted")
    token = await platform.login(user.email, ADMIN_PASSWORD)  # type: ignore[attr-defined]
    headers = [(b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/v1/user", "headers": headers}
    authenticator = platform.resources.identity.authenticator

    with statements(platform.resources.database) as executed:
        first = await authenticator.authenticate(Request(scope))
        assert len(executed) == 1
        assert await authenticator.authenticate(Request(scope)) is first
        assert len(executed) == 1
    assert first.email == user.email  # type: ignore[attr-defined]
    assert first.projects == {first.email}
    assert first.default_project == first.email
