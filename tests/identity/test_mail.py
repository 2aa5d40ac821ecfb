"""Registration and forgotten passwords, with a mail server."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.fakes.mail_server import MailServer, mail_server
from tests.support import ADMIN_PASSWORD, Platform, environment_for, serving


@pytest.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
async def mailing(workplace: Path, postgres_url: str, nats_url: str, mail: MailServer) -> AsyncIterator[Platform]:
    """A platform that is open to visitors and confirms their addresses."""
    extra = {
        "CODEMIE_FRONTEND_URL": "https://ai.example.com",
        "CODEMIE_IDENTITY_REGISTRATION": "true",
        "CODEMIE_IDENTITY_EMAIL_VERIFICATION": "true",
        "CODEMIE_IDENTITY_MAIL_REQUESTS_PER_HOUR": "8",
        "CODEMIE_IDENTITY_SMTP_HOST": "127.0.0.1",
        "CODEMIE_IDENTITY_SMTP_PORT": str(mail.port),
        "CODEMIE_IDENTITY_SMTP_TLS": "none",
    }
    home = workplace / "mailing"
    home.mkdir()
    async with serving(environment_for(home, postgres_url, nats_url, **extra)) as running:
        yield running


async def post(platform: Platform, route: str, **body: str) -> httpx2.Response:
    async with platform.client() as client:
        return await client.post(f"/v1/local-auth/{route}", json=body)


def visitor() -> dict[str, str]:
    name = f"visitor-{uuid.uuid4().hex[:8]}"
    return {"email": f"{name}@codemie.test", "username": name, "password": ADMIN_PASSWORD}


async def test_a_visitor_registers_confirms_and_signs_in(mailing: Platform, mail: MailServer) -> None:
    me = visitor()

    registered = await post(mailing, "register", **me)
    early = await post(mailing, "login", email=me["email"], password=ADMIN_PASSWORD)
    token = await mail.link_to(me["email"])
    confirmed = await post(mailing, "verify-email", token=token)

    assert (registered.status_code, set(registered.json())) == (200, {"message"})
    assert (early.status_code, early.json()["error"]["message"]) == (401, "Email not verified")
    assert (confirmed.status_code, set(confirmed.json())) == (200, {"message", "access_token"})
    assert "Secure" in confirmed.headers["set-cookie"]
    async with mailing.client(confirmed.json()["access_token"]) as client:
        about = (await client.get("/v1/user")).json()
    assert (about["username"], about["project_limit"], about["is_admin"]) == (me["username"], 3, False)
    assert (await post(mailing, "verify-email", token=token)).status_code == 400


async def test_taken_names_and_short_passwords_are_refused(mailing: Platform) -> None:
    taken = await post(mailing, "register", **visitor() | {"username": "ADMIN"})
    short = await post(mailing, "register", **visitor() | {"password": "short"})
    assert (taken.status_code, taken.json()["error"]["message"]) == (409, "Username already taken")
    assert short.status_code == 400
    assert short.json()["error"]["message"] == "Password must be at least 12 characters long"


async def test_a_forgotten_password_is_set_anew_once(mailing: Platform, mail: MailServer) -> None:
    me = visitor()
    await post(mailing, "register", **me)
    confirmed = await post(mailing, "verify-email", token=await mail.link_to(me["email"]))
    mail.received.clear()

    asked = await post(mailing, "forgot-password", email=me["email"].upper())
    token = await mail.link_to(me["email"])
    reset = await post(mailing, "reset-password", token=token, new_password="another-long-passphrase")

    assert (asked.status_code, reset.status_code) == (200, 200)
    assert await mailing.login(me["email"], "another-long-passphrase")
    assert (await post(mailing, "login", email=me["email"], password=ADMIN_PASSWORD)).status_code == 401
    assert (await post(mailing, "reset-password", token=token, new_password="a-third-passphrase")).status_code == 400
    async with mailing.client(confirmed.json()["access_token"]) as stale:
        assert (await stale.get("/v1/user")).status_code == 401


async def test_an_unknown_address_is_answered_alike_and_floods_are_stopped(mailing: Platform, mail: MailServer) -> None:
    mail.received.clear()
    answers = [await post(mailing, "forgot-password", email="nobody@codemie.test") for _ in range(9)]
    assert answers[0].status_code == 200
    assert answers[0].json()["message"].startswith("If the address belongs to an account")
    assert answers[-1].status_code == 429
    assert "retry-after" in answers[-1].headers
    assert mail.received == []
