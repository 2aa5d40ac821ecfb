"""Connection tests of clouds, mail servers and services, and authorities believed for one integration alone."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey

from codemie.integrations.probes.clouds import aws as aws_probe
from codemie.integrations.probes.diagnosis import Diagnosis
from tests.conftest import MakeUser
from tests.conversations.chatting import personal_project
from tests.fakes import aws, identity_services, submission_server, vendors
from tests.fakes.aws import FakeAws
from tests.fakes.certificates import Authority
from tests.fakes.identity_services import ACCOUNT_KEY, SECRET
from tests.fakes.submission_server import PASSWORD, USER
from tests.integrations.credentials import create
from tests.integrations.test_connection import diagnosed, tried
from tests.toolkits.invoking import setting

URL = "{url}"
SERVICES: dict[str, tuple[dict[str, Any], str, str]] = {
    "Azure": (
        {"azure_authority": f"{URL}/entra", "azure_tenant_id": "contoso", "azure_client_id": "me"},
        "azure_client_secret",
        "Invalid client secret provided. ",
    ),
    "Xray": ({"base_url": f"{URL}/xray", "client_id": "me"}, "client_secret", "Invalid client credentials!"),
    "ZephyrSquad": (
        {"url": f"{URL}/squad", "account_id": "1", "access_key": "mine"},
        "secret_key",
        "HTTP 401: ",
    ),
    "XWiki": ({"url": f"{URL}/xwiki", "use_bearer": True}, "token", "HTTP 401: "),
    "Elastic": ({"url": f"{URL}/elastic", "elastic_api_key_id": "me"}, "elastic_api_key", "security_exception"),
    "Keycloak": (
        {"base_url": f"{URL}/keycloak", "realm": "company", "client_id": "me"},
        "client_secret",
        "Invalid client credentials",
    ),
    "Telegram": ({"url": f"{URL}/telegram"}, "token", "Unauthorized"),
    "LiteLLM": ({"url": f"{URL}/litellm"}, "api_key", "Invalid key"),
    "DIAL": ({"url": f"{URL}/dial"}, "api_key", "Unauthorized"),
    "Email": (
        {
            "url": "mail.example.com:587",
            "auth_type": "oauth_azure",
            "oauth_authority": f"{URL}/entra",
            "oauth_tenant_id": "contoso",
            "oauth_client_id": "me",
        },
        "oauth_client_secret",
        "Invalid client secret provided. ",
    ),
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with identity_services.running() as address:
        yield address


def values(kind: str, **given: Any) -> dict[str, Any]:
    pairs = [{"key": key, "value": value} for key, value in given.items()]
    return {"credential_type": kind, "credential_values": pairs}


def request(kind: str, url: str, secret: str) -> dict[str, Any]:
    given, name, _ = SERVICES[kind]
    filled = {key: value.format(url=url) if isinstance(value, str) else value for key, value in given.items()}
    return values(kind, **filled, **{name: secret})


@pytest.mark.parametrize("kind", SERVICES)
async def test_a_credential_that_works(client: httpx2.AsyncClient, url: str, kind: str) -> None:
    answer = await tried(client, request(kind, url, SECRET))
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": ""}), answer.text


@pytest.mark.parametrize("kind", SERVICES)
async def test_a_wrong_secret_is_told_in_the_systems_words(client: httpx2.AsyncClient, url: str, kind: str) -> None:
    told = await diagnosed(client, request(kind, url, "planted-wrong-secret"))
    assert (told["success"], told["verdict"]) == (False, "unauthorised")
    assert SERVICES[kind][2] in told["message"]
    assert told["action"]
    assert "planted-wrong-secret" not in json.dumps(told)


async def test_an_unknown_tenant_and_an_unknown_realm_are_told(client: httpx2.AsyncClient, url: str) -> None:
    asked = request("Azure", url, SECRET)
    asked["credential_values"][1]["value"] = "nowhere"
    assert "Tenant 'nowhere' not found" in (await diagnosed(client, asked))["message"]
    asked = request("Keycloak", url, SECRET)
    asked["credential_values"][1]["value"] = "nowhere"
    assert "Realm does not exist" in (await diagnosed(client, asked))["message"]


def account(url: str, key: RSAKey) -> str:
    pem = key.as_pem(private=True).decode()
    return json.dumps({"client_email": "me@project.example", "private_key": pem, "token_uri": f"{url}/google/token"})


async def test_a_service_account_is_given_a_token(client: httpx2.AsyncClient, url: str) -> None:
    asked = values("GCP", gcp_api_key=account(url, ACCOUNT_KEY))
    assert (await tried(client, asked)).json() == {"success": True, "message": ""}
    told = await diagnosed(client, values("GCP", gcp_api_key=account(url, RSAKey.generate_key(2048))))
    assert (told["verdict"], told["message"]) == ("unauthorised", "Invalid JWT Signature.")


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"client_email": "me"}', '{"private_key": 1}'])
async def test_what_is_no_service_account_is_told(client: httpx2.AsyncClient, text: str) -> None:
    answer = await tried(client, values("GCP", gcp_api_key=text))
    assert answer.status_code == 400
    assert "Failed to create GCP credentials: " in answer.json()["error"]["details"]


@pytest.fixture(scope="module")
def cloud() -> Iterator[FakeAws]:
    with aws.running() as running:
        yield running


def keys(cloud: FakeAws, **changed: str) -> dict[str, str]:
    given = {"aws_region": aws.REGION, "aws_access_key_id": cloud.access_key, "endpoint_url": cloud.url}
    return {**given, "aws_secret_access_key": cloud.secret_key, **changed}


async def test_keys_of_what_speaks_as_aws_does(client: httpx2.AsyncClient, cloud: FakeAws) -> None:
    assert (await tried(client, values("AWS", **keys(cloud)))).json() == {"success": True, "message": ""}
    wrong = await tried(client, values("AWS", **keys(cloud, aws_region="Frankfurt am Main")))
    assert "is no region" in wrong.json()["error"]["details"]


REFUSED = {
    "SignatureDoesNotMatch": ("The request signature we calculated does not match", "unauthorised"),
    "InvalidClientTokenId": ("The security token included in the request is invalid.", "unauthorised"),
    "ExpiredToken": ("The security token included in the request is expired", "unauthorised"),
    "AccessDenied": ("Not authorised", "forbidden"),
}


@pytest.mark.parametrize(("code", "told"), REFUSED.items())
def test_aws_says_who_one_is_or_why_not(code: str, told: tuple[str, str]) -> None:
    probe = aws_probe({"aws_region": "eu-west-1", "aws_access_key_id": "k", "aws_secret_access_key": "planted"})
    assert (probe.method, probe.url) == ("POST", "https://sts.eu-west-1.amazonaws.com/")
    assert "/eu-west-1/sts/aws4_request" in probe.headers["Authorization"]
    assert "planted" not in str(probe)
    arn = "<GetCallerIdentityResponse><Arn>arn:aws:iam::1:user/me</Arn></GetCallerIdentityResponse>"
    well = probe.judge(httpx2.Response(200, text=arn), Diagnosis())
    assert (well.verdict, well.steps[-1].detail) == ("works", "Signed in as arn:aws:iam::1:user/me")
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{told[0]}</Message></Error></ErrorResponse>"
    ill = probe.judge(httpx2.Response(403, text=body), Diagnosis())
    assert ill.verdict == told[1]
    assert ill.failure is not None
    assert ill.failure.detail == (f"An error occurred ({code}) when calling the GetCallerIdentity operation: {told[0]}")


async def test_a_mail_server_is_signed_in_to_only_when_encrypted(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)
    async with submission_server.running(authority.server()) as server:
        place = {"url": f"127.0.0.1:{server.port}", "smtp_username": USER, "ca_certificate": authority.pem}
        right = await diagnosed(client, values("Email", **place, smtp_password=PASSWORD))
        assert (right["success"], right["steps"][-1]["detail"]) == (True, "Signed in"), right
        wrong = await tried(client, values("Email", **place, smtp_password="planted-wrong-password"))
        assert "SMTP Code: 535, Message: 5.7.8 Username" in wrong.json()["error"]["details"]
        strange = await diagnosed(client, values("Email", **{**place, "ca_certificate": ""}, smtp_password=PASSWORD))
        assert (strange["verdict"], strange["steps"][-1]["name"]) == ("bad certificate", "tls")
        assert not any("AUTH" in line for line in server.unencrypted)
    async with submission_server.running(None) as server:
        place["url"] = f"127.0.0.1:{server.port}"
        told = await diagnosed(client, values("Email", **place, smtp_password=PASSWORD))
        assert (told["steps"][-1]["name"], told["message"]) == ("tls", "The server offers no encryption")
        assert not any("AUTH" in line for line in server.unencrypted)


async def test_a_companys_authority_is_believed_for_its_integration_alone(
    client: httpx2.AsyncClient, make_user: MakeUser, tmp_path: Path
) -> None:
    authority, person = Authority.made(tmp_path), await make_user()
    project = await personal_project(person)
    async with vendors.running(authority.server()) as url:
        known = {"url": url, "username": "me", "token": vendors.TOKEN}
        assert (await diagnosed(person, values("Jira", **known)))["verdict"] == "bad certificate"
        believed = await diagnosed(person, values("Jira", **known, ca_certificate=authority.pem))
        assert believed["success"] is True
        no_pem = await diagnosed(person, values("Jira", **known, ca_certificate="no PEM"))
        assert (no_pem["steps"][-1]["name"], "from BEGIN CERTIFICATE" in no_pem["action"]) == ("tls", True)
        # The same for a tool of an agent.
        query = json.dumps({"method": "GET", "url": "/api/v4/version"})
        call = {"project": project, "tool_args": {"query": query}}
        await create(person, "user", setting("Git", project, url=url, token="t"))
        refused = (await person.post("/v1/tools/gitlab/invoke", json=call)).json()["error"]
        assert "certificate of GitLab is not accepted" in refused
        body = setting("Git", project, url=url, token="t", ca_certificate=authority.pem)
        trusted = await create(person, "user", body)
        chosen = {**call, "tool_creds": {"integration_alias": trusted["alias"]}}
        assert "404" in str((await person.post("/v1/tools/gitlab/invoke", json=chosen)).json())


async def test_an_expired_certificate_of_a_known_authority_is_told(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)
    async with vendors.running(authority.server(days=-1)) as url:
        asked = values("Jira", url=url, username="me", token=vendors.TOKEN, ca_certificate=authority.pem)
        told = await diagnosed(client, asked)
    assert (told["verdict"], "has expired" in told["action"]) == ("bad certificate", True)
