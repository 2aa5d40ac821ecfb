"""Who is signed in to Azure on this machine: found as Terraform's provider finds it, in the same order.

https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs#authenticating-to-azure
"""

import base64
import datetime as dt
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, cast


class Source(StrEnum):
    """Where a sign-in is from; the words are for people."""

    CERTIFICATE = "the certificate of an application (ARM_CLIENT_CERTIFICATE)"
    SECRET = "the secret of an application (ARM_CLIENT_SECRET)"  # noqa: S105 - no password
    FEDERATED = "the identity of this job (OpenID Connect)"
    MACHINE = "the identity of this machine (ARM_USE_MSI)"
    AZ = "the sign-in of az"


class HalfThere(Exception):
    """A sign-in is chosen, and something of it is missing."""


@dataclass(frozen=True)
class SignIn:
    """By what tokens are asked for.

    Attributes:
        tenant: id or domain; empty where the source knows.
        client: id of the application; empty likewise.
        given: the secret, the certificate's password or the token itself; never shown.
        file: from where it is read anew each time, or the certificate's.
        content: of the certificate where no file holds it, in base64.
        request: address at which the job is given a token of itself, and the token for that.
        connection: of Azure DevOps, for which the job asks; empty elsewhere.
        is_renewed: whether a new token can be had without a person.
    """

    source: Source
    tenant: str = ""
    client: str = ""
    given: str = field(default="", repr=False)
    file: str = ""
    content: str = field(default="", repr=False)
    request: tuple[str, str] = field(default=("", ""), repr=False)
    connection: str = ""
    is_renewed: bool = True


@dataclass(frozen=True)
class Token:
    """What opens the doors.

    Attributes:
        text: itself; never shown.
        ends: when it stops to.
    """

    text: str = field(repr=False)
    ends: dt.datetime

    @property
    def claims(self) -> Mapping[str, Any]:
        """What it says of its bearer: `oid`, `tid`, `appid`. Nobody here looks at its signature: Azure does."""
        parts = self.text.split(".")
        try:
            read: object = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except (IndexError, ValueError):
            return {}
        return cast("Mapping[str, Any]", read) if isinstance(read, dict) else {}


def sign_in_of(environment: Mapping[str, str]) -> SignIn | None:
    """The sign-in that Terraform would use; None where there is none.

    Args:
        environment: variables of this process.

    Raises:
        HalfThere: one is chosen, and something of it is missing.
    """
    tenant, client = environment.get("ARM_TENANT_ID", ""), _text(environment, "ARM_CLIENT_ID")
    file, content = environment.get("ARM_CLIENT_CERTIFICATE_PATH", ""), environment.get("ARM_CLIENT_CERTIFICATE", "")
    if file or content:
        _complete(tenant, client)
        password = environment.get("ARM_CLIENT_CERTIFICATE_PASSWORD", "")
        return SignIn(Source.CERTIFICATE, tenant, client, given=password, file=file, content=content)
    if secret := _text(environment, "ARM_CLIENT_SECRET"):
        _complete(tenant, client)
        return SignIn(Source.SECRET, tenant, client, given=secret)
    if federated := _federated(environment, tenant, client):
        return federated
    if _is_on(environment, "ARM_USE_MSI"):
        return SignIn(Source.MACHINE, tenant, client)
    if environment.get("ARM_USE_CLI", "true").lower() == "true" and shutil.which("az", path=environment.get("PATH")):
        return SignIn(Source.AZ, tenant)
    return None


def _federated(environment: Mapping[str, str], tenant: str, client: str) -> SignIn | None:
    if _is_on(environment, "ARM_USE_AKS_WORKLOAD_IDENTITY"):
        tenant, client = (
            tenant or environment.get("AZURE_TENANT_ID", ""),
            client or environment.get("AZURE_CLIENT_ID", ""),
        )
        _complete(tenant, client)
        return SignIn(Source.FEDERATED, tenant, client, file=environment.get("AZURE_FEDERATED_TOKEN_FILE", ""))
    if not _is_on(environment, "ARM_USE_OIDC"):
        return None
    _complete(tenant, client)
    if given := environment.get("ARM_OIDC_TOKEN"):
        return SignIn(Source.FEDERATED, tenant, client, given=given, is_renewed=False)
    if file := environment.get("ARM_OIDC_TOKEN_FILE_PATH"):
        return SignIn(Source.FEDERATED, tenant, client, file=file)
    connection = _first(environment, "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID")
    for url, token in (
        ("ARM_OIDC_REQUEST_URL", "ARM_OIDC_REQUEST_TOKEN"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        ("SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"),
    ):
        request = (environment.get(url, ""), environment.get(token, ""))
        if all(request):
            return SignIn(Source.FEDERATED, tenant, client, request=request, connection=connection)
    raise HalfThere(
        "ARM_USE_OIDC is set, and there is no token: neither ARM_OIDC_TOKEN, nor a file or an address of it"
    )


def _first(environment: Mapping[str, str], *names: str) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _complete(tenant: str, client: str) -> None:
    missing = [name for name, value in (("ARM_TENANT_ID", tenant), ("ARM_CLIENT_ID", client)) if not value]
    if missing:
        raise HalfThere(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set")


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in {"true", "1"}


def _text(environment: Mapping[str, str], name: str) -> str:
    """A variable, or the content of the file that its sibling names."""
    if value := environment.get(name):
        return value
    file = environment.get(f"{name}_FILE_PATH")
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        # What was read, or the path that is none, is not told in a traceback either.
        raise unread(f"{name}_FILE_PATH", file) from None


def unread(variable: str, file: str) -> HalfThere:
    """What is said of a file that cannot be read: what is no path may be the secret itself, and is not shown.

    Args:
        variable: that names the file.
        file: what it names.
    """
    if os.path.lexists(file):
        return HalfThere(f"{variable} names {file}, which cannot be read")
    return HalfThere(f"{variable} names no file that is there: it takes the path of a file, not what is in it")
