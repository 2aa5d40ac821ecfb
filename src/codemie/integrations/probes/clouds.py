"""Who am I, asked of the clouds: of AWS with a signature, of Google and Microsoft by asking for a token."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from codemie.integrations.probes.diagnosis import Diagnosis, Place
from codemie.integrations.probes.question import (
    MORE_RIGHTS,
    RENEW,
    Judge,
    Probe,
    Values,
    address_of,
    told,
    told_with_status,
)
from codemie.kernel.errors import InvalidInput

_IDENTITY = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
_SUCCESS = {"GetCallerIdentity": "<GetCallerIdentityResponse", "ListBuckets": "<ListAllMyBucketsResult"}
_ARN = re.compile(r"<Arn>([^<]*)</Arn>")
_ERROR = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>", re.DOTALL)
_NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedAccess"})
_MICROSOFT = "https://login.microsoftonline.com"
_REGION = re.compile(r"[a-z0-9-]{1,40}\Z")


def aws(values: Values) -> Probe:
    """GetCallerIdentity, which every identity may call; of a system that only speaks as AWS does, its buckets.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    region = str(values.get("aws_region") or "").strip()
    if not _REGION.match(region):
        raise InvalidInput(
            "Integration test failed",
            details=f"'{region[:50]}' is no region.",
            help="Enter one such as eu-central-1; the AWS console shows it at the top.",
        )
    if endpoint := address_of(values, "endpoint_url"):
        url = f"{endpoint}/"
        if Place.of(url) is None:
            return Probe(url, _aws("ListBuckets"))  # nobody goes there, so nothing is signed
        return Probe(url, _aws("ListBuckets"), _signed(values, "s3", region, "GET", url, ""))
    url = f"https://sts.{region}.{'amazonaws.com.cn' if region.startswith('cn-') else 'amazonaws.com'}/"
    headers = _signed(values, "sts", region, "POST", url, urlencode(_IDENTITY))
    return Probe(url, _aws("GetCallerIdentity"), headers, method="POST", form=_IDENTITY)


def _signed(values: Values, service: str, region: str, method: str, url: str, body: str) -> dict[str, str]:
    """Headers of signature version 4."""
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    key, secret, token = (str(values.get(name) or "").strip() for name in names)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    request = AWSRequest(method, url, data=body, headers=headers)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(key, secret, token or None), service, region).add_auth(request)
    return dict(request.headers.items())


def _aws(operation: str) -> Judge:
    def judge(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
        seen.passed("answer", f"HTTP {answer.status_code}")
        if answer.is_success and _SUCCESS[operation] in answer.text:
            arn = _ARN.search(answer.text)
            seen.passed("sign_in", f"Signed in as {arn[1]}" if arn else "Signed in")
            return seen
        error = _ERROR.search(answer.text)
        if error is None:
            return seen.failed("answer", told_with_status(answer), "Check the endpoint: this is not the API of AWS.")
        code, message = error.groups()
        said = f"An error occurred ({code}) when calling the {operation} operation: {message}"
        if code in _NOT_ALLOWED:
            seen.passed("sign_in", "Signed in")
            return seen.failed("rights", said, MORE_RIGHTS)
        return seen.failed("sign_in", said, _AWS_ACTION.get(code, RENEW))

    return judge


_AWS_ACTION = {
    "SignatureDoesNotMatch": "The secret access key does not belong to the access key ID: copy both again.",
    "InvalidClientTokenId": "There is no such access key ID (any more): make a new access key and save it here.",
    "ExpiredToken": "The session token has expired: temporary keys have to be renewed.",
    "RequestExpired": "The clocks differ: correct the clock of this platform's machine.",
}


def gcp(values: Values) -> Probe:
    """A token for the service account.

    https://developers.google.com/identity/protocols/oauth2/service-account#httprest
    """
    account = _account(values.get("gcp_api_key"))
    now = int(time.time())
    claims = {
        "iss": account["client_email"],
        "scope": "https://www.googleapis.com/auth/cloud-platform.read-only",
        "aud": account["token_uri"],
        "iat": now - 10,
        "exp": now + 300,
    }
    try:
        proof = jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(account["private_key"]))
    except (ValueError, TypeError, JoseError) as error:
        raise _no_account("its private key cannot be used.") from error
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": proof}
    return Probe(account["token_uri"], _token(RENEW), method="POST", form=form)


def _account(text: Any) -> Mapping[str, str]:
    try:
        read: object = json.loads(str(text or ""))
    except ValueError as error:
        raise _no_account("it is no JSON.") from error
    found = cast("Mapping[str, object]", read) if isinstance(read, dict) else {}
    names = ("client_email", "private_key", "token_uri")
    missing = [name for name in names if not isinstance(found.get(name), str) or not found[name]]
    if missing:
        raise _no_account(f"it has no {' and no '.join(missing)}.")
    return {name: str(found[name]) for name in names}


def _no_account(why: str) -> InvalidInput:
    return InvalidInput(
        "Integration test failed",
        details=f"Failed to create GCP credentials: {why}",
        help="Paste the whole JSON file: IAM → Service accounts → Keys → Add key.",
    )


def azure(values: Values) -> Probe:
    """A token for the application.

    https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    """
    return microsoft(values, "azure_tenant_id", "azure_client_id", "azure_client_secret")


def microsoft(values: Values, tenant: str, client: str, secret: str, scope: str = "") -> Probe:
    """A token of Entra ID for an application; arguments are names of keys, and the scope asked for."""
    authority = address_of(values, "azure_authority") or address_of(values, "oauth_authority") or _MICROSOFT
    form = {
        "grant_type": "client_credentials",
        "client_id": str(values.get(client) or ""),
        "client_secret": str(values.get(secret) or ""),
        "scope": scope or "https://management.azure.com/.default",
    }
    url = f"{authority}/{quote(str(values.get(tenant) or ''), safe='')}/oauth2/v2.0/token"
    action = "App registrations → Certificates & secrets: make a new client secret, and copy its value, not its ID."
    return Probe(url, _token(action), method="POST", form=form)


def _token(action: str) -> Judge:
    """OAuth's answers (RFC 6749 §5): 400 or 401 with what is wrong."""

    def judge(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
        seen.passed("answer", f"HTTP {answer.status_code}")
        try:
            read: object = answer.json()
        except ValueError:
            read = None
        said = cast("Mapping[str, Any]", read) if isinstance(read, dict) else {}
        if answer.is_success and said.get("access_token"):
            seen.passed("sign_in", "Signed in")
            return seen
        if "error" not in said:
            return seen.failed("answer", told_with_status(answer), "Check the address: no token is given there.")
        return seen.failed("sign_in", str(said.get("error_description") or told(answer)), action)

    return judge
