"""Who is signed in to Google Cloud: looked for where Terraform's provider looks, in the same order.

The order is that of the provider (its guide "provider reference", registry.terraform.io/providers/hashicorp/google) and
of Google's own libraries behind it (cloud.google.com/docs/authentication/application-default-credentials).
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, cast

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN, MACHINE, PERSON, KEY = "token", "machine", "authorized_user", "service_account"
_TOKEN_VARIABLE = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
_WRITTEN = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON")
_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_IMPERSONATED = "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"
_USUAL = "application_default_credentials.json"
_LIFETIME_SECONDS = 3600
_KINDS = {
    KEY: "the key of a service account",
    PERSON: "a person's sign-in by gcloud",
    "external_account": "an identity of elsewhere (workload identity federation)",
    "external_account_authorized_user": "a person's sign-in by a workforce pool",
    "impersonated_service_account": "a service account that is impersonated",
    TOKEN: "a token",
    MACHINE: "the account of this machine",
}


class Unusable(Exception):
    """There is something to sign in with, and it is broken; says where and how."""


@dataclass(frozen=True)
class Source:
    """What is signed in with; nothing secret of it is shown.

    Attributes:
        kind: as its file says of itself, or `token` or `machine`.
        place: the variable or file that it is from.
        who: the account, where it is told without asking.
        project: the one that it says it belongs to; empty where it says none.
        impersonates: the service account that is acted as; empty: none.
        quota_project: whose limits a person's calls count for; empty: none is told.
        content: what it holds.
    """

    kind: str
    place: str
    who: str = ""
    project: str = ""
    impersonates: str = ""
    quota_project: str = ""
    content: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def sentence(self) -> str:
        """For people."""
        acting = f", acting as {self.impersonates}" if self.impersonates else ""
        return f"{_KINDS.get(self.kind, self.kind)}, from {self.place}{acting}"

    @property
    def is_person(self) -> bool:
        """Whether somebody has to sign in again when it ends."""
        return self.kind in {PERSON, "external_account_authorized_user"}


def find(environment: Mapping[str, str]) -> Source | None:
    """What there is to sign in with; None where there is nothing. Whether Google takes it is not known yet.

    Args:
        environment: variables of the process.

    Raises:
        Unusable: what is named is not there, or cannot be read.
    """
    acts_as = environment.get(_IMPERSONATED, "")
    if token := environment.get(_TOKEN_VARIABLE, ""):
        return Source(TOKEN, _TOKEN_VARIABLE, impersonates=acts_as, content={"token": token})
    for name in _WRITTEN:
        if written := environment.get(name, "").strip():
            text = written if written.startswith("{") else _read_if_path(written, name)
            return _described(text, name, acts_as, environment)
    if named := environment.get(_FILE, ""):
        if named.lstrip().startswith("{"):
            raise Unusable(f"{_FILE} holds the credentials themselves: name a file with them, or give {_WRITTEN[0]}")
        return _described(_read(Path(named).expanduser(), _FILE), f"{named} ({_FILE})", acts_as, environment)
    usual = _folder(environment) / _USUAL
    if usual.is_file():
        return _described(_read(usual, "gcloud"), str(usual), acts_as, environment)
    if _is_at_google(environment):
        return Source(MACHINE, "its metadata server", impersonates=acts_as)
    return None


def _folder(environment: Mapping[str, str]) -> Path:
    """Where gcloud keeps what it knows."""
    if chosen := environment.get("CLOUDSDK_CONFIG"):
        return Path(chosen)
    if windows := environment.get("APPDATA"):
        return Path(windows) / "gcloud"
    return Path(environment.get("HOME") or Path.home()) / ".config" / "gcloud"


def _is_at_google(environment: Mapping[str, str]) -> bool:
    """Whether this machine is one of Google's: nobody is asked, for elsewhere the address is somebody else's."""
    if environment.get("NO_GCE_CHECK", "").lower() == "true":
        return False
    if environment.get("GCE_METADATA_HOST"):
        return True
    try:
        return Path("/sys/class/dmi/id/product_name").read_text(encoding="utf-8").strip().startswith("Google")
    except OSError:
        return False


def _read(file: Path, of: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise Unusable(f"{of} names {file}, which cannot be read: {type(error).__name__}") from error


def _read_if_path(written: str, of: str) -> str:
    """What a variable may hold itself is not shown: a key in base64 or in quotes is taken for a path."""
    try:
        return Path(written).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeError, ValueError, RuntimeError) as error:
        raise Unusable(f"{of} holds neither JSON nor the path of a file that can be read") from error


def _described(text: str, place: str, acts_as: str, environment: Mapping[str, str]) -> Source:
    try:
        told: Any = json.loads(text)
    except ValueError as error:
        raise Unusable(f"{place} holds no JSON") from error
    if not isinstance(told, dict) or "type" not in told:
        raise Unusable(f"{place} holds no credentials of Google: it has no type")
    content = cast("dict[str, Any]", told)
    kind, url = str(content["type"]), str(content.get("service_account_impersonation_url") or "")
    if kind not in _KINDS or kind in {TOKEN, MACHINE}:
        raise Unusable(f"{place} is of the type {kind}, with which Terraform cannot sign in")
    return Source(
        kind,
        place,
        who=str(content.get("client_email") or content.get("account") or ""),
        project=str(content.get("project_id") or ""),
        impersonates=acts_as or url.rpartition("/")[2].partition(":")[0],
        quota_project=str(environment.get("GOOGLE_CLOUD_QUOTA_PROJECT") or content.get("quota_project_id") or ""),
        content=content,
    )


@dataclass(frozen=True)
class Signed:
    """A token that Google gave.

    Attributes:
        token: secret.
        ends: when; None where it is not told.
    """

    token: str = field(repr=False)
    ends: dt.datetime | None


def sign_in(source: Source, request: Callable[..., Any]) -> Signed:
    """Get a token; google-auth does it, by whichever way the source has.

    Args:
        source: what there is.
        request: how google-auth is to ask: a `google.auth.transport.Request`.

    Raises:
        GoogleAuthError: of google-auth: Google does not take it, or nobody answers.
        ValueError: what the source holds is incomplete.
    """
    credentials = _credentials(source)
    if source.kind == TOKEN and not _acts_by_variable(source):
        return Signed(str(source.content["token"]), None)
    credentials.refresh(request)
    ends = credentials.expiry
    return Signed(str(credentials.token), ends.replace(tzinfo=dt.UTC) if ends else None)


def _acts_by_variable(source: Source) -> bool:
    """Whether the variable asks for another account than the source is: files say so themselves."""
    return bool(source.impersonates) and "service_account_impersonation_url" not in source.content


def _credentials(source: Source) -> Any:
    own = _own(source)
    if not _acts_by_variable(source):
        return own
    return _module("auth.impersonated_credentials").Credentials(
        source_credentials=own,
        target_principal=source.impersonates,
        target_scopes=[SCOPE],
        lifetime=_LIFETIME_SECONDS,
    )


def _own(source: Source) -> Any:
    content, scopes = dict(source.content), [SCOPE]
    match source.kind:
        case "token":
            own: Any = _module("oauth2.credentials").Credentials(token=content["token"])
        case "machine":
            own = _module("auth.compute_engine").Credentials(scopes=scopes)
        case "service_account":
            own = _module("oauth2.service_account").Credentials.from_service_account_info(content, scopes=scopes)
        case "authorized_user":
            own = _module("oauth2.credentials").Credentials.from_authorized_user_info(content)
        case "external_account_authorized_user":
            own = _module("auth.external_account_authorized_user").Credentials.from_info(content, scopes=scopes)
        case "impersonated_service_account":
            made = _module("auth.impersonated_credentials").Credentials
            own = made.from_impersonated_service_account_info(content, scopes=scopes)
        case _:
            own = _module(f"auth.{_pool(content)}").Credentials.from_info(content, scopes=scopes)
    return own


def _pool(content: Mapping[str, Any]) -> str:
    """How an identity of elsewhere is proven: by AWS, by a program, or by a file or address with a token."""
    if content.get("subject_token_type") == "urn:ietf:params:aws:token-type:aws4_request":
        return "aws"
    return "pluggable" if "executable" in (content.get("credential_source") or {}) else "identity_pool"


def _module(name: str) -> Any:
    # Untyped in parts, and takes a third of a second.
    return import_module(f"google.{name}")
