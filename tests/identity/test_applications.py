"""Applications outside: their tokens, what a grant opens, and that nothing else does."""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.conftest import MakeUser
from tests.knowledge.sources import fresh_name, indexed, upload
from tests.support import ADMIN_PASSWORD, Platform, environment_for, serving

from codemie.identity import applications_file, applications_keys
from codemie.identity.applications_file import Application
from codemie.identity.applications_keys import ApplicationKeys
from codemie.kernel.errors import ConfigurationError, Unavailable

pytestmark = pytest.mark.usefixtures("platform")  # whose worker indexes

KEY = RSAKey.generate_key(2048)
OTHER_KEY = RSAKey.generate_key(2048)
GUIDE = ("guide.md", b"# Turbine\n\nThe turbine spins at 3000 rpm.")
READ_ROUTES = ("", "/skipped", "/search?query=turbine", "/elasticsearch")


def signed(key: Any = KEY, algorithm: str = "RS256", **changes: Any) -> str:
    """A token as the application `reports` signs it, with some claims changed."""
    now = int(time.time())
    claims = {"iss": "reports", "aud": "codemie", "iat": now, "exp": now + 300, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm}, kept, key, algorithms=[algorithm])


def with_public_key_as_secret() -> str:
    """The oldest trick: an HMAC made with what everybody may know."""
    head, body, _ = signed(OctKey.import_key(b"k" * 64), "HS256").split(".")
    mac = hmac.new(KEY.as_pem(private=False), f"{head}.{body}".encode(), "sha256").digest()
    return f"{head}.{body}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.fixture(scope="module")
async def outside(postgres_url: str, nats_url: str, tmp_path_factory: Any) -> AsyncIterator[Platform]:
    """A platform that lists two applications; data sources may be granted to one of them."""
    home: Path = tmp_path_factory.mktemp("outside")
    (home / "reports.pem").write_bytes(KEY.as_pem(private=False))
    listing = home / "applications.yaml"
    listing.write_text(
        "authorized_applications:\n"
        "  - {name: reports, public_key_path: reports.pem, allowed_resources: [datasource]}\n"
        "  - {name: idle, public_key_path: reports.pem}\n"
    )
    extra = {"CODEMIE_IDENTITY_APPLICATIONS_FILE": str(listing)}
    async with serving(environment_for(home, postgres_url, nats_url, **extra)) as running:
        yield running


@pytest.fixture
async def owner(outside: Platform, make_user: MakeUser) -> AsyncIterator[httpx2.AsyncClient]:
    """Not the first administrator, whose projects other tests count."""
    user: Any = await make_user("owner")
    async with outside.client(await outside.login(user.email, ADMIN_PASSWORD)) as signed_in:
        yield signed_in


@pytest.fixture
async def application(outside: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    async with outside.client(signed()) as client:
        yield client


async def source_of(owner: httpx2.AsyncClient) -> dict[str, Any]:
    """A fresh, indexed data source."""
    name = fresh_name("granted")
    answer = await upload(owner, [GUIDE], name=name)
    assert answer.status_code == 200, answer.text
    return await indexed(owner, name)


def wanted(source: str, level: str = "read", **changes: str) -> dict[str, str]:
    return {
        "resource_type": "datasource", "resource_id": source, "principal_type": "application",
        "principal_id": "reports", "permission_level": level, **changes,
    }  # fmt: skip


async def grant(owner: httpx2.AsyncClient, source: str, level: str) -> str:
    answer = await owner.post("/v1/permissions", json=wanted(source, level))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_grant_is_made_once_and_says_who_made_it(owner: httpx2.AsyncClient) -> None:
    source = await source_of(owner)

    first = await owner.post("/v1/permissions", json=wanted(source["id"]))
    again = await owner.post("/v1/permissions", json=wanted(source["id"]))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert set(first.json()) == {
        "id", "date", "update_date", "resource_type", "resource_id", "principal_type", "principal_id",
        "permission_level", "created_by",
    }  # fmt: skip
    assert first.json()["created_by"]["id"] == source["created_by"]["id"]


async def test_read_opens_reading_and_nothing_else(owner: httpx2.AsyncClient, application: httpx2.AsyncClient) -> None:
    source, hidden = await source_of(owner), await source_of(owner)
    await grant(owner, source["id"], "read")

    statuses = [(await application.get(f"/v1/index/{source['id']}{rest}")).status_code for rest in READ_ROUTES]
    listed = {row["id"] for row in (await application.get("/v1/index")).json()["data"]}

    assert statuses == [200] * len(READ_ROUTES)
    assert source["id"] in listed
    assert hidden["id"] not in listed
    assert (await application.get(f"/v1/index/{hidden['id']}")).status_code == 404
    assert (await application.delete(f"/v1/index/{source['id']}")).status_code == 401
    assert (await application.post(f"/v1/index/{source['id']}/cancel")).status_code == 401
    body = {"name": source["repo_name"], "project_name": source["project_name"]}
    assert (await application.put("/v1/index/knowledge_base/file/reindex", json=body)).status_code == 401


async def test_write_opens_reindexing_but_not_deleting(
    owner: httpx2.AsyncClient, application: httpx2.AsyncClient
) -> None:
    source, hidden = await source_of(owner), await source_of(owner)
    await grant(owner, source["id"], "write")

    async def reindex(which: dict[str, Any]) -> int:
        body = {"name": which["repo_name"], "project_name": which["project_name"]}
        return (await application.put("/v1/index/knowledge_base/file/reindex", json=body)).status_code

    assert await reindex(source) == 200
    assert await reindex(hidden) == 404
    assert (await application.delete(f"/v1/index/{source['id']}")).status_code == 401
    await indexed(owner, source["repo_name"])


async def test_delete_opens_deleting_and_the_grant_goes_with_the_source(
    owner: httpx2.AsyncClient, application: httpx2.AsyncClient
) -> None:
    source = await source_of(owner)
    permission = await grant(owner, source["id"], "delete")

    assert (await application.post(f"/v1/index/{source['id']}/cancel")).status_code == 401
    assert (await application.delete(f"/v1/index/{source['id']}")).status_code == 200
    assert (await owner.get(f"/v1/index/{source['id']}")).status_code == 404
    assert (await owner.delete(f"/v1/permissions/{permission}")).status_code == 404


async def test_a_revoked_grant_opens_nothing_and_both_are_in_the_audit_log(
    owner: httpx2.AsyncClient, application: httpx2.AsyncClient, client: httpx2.AsyncClient
) -> None:
    source = await source_of(owner)
    permission = await grant(owner, source["id"], "read")
    assert (await application.get(f"/v1/index/{source['id']}")).status_code == 200

    answer = await owner.delete(f"/v1/permissions/{permission}")

    assert (answer.status_code, answer.json()) == (200, None)
    assert (await application.get(f"/v1/index/{source['id']}")).status_code == 404
    events = await client.get("/v1/admin/activity-events", params={"entity_id": permission})
    assert [event["event_type"] for event in events.json()["data"]] == ["permission.deleted", "permission.created"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/user"), ("GET", "/v1/assistants"), ("POST", "/v1/conversations"), ("POST", "/v1/projects"),
        ("GET", "/v1/projects"), ("POST", "/v1/permissions"), ("GET", "/v1/index/users"), ("POST", "/mcp"),
        ("POST", "/v1/personal-tokens"), ("POST", "/v1/chat/completions"), ("GET", "/v1/index/x/assistants"),
    ],
)  # fmt: skip
async def test_no_other_door_opens(application: httpx2.AsyncClient, method: str, path: str) -> None:
    assert (await application.request(method, path, json={})).status_code == 403


@pytest.mark.parametrize(
    "token",
    [
        signed(OTHER_KEY), signed(exp=int(time.time()) - 600), signed(exp=None), signed(iat=None), signed(aud="other"),
        signed(aud=None), signed(exp=int(time.time()) + 90_000), signed(OctKey.import_key(b"k" * 64), "HS256"),
        with_public_key_as_secret(), signed(ECKey.generate_key("P-256"), "ES256"),
        signed(iss="nobody"), f"{signed().rpartition('.')[0]}.",
    ],
    ids=["another key", "expired", "no expiry", "no issue time", "other audience", "no audience", "lives too long",
         "shared secret", "public key as secret", "other kind of key", "not listed", "no signature"],
)  # fmt: skip
async def test_a_token_that_does_not_hold_is_refused(outside: Platform, token: str) -> None:
    async with outside.client(token) as client:
        assert (await client.get("/v1/index")).status_code == 401


async def test_only_listed_applications_and_existing_sources_take_grants(owner: httpx2.AsyncClient) -> None:
    source = (await source_of(owner))["id"]

    async def status(body: dict[str, str]) -> int:
        return (await owner.post("/v1/permissions", json=body)).status_code

    assert await status(wanted("none")) == 404
    assert await status(wanted(source, principal_id="unlisted")) == 404
    assert await status(wanted(source, principal_id="idle")) == 404
    assert await status(wanted(source, principal_type="user")) == 422
    assert await status(wanted(source, level="own")) == 422


async def test_nobody_grants_what_they_may_not_do(outside: Platform, owner: httpx2.AsyncClient, make_user: Any) -> None:
    member = await make_user("member")
    project = fresh_name("team")
    assert (await owner.post("/v1/projects", json={"name": project})).status_code == 201
    member_id = (await member.get("/v1/user")).json()["user_id"]
    await owner.post(f"/v1/projects/{project}/assignment", json={"user_id": member_id, "is_project_admin": False})
    name = fresh_name("shared")
    await upload(owner, [GUIDE], name=name, project_name=project, project_space_visible=True)
    source = (await indexed(owner, name))["id"]

    async with outside.client(await outside.login(member.email, ADMIN_PASSWORD)) as there:
        refused = await there.post("/v1/permissions", json=wanted(source, "delete"))
        allowed = await there.post("/v1/permissions", json=wanted(source, "write"))
        others = await owner.post("/v1/permissions", json=wanted(source, "read"))
        foreign = await there.delete(f"/v1/permissions/{others.json()['id']}")

    assert (refused.status_code, allowed.status_code, foreign.status_code) == (401, 201, 401)
    assert refused.json()["error"]["message"] == "Access denied"


@pytest.mark.parametrize(
    "address",
    ["http://keys.example.com/k", "https://10.0.0.1/k", "https://example.org/k", "https://badexample.com/k",
     "https://u@keys.example.com/k"],
)  # fmt: skip
def test_keys_come_by_https_from_allowed_domains(tmp_path: Path, address: str) -> None:
    listing = tmp_path / "applications.yaml"
    listing.write_text(f"authorized_applications: [{{name: a, public_key_url: '{address}'}}]")

    with pytest.raises(ConfigurationError):
        applications_file.read(listing, ("example.com",), frozenset())


async def test_a_key_server_that_goes_away_leaves_the_key_it_gave() -> None:
    answers = [httpx2.Response(200, content=KEY.as_pem(private=False)), httpx2.Response(500)]
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return answers.pop(0)

    keys = ApplicationKeys(httpx2.AsyncClient(transport=httpx2.MockTransport(answer)))
    application = Application(name="a", public_key_url="https://keys.example.com/a.pem")

    first = await keys.of(application)
    keys._held["a"].next_look = 0
    second = await keys.of(application)

    assert first.thumbprint() == second.thumbprint() == KEY.thumbprint()
    assert [request.url.params.get("request_id") is not None for request in asked] == [True, True]
    assert answers == []


async def test_a_key_server_inside_our_network_is_not_asked() -> None:
    keys = ApplicationKeys(applications_keys.key_client(("example.com",)))

    with pytest.raises(Unavailable):
        await keys.of(Application(name="a", public_key_url="https://localhost/a.pem"))
    await keys.close()


@pytest.mark.parametrize("pem", [b"", b"no key", RSAKey.generate_key(1024).as_pem(private=False)])
def test_what_is_no_strong_public_key_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"key|PEM|load"):
        applications_keys.parse(pem)
