"""One request that shows whether a credential works, and how its answer is read."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2

from codemie.integrations.probes.diagnosis import Diagnosis
from codemie.integrations.settings import IntegrationsSettings
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import CodeMieError

Values = Mapping[str, Any]
Judge = Callable[[httpx2.Response, Diagnosis], Diagnosis]

UNAUTHORIZED = 401
FORBIDDEN = 403
RENEW = "Check the token: it may be mistyped, expired or revoked. Make a new one and save it here."
MORE_RIGHTS = "The credential is right, but may not do this: give its owner the rights, or the token the scopes."
_MOST_TOLD = 500


class Question(Protocol):
    """What is asked once the network leads to the system."""

    @property
    def url(self) -> str:
        """Where it goes."""
        ...

    @property
    def verify(self) -> bool | None:
        """Whether the certificate is checked, if not as the credential says."""
        ...

    async def ask(self, seen: Diagnosis, settings: IntegrationsSettings, trust: ssl.SSLContext) -> Diagnosis:
        """The diagnosis with what came of it."""
        ...


@dataclass(frozen=True, slots=True)
class Probe:
    """One HTTP request and who judges its answer.

    Args:
        url: with the query.
        judge: reads the answer.
        headers: with the credential.
        method: of HTTP.
        body: sent as JSON.
        form: sent as a form instead.
        verify: whether the certificate is checked, if not as the credential says.
        max_bytes: how long an answer may be.
    """

    url: str
    judge: Judge
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    method: str = "GET"
    body: Any = None
    form: Mapping[str, str] | None = None
    verify: bool | None = None
    max_bytes: int = 2**20

    async def ask(self, seen: Diagnosis, settings: IntegrationsSettings, trust: ssl.SSLContext) -> Diagnosis:
        """Send it; whatever goes wrong is in the diagnosis."""
        try:
            # The client's own limit starts anew with every byte that comes.
            async with (
                asyncio.timeout(settings.test_seconds),
                guarded_client(
                    settings.egress(),
                    headers=self.headers,
                    timeout=httpx2.Timeout(settings.test_seconds),
                    max_bytes=self.max_bytes,
                    trust=trust,
                ) as http,
            ):
                answer = await http.request(self.method, self.url, json=self.body, data=self.form)
        except UnicodeEncodeError:
            return seen.failed(
                "sign_in",
                "The credential has characters that cannot be sent",
                "Copy it again, without quotation marks.",
            )
        except (httpx2.TimeoutException, TimeoutError):
            return seen.failed(
                "answer", "Connected, but no answer came in time", "The system may be overloaded: try again."
            )
        except httpx2.ProxyError as error:
            return seen.failed("answer", f"The proxy refused: {error}", "Ask who runs the proxy to admit this address.")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return seen.failed(
                "answer", f"The exchange broke off: {type(error).__name__}", "Check the address and the port."
            )
        except CodeMieError as error:
            return seen.failed("answer", str(error), "Check the address: this is not the API of the system.")
        return await asyncio.to_thread(self.judge, answer, seen)  # a document may be long to read


def basic(user: Any, secret: Any) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": "Basic " + b64encode(f"{user or ''}:{secret or ''}".encode()).decode()}


def bearer(token: Any) -> dict[str, str]:
    """The header of a bearer token."""
    return {"Authorization": f"Bearer {token or ''}"}


def address_of(values: Values, key: str = "url") -> str:
    """The system's address without a slash at its end."""
    return str(values.get(key) or "").strip().rstrip("/")


def told(answer: httpx2.Response) -> str:
    """What the system said, not too much of it."""
    return answer.text[:_MOST_TOLD]


def told_with_status(answer: httpx2.Response) -> str:
    """The same after its status."""
    return f"HTTP {answer.status_code}: {told(answer)}"


def _signed_in(_answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    seen.passed("sign_in", "Signed in")
    return seen


def judged(
    refused: Callable[[httpx2.Response], str] = told_with_status,
    scopes: str = MORE_RIGHTS,
    welcome: Judge = _signed_in,
) -> Judge:
    """Any success is one, about which ``welcome`` may say more; ``refused`` words the rest."""

    def judge(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
        code = answer.status_code
        seen.passed("answer", f"HTTP {code}")
        if code == UNAUTHORIZED:
            return seen.failed("sign_in", refused(answer), RENEW)
        if code == FORBIDDEN:
            seen.passed("sign_in", "Signed in")
            return seen.failed("rights", refused(answer), scopes)
        if not answer.is_success:
            action = "Check the address: something answers there, but not as this system does."
            return seen.failed("answer", refused(answer) if code < 500 else told_with_status(answer), action)
        return welcome(answer, seen)

    return judge
