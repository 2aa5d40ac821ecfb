"""Repository addresses: what a user may type, taken apart without trusting any of it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from codemie.knowledge.sources.contract import SourceProblem

_PORTS = {"https": 443, "http": 80, "ssh": 22, "file": 0}
_SCP = re.compile(r"^(?P<user>[A-Za-z0-9][\w.-]*)@(?P<host>[A-Za-z0-9][\w.-]*):(?P<path>[^/:\s][^:\s]*)$")
_HOST = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]+$")
_SSH_USER = re.compile(r"^[A-Za-z0-9][\w.-]*$")
_MAX_LENGTH = 1000
_USE = "Use an https:// or ssh:// address"


class AddressInvalid(SourceProblem):
    """The text is not an address a repository may be read from."""

    title = "Repository address not accepted"
    code = "address"


@dataclass(frozen=True, slots=True)
class RepositoryAddress:
    """An accepted address. `url` never carries a password or token."""

    url: str
    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str, *, allow_file: bool) -> "RepositoryAddress":
        """Take an https, http, ssh or `user@host:path` address, and a file address where an administrator allows it.

        Raises AddressInvalid with the reason.
        """
        text = text.strip()
        if not text or len(text) > _MAX_LENGTH or text.startswith("-") or re.search(r"[\s\x00-\x1f\x7f\\]", text):
            raise AddressInvalid("The repository address is empty, too long or holds characters that no address has")
        if scp := _SCP.match(text):
            text = f"ssh://{scp['user']}@{scp['host']}/{scp['path']}"
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise AddressInvalid("The repository address cannot be read") from error
        if "://" not in text:
            raise AddressInvalid("This is not the address of a Git repository", help=_USE)
        if parts.scheme not in _PORTS:
            raise AddressInvalid(f"Git addresses of the kind '{parts.scheme}' are not allowed", help=_USE)
        if "?" in text or "#" in text:
            raise AddressInvalid("The repository address must not have a query or a fragment")
        if parts.scheme == "file":
            return _file(text, parts.path, host=parts.netloc, allowed=allow_file)
        if parts.password is not None or (parts.username and parts.scheme != "ssh"):
            raise AddressInvalid(
                "The repository address holds credentials",
                details="They would be stored and shown in plain text.",
                help="Remove them from the address.",
            )
        host = (parts.hostname or "").lower()
        if (
            not _HOST.match(host)
            or (parts.username and not _SSH_USER.match(parts.username))
            or not parts.path.strip("/")
        ):
            raise AddressInvalid("The repository address names no host or no repository")
        return cls(text, parts.scheme, host, port or _PORTS[parts.scheme])

    def at(self, url: str) -> "RepositoryAddress":
        """Return the address a redirect leads to. Raises AddressInvalid when it leaves the accepted kinds."""
        moved = RepositoryAddress.parse(url, allow_file=False)
        if moved.scheme == "http" and self.scheme == "https":
            raise AddressInvalid("The host redirects from an encrypted to an unencrypted address")
        return moved


def _file(text: str, path: str, *, host: str, allowed: bool) -> RepositoryAddress:
    if not allowed:
        raise AddressInvalid(
            "Repositories on the server's own disk are not allowed",
            help="An administrator can allow them with the setting knowledge.git_file_urls.",
        )
    if host or not path.startswith("/") or "%00" in path:
        raise AddressInvalid("A file address needs an absolute path: file:///path/to/repository")
    return RepositoryAddress(text, "file", "", 0)


def refuse_inside(address: RepositoryAddress, forbidden: Path) -> None:
    """Refuse a file address inside the platform's own directory, where other users' repositories are copied to.

    Raises AddressInvalid. The path is taken as Git takes it: percent-encoding decoded, symbolic links followed.
    """
    if address.scheme != "file":
        return
    path = Path(os.fsdecode(unquote_to_bytes(urlsplit(address.url).path))).resolve()
    if path.is_relative_to(forbidden.resolve()):
        raise AddressInvalid("The platform's own directory cannot be a data source")
