"""What each external system is asked to find out whether a credential works, and what its answers mean.

One read-only request a type. The texts of refusals are those that clients of the protocol compare with.
"""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from codemie.integrations.diagnosis import Diagnosis
from codemie.kernel.errors import InvalidInput

Values = Mapping[str, Any]
Judge = Callable[[httpx2.Response, Diagnosis], Diagnosis]

_UNAUTHORIZED = 401
_FORBIDDEN = 403
_MOST_TOLD = 500
_RENEW = "Check the token: it may be mistyped, expired or revoked. Make a new one and save it here."
_MORE_RIGHTS = "The credential is right, but may not do this: give its owner the rights, or the token the scopes."


@dataclass(frozen=True, slots=True)
class Probe:
    """One request and who judges its answer."""

    url: str
    judge: Judge
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    method: str = "GET"
    body: Any = None
    verify: bool = True


def _basic(user: Any, secret: Any) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user or ''}:{secret or ''}".encode()).decode()}


def _bearer(token: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token or ''}"}


def _address(values: Values, key: str = "url") -> str:
    return str(values.get(key) or "").strip().rstrip("/")


def _told(answer: httpx2.Response) -> str:
    return answer.text[:_MOST_TOLD]


def _judged(refused: Callable[[httpx2.Response], str], scopes: str = _MORE_RIGHTS) -> Judge:
    """Any success is one; ``refused`` words the rest."""

    def judge(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
        code = answer.status_code
        seen.passed("answer", f"HTTP {code}")
        if code == _UNAUTHORIZED:
            return seen.failed("sign_in", refused(answer), _RENEW)
        if code == _FORBIDDEN:
            seen.passed("sign_in", "Signed in")
            return seen.failed("rights", refused(answer), scopes)
        if not answer.is_success:
            action = "Check the address: something answers there, but not as this system does."
            return seen.failed("answer", refused(answer) if code < 500 else f"HTTP {code}: {_told(answer)}", action)
        seen.passed("sign_in", "Signed in")
        return seen

    return judge


def _denied(_answer: httpx2.Response) -> str:
    return "Access denied"


def _http(answer: httpx2.Response) -> str:
    return f"HTTP {answer.status_code}: {_told(answer)}"


def jira(values: Values) -> Probe:
    """Who the token belongs to (https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-myself/)."""
    return Probe(f"{_address(values)}/rest/api/2/myself", _judged(_denied), _atlassian(values))


def confluence(values: Values) -> Probe:
    """Who the token belongs to (https://developer.atlassian.com/cloud/confluence/rest/v1/api-group-users/)."""
    address = _address(values)
    if values.get("is_cloud") and not address.endswith("/wiki"):
        address += "/wiki"
    return Probe(f"{address}/rest/api/user/current", _named, _atlassian(values))


def _atlassian(values: Values) -> dict[str, str]:
    user, token = values.get("username"), values.get("token")
    return _basic(user, token) if user else _bearer(token)


def _named(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """Confluence answers strangers as an anonymous user."""
    if answer.is_success and '"anonymous"' in answer.text:
        seen.passed("answer", f"HTTP {answer.status_code}")
        return seen.failed("sign_in", "Access denied", _RENEW)
    return _judged(_denied)(answer, seen)


def git(values: Values) -> Probe:
    """A repository over smart HTTP (gitprotocol-http), a GitHub App at the API of its server."""
    address = _address(values)
    if values.get("auth_type") == "github_app":
        return Probe(f"{_github_api(address)}/app", _judged(_http), {**_bearer(_app_token(values)), **_GITHUB})
    if not address.endswith(".git"):
        raise InvalidInput(
            "Integration test failed",
            details="A Git credential can be tested with the full address of a repository only, ending with .git.",
            help="Enter the address of a repository. Or save it: it is checked when a repository is used.",
        )
    token = values.get("token")
    headers = _bearer(token) if values.get("use_header_auth") else _basic(values.get("name") or "oauth2", token)
    scopes = "The token may not read this repository. GitLab: read_repository. GitHub: contents, read."
    return Probe(f"{address}/info/refs?service=git-upload-pack", _judged(_denied, scopes), headers)


_GITHUB = {"Accept": "application/vnd.github+json"}


def _github_api(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return address  # whoever goes there says that it is none
    if parts.hostname in (None, "github.com"):
        return "https://api.github.com"
    return f"{parts.scheme}://{parts.netloc}/api/v3"


def _app_token(values: Values) -> str:
    """Proof of the App's identity (https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app)."""
    now = int(time.time())
    claims = {"iat": now - 60, "exp": now + 300, "iss": str(values.get("app_id"))}
    try:
        return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(str(values.get("private_key"))))
    except (ValueError, TypeError, JoseError) as error:
        raise InvalidInput(
            "Integration test failed",
            details="The private key cannot be used.",
            help="Enter the RSA key that GitHub made for the App: a private one, in PEM form, without a password.",
        ) from error


def azure_devops(values: Values) -> Probe:
    """The project (https://learn.microsoft.com/rest/api/azure/devops/core/projects/get)."""
    organization, project = (quote(str(values.get(name) or ""), safe="") for name in ("organization", "project"))
    url = f"{_address(values)}/{organization}/_apis/projects/{project}?api-version=7.0"
    return Probe(url, _no_sign_in_page, _basic("", values.get("token")))


def _no_sign_in_page(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """A wrong token is sent to a sign-in page, with 203 or a redirect."""
    if answer.status_code == 203 or answer.is_redirect:
        seen.passed("answer", f"HTTP {answer.status_code}")
        return seen.failed("sign_in", "Access denied: Azure DevOps asks to sign in", _RENEW)
    return _judged(_http)(answer, seen)


def sonar(values: Values) -> Probe:
    """Is the token one (https://docs.sonarsource.com/sonarqube-server/extension-guide/web-api/)."""
    return Probe(f"{_address(values)}/api/authentication/validate", _valid, _basic(values.get("token"), ""))


def _valid(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """SonarQube says in the body whether a token is one."""
    if answer.is_success:
        try:
            valid = json.loads(answer.text).get("valid") is True
        except (ValueError, AttributeError):
            return seen.failed("answer", "The answer is not SonarQube's", "Check the address.")
        if not valid:
            seen.passed("answer", f"HTTP {answer.status_code}")
            return seen.failed("sign_in", "Invalid token", _RENEW)
    return _judged(lambda _: "Invalid token")(answer, seen)


def service_now(values: Values) -> Probe:
    """One row of a table (https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html)."""
    url = f"{_address(values)}/api/now/table/sys_user?sysparm_limit=1"
    return Probe(
        url,
        _judged(lambda answer: f"ServiceNow tool exception. Status: {answer.status_code}. Response: {_told(answer)}"),
        {"x-sn-apikey": str(values.get("api_key") or ""), "Accept": "application/json"},
    )


def report_portal(values: Values) -> Probe:
    """One launch of the project (https://reportportal.io/docs/api/)."""
    project = quote(str(values.get("project") or ""), safe="")
    url = f"{_address(values)}/api/v1/{project}/launch?page.size=1"
    return Probe(url, _judged(_http), _bearer(values.get("api_key")))


def kubernetes(values: Values) -> Probe:
    """Who am I: every account may ask (https://kubernetes.io/docs/reference/access-authn-authz/authentication/)."""
    return Probe(
        f"{_address(values, 'kubernetes_url')}/apis/authentication.k8s.io/v1/selfsubjectreviews",
        _judged(lambda answer: f"Kubernetes API call failed: ({answer.status_code})\nReason: {answer.reason_phrase}"),
        {**_bearer(values.get("kubernetes_token")), "Content-Type": "application/json"},
        method="POST",
        body={"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
        verify=values.get("verify_ssl") is True,
    )


def zephyr_scale(values: Values) -> Probe:
    """One project (https://support.smartbear.com/zephyr-scale-cloud/api-docs/)."""
    return Probe(f"{_address(values)}/projects?maxResults=1", _judged(_http), _bearer(values.get("token")))


PROBES: Mapping[str, Callable[[Values], Probe]] = {
    "Jira": jira,
    "Confluence": confluence,
    "Git": git,
    "AzureDevOps": azure_devops,
    "Sonar": sonar,
    "ServiceNow": service_now,
    "ReportPortal": report_portal,
    "Kubernetes": kubernetes,
    "ZephyrScale": zephyr_scale,
    "ZephyrCloud": zephyr_scale,
}
"""By credential type; the others cannot be tested."""
