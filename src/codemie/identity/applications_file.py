"""The list of applications outside that the operator vouches for, read once at the start."""

from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from codemie.kernel.errors import ConfigurationError

_SETTING = "identity.applications_file (CODEMIE_IDENTITY_APPLICATIONS_FILE)"


class Application(BaseModel):
    """One application: who it is, what checks its signatures, what may be granted to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    public_key_url: str | None = None
    public_key_path: Path | None = None
    allowed_resources: tuple[Literal["datasource"], ...] = ()

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.public_key_url is None) == (self.public_key_path is None):
            raise ValueError("give either public_key_url or public_key_path")
        return self

    def beside(self, listing: Path) -> Self:
        """The same, with a relative path understood from the folder of the list."""
        if self.public_key_path is None:
            return self
        return self.model_copy(update={"public_key_path": listing.parent / self.public_key_path})


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    authorized_applications: tuple[Application, ...] = ()


def read(path: Path, key_domains: tuple[str, ...], taken: frozenset[str]) -> dict[str, Application]:
    """The applications by name.

    Args:
        path: of the YAML file.
        key_domains: where keys may be fetched from.
        taken: issuers that are somebody else.

    Raises:
        ConfigurationError: the file cannot be read, or an entry cannot be trusted.
    """
    try:
        document = _Document.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{_SETTING} names a file that cannot be used: {path}", details=str(error)) from error
    found: dict[str, Application] = {}
    for application in document.authorized_applications:
        if application.name in found or application.name in taken:
            raise ConfigurationError(f"{_SETTING}: the name '{application.name}' is taken", help="Names are issuers.")
        if application.public_key_url is not None:
            _require_allowed(application.name, application.public_key_url, key_domains)
        found[application.name] = application.beside(path)
    return found


def _require_allowed(name: str, url: str, domains: tuple[str, ...]) -> None:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    listed = any(host == domain or host.endswith(f".{domain}") for domain in domains)
    if parts.scheme != "https" or parts.username is not None or _is_address(host) or not listed:
        raise ConfigurationError(
            f"{_SETTING}: the key of '{name}' must come by https from a host in identity.applications_key_domains",
            details=f"It is said to be at {host or 'no host'}.",
        )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
