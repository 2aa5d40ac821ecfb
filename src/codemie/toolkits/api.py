"""HTTP of one system with one credential: tried again where that helps, failures told so that a model can act."""

import asyncio
import json
import random
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

import httpx2

from codemie.kernel.errors import CodeMieError, UpstreamFailed
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments, ToolFailed

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
SAFE: frozenset[str] = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, so that trying again cannot do something twice."""
Upload = tuple[str, tuple[str, bytes, str]]
"""Name of the part of the form; name, content and media type of the file."""
_MOST_REDIRECTS = 3
_SHOWN = 1500
_TEXTUAL = ("text/", "json", "xml", "yaml", "javascript", "x-www-form-urlencoded", "csv", "graphql")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the system said.

    Args:
        method: that was used.
        url: that was asked.
        status: of HTTP.
        reason: in the words of the system, or the usual ones.
        headers: by name in any case.
        body: as it came.
    """

    method: str
    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return self.status < 400

    @property
    def text(self) -> str:
        """The body as text; of a binary one what it is."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not self.body:
            return ""
        if kind and not any(word in kind for word in _TEXTUAL):
            return f"[binary: {kind}, {len(self.body)} bytes; not shown]"
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            return f"[binary: {len(self.body)} bytes; not shown]" if not kind else self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            ToolFailed: it is none.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ToolFailed(
                "The answer is no JSON", details=f"{self.method} {self.url} answered: {self.text[:200]}", code=502
            ) from error


class Api:
    """Requests to one system.

    Args:
        connection: of the call.
        system: what people call it.
        base_url: what paths are relative to.
        headers: with the credential, sent to this system alone.
        answer_seconds: how long it may be silent, if not as the settings say.
    """

    def __init__(
        self,
        connection: Connection,
        system: str,
        base_url: str,
        headers: Mapping[str, str],
        answer_seconds: float | None = None,
    ) -> None:
        self.system = system
        self.base_url = base_url.rstrip("/")
        self._settings = connection.reach.settings
        self._way = connection.reach.way(connection.credential, answer_seconds)
        self._headers = dict(headers)

    async def credential_headers(self) -> Mapping[str, str]:
        """What shows the system who asks; a system with tokens of its own asks for one first."""
        return self._headers

    async def json(self, method: Method, path: str, **sent: Any) -> Any:
        """The JSON of a successful answer; None where there is no body. Arguments and errors of ``ask``."""
        answer = await self.ask(method, path, **sent)
        return answer.json() if answer.body else None

    async def ask(self, method: Method, path: str, **sent: Any) -> Answer:
        """A successful answer; arguments of ``send``.

        Raises:
            ToolFailed: the system refused, or did not answer.
        """
        answer = await self.send(method, path, **sent)
        if not answer.ok:
            raise self.refusal(answer)
        return answer

    async def send(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        data: Mapping[str, Any] | None = None,
        files: Sequence[Upload] | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Answer:
        """Whatever the system answers.

        Args:
            method: of HTTP.
            path: below the base URL, or a whole URL of the same system.
            params: of the query, beside what the path has of it; None values are left out.
            json: body as JSON.
            content: body as it is.
            data: body as a form.
            files: parts of a form that are files.
            headers: beside the credential's.
            follow: whether redirects are followed; otherwise they are an answer.

        Raises:
            BadToolArguments: a step of the path leads elsewhere.
            ToolFailed: there is no answer, or one that is too long.
        """
        _refuse_dots(path)
        url = path if path.startswith(("https://", "http://")) else f"{self.base_url}/{path.lstrip('/')}"
        query = {name: value for name, value in (params or {}).items() if value is not None} or None
        body = {"json": json, "content": content, "data": data, "files": files}
        for attempt in range(self._settings.retries + 1):
            last = attempt == self._settings.retries
            try:
                answer = await self._exchange(method, url, query, body, headers or {}, follow=follow)
            except _GoneBeforeAnswer as error:
                if last or method not in SAFE:
                    raise error.told from error
                await asyncio.sleep(_jittered(0.2 * 2**attempt))
                continue
            wait = None if last else self._wait(method, answer, attempt)
            if wait is None:
                return answer
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    async def _exchange(
        self, method: str, url: str, query: Any, body: dict[str, Any], headers: Mapping[str, str], *, follow: bool
    ) -> Answer:
        """One request and the redirects it leads to. The credential goes to its own system only."""
        ours = self._address(self.base_url)
        for _ in range(_MOST_REDIRECTS + 1):
            target = self._address(url)
            same = (target.scheme, target.host, target.port) == (ours.scheme, ours.host, ours.port)
            sent = {**headers, **await self.credential_headers()} if same else {}
            # Merged, because a client's own params would take the place of the query that the address has.
            answer = await self._once(method, target.copy_merge_params(query) if query else target, body, sent)
            if not follow or answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return answer
            if method not in SAFE:
                raise ToolFailed(
                    f"{self.system} redirects elsewhere",
                    details=f"{method} {url} leads to {answer.headers['location'][:200]}.",
                    help="Correct the address of the integration.",
                    code=answer.status,
                )
            url, query = urljoin(answer.url, answer.headers["location"]), None
        raise ToolFailed(f"{self.system} redirects without end", details=f"From {self.base_url}.", code=502)

    def _address(self, url: str) -> httpx2.URL:
        try:
            return httpx2.URL(url)
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise ToolFailed(
                f"The address of {self.system} cannot be read",
                details=f"{url[:200]}: {error}.",
                help="Correct the address of the integration, or the path.",
                code=422,
            ) from error

    async def _once(self, method: str, url: httpx2.URL, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        try:
            answer = await self._way.request(method, url, headers, **body)
        except (httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise _GoneBeforeAnswer(self._silent("did not accept a connection in time")) from error
        except httpx2.TimeoutException as error:
            raise self._silent("did not answer in time") from error
        except httpx2.ProxyError as error:
            raise self._not_let_through(error) from error
        except httpx2.ConnectError as error:
            raise _GoneBeforeAnswer(self._unreachable(error)) from error
        except (httpx2.HTTPError, UnicodeError) as error:
            raise _GoneBeforeAnswer(self._broken(error)) from error
        except UpstreamFailed as error:
            raise ToolFailed(
                f"The answer of {self.system} cannot be read",
                details=f"{error.message}. At most {self._settings.max_answer_bytes} bytes are read.",
                help="Ask for less: use filters, fewer fields or a page.",
                code=413,
            ) from error
        except CodeMieError as error:
            raise ToolFailed(error.message, details=error.details, help=error.help, code=error.status) from error
        return Answer(method, str(answer.url), answer.status_code, answer.reason_phrase, answer.headers, answer.content)

    def _wait(self, method: str, answer: Answer, attempt: int) -> float | None:
        """Seconds after which the same request may do better; None when it will not, or not soon enough."""
        asked = retry_after(answer.headers)
        if answer.status == 429 or (answer.status == 403 and asked is not None):
            wait = _jittered(0.5 * 2**attempt) if asked is None else asked
            return wait if wait <= self._settings.patience_seconds else None
        if answer.status in (502, 503, 504) and method in SAFE:
            wait = _jittered(0.3 * 2**attempt) if asked is None else asked
            return wait if wait <= self._settings.patience_seconds else None
        return None

    def refusal(self, answer: Answer) -> ToolFailed:
        """The failure that an unsuccessful answer is."""
        said = answer.text.strip()
        shown = said[:_SHOWN] + ("…" if len(said) > _SHOWN else "")
        return ToolFailed(
            f"{self.system} answered {answer.status} {answer.reason}",
            details=f"{answer.method} {answer.url}: {shown}" if shown else f"{answer.method} {answer.url}",
            help=self._advice(answer),
            code=answer.status,
        )

    def _advice(self, answer: Answer) -> str | None:
        match answer.status:
            case 401:
                return "The credential is wrong or has expired: its owner must renew it on the Integrations page."
            case 403 if retry_after(answer.headers) is None:
                return "The credential may not do this: it needs more rights, or do something else."
            case 404:
                return "Check the name or the number, and whether the credential may see it."
            case 403 | 429:
                wait = retry_after(answer.headers)
                return f"Too many requests: try again in {wait:.0f} seconds." if wait else "Try again later."
            case status if status >= 500:
                return f"{self.system} has a problem of its own: try again later."
            case _:
                return None

    def _silent(self, what: str) -> ToolFailed:
        return ToolFailed(
            f"{self.system} {what}",
            details=f"Asked at {self.base_url}.",
            help="It may be overloaded, or a firewall swallows requests: the integration's connection test tells.",
            code=504,
        )

    def _unreachable(self, error: Exception) -> ToolFailed:
        cause = _ssl_cause(error)
        if cause is not None:
            return ToolFailed(
                f"The certificate of {self.system} is not accepted",
                details=f"{self.base_url}: {cause}.",
                help="Whoever owns the integration can add the certificate of its authority there; "
                "an expired one must be renewed.",
            )
        return ToolFailed(
            f"{self.system} cannot be reached (network)",
            details=f"No connection to {self.base_url}.",
            help="Check the address of the integration with its connection test.",
        )

    def _not_let_through(self, error: Exception) -> ToolFailed:
        return ToolFailed(
            f"The proxy does not lead to {self.system}",
            details=f"For {self.base_url} it answered: {error}.",
            help="Whoever runs the proxy must admit this address.",
            code=502,
        )

    def _broken(self, error: Exception) -> ToolFailed:
        return ToolFailed(
            f"The connection to {self.system} broke off",
            details=f"{self.base_url}: {type(error).__name__}.",
            help="Try again.",
        )


class _GoneBeforeAnswer(Exception):
    """Nothing came back; a request that changes nothing may be sent again."""

    def __init__(self, told: ToolFailed) -> None:
        super().__init__(str(told))
        self.told = told


def _refuse_dots(path: str) -> None:
    """Escaping leaves dots as they are: a name of only dots would be a step to another path, resolved on the way."""
    if any(unquote(step) in (".", "..") for step in urlsplit(path).path.split("/")):
        raise BadToolArguments("A name must not be '.' or '..'", details=f"The path would be {path[:200]}.", code=422)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the system asks to wait.

    From `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); or, where a limit is used up, from the moment in
    `X-RateLimit-Reset` (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    """
    asked = headers.get("retry-after", "").strip()
    if not asked:
        reset = headers.get("x-ratelimit-reset", "")
        used_up = headers.get("x-ratelimit-remaining") == "0" and reset.isdigit()
        return max(0.0, int(reset) - datetime.now(UTC).timestamp()) if used_up else None
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _jittered(seconds: float) -> float:
    return seconds * (0.5 + random.random())  # noqa: S311 - spreads retries


def _ssl_cause(error: BaseException | None) -> str | None:
    """What OpenSSL said, if it is why the connection failed."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return getattr(error, "verify_message", None) or error.reason or "TLS failed"
        error = error.__cause__ or error.__context__
    return None
