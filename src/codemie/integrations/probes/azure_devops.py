"""Where an organization of Azure DevOps is, and what a token may do there."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, unquote

import httpx2

from codemie.integrations.azure_addresses import organization_url
from codemie.integrations.probes.diagnosis import Diagnosis
from codemie.integrations.probes.question import (
    FORBIDDEN,
    RENEW,
    UNAUTHORIZED,
    Judge,
    Probe,
    Values,
    address_of,
    basic,
    judged,
    told_with_status,
)
from codemie.integrations.settings import IntegrationsSettings

_VERSION = "api-version=7.1"
_NO_PAGE = {"X-TFS-FedAuthRedirect": "Suppress"}
"""Without it a refused token gets a sign-in page instead of a reason."""
_NO_PROJECT = "TF200016"
_AREAS = (
    ("code", "Code (Read & write)", "{project}/_apis/git/repositories"),
    ("work items", "Work Items (Read & write)", "_apis/wit/workitemrelationtypes"),
    ("wikis", "Wiki (Read & write)", "{project}/_apis/wiki/wikis"),
    ("pipelines", "Build (Read & execute)", "{project}/_apis/pipelines"),
    ("test plans", "Test Management (Read & write)", "{project}/_apis/testplan/plans"),
)
"""What tools work with, the scope that it needs, and what shows whether a token has it."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Who am I in the organization, is the project there, and what may the token read in it.

    https://learn.microsoft.com/rest/api/azure/devops/core/projects/get; ``connectionData`` is what the service's own
    clients ask first, and every token may.

    Args:
        organization: its address.
        project: its name, if one is given.
        token: a personal access token.
    """

    organization: str
    project: str
    token: str

    @property
    def url(self) -> str:
        """See ``Question``."""
        return f"{self.organization}/_apis/connectionData"

    @property
    def verify(self) -> bool | None:
        """See ``Question``."""
        return None

    async def ask(self, seen: Diagnosis, settings: IntegrationsSettings, trust: ssl.SSLContext) -> Diagnosis:
        """Who, where, what; it ends with the first that fails."""

        async def asked(url: str, judge: Judge, seen: Diagnosis) -> Diagnosis:
            return await Probe(url, judge, {**basic("", self.token), **_NO_PAGE}).ask(seen, settings, trust)

        seen = await asked(self.url, _signed_in, seen)
        if seen.failure:
            return seen
        if self.project:
            seen = await asked(f"{self.organization}/_apis/projects/{self._project}?{_VERSION}", _there, seen)
            if seen.failure:
                return seen
        areas = [
            (name, scope, f"{self.organization}/{path.format(project=self._project)}?{_VERSION}")
            for name, scope, path in _AREAS
            if self.project or "{project}" not in path
        ]
        found = await asyncio.gather(*(asked(url, _may_read, Diagnosis()) for _, _, url in areas))
        verdicts = {(name, scope): one.verdict for (name, scope, _), one in zip(areas, found, strict=True)}
        return _told(seen, verdicts)

    @property
    def _project(self) -> str:
        return quote(self.project, safe="")


def membership(values: Values) -> Membership:
    """What is asked with a credential of type AzureDevOps."""
    organization, project, token = (
        str(values.get(name) or "").strip() for name in ("organization", "project", "token")
    )
    return Membership(organization_url(address_of(values), organization), project, token)


def repository(address: str, headers: Mapping[str, str]) -> Probe:
    """A repository over smart HTTP (gitprotocol-http), with a credential of type Git."""
    return Probe(f"{address}/info/refs?service=git-upload-pack", _fetchable, {**headers, **_NO_PAGE})


def _fetchable(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    if _is_refused(answer):
        return _refused(answer, seen)
    return judged(scopes="The token may not read this repository: it needs the scope Code (Read).")(answer, seen)


def _signed_in(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    if _is_refused(answer):
        return _refused(answer, seen)
    seen.passed("answer", f"HTTP {answer.status_code}")
    if answer.status_code == 404:
        action = "Check the organization: it is the first part of the path, as in https://dev.azure.com/contoso."
        return seen.failed("answer", "There is no such organization (HTTP 404)", action)
    user = _object(answer).get("authenticatedUser")
    if not answer.is_success or not isinstance(user, dict):
        action = "Check the address: something answers there, but not as Azure DevOps does."
        return seen.failed("answer", told_with_status(answer), action)
    name = cast("Mapping[str, Any]", user).get("providerDisplayName")
    seen.passed("sign_in", f"Signed in as {name}" if name else "Signed in")
    return seen


def _is_refused(answer: httpx2.Response) -> bool:
    """A token is refused by a status, by a sign-in page with 203, or by a redirect to one."""
    return answer.status_code in (UNAUTHORIZED, 203) or answer.is_redirect


def _refused(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    seen.passed("answer", f"HTTP {answer.status_code}")
    return seen.failed("sign_in", f"Access denied: {_reason(answer) or 'Azure DevOps asks to sign in'}", RENEW)


def _there(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """A token without the scope of projects may be right for what is in them."""
    if answer.status_code in (UNAUTHORIZED, FORBIDDEN) or answer.is_success:
        return seen
    if answer.status_code == 404:
        reason = _reason(answer)
        action = "Check the project, and whether the owner of the token is a member of it."
        if _NO_PROJECT not in reason:
            reason = f"The project is not there (HTTP 404) {reason}".strip()
        return seen.failed("answer", reason, action)
    return seen.failed("answer", told_with_status(answer), "Azure DevOps may have a problem of its own: try again.")


def _may_read(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """Anything but a refusal of the token says nothing against it: a service may be switched off in the project."""
    if _is_refused(answer) or answer.status_code == FORBIDDEN:
        return seen.failed("rights", f"HTTP {answer.status_code}", "")
    if not answer.is_success:
        return seen.failed("answer", f"HTTP {answer.status_code}", "")
    seen.passed("rights", f"HTTP {answer.status_code}")
    return seen


def _told(seen: Diagnosis, verdicts: Mapping[tuple[str, str], str]) -> Diagnosis:
    """What the token may read, and the scopes that it lacks."""
    may = ", ".join(name for (name, _), verdict in verdicts.items() if verdict == "works")
    lacks = ", ".join(name for (name, _), verdict in verdicts.items() if verdict == "forbidden")
    scopes = ", ".join(scope for (_, scope), verdict in verdicts.items() if verdict == "forbidden")
    action = f"For those make a token with the scopes {scopes} and save it here; its owner needs the rights as well."
    if lacks and not may:
        return seen.failed("rights", f"The token may not read {lacks}", action)
    if lacks:
        seen.passed("rights", f"The token may read {may}; not {lacks}", action)
    elif may:
        seen.passed("rights", f"The token may read {may}")
    return seen


def _reason(answer: httpx2.Response) -> str:
    """Why the service refuses: in the body, or in a header where it answers with a page."""
    said = _object(answer).get("message") or unquote(answer.headers.get("x-tfs-serviceerror", ""))
    return str(said)[:500]


def _object(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        told = json.loads(answer.text)
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", told) if isinstance(told, dict) else {}
