"""Values in a server's address, headers and arguments: `{{NAME}}`, `[NAME]`, `$NAME`, `$headers.Name`.

Nothing is evaluated: a placeholder is replaced by a text that is not looked at again.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from codemie.kernel.errors import Unprocessable
from codemie.mcp.asking import Asking

_PLACEHOLDER = re.compile(
    r"\{\{\s*(?P<curly>[A-Za-z_][\w.-]*)\s*\}\}|\[(?P<square>[A-Za-z_][\w.]*)\]"
    r"|\$headers\.(?P<header>[A-Za-z][\w-]*)|\$(?P<plain>[A-Za-z_]\w*)"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class PlaceholderEmpty(Unprocessable):
    """A placeholder has no value."""

    title = "A value for the MCP server is missing"


@dataclass(frozen=True, slots=True)
class Values:
    """What placeholders of one server stand for.

    Args:
        server: the server's name, for messages.
        environment: values by name.
        asking: who asks.
        trusted: whether an administrator wrote the server down, so that it may be given the caller's token.
    """

    server: str
    environment: Mapping[str, str] = field(repr=False)
    asking: Asking
    trusted: bool

    def fill(self, text: str) -> str:
        """`text` with its placeholders replaced.

        Raises:
            PlaceholderEmpty: `{{NAME}}` or `$headers.Name` has no value. Other forms may be meant literally and stay.
        """
        return self._fill(text, lambda value: value)

    def fill_url(self, text: str) -> str:
        """The same for an address: what comes from a person cannot lead to another place in it."""
        return self._fill(text, lambda value: quote(value, safe=""))

    def fill_header(self, text: str) -> str:
        """The same for a header, in one line."""
        return _CONTROL.sub("", self.fill(text))

    def _fill(self, text: str, of_person: Callable[[str], str]) -> str:
        def replace(found: re.Match[str]) -> str:
            name = found["curly"] or found["square"] or found["plain"]
            if name is None:
                return of_person(self._header(found["header"]))
            if name.startswith("user."):
                return of_person(self._user(name))
            if name in self.environment:
                return self.environment[name]
            if found["curly"]:
                raise self._missing(name, "It is neither in the server's environment nor known of the user.")
            return found[0]

        return _PLACEHOLDER.sub(replace, text)

    def _header(self, name: str) -> str:
        value = self.asking.headers.get(name.lower())
        if value is None:
            raise self._missing(f"headers.{name}", "The request carries no such header that may be passed on.")
        return value

    def _user(self, name: str) -> str:
        caller = self.asking.caller
        known = {"user.name": caller.name, "user.username": caller.username, "user.email": caller.email}
        if name == "user.token":
            return self._token()
        if name not in known:
            raise self._missing(name, "Known of the user: name, username, email, token.")
        return known[name]

    def _token(self) -> str:
        if not self.trusted:
            raise self._missing(
                "user.token", "A user's token goes only to servers of the catalogue, which administrators keep."
            )
        if self.asking.token is None:
            raise self._missing("user.token", "This request was not made with a token of the identity provider.")
        return self.asking.token

    def _missing(self, name: str, reason: str) -> PlaceholderEmpty:
        return PlaceholderEmpty(
            f"The MCP server '{self.server}' needs a value for '{name}'",
            details=reason,
            help="Edit the server's settings in the assistant, or ask whoever made the assistant.",
        )
