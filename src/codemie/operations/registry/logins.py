"""Logins of registries, from the file that docker, podman and helm keep them in."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from codemie.kernel.errors import ConfigurationError
from codemie.operations.registry.names import HUB

_HUB_NAMES = {HUB, "index.docker.io", "registry-1.docker.io"}
Logins = Mapping[str, str]
"""Host → user and password, as `user:password`."""


def read_logins(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The logins of whoever runs this; none where there is no file. Credential helpers are not asked.

    Raises:
        ConfigurationError: the file is not what it should be.
    """
    folder = environment.get("DOCKER_CONFIG") or Path(environment.get("HOME", "~")).expanduser() / ".docker"
    file = Path(folder) / "config.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        kept = cast("dict[str, dict[str, Any]]", document.get("auths") or {})
        return {host_of(address): found for address, login in kept.items() if (found := _pair(login))}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            "The logins of registries cannot be read",
            details=f"{file}: {type(error).__name__}",
            help="'docker login HOST' writes it anew; DOCKER_CONFIG names another folder",
        ) from None


def host_of(address: str) -> str:
    """The registry that an address of the file is for."""
    host = (address.partition("://")[2] or address).partition("/")[0]
    return HUB if host in _HUB_NAMES else host


def _pair(login: Mapping[str, Any]) -> str:
    if login.get("username") and login.get("password"):
        return f"{login['username']}:{login['password']}"
    return base64.b64decode(str(login.get("auth") or "")).decode()
