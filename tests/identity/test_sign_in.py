"""Signing in and out with a password, over HTTP."""

import httpx2

from tests.conftest import MakeUser
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform

LOGIN = "/v1/local-auth/login"


async def test_sign_in_answers_with_token_user_and_cookie(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post(LOGIN, json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD})

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "user"}
    assert body["access_token"].count(".") == 2
    user = body["user"]
    assert (user["username"], user["name"]) == ("admin", "System Administrator")
    assert user["is_admin"] and user["is_maintainer"] and user["is_active"]
    assert user["auth_source"] == "local"
    assert [project["name"] for project in user["projects"]] == [ADMIN_EMAIL]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"codemie_access_token={body['access_token']};")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie and "Max-Age=86400" in cookie
    assert "Secure" not in cookie
