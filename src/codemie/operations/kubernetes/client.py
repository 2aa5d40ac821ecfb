"""A reader of the Kubernetes API over HTTP: pages, limits, and one way to fail for each thing that goes wrong."""

import asyncio
import json
import ssl
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp

from codemie.operations.kubernetes.kinds import Kind, Manifest, Right
from codemie.operations.kubernetes.kubeconfig import Access

SECONDS = 8.0
_MOST_BYTES_OF_LINE = 8192
"""For one answer."""
PAGE, MOST_PAGES = 500, 20
TRIES = 3
LONGEST_WAIT = 2.0


class ApiFailed(Exception):
    """The API gave no answer that helps."""


class ApiUnreachable(ApiFailed):
    """Nothing answers at the address, or not as an API server."""


class NotSignedIn(ApiFailed):
    """The credentials are wrong or over."""


class Forbidden(ApiFailed):
    """The credentials are good, and this is not allowed to them."""


class Absent(ApiFailed):
    """There is no such object, or no such kind in this cluster."""


class TooMany(ApiFailed):
    """More objects than anybody should read."""


class Api(Protocol):
    """What checks need of a cluster."""

    server: str
    context: str

    async def version(self) -> Manifest:
        """What the server says of itself."""
        ...

    async def resources(self, version: str) -> list[Manifest]:
        """The kinds of an API version such as `apps/v1`, as its discovery lists them."""
        ...

    async def items(self, kind: Kind, namespace: str | None = None) -> list[Manifest]:
        """All objects of a kind, in one namespace or in all."""
        ...

    async def one(self, kind: Kind, namespace: str, name: str) -> Manifest:
        """One object."""
        ...

    async def log(
        self, namespace: str, pod: str, container: str, *, previous: bool, lines: int, seconds: int | None = None
    ) -> str:
        """The last lines that a container wrote, now or before it was started again; None: however long ago."""
        ...

    async def may(self, right: Right, namespace: str) -> bool:
        """Whether we are allowed to."""
        ...


class Client:
    """The API of one cluster; close it at the end."""

    def __init__(self, access: Access, *, seconds: float = SECONDS) -> None:
        self.server = access.server
        self.context = access.context
        self._access = access
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {access.token}"} if access.token else {},
            timeout=aiohttp.ClientTimeout(total=seconds),
            connector=aiohttp.TCPConnector(ssl=access.tls or True, limit=8),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def version(self) -> Manifest:
        return await self._json("GET", "/version")

    async def resources(self, version: str) -> list[Manifest]:
        found = await self._json("GET", f"/apis/{version}" if "/" in version else f"/api/{version}")
        return found.get("resources") or []

    async def items(self, kind: Kind, namespace: str | None = None) -> list[Manifest]:
        found: list[Manifest] = []
        asked: dict[str, str] = {"limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            page = await self._json("GET", _path(kind, namespace), params=asked)
            found += page.get("items") or []
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return found
            asked = {"limit": str(PAGE), "continue": following}
        raise TooMany(f"There are more than {PAGE * MOST_PAGES} {kind.plural}")

    async def one(self, kind: Kind, namespace: str, name: str) -> Manifest:
        return await self._json("GET", f"{_path(kind, namespace)}/{name}")

    async def log(
        self, namespace: str, pod: str, container: str, *, previous: bool, lines: int, seconds: int | None = None
    ) -> str:
        # The limit cuts the end off, where the newest lines are: it only guards against lines without end.
        params = {"container": container, "tailLines": str(lines), "limitBytes": str(lines * _MOST_BYTES_OF_LINE)}
        params |= {"previous": "true"} if previous else {}
        params |= {"sinceSeconds": str(seconds)} if seconds else {}
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        return (await self._answer("GET", path, params=params)).decode(errors="replace")

    async def may(self, right: Right, namespace: str) -> bool:
        attributes = {
            "verb": right.verb, "group": right.kind.group, "resource": right.kind.plural,
            "subresource": right.subresource, "namespace": "" if right.everywhere else namespace,
        }  # fmt: skip
        review = {
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }  # fmt: skip
        answer = await self._json("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=review)
        return bool((answer.get("status") or {}).get("allowed"))

    async def _json(self, method: str, path: str, **options: Any) -> Manifest:
        body = await self._answer(method, path, **options)
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise ApiUnreachable(f"What answers at {self.server} is no Kubernetes API")
        return document

    async def _answer(self, method: str, path: str, **options: Any) -> bytes:
        for attempt in range(1, TRIES + 1):
            try:
                async with self._session.request(
                    method, f"{self.server}{path}", allow_redirects=False,
                    proxy=self._access.proxy, server_hostname=self._access.server_name, **options,
                ) as answer:  # fmt: skip
                    body = await answer.read()
                    if answer.status not in {429, 503} or attempt == TRIES:
                        _refuse(answer.status, body, path)
                        return body
                    wait = answer.headers.get("Retry-After", "")
            except ssl.SSLError as error:
                raise ApiUnreachable(f"{self.server} is not trusted, or does not trust us: {_said(error)}") from None
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                if attempt == TRIES or isinstance(error, TimeoutError | aiohttp.ClientConnectorError):
                    raise ApiUnreachable(f"{self.server} {_said(error)}") from None
                wait = ""
            await asyncio.sleep(min(float(wait), LONGEST_WAIT) if wait.isdigit() else 0.1 * attempt)
        raise AssertionError("the last attempt returns or raises")


def _path(kind: Kind, namespace: str | None) -> str:
    within = f"/namespaces/{namespace}" if kind.namespaced and namespace else ""
    return f"{kind.path}{within}/{kind.plural}"


def _refuse(status: int, body: bytes, path: str) -> None:
    if status < 300:
        return
    reason = {401: NotSignedIn, 403: Forbidden, 404: Absent}.get(status, ApiUnreachable if status < 400 else ApiFailed)
    raise reason(f"{path} answers {status}: {body[:200].decode(errors='replace')}")


def _said(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(error.certificate_error)
    if isinstance(error, ssl.SSLError):
        return str(error)
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, OSError):
        return f"cannot be reached: {error.os_error.strerror or error.os_error}"
    return f"breaks off: {type(error).__name__}"
