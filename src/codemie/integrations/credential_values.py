"""The values of a credential: what is stored in the open, what is sealed, what is shown, what is refused."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from codemie.integrations.catalogue import MASK, PLACEHOLDER, TYPES, is_secret
from codemie.integrations.git_servers import AZURE_REPOSITORY, BY_NAME, KIND_KEY, STATED
from codemie.integrations.plugin_key import PLUGIN, refuse_unfit
from codemie.integrations.schemas import SettingValue
from codemie.kernel.errors import Unprocessable

Json = dict[str, Any]

_GITHUB_APP = ("app_id", "private_key", "installation_id")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def divided(
    credential_type: str, sent: Iterable[SettingValue], stored: Mapping[str, Any]
) -> tuple[list[Json], dict[str, Any]]:
    """What a client sent, as it is stored: the list in its order without secrets, and the secrets by key.

    Keys that were not sent are gone. The mask keeps the stored secret; an empty secret clears it.

    Args:
        credential_type: on the wire.
        sent: by the client.
        stored: the secrets so far, in the clear.
    """
    shown: list[Json] = []
    secrets: dict[str, Any] = {}
    for item in sent:
        value = item.value
        secret = is_secret(credential_type, item.key)
        if secret and value == MASK:
            value = stored.get(item.key, "")
        if not secret or value in (None, "", PLACEHOLDER):
            shown.append({"key": item.key, "value": value})
        else:
            shown.append({"key": item.key})
            secrets[item.key] = value
    return shown, secrets


def masked(shown: Iterable[Json], secret_keys: Iterable[str]) -> list[SettingValue]:
    """What clients see."""
    sealed = set(secret_keys)
    return [SettingValue(key=item["key"], value=MASK if item["key"] in sealed else item.get("value")) for item in shown]


def complete(credential_type: str, shown: Iterable[Json], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Every value by its key in the clear, under the names of the catalogue, defaults filled in."""
    kind = TYPES[credential_type]
    values: dict[str, Any] = {}
    for item in shown:
        known = kind.key(item["key"])
        values[known.name if known else item["key"]] = secrets.get(item["key"], item.get("value"))
    for key in kind.keys:
        if values.get(key.name) in (None, "") and key.default is not None:
            values[key.name] = key.default
    return values


def tidied(credential_type: str, sent: list[SettingValue]) -> list[SettingValue]:
    """The same, with the address of a Git or Subversion server as it is compared later.

    Raises:
        Unprocessable: a key stands twice, or the values contradict each other.
    """
    keys = [item.key for item in sent]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise Unprocessable(
            "Invalid credential values", details=f"Sent more than once: {', '.join(twice)}.", help="Send each key once."
        )
    if credential_type == PLUGIN:
        refuse_unfit(sent)
    if credential_type not in ("Git", "SVN"):
        return sent
    if credential_type == "Git":
        _refuse_contradictions({item.key: item.value for item in sent})
    return [_reduced(item) if item.key == "url" else item for item in sent]


def _reduced(item: SettingValue) -> SettingValue:
    """A repository keeps its address, at Azure DevOps without .git at its end; anything else is its server's."""
    address = item.value
    if not isinstance(address, str) or address.endswith(".git") or AZURE_REPOSITORY in address:
        return item
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return item  # no address: its connection test says so
    reduced = f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else address.strip()
    return SettingValue(key="url", value=reduced)


def _refuse_contradictions(values: Mapping[str, Any]) -> None:
    """Git knows two ways to sign in, whose keys must not mix."""
    stated = values.get(KIND_KEY) or BY_NAME
    if stated not in (BY_NAME, *STATED):
        raise _git(f"{KIND_KEY} is one of {', '.join((BY_NAME, *STATED))}, not {stated!r}.")
    way = values.get("auth_type") or "pat"
    if way == "github_app" and stated not in (BY_NAME, "github"):
        raise _git(f"A GitHub App cannot sign in at a server of kind '{stated}'.")
    if way == "pat":
        if any(values.get(name) for name in _GITHUB_APP):
            raise _git(f"With auth_type 'pat' the keys {', '.join(_GITHUB_APP)} must be empty.")
        if not values.get("token"):
            raise _git("With auth_type 'pat' a token is needed.")
    elif way == "github_app":
        _refuse_no_app(values)
    else:
        raise _git(f"auth_type is 'pat' or 'github_app', not {way!r}.")


def _refuse_no_app(values: Mapping[str, Any]) -> None:
    if values.get("token"):
        raise _git("With auth_type 'github_app' the token must be empty.")
    if not str(values.get("app_id") or "").isdigit():
        raise _git("With auth_type 'github_app' a numeric app_id is needed.")
    installation = values.get("installation_id")
    if installation and not str(installation).isdigit():
        raise _git("installation_id must be a number.")
    key = values.get("private_key")
    if key != MASK and not (isinstance(key, str) and _PEM.search(key)):
        raise _git("With auth_type 'github_app' a private_key in PEM form is needed.")


def _git(details: str) -> Unprocessable:
    return Unprocessable("Invalid Git credentials", details=details, help="Correct the values and save again.")
