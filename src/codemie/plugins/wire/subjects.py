"""Who is asked for what: the subjects of NATS that make up the plugin protocol.

A plugin key is identity, password and address at once, so subjects hold a secret: log `key_mark`, never a subject.

    K.list                  who is there, with which tools     platform → agents
    K.live, K.live.reply    I am here; what the platform says  agent → platform, and back
    K.disconnected          I am leaving                       agent → platform
    K.S.L.T                 run tool T of session S, label L   platform → one agent
    K.S.L.cancel            stop a call (our own agent)        platform → one agent
"""

import hashlib
import re
from dataclasses import dataclass

from codemie.kernel.errors import InvalidInput

NEW_KEY = re.compile(r"[A-Za-z0-9_-]{32,128}")
_OLD_KEY = re.compile(r"[!-~]{16,256}")
_TOKEN = re.compile(r"[^\s.*>\x00-\x1f\x7f\ud800-\udfff]{1,256}")

LIVE_OF_ALL = "*.live"
DISCONNECTED_OF_ALL = "*.disconnected"
CANCEL = "cancel"
"""Cannot clash with a tool: their names begin with an underscore."""


class BadSubject(InvalidInput):
    """A key, label or name that cannot be part of a subject."""

    title = "This cannot be a subject of the plugin protocol"


def is_token(text: str) -> bool:
    """Whether a text can be one part of a subject: not empty, no blank, no `.`, `*` or `>`."""
    return _TOKEN.fullmatch(text) is not None


def is_new_key(key: str) -> bool:
    """Whether a key is good enough to be issued: 32 to 128 letters, digits, `_` and `-`."""
    return NEW_KEY.fullmatch(key) is not None


def is_key(key: str) -> bool:
    """Whether a key can be used: also the shorter or odder ones that people brought along (16 characters at least)."""
    return is_token(key) and _OLD_KEY.fullmatch(key) is not None


def key_hash(key: str) -> str:
    """What a key is looked up by: SHA-256 in 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_mark(key: str) -> str:
    """What logs, metrics and audits call a key: the first twelve digits of its hash."""
    return key_hash(key)[:12]


def token_of(text: str) -> str:
    """A text as one part of a subject: `my.repo` → `my-repo`; `default` when nothing is left."""
    return re.sub(r"[\s.*>\x00-\x1f\x7f]+", "-", text).strip("-")[:256] or "default"


@dataclass(frozen=True, slots=True)
class SessionAddress:
    """One agent process: the key it has, its session id (a UUID as text), its label.

    Raises:
        BadSubject: one of them is not a token.
    """

    key: str
    session: str
    label: str

    def __post_init__(self) -> None:
        for name, part in (("plugin key", self.key), ("session id", self.session), ("label", self.label)):
            if not is_token(part):
                raise BadSubject(
                    details=f"The {name} is empty, too long, or has a blank, `.`, `*` or `>` in it.",
                    help="Set PLUGIN_LABEL, or rename the directory." if name == "label" else None,
                )

    def tool(self, name: str) -> str:
        """The subject of one tool.

        Raises:
            BadSubject: its name is not a token; such a tool is listed but can never be called.
        """
        if not is_token(name):
            raise BadSubject(details="The name of the tool is empty, too long, or has a blank, `.`, `*` or `>` in it.")
        return f"{self.key}.{self.session}.{self.label}.{name}"

    @property
    def every_tool(self) -> str:
        """What the agent subscribes to."""
        return f"{self.key}.{self.session}.{self.label}.*"

    @property
    def cancel(self) -> str:
        return f"{self.key}.{self.session}.{self.label}.{CANCEL}"


def parse_tool_subject(subject: str) -> tuple[SessionAddress, str]:
    """`K.S.L.T` → where, and which tool.

    Raises:
        BadSubject: it does not have exactly four parts, which also means that it cannot be called.
    """
    parts = subject.split(".")
    if len(parts) != 4 or not is_token(parts[3]):
        raise BadSubject(details="The subject of a tool has four parts: key, session, label, tool.")
    return SessionAddress(*parts[:3]), parts[3]


def list_subject(key: str) -> str:
    return f"{key}.list"


def live_subject(key: str) -> str:
    return f"{key}.live"


def live_reply_subject(key: str) -> str:
    return f"{key}.live.reply"


def disconnected_subject(key: str) -> str:
    return f"{key}.disconnected"
