"""Checks of the API as its clients meet it: it is ready, turns strangers away, and serves the web UI."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx2

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.identity import probes
from codemie.kernel.errors import CodeMieError
from codemie.operations.installation.keys import MasterKeys
from codemie.operations.installation.subject import Installation

_SECONDS = 5.0
_ILL = 500
_SCRIPT = re.compile(r"""<script[^>]+src=["']([^"']+)["']""")
# Signed by nobody: header, claims and signature are base64 of text.
_FORGED = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJkb2N0b3IifQ.Zm9yZ2Vk"


@dataclass(frozen=True)
class Api:
    """The API over HTTP.

    Attributes:
        url: without a slash at the end.
    """

    url: str

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """What it answers.

        Raises:
            httpx2.TransportError: nothing.
        """
        verify = self.url.startswith("https://")
        async with httpx2.AsyncClient(timeout=_SECONDS, verify=verify, trust_env=False) as client:
            return await client.get(f"{self.url}{path}", headers=headers or {})

    async def see(self, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """The same for what another check has found to answer.

        Raises:
            Unobservable: nothing this time.
        """
        try:
            return await self.get(path, headers)
        except httpx2.TransportError as error:
            raise Unobservable(f"{self.url}{path} breaks off: {type(error).__name__}", "Run again") from error


@check(
    "api.ready",
    title="The API is ready",
    symptom="The browser shows no page, or an ingress answers 502 or 503.",
    remedy=(
        "Look whether the API runs; its log tells why it ended",
        "If it listens elsewhere, name its address with --url or CODEMIE_URL",
    ),
    faq=("F06", "F53", "F62", "F68"),
    needs=("db.schema", "nats.reachable"),
)
async def ready(api: Api) -> Finding:
    """The API does not run, listens elsewhere, or one of the servers it needs is away."""
    try:
        answer = await api.get("/health/ready")
    except httpx2.TransportError as error:
        return failed(f"Nobody answers at {api.url}: {type(error).__name__}", *ready.remedy, url=api.url)
    if answer.status_code == httpx2.codes.OK:
        return passed(f"{api.url} is ready", url=api.url)
    return failed(f"{api.url} answers {answer.status_code}{_missing(answer)}", *ready.remedy, url=api.url)


def _missing(answer: httpx2.Response) -> str:
    try:
        document: Any = answer.json()
        absent = [str(row["name"]) for row in cast("list[dict[str, Any]]", document["checks"]) if not row["ok"]]
    except (ValueError, KeyError, TypeError):
        return ", which is no answer of ours: another program listens there"
    return f": {', '.join(absent)} not there"


@check(
    "idp.provider_loaded",
    title="Nobody comes in without a proof",
    symptom="None, until somebody notices that a name is enough to come in.",
    remedy=(
        "Unset CODEMIE_IDENTITY_DEV_IDENTITIES and restart the API",
        "See which provider is configured: codemiectl config show",
    ),
    faq=("F13", "F18"),
    needs=("api.ready",),
)
async def fails_closed(api: Api, keys: MasterKeys, installation: Installation) -> Finding:
    """Development identities are switched on, which believe a header, or something in front lets requests through.

    While somebody tries the platform out this is a warning; in production it is a failure.
    """
    tried = {
        "nothing": await api.see("/v1/user"),
        "a forged token": await api.see("/v1/user", _proven(keys, authorization=f"Bearer {_FORGED}")),
        "a name": await api.see("/v1/user", _proven(keys, **{"user-id": "doctor"})),
    }
    evidence = {what: answer.status_code for what, answer in tried.items()}
    let_in = [what for what, status in evidence.items() if status < httpx2.codes.BAD_REQUEST]
    unclear = [what for what, status in evidence.items() if status == httpx2.codes.TOO_MANY_REQUESTS or status >= _ILL]
    if unclear and not let_in:
        return unknown(f"The API answers {evidence[unclear[0]]} to {unclear[0]}", "Run again in a minute", **evidence)
    if not let_in:
        return passed(f"Refused are {', '.join(tried)}", mode=installation.settings.identity.mode)
    judged = warned if let_in == ["a name"] and not installation.is_production else failed
    return judged(f"The API does not refuse {', '.join(let_in)}", *fails_closed.remedy, **evidence)


def _proven(keys: MasterKeys, **credentials: str) -> dict[str, str]:
    """The credentials, and a proof for the audit log that a check sent them; without a key it is a stranger's."""
    try:
        return {**credentials, probes.HEADER: probes.proof(keys.cipher(), credentials)}
    except (CodeMieError, OSError):
        return credentials


@check(
    "web.files",
    title="The web UI is there",
    symptom="The API answers, but the browser shows an error or an empty page.",
    severity=Severity.MAJOR,
    remedy=(
        "Build it: make web-build",
        "If CODEMIE_KERNEL_WEB_DIR is set, let it name the folder with index.html",
    ),
    faq=("F06",),
    needs=("api.ready",),
)
async def web_files(api: Api) -> Finding:
    """The web UI was not built, or its folder is that of another version: the page asks for scripts that are gone."""
    page = await api.see("/")
    if page.status_code != httpx2.codes.OK or "text/html" not in page.headers.get("content-type", ""):
        return failed(f"{api.url}/ is no page: {page.status_code}", *web_files.remedy)
    scripts = [path for path in _SCRIPT.findall(page.text) if path.startswith("/")]
    gone = [path for path in scripts if not await _is_script(api, path)]
    if gone:
        return failed(f"The page asks for {', '.join(gone)}, which is not there", *web_files.remedy)
    return passed(f"The page and its {len(scripts)} scripts are there")


async def _is_script(api: Api, path: str) -> bool:
    answer = await api.see(path)
    return answer.status_code == httpx2.codes.OK and "javascript" in answer.headers.get("content-type", "")


CHECKS = (ready, fails_closed, web_files)
