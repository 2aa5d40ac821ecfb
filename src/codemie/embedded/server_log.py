"""What a NATS server writes into its log, fit to be shown: it quotes whatever a client sent, refused keys included.

A plugin key is user, password and the first part of each subject (`"K.live"`), so the server's own lines hold it. They
stay on the machine; whoever shows some of them, or packs them for support, passes them through here.
"""

import re
from hashlib import sha256

_KEY = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{16,}")
"""Whatever could be a key, also names of servers: too much is better than one too few."""
_HASHED = re.compile(r'(?<=/user:)[0-9a-f]{64}(?=["@])')
"""Users of agents are named after the hash of their key: that may be seen, and its beginning is what audits call it."""
_MARK = 12


def without_keys(text: str) -> str:
    """The text with the mark of each key, as audits have it, in place of the key."""
    shown = _HASHED.sub(lambda match: match[0][:_MARK], text)
    return _KEY.sub(lambda match: f"[key {sha256(match[0].encode()).hexdigest()[:_MARK]}]", shown)
