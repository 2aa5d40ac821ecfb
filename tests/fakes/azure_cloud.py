"""Azure in memory: tokens of Entra ID, and the Azure Resource Manager, as their HTTP APIs speak.

https://learn.microsoft.com/rest/api/azure/, https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import base64
import contextlib
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import Certificate
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fakes.azure_blobs import FakeContainer

Thing = dict[str, Any]
Answer = Callable[[Thing], Thing]

TENANT = "5f0b7c1e-3d2a-4b6c-8e9f-0a1b2c3d4e5f"
SUBSCRIPTION = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CLIENT = "c0ffee00-1111-4222-8333-444455556666"
SECOND_CLIENT = "c0ffee00-1111-4222-8333-777788889999"
OBJECT = "0b1ec7ed-aaaa-4bbb-8ccc-ddddeeeeffff"
SECRET = "planted-azure-secret"
JOB_TOKEN = "planted-job-token"
HERE = f"/subscriptions/{SUBSCRIPTION}"
_VERSION = re.compile(r"\d{4}-\d\d-\d\d(-preview)?")


def named(path: str, **facts: Any) -> Thing:
    """A resource as the manager tells it, with what its id says of it."""
    parts = path.rpartition("/providers/")[2].split("/")
    kind = "/".join([parts[0], *parts[1::2]])
    return {"id": path, "name": path.rpartition("/")[2], "type": kind, **facts}


def error(code: str, message: str, status: int) -> web.Response:
    """As the manager refuses."""
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


@dataclass
class FakeAzure:
    """One tenant with one subscription, and whoever is signed in.

    Attributes:
        things: path in lower case → resource.
        lists: path in lower case → what it lists, where that is more than the resources one below it.
        filters: path in lower case → whether what it lists has a place in the answer to a filter.
        answers: path in lower case, of a POST → what it answers to its body.
        denied: right → paths that need it; whoever asks lacks it.
        page: how many a page of a list has.
        refusal: what Entra ID says to the first application in place of a token: code and sentence.
        lasts: seconds for which a token holds.
        certificate: of the application.
        packs: whether answers of the manager are compressed, as Azure's are.
        busy: how many requests are answered with 429 first.
        metrics: public address → share of what is behind it that is well, in percent.
        container: of states, in one of its storage accounts.
        asked: every request of the manager, as `GET /subscriptions/…`.
    """

    things: dict[str, Thing] = field(default_factory=dict[str, Thing])
    lists: dict[str, list[Thing]] = field(default_factory=dict[str, list[Thing]])
    filters: dict[str, Callable[[Thing, str], bool]] = field(default_factory=dict[str, Callable[[Thing, str], bool]])
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    denied: dict[str, str] = field(default_factory=dict[str, str])
    page: int = 50
    refusal: tuple[str, str] | None = None
    lasts: int = 3599
    packs: bool = False
    busy: int = 0
    certificate: Certificate | None = None
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    container: FakeContainer = field(default_factory=FakeContainer)
    asked: list[str] = field(default_factory=list[str])
    url: str = ""

    @property
    def token(self) -> str:
        """What it gives for the manager; signed by nobody."""
        return _token_for("https://management.azure.com")

    @property
    def storage_token(self) -> str:
        """What it gives for Azure Storage."""
        return _token_for("https://storage.azure.com")

    @property
    def environment(self) -> dict[str, str]:
        """Variables of whoever is signed in here with a secret."""
        return {
            "ARM_TENANT_ID": TENANT,
            "ARM_CLIENT_ID": CLIENT,
            "ARM_CLIENT_SECRET": SECRET,
            "ARM_ENDPOINT": self.url,
            "AZURE_AUTHORITY_HOST": self.url,
        }

    def put(self, path: str, **facts: Any) -> Thing:
        """Make a resource."""
        made = self.things[path.lower()] = named(path, **facts)
        return made

    def of(self, path: str) -> Thing:
        """The resource, to change it."""
        return self.things[path.lower()]

    def app(self) -> web.Application:
        """Its HTTP side."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._give_token)
        app.router.add_get("/metadata/identity/oauth2/token", self._of_machine)
        app.router.add_get("/job", self._of_job)
        app.router.add_post("/job", self._of_devops)
        app.router.add_route("*", "/subscriptions{rest:.*}", self._manage)
        self.container.routes(app, self.storage_token)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/subscriptions"):
            return await handler(request)
        self.asked.append(f"{request.method} {request.path}")
        if self.busy:
            self.busy -= 1
            return web.Response(status=429, headers={"Retry-After": "0"})
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return error("InvalidAuthenticationToken", "The access token is invalid.", 401)
        if not _VERSION.fullmatch(request.query.get("api-version", "")):
            return error(
                "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required", 400
            )
        answer = await handler(request)
        if self.packs:
            answer.enable_compression()
        return answer

    async def _give_token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if self.refusal and form.get("client_id") == CLIENT:
            return _no_token(*self.refusal)
        if request.match_info["tenant"] != TENANT:
            return _no_token("90002", f"Tenant '{request.match_info['tenant']}' not found.")
        if form.get("client_id") not in {CLIENT, SECOND_CLIENT}:
            return _no_token("700016", f"Application with identifier '{form.get('client_id')}' was not found.")
        if assertion := form.get("client_assertion"):
            if assertion != JOB_TOKEN and not self._is_signed(str(assertion), str(request.url)):
                return _no_token("700027", "The certificate with identifier used to sign the client assertion is not.")
        elif form.get("client_secret") != SECRET:
            return _no_token("7000215", "Invalid client secret provided.")
        told = {"token_type": "Bearer", "expires_in": self.lasts, "ext_expires_in": self.lasts}
        return web.json_response({**told, "access_token": _token_for(str(form["scope"]).removesuffix("/.default"))})

    def _is_signed(self, assertion: str, url: str) -> bool:
        """Whether it is signed by the certificate of the application, and for this place."""
        if self.certificate is None:
            return False
        pem = self.certificate.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        found = jwt.decode(assertion, RSAKey.import_key(pem), algorithms=["PS256"])
        print_of = base64.urlsafe_b64encode(self.certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
        return found.claims["aud"] == url and found.claims["sub"] == CLIENT and found.header["x5t#S256"] == print_of

    async def _of_machine(self, request: web.Request) -> web.Response:
        if request.headers.get("Metadata") != "true" or request.query["resource"] != "https://management.azure.com/":
            return web.json_response({"error": "invalid_request", "error_description": "Required metadata"}, status=400)
        told = {"access_token": self.token, "expires_in": str(self.lasts), "token_type": "Bearer"}
        return web.json_response({**told, "resource": "https://management.azure.com/"})

    async def _of_job(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer planted-request-token":
            return web.json_response({"message": "no"}, status=401)
        is_for_exchange = request.query["audience"] == "api://AzureADTokenExchange"
        return web.json_response({"count": 1, "value": JOB_TOKEN if is_for_exchange else "other"})

    async def _of_devops(self, request: web.Request) -> web.Response:
        is_known = request.query.get("serviceConnectionId") == "connection-1" and "api-version" in request.query
        if request.headers.get("Authorization") != "Bearer planted-request-token" or not is_known:
            return web.json_response({"message": "VS800075: no such connection"}, status=404)
        return web.json_response({"oidcToken": JOB_TOKEN})

    async def _manage(self, request: web.Request) -> web.Response:
        path = request.path.rstrip("/").lower()
        right = next((right for right, place in self.denied.items() if path.startswith(place.lower())), None)
        if right:
            told = f"The client '{OBJECT}' with object id '{OBJECT}' does not have authorization to perform action"
            return error("AuthorizationFailed", f"{told} '{right}' over scope '{request.path}'.", 403)
        if path.startswith("/subscriptions/") and not path.startswith(HERE):
            return error("SubscriptionNotFound", f"The subscription '{path.split('/')[2]}' could not be found.", 404)
        if request.method == "POST" and path in self.answers:
            return web.json_response(self.answers[path](await request.json()))
        return self._told(request, path)

    def _told(self, request: web.Request, path: str) -> web.Response:
        if path in self.things:
            return web.json_response(self.things[path])
        if path.endswith("/providers/microsoft.insights/metrics"):
            return self._measured(request)
        listed = self._below(path)
        if listed is None:
            return error("ResourceNotFound", f"The Resource '{request.path}' was not found.", 404)
        return self._listed(request, listed)

    def _measured(self, request: web.Request) -> web.Response:
        """Health of a load balancer, minute by minute; the last minute is not measured yet."""
        assert request.query["metricnames"] == "DipAvailability"
        address = request.query["$filter"].partition("'")[2].rstrip("'")
        share = self.metrics.get(address)
        data = [] if share is None else [{"timeStamp": "2026-01-01T00:00:00Z", "average": share}]
        series = [{"metadatavalues": [], "data": [*data, {"timeStamp": "2026-01-01T00:01:00Z"}]}]
        value = {"name": {"value": "DipAvailability"}, "timeseries": series, "unit": "Count"}
        return web.json_response({"value": [value], "interval": "PT1M", "timespan": "-"})

    def _below(self, path: str) -> list[Thing] | None:
        """What is listed at a path; None where it is the path of one resource that is not there."""
        below = [each for at, each in self.things.items() if at.rpartition("/")[0] == path]
        if path in self.lists or below:
            return [*self.lists.get(path, ()), *below]
        kind = path.rpartition("/providers/")[2]
        return self._of_kind(path) if "." in kind and kind.count("/") % 2 else None

    def _of_kind(self, path: str) -> list[Thing]:
        """All of a kind below a subscription or a group, which a list over them tells."""
        scope, _, kind = path.rpartition("/providers/")
        return [each for at, each in self.things.items() if at.startswith(f"{scope}/") and each["type"].lower() == kind]

    def _listed(self, request: web.Request, every: list[Thing]) -> web.Response:
        wanted = self.filters.get(request.path.lower())
        if wanted:
            every = [each for each in every if wanted(each, request.query.get("$filter", ""))]
        first = int(request.query.get("$skiptoken", "0"))
        told: Thing = {"value": every[first : first + self.page]}
        if first + self.page < len(every):
            version = request.query["api-version"]
            further = first + self.page
            asked = {"api-version": version, "$skiptoken": str(further)}
            if "$filter" in request.query:
                asked["$filter"] = request.query["$filter"]
            told["nextLink"] = f"{self.url}{quote(request.path)}?{urlencode(asked)}"
        return web.json_response(told)


def _token_for(audience: str) -> str:
    claims = {"aud": audience, "tid": TENANT, "oid": OBJECT, "appid": CLIENT, "idtyp": "app"}
    parts = [json.dumps({"alg": "RS256", "typ": "JWT"}), json.dumps(claims), "planted-signature"]
    return ".".join(base64.urlsafe_b64encode(each.encode()).rstrip(b"=").decode() for each in parts)


def _no_token(number: str, sentence: str) -> web.Response:
    kind = "unauthorized_client" if number == "700016" else "invalid_client"
    told = f"AADSTS{number}: {sentence} Trace ID: 0000 Correlation ID: 0000 Timestamp: 2026-01-01 00:00:00Z"
    return web.json_response(
        {"error": kind, "error_description": told, "error_codes": [int(number)], "trace_id": "0000"}, status=401
    )


@asynccontextmanager
async def serving(fake: FakeAzure) -> AsyncGenerator[FakeAzure]:
    """The same, at a loopback port; its address is in `url`."""
    runner = web.AppRunner(fake.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        with contextlib.suppress(TimeoutError):
            await runner.cleanup()
