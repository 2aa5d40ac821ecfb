"""Signing in and out with a password, over HTTP."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.conftest import MakeUser
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform

from codemie.identity.tables import User

LOGIN = "/v1/local-auth/login"
COOKIE = "codemie_access_token"


def credentials(email: str, password: str = ADMIN_PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


async def test_sign_in_answers_with_token_user_and_cookie(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post(LOGIN, json=credentials(ADMIN_EMAIL))

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "user"}
    user = body["user"]
    assert (user["username"], user["name"]) == ("admin", "System Administrator")
    assert user["is_admin"]
    assert user["is_maintainer"]
    assert user["project_limit"] is None
    assert user["auth_source"] == "local"
    # Other tests may have put the administrator into projects of theirs.
    assert ADMIN_EMAIL in [project["name"] for project in user["projects"]]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={body['access_token']};")
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=86400"):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("login", ["admin", "ADMIN", ADMIN_EMAIL.upper(), f" {ADMIN_EMAIL} "])
async def test_user_name_and_address_sign_in_in_any_case(anonymous: httpx2.AsyncClient, login: str) -> None:
    assert (await anonymous.post(LOGIN, json=credentials(login))).status_code == 200


async def test_the_second_prefix_signs_in_too(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post(f"/code-assistant-api{LOGIN}", json=credentials("admin"))
    assert answer.status_code == 200


@pytest.mark.parametrize("login", ["admin", "nobody-of-that-name"])
async def test_wrong_password_and_unknown_user_are_told_alike(anonymous: httpx2.AsyncClient, login: str) -> None:
    answer = await anonymous.post(LOGIN, json=credentials(login, "wrong"))

    assert answer.status_code == 401
    assert answer.json() == {"error": {"message": "Invalid email or password", "details": None, "help": None}}
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body", [{}, {"email": "x"}, {"email": None, "password": 1}, {"email": "x" * 300, "password": "y"}, [], "text"]
)
async def test_malformed_credentials_are_unprocessable(anonymous: httpx2.AsyncClient, body: object) -> None:
    assert (await anonymous.post(LOGIN, json=body)).status_code == 422


async def test_a_nul_character_is_a_wrong_password_not_a_crash(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post(LOGIN, json=credentials("ad\x00min", "\x00"))
    assert answer.status_code in (400, 401)


async def test_a_deactivated_user_learns_it_only_with_the_right_password(
    platform: Platform, make_user: MakeUser, anonymous: httpx2.AsyncClient
) -> None:
    user = await make_user("gone")
    email: str = user.email  # type: ignore[attr-defined]
    assert (await user.get("/v1/user")).status_code == 200
    await deactivate(platform, email)

    right = await anonymous.post(LOGIN, json=credentials(email))
    wrong = await anonymous.post(LOGIN, json=credentials(email, "wrong"))
    with_token = await user.get("/v1/user")

    assert (right.status_code, right.json()["error"]["message"]) == (401, "Account is deactivated")
    assert wrong.json()["error"]["message"] == "Invalid email or password"
    assert (with_token.status_code, with_token.json()["error"]["message"]) == (401, "Account is deactivated")


async def deactivate(platform: Platform, email: str) -> None:
    from codemie.identity import repository

    async with platform.resources.database.session() as session:
        user = await repository.user_by_login(session, email)
        assert isinstance(user, User)
        user.is_active = False
    platform.resources.identity.authenticator.forget(user.id)


async def test_the_cookie_alone_signs_requests(platform: Platform) -> None:
    async with platform.client() as browser:
        await browser.post(LOGIN, json=credentials("admin"))
        answer = await browser.get("/v1/user")
    assert answer.status_code == 200
    assert answer.json()["username"] == "admin"


async def test_logout_ends_this_session_and_no_other(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user("leaver")
    other = platform.client(await platform.login(user.email, ADMIN_PASSWORD))  # type: ignore[attr-defined]
    assert (await user.get("/v1/user")).status_code == 200

    answer = await user.post("/v1/local-auth/logout")

    assert answer.status_code == 200
    assert set(answer.json()) == {"message"}
    refused = await user.get("/v1/user")
    assert (refused.status_code, refused.json()["error"]["message"]) == (401, "The session has ended")
    async with other:
        assert (await other.get("/v1/user")).status_code == 200


async def test_logout_by_cookie_deletes_the_cookie(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user("browser")
    async with platform.client() as browser:
        await browser.post(LOGIN, json=credentials(user.email))  # type: ignore[attr-defined]
        answer = await browser.post("/v1/local-auth/logout")
        assert answer.status_code == 200
        assert COOKIE not in browser.cookies
        assert (await browser.get("/v1/user")).status_code == 401


async def test_log_out_page_ends_the_session_and_redirects(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user("navigator")
    async with platform.client() as browser:
        token = (await browser.post(LOGIN, json=credentials(user.email))).json()["access_token"]  # type: ignore[attr-defined]
        answer = await browser.get("/v1/user/log_out")
    assert (answer.status_code, answer.headers["location"]) == (302, "/sign-in")
    async with platform.client(token) as stale:
        assert (await stale.get("/v1/user")).status_code == 401


async def test_log_out_page_needs_no_session(anonymous: httpx2.AsyncClient) -> None:
    assert (await anonymous.get("/v1/user/log_out")).status_code == 302
    anonymous.cookies.set(COOKIE, "not a token")
    assert (await anonymous.get("/v1/user/log_out")).status_code == 302


async def test_changing_the_password_ends_other_sessions(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user("changer")
    email: str = user.email  # type: ignore[attr-defined]
    change = {"current_password": ADMIN_PASSWORD, "new_password": "another-long-passphrase"}
    async with platform.client() as browser:
        await browser.post(LOGIN, json=credentials(email))

        answer = await browser.post("/v1/local-auth/change-password", json=change)

        assert answer.status_code == 200, answer.text
        assert (await browser.get("/v1/user")).status_code == 200
    assert (await user.get("/v1/user")).status_code == 401
    assert await platform.login(email, "another-long-passphrase")


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        (("wrong", "another-long-passphrase"), 401, "Current password is incorrect"),
        ((ADMIN_PASSWORD, "short"), 400, "Password must be at least 12 characters long"),
        ((ADMIN_PASSWORD, "x" * 300), 400, "Password must be at most 256 characters long"),
    ],
)
async def test_bad_password_changes_are_refused(
    make_user: MakeUser, change: tuple[str, str], status: int, message: str
) -> None:
    user = await make_user("fumbler")
    body = {"current_password": change[0], "new_password": change[1]}
    answer = await user.post("/v1/local-auth/change-password", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, message)
    assert (await user.get("/v1/user")).status_code == 200


async def test_registration_is_closed_unless_opened(anonymous: httpx2.AsyncClient) -> None:
    body = {"email": "visitor@codemie.test", "username": "visitor", "password": "a-long-passphrase"}
    answer = await anonymous.post("/v1/local-auth/register", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (403, "Registration is closed")


async def test_password_reset_says_when_no_mail_can_be_sent(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post("/v1/local-auth/forgot-password", json={"email": ADMIN_EMAIL})
    assert answer.status_code == 503
    assert "smtp_host" in answer.json()["error"]["help"]


@pytest.mark.parametrize("route", ["verify-email", "reset-password"])
async def test_an_invented_mail_token_is_refused(anonymous: httpx2.AsyncClient, route: str) -> None:
    body = {"token": "invented", "new_password": "a-long-passphrase"}
    answer = await anonymous.post(f"/v1/local-auth/{route}", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid or expired token")


async def test_public_keys_verify_our_tokens(platform: Platform, anonymous: httpx2.AsyncClient) -> None:
    from joserfc import jwk, jwt

    answer = await anonymous.get("/v1/local-auth/.well-known/jwks.json")

    keys = answer.json()["keys"]
    assert all(set(key) == {"kty", "use", "alg", "n", "e", "kid"} for key in keys)
    token = await platform.login("admin", ADMIN_PASSWORD)
    claims = jwt.decode(token, jwk.KeySet.import_key_set({"keys": keys}), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["auth_source"], claims["email"]) == ("codemie-local", "local", ADMIN_EMAIL)
    assert claims["exp"] - claims["iat"] == 24 * 3600


async def test_command_line_login_hands_over_a_token_of_its_own(platform: Platform) -> None:
    async with platform.client() as browser:
        mine = (await browser.post(LOGIN, json=credentials("admin"))).json()["access_token"]
        answer = await browser.get("/v1/auth/login/51234")

    target = urlsplit(answer.headers["location"])
    assert (answer.status_code, target.netloc, target.path) == (302, "localhost:51234", "/auth")
    handed = json.loads(base64.b64decode(parse_qs(target.query)["token"][0]))
    assert handed["provider"] == "local"
    token = handed["cookies"][COOKIE]
    assert token != mine
    async with platform.client(token) as command_line:
        assert (await command_line.get("/v1/user")).status_code == 200


async def test_command_line_login_sends_a_stranger_to_the_sign_in_page(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.get("/v1/auth/login/51234")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/sign-in?next=/v1/auth/login/51234"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x"])
async def test_command_line_login_refuses_impossible_ports(anonymous: httpx2.AsyncClient, port: str) -> None:
    assert (await anonymous.get(f"/v1/auth/login/{port}")).status_code == 422
