"""Tokens of Entra ID: for an application, for a job, for this machine, or from az."""

import asyncio
import base64
import datetime as dt
import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx2

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.entra import SignInRefused
from codemie.operations.cloud.azure.places import Places
from codemie.operations.cloud.azure.sign_in import HalfThere, SignIn, Source, Token, unread

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EXCHANGE = "api://AzureADTokenExchange"
_AZ_SECONDS = 30
_MACHINE_API = "2018-02-01"
_DEVOPS_API = "7.1"
_A_CERTIFICATE_LASTS = 300
_CERTIFICATE_FILE = "ARM_CLIENT_CERTIFICATE_PATH"
_JOB_FILE = "ARM_OIDC_TOKEN_FILE_PATH or AZURE_FEDERATED_TOKEN_FILE"


async def token_for(sign_in: SignIn, audience: str, places: Places, http: httpx2.AsyncClient) -> Token:
    """A token, asked for now.

    Args:
        sign_in: by what.
        audience: for whom, such as the Azure Resource Manager.
        places: where Azure is.
        http: with a limit of time.

    Raises:
        SignInRefused: Entra ID gives none.
        HalfThere: a file of the sign-in cannot be used.
        Unobservable: nobody answers.
    """
    try:
        if sign_in.source is Source.AZ:
            return await _from_az(sign_in, audience)
        if sign_in.source is Source.MACHINE:
            return await _of_machine(sign_in, audience, places, http)
        return await _of_application(sign_in, audience, places, http)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        what = f"Nobody answers where tokens are given: {type(error).__name__}"
        raise Unobservable(what, "Look at the network and the proxy, and at AZURE_AUTHORITY_HOST") from error


async def _of_application(sign_in: SignIn, audience: str, places: Places, http: httpx2.AsyncClient) -> Token:
    """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow."""
    url = f"{places.authority}/{quote(sign_in.tenant, safe='')}/oauth2/v2.0/token"
    form = {"grant_type": "client_credentials", "client_id": sign_in.client, "scope": f"{audience}/.default"}
    if sign_in.source is Source.SECRET:
        form["client_secret"] = sign_in.given
    else:
        form["client_assertion_type"] = _ASSERTION
        form["client_assertion"] = await _assertion(sign_in, url, http)
    return _token(await http.post(url, data=form))


async def _assertion(sign_in: SignIn, url: str, http: httpx2.AsyncClient) -> str:
    if sign_in.source is Source.CERTIFICATE:
        return _signed(sign_in, url)
    if sign_in.given:
        return sign_in.given
    if sign_in.file:
        return _content(sign_in).decode(errors="replace").strip()
    return await _of_job(sign_in, http)


async def _of_job(sign_in: SignIn, http: httpx2.AsyncClient) -> str:
    """What the job says of itself: of GitHub, or of Azure DevOps where a service connection is named.

    https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
    """
    address, token = sign_in.request
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    url = httpx2.URL(address)
    if sign_in.connection:
        asked = {"api-version": _DEVOPS_API, "serviceConnectionId": sign_in.connection}
        answer = await http.post(url.copy_merge_params(asked), headers=headers)
    else:
        answer = await http.get(url.copy_merge_params({"audience": _EXCHANGE}), headers=headers)
    given = _document(answer).get("oidcToken" if sign_in.connection else "value")
    if not given:
        needs = "the right to use the service connection" if sign_in.connection else "id-token: write"
        raise HalfThere(f"The job is given no token of itself: HTTP {answer.status_code}; it needs: {needs}")
    return str(given)


def _signed(sign_in: SignIn, url: str) -> str:
    """https://learn.microsoft.com/entra/identity-platform/certificate-credentials."""
    # Few sign in so, and it takes a while to load.
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs12
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    place, password = sign_in.file or "ARM_CLIENT_CERTIFICATE", sign_in.given.encode() or None
    try:
        pfx = _content(sign_in) if sign_in.file else base64.b64decode(sign_in.content)
        key, certificate, _ = pkcs12.load_key_and_certificates(pfx, password)
    except ValueError as error:
        raise HalfThere(f"{place} is no PFX, or ARM_CLIENT_CERTIFICATE_PASSWORD is wrong") from error
    if key is None or certificate is None:
        raise HalfThere(f"{place} holds no certificate with its key")
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    print_of = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    now = int(time.time())
    claims = {
        "aud": url,
        "iss": sign_in.client,
        "sub": sign_in.client,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + _A_CERTIFICATE_LASTS,
    }
    header = {"alg": "PS256", "typ": "JWT", "x5t#S256": print_of}
    return jwt.encode(header, claims, RSAKey.import_key(pem), algorithms=["PS256"])


async def _of_machine(sign_in: SignIn, audience: str, places: Places, http: httpx2.AsyncClient) -> Token:
    """https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token."""
    asked = {"api-version": _MACHINE_API, "resource": f"{audience}/"}
    if sign_in.client:
        asked["client_id"] = sign_in.client
    return _token(await http.get(places.metadata, params=asked, headers={"Metadata": "true"}))


async def _from_az(sign_in: SignIn, audience: str) -> Token:
    of = ("--tenant", sign_in.tenant) if sign_in.tenant else ()
    process = await asyncio.create_subprocess_exec(
        *("az", "account", "get-access-token", "--resource", audience, "--output", "json", *of),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_AZ_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise Unobservable(f"az does not answer within {_AZ_SECONDS} s", "Try az account get-access-token") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = errors.decode(errors="replace")
        if "az login" in said and "AADSTS" not in said:
            raise HalfThere("az has no sign-in: it says az login")
        raise SignInRefused(said)
    try:
        told = cast("Mapping[str, Any]", json.loads(output))
        return Token(str(told["accessToken"]), dt.datetime.fromtimestamp(int(told["expires_on"]), dt.UTC))
    except (ValueError, KeyError, TypeError) as error:
        raise Unobservable("What az says is not understood", "It must be 2.54 or newer: az upgrade") from error


def _token(answer: httpx2.Response) -> Token:
    told = _document(answer)
    if not answer.is_success or not told.get("access_token"):
        said = str(told.get("error_description") or told.get("error") or f"HTTP {answer.status_code}")
        raise SignInRefused(said)
    now = dt.datetime.now(dt.UTC)
    try:
        ends = now + dt.timedelta(seconds=int(told.get("expires_in") or 0))
    except ValueError:
        ends = now
    return Token(str(told["access_token"]), ends)


def _document(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        read: object = answer.json()
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", read) if isinstance(read, dict) else {}


def _content(sign_in: SignIn) -> bytes:
    try:
        return Path(sign_in.file).read_bytes()
    except OSError:
        is_certificate = sign_in.source is Source.CERTIFICATE
        named = _CERTIFICATE_FILE if is_certificate else _JOB_FILE
        raise unread(named, sign_in.file) from None
