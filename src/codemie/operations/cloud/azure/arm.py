"""The Azure Resource Manager, as the sign-in of this machine sees it: asked by HTTP, with an end to every wait.

https://learn.microsoft.com/rest/api/azure/
"""

import asyncio
import datetime as dt
import random
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import httpx2

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.entra import SignInRefused
from codemie.operations.cloud.azure.places import Places, places_of
from codemie.operations.cloud.azure.sign_in import HalfThere, SignIn, Token, sign_in_of
from codemie.operations.cloud.azure.tokens import token_for

Thing = dict[str, Any]
"""What Azure says of one thing, as its API gives it."""

_TIMEOUT = httpx2.Timeout(8, connect=4)
_ATTEMPTS = 3
_LONGEST_PAUSE = 5.0
_OF_MACHINE = "169.254.169.254"
_BUSY = {429, 502, 503, 504}
_MOST_PAGES, _MOST_LISTED = 50, 5000
_MOST_BYTES = 64 * 2**20
_ON_THE_WAY = {"content-encoding", "content-length", "transfer-encoding"}
_NEARLY_OVER = dt.timedelta(minutes=2)
DENIED = {"AuthorizationFailed", "LinkedAuthorizationFailed", "Forbidden", "AuthorizationPermissionMismatch"}
MISSING = {
    "ResourceNotFound",
    "ResourceGroupNotFound",
    "NotFound",
    "ParentResourceNotFound",
    "SubscriptionNotFound",
    "ContainerNotFound",
    "BlobNotFound",
}


class Refused(Unobservable):
    """Azure answered, and refused. What a check does not expect leaves it without an answer.

    Attributes:
        status: of HTTP.
        code: such as `AuthorizationFailed`.
        said: what Azure says of it.
    """

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(f"Azure answers {code}", "Run again; az rest asks the same by hand")
        self.status = status
        self.code = code
        self.said = said

    @property
    def is_denied(self) -> bool:
        """Whether a right is missing."""
        return self.status == httpx2.codes.FORBIDDEN or self.code in DENIED

    @property
    def is_missing(self) -> bool:
        """Whether there is no such thing."""
        return self.status == httpx2.codes.NOT_FOUND or self.code in MISSING


class Arm:
    """Azure, as one sign-in sees it.

    Args:
        environment: variables of this process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.places: Places = places_of(environment)
        self._tokens: dict[str, Token] = {}
        self._turn = asyncio.Lock()

    def sign_in(self) -> SignIn | None:
        """By what it would ask; None where nobody is signed in.

        Raises:
            HalfThere: something of it is missing.
        """
        return sign_in_of(self._environment)

    async def token(self, audience: str = "") -> Token:
        """A token that still holds for a while.

        Args:
            audience: for whom; empty: the Azure Resource Manager.

        Raises:
            SignInRefused: Entra ID gives none.
            HalfThere: something of the sign-in is missing.
            Unobservable: nobody is signed in, or nobody answers.
        """
        whose = audience or self.places.audience
        async with self._turn:
            known = self._tokens.get(whose)
            if known is None or known.ends - dt.datetime.now(dt.UTC) < _NEARLY_OVER:
                found = self.sign_in()
                if found is None:
                    raise Unobservable("There is no sign-in of Azure", "See tf.creds.present")
                async with client() as http:
                    known = self._tokens[whose] = await token_for(found, whose, self.places, http)
            return known

    async def ask(
        self, path: str, version: str, *, method: str = "GET", body: Thing | None = None, **asked: str
    ) -> Thing:
        """One answer of the Azure Resource Manager.

        Args:
            path: such as `/subscriptions/ID`.
            version: of the API, for this kind of thing.
            method: of HTTP.
            body: what is sent with it.
            asked: further parameters; of `filter` and the like the dollar sign is added.

        Raises:
            Refused: the answer is an error.
            Unobservable: there is no sign-in that Azure takes, or nobody answers.
        """
        parameters = {"api-version": version, **{_named(name): value for name, value in asked.items()}}
        answer = await self._sent(method, f"{self.places.manager}{path}", parameters, body)
        return _document(answer)

    async def see(self, path: str, version: str, **asked: Any) -> Thing:
        """One answer of a question that the sign-in may not be allowed to ask.

        Raises:
            Refused: the answer is an error.
            Unobservable: it may not be asked, and says which right is missing; as for `ask` else.
        """
        try:
            return await self.ask(path, version, **asked)
        except Refused as error:
            if error.is_denied:
                raise not_allowed(path, error) from error
            raise

    async def every(self, path: str, version: str, **asked: str) -> list[Thing]:
        """All that is listed, page after page.

        Raises:
            Refused: the answer is an error.
            Unobservable: it may not be asked, or there is more than can be looked through; as for `ask` else.
        """
        told = await self.see(path, version, **asked)
        found = cast("list[Thing]", told.get("value") or [])
        for _ in range(_MOST_PAGES):
            further = str(told.get("nextLink") or "")
            if not further or len(found) > _MOST_LISTED:
                break
            if not self.places.manages(further):
                raise Unobservable("Azure names a next page that is not its own", "Report this with the command")
            told = _document(await self._sent("GET", further, {}, None))
            found += cast("list[Thing]", told.get("value") or [])
        if told.get("nextLink") or len(found) > _MOST_LISTED:
            raise Unobservable(f"Azure lists more than {len(found)} at {path}")
        return found

    async def _sent(self, method: str, url: str, parameters: Mapping[str, str], body: Thing | None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {(await self.signed()).text}"}
        answer = await patient(method, url, params=parameters or None, json=body, headers=headers)
        if answer.is_success:
            return answer
        error = _document(answer).get("error")
        said = cast("Thing", error) if isinstance(error, dict) else {}
        raise Refused(answer.status_code, str(said.get("code") or answer.status_code), str(said.get("message") or ""))

    async def signed(self, audience: str = "") -> Token:
        """A token, for whoever only wants to know whether something can be seen.

        Args:
            audience: for whom; empty: the Azure Resource Manager.

        Raises:
            Unobservable: there is none.
        """
        try:
            return await self.token(audience)
        except SignInRefused as error:
            raise Unobservable(f"Azure takes no sign-in: {error.cause}", *error.remedy) from error
        except HalfThere as error:
            raise Unobservable(f"The sign-in to Azure is not whole: {error}", "See tf.creds.present") from error


async def patient(method: str, url: str, **request: Any) -> httpx2.Response:
    """An answer, after some tries where Azure is busy.

    Raises:
        Unobservable: nobody answers, or the answer is too big to be held.
    """
    for attempt in range(_ATTEMPTS):
        is_last = attempt == _ATTEMPTS - 1
        try:
            async with client() as http:
                answer = await _bounded(http, method, url, **request)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            if is_last or not isinstance(error, httpx2.ConnectError):
                told = f"Azure does not answer: {type(error).__name__}"
                raise Unobservable(told, "Look at the network and the proxy") from error
        else:
            if is_last or answer.status_code not in _BUSY:
                return answer
            await asyncio.sleep(_pause(answer))
    raise AssertionError("the last attempt returns or raises")


async def _bounded(http: httpx2.AsyncClient, method: str, url: str, **request: Any) -> httpx2.Response:
    """An answer with what it holds, as far as this machine is to hold it."""
    body = bytearray()
    async with http.stream(method, url, **request) as answer:
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                told = f"Azure answers with more than {_MOST_BYTES // 2**20} MiB"
                raise Unobservable(f"{told} at {answer.url.path}", "Look at it with az: nothing is said of it here")
    # What was unpacked on its way is not packed any more.
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in _ON_THE_WAY]
    return httpx2.Response(answer.status_code, headers=headers, content=bytes(body), request=answer.request)


def _pause(answer: httpx2.Response) -> float:
    try:
        wanted = float(answer.headers.get("Retry-After", "1"))
    except ValueError:
        wanted = 1.0
    return min(wanted, _LONGEST_PAUSE) * random.uniform(1, 1.25)  # noqa: S311 - no secret


def client() -> httpx2.AsyncClient:
    """For one request, or some; it follows no redirects, which would take a token elsewhere."""
    # A machine's own address is behind no proxy.
    return httpx2.AsyncClient(timeout=_TIMEOUT, verify=_trust(), mounts={f"http://{_OF_MACHINE}": None})


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _named(name: str) -> str:
    return f"${name}" if name in {"filter", "top", "expand"} else name


def _document(answer: httpx2.Response) -> Thing:
    if not answer.content:
        return {}
    try:
        read: object = answer.json()
    except ValueError:
        return {}
    return cast("Thing", read) if isinstance(read, dict) else {}


def not_allowed(path: str, error: Refused) -> Unobservable:
    """What a check says of a question that the sign-in may not ask: which right it lacks."""
    right = error.said.partition("perform action '")[2].partition("'")[0]
    lacks = f"it lacks {right}" if right else f"Azure answers {error.code}"
    return Unobservable(
        f"The sign-in may not look at {path}: {lacks}",
        f"Let the deployer's identity look, or give this one a role that has {right or 'the right'}, such as Reader",
    )
