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
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\]*")
"""How an address begins: what decides where a request goes."""
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
        given: names of the values that people added to what an administrator wrote down.
        lent: names of the values that come from an integration.
    """

    server: str
    environment: Mapping[str, str] = field(repr=False)
    asking: Asking
    trusted: bool
    given: frozenset[str] = frozenset()
    lent: frozenset[str] = frozenset()

    def fill(self, text: str) -> str:
        """`text` with its placeholders replaced.

        Raises:
            PlaceholderEmpty: `{{NAME}}` or `$headers.Name` has no value. Other forms may be meant literally and stay.
        """
        return self._fill(text, lambda value: value)

    def fill_url(self, text: str) -> str:
        """The same for an address: what comes from a person cannot lead to another place in it."""
        place = _PLACE.match(text)
        start = place.end() if place else 0
        return self._fill(text[:start], _quoted, _in_host) + self._fill(text[start:], _quoted)

    def fill_header(self, text: str) -> str:
        """The same for a header, in one line."""
        return _CONTROL.sub("", self.fill(text))

    def _fill(
        self, text: str, of_person: Callable[[str], str], of_given: Callable[[str], str] = lambda value: value
    ) -> str:
        def replace(found: re.Match[str]) -> str:
            name = found["curly"] or found["square"] or found["plain"]
            if name is None:
                return of_person(self._header(found["header"]))
            if name.startswith("user."):
                return of_person(self._user(name))
            if name in self.environment:
                value = self.environment[name]
                if name in self.lent:
                    return of_person(value)
                return of_given(value) if name in self.given else value
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


def names_place(url: str, given: frozenset[str]) -> bool:
    """Whether people decide where the address leads: its host ends with, or all of it is, a value that they added."""
    place = _PLACE.match(url)
    host = place[0].partition("://")[2].partition(":")[0] if place else url
    found = [(each["curly"] or each["square"] or each["plain"], each) for each in _PLACEHOLDER.finditer(host)]
    return any(name in given and (place is None or each.end() == len(host)) for name, each in found)


def names_in_host(url: str, names: frozenset[str]) -> bool:
    """Whether one of these values is a part of where the address leads."""
    place = _PLACE.match(url)
    return mentioned(place[0] if place else url, names)


def mentioned(text: str, names: frozenset[str]) -> bool:
    """Whether the text has a placeholder for one of these values."""
    return any((each["curly"] or each["square"] or each["plain"]) in names for each in _PLACEHOLDER.finditer(text))


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _in_host(value: str) -> str:
    """A port may stand behind a host; before more of it, it is none, and the address is refused."""
    return quote(value, safe=":")
