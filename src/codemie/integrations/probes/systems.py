"""What each external system is asked to find out whether a credential works, and what its answers mean.

One read-only request a type. The texts of refusals are those that clients of the protocol compare with.
"""

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

import httpx2

from codemie.integrations import atlassian, git_access, github_app
from codemie.integrations.git_servers import AZURE_REPOSITORY, kind_of
from codemie.integrations.probes import azure_devops, clouds, git_rights, services
from codemie.integrations.probes.diagnosis import Diagnosis
from codemie.integrations.probes.mail import email
from codemie.integrations.probes.openapi import open_api
from codemie.integrations.probes.question import RENEW, Probe, Question, Values, address_of, basic, bearer, judged, told
from codemie.kernel.errors import InvalidInput


def _denied(_answer: httpx2.Response) -> str:
    return "Access denied"


def jira(values: Values) -> Probe:
    """Who the token belongs to (https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-myself/)."""
    return Probe(f"{atlassian.address(values)}/rest/api/2/myself", judged(_denied), atlassian.authorization(values))


def confluence(values: Values) -> Probe:
    """Who the token belongs to (https://developer.atlassian.com/cloud/confluence/rest/v1/api-group-users/)."""
    url = f"{atlassian.wiki_address(values)}/rest/api/user/current"
    return Probe(url, _named, atlassian.authorization(values))


def _named(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """Confluence answers strangers as an anonymous user."""
    if answer.is_success and '"anonymous"' in answer.text:
        seen.passed("answer", f"HTTP {answer.status_code}")
        return seen.failed("sign_in", "Access denied", RENEW)
    return judged(_denied)(answer, seen)


def git(values: Values) -> Probe:
    """A repository over smart HTTP (gitprotocol-http); a server, or a GitHub App, at its API."""
    address = address_of(values)
    if values.get("auth_type") == "github_app":
        return Probe(
            f"{github_app.api_root(address)}/app/installations",
            judged(welcome=git_rights.github_app),
            {**bearer(_app_proof(values)), **github_app.HEADERS},
        )
    headers = {"Authorization": git_access.token_header(values, address)}
    if AZURE_REPOSITORY in address:
        return azure_devops.repository(address, headers)
    if not address.endswith(".git") and "/_git/" not in address:
        return _git_server(address, values)
    scopes = "The token may not read this repository. GitLab: read_repository. GitHub: contents, read."
    return Probe(f"{address}/info/refs?service=git-upload-pack", judged(_denied, scopes), headers)


def _git_server(address: str, values: Values) -> Probe:
    """Whose token it is and what it may do."""
    token = values.get("token")
    match kind_of(values):
        case "github":
            headers = {**bearer(token), **github_app.HEADERS}
            return Probe(f"{github_app.api_root(address)}/user", judged(welcome=git_rights.github), headers)
        case "bitbucket":
            user = values.get("name")
            headers = basic(user, token) if user else bearer(token)
            return Probe(_bitbucket_api(address), judged(welcome=git_rights.bitbucket), headers)
        case "azure_devops":
            raise InvalidInput(
                "Integration test failed",
                details="A Git credential of Azure DevOps can be tested with the address of a repository only.",
                help="Enter one, with /_git/ in it; or add an integration of type Azure DevOps.",
            )
        case _:
            url = f"{address}/api/v4/personal_access_tokens/self"
            return Probe(url, _a_gitlab, {"PRIVATE-TOKEN": str(token or "")})


def _a_gitlab(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    if answer.status_code == 404:
        seen.passed("answer", "HTTP 404")
        action = "If it is a GitHub or a Bitbucket, choose so as the kind of server. A GitLab must be 15.5 or newer."
        return seen.failed("answer", "No GitLab answers there", action)
    return judged(welcome=git_rights.gitlab)(answer, seen)


def _bitbucket_api(address: str) -> str:
    """Cloud: https://developer.atlassian.com/cloud/bitbucket/rest/; server: one project of those it may see."""
    if urlsplit(address).hostname == "bitbucket.org":
        return "https://api.bitbucket.org/2.0/user"
    return f"{address}/rest/api/latest/projects?limit=1"


def _app_proof(values: Values) -> str:
    try:
        return github_app.proof(str(values.get("app_id")), str(values.get("private_key")))
    except ValueError as error:
        raise InvalidInput("Integration test failed", details=str(error), help=github_app.KEY_HELP) from error


def sonar(values: Values) -> Probe:
    """Is the token one (https://docs.sonarsource.com/sonarqube-server/extension-guide/web-api/)."""
    return Probe(f"{address_of(values)}/api/authentication/validate", _valid, basic(values.get("token"), ""))


def _valid(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """SonarQube says in the body whether a token is one."""
    if answer.is_success:
        try:
            valid = json.loads(answer.text).get("valid") is True
        except (ValueError, AttributeError):
            return seen.failed("answer", "The answer is not SonarQube's", "Check the address.")
        if not valid:
            seen.passed("answer", f"HTTP {answer.status_code}")
            return seen.failed("sign_in", "Invalid token", RENEW)
    return judged(lambda _: "Invalid token")(answer, seen)


def service_now(values: Values) -> Probe:
    """One row of a table (https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html)."""
    url = f"{address_of(values)}/api/now/table/sys_user?sysparm_limit=1"
    return Probe(
        url,
        judged(lambda answer: f"ServiceNow tool exception. Status: {answer.status_code}. Response: {told(answer)}"),
        {"x-sn-apikey": str(values.get("api_key") or ""), "Accept": "application/json"},
    )


def report_portal(values: Values) -> Probe:
    """One launch of the project (https://reportportal.io/docs/api/)."""
    project = quote(str(values.get("project") or ""), safe="")
    url = f"{address_of(values)}/api/v1/{project}/launch?page.size=1"
    return Probe(url, judged(), bearer(values.get("api_key")))


def kubernetes(values: Values) -> Probe:
    """Who am I: every account may ask (https://kubernetes.io/docs/reference/access-authn-authz/authentication/)."""
    return Probe(
        f"{address_of(values, 'kubernetes_url')}/apis/authentication.k8s.io/v1/selfsubjectreviews",
        judged(lambda answer: f"Kubernetes API call failed: ({answer.status_code})\nReason: {answer.reason_phrase}"),
        {**bearer(values.get("kubernetes_token")), "Content-Type": "application/json"},
        method="POST",
        body={"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
        # Whoever gives an authority wants it checked.
        verify=values.get("verify_ssl") is True or bool(values.get("ca_certificate")),
    )


def zephyr_scale(values: Values) -> Probe:
    """One project (https://support.smartbear.com/zephyr-scale-cloud/api-docs/)."""
    return Probe(f"{address_of(values)}/projects?maxResults=1", judged(), bearer(values.get("token")))


PROBES: Mapping[str, Callable[[Values], Question]] = {
    "Jira": jira,
    "Confluence": confluence,
    "Git": git,
    "AzureDevOps": azure_devops.membership,
    "Sonar": sonar,
    "ServiceNow": service_now,
    "ReportPortal": report_portal,
    "Kubernetes": kubernetes,
    "ZephyrScale": zephyr_scale,
    "ZephyrCloud": zephyr_scale,
    "AWS": clouds.aws,
    "GCP": clouds.gcp,
    "Azure": clouds.azure,
    "Email": email,
    "OpenAPI": open_api,
    "Xray": services.xray,
    "ZephyrSquad": services.zephyr_squad,
    "XWiki": services.xwiki,
    "Elastic": services.elastic,
    "Keycloak": services.keycloak,
    "Telegram": services.telegram,
    "LiteLLM": services.lite_llm,
    "DIAL": services.dial,
}
"""By credential type; the others cannot be tested."""
