"""What a plugin key looks like, and the hash it is known by."""

import re
from collections.abc import Sequence
from hashlib import sha256

from codemie.integrations.catalogue import MASK
from codemie.integrations.schemas import SettingValue
from codemie.kernel.errors import Unprocessable

PLUGIN = "Plugin"
"""The type of credential that holds one."""
PLUGIN_KEY = "plugin_key"
_FIT = re.compile(r"[A-Za-z0-9_-]{16,128}")


def lookup_hash(secret: str) -> str:
    """What stands in tables, logs and other systems for a key: it is made of chance, so its hash gives nothing away."""
    return sha256(secret.encode()).hexdigest()


def is_fit(key: str) -> bool:
    """Whether a key can be one token of a NATS subject, and is long enough not to be guessed."""
    return _FIT.fullmatch(key) is not None


def refuse_unfit(sent: Sequence[SettingValue]) -> None:
    """Raise for a plugin key that no agent could connect with.

    Raises:
        Unprocessable: it is too short, or has characters that mean something in a NATS subject.
    """
    for item in sent:
        if item.key == PLUGIN_KEY and item.value not in (None, "", MASK) and not is_fit(str(item.value)):
            raise Unprocessable(
                "Invalid plugin key",
                details="A plugin key has 16 to 128 characters: letters, digits, '_' and '-'.",
                help="Create one on the page Plugins, or take a fresh UUID.",
            )
