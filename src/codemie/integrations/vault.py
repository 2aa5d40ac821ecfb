"""The vault: the only place where a stored credential is in the clear.

Whoever takes one out says for what; each use is in the audit log, with the tool, the caller and the purpose.
"""

import json
from dataclasses import dataclass
from typing import Any

from codemie.integrations.credential_values import complete
from codemie.integrations.redaction import redacted
from codemie.integrations.tables import Integration
from codemie.kernel.crypto import Cipher


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential in the clear, for the one call that needs it.

    Args:
        id: of the integration; empty for values that are not stored.
        alias: what people call it.
        credential_type: on the wire.
        values: by the names of the catalogue, defaults filled in.
    """

    id: str
    alias: str
    credential_type: str
    values: dict[str, Any]

    def redacted(self, text: str) -> str:
        """What another system said, without the secrets of this credential."""
        return redacted(text, self.credential_type, self.values)

    def __repr__(self) -> str:
        return f"Credential({self.id!r}, {self.alias!r}, {self.credential_type!r})"


class Vault:
    """Seals and opens what the rows hold; a sealed value moved to another row does not open."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def secrets(self, row: Integration) -> dict[str, Any]:
        """The row's secrets by key.

        Raises:
            DecryptionFailed: they are damaged, or their master key is not configured.
        """
        if not row.sealed:
            return {}
        opened: dict[str, Any] = json.loads(self._cipher.open(row.sealed, context=_context(row)))
        return opened

    def seal(self, row: Integration, secrets: dict[str, Any]) -> None:
        """Put secrets into the row in place of what it held."""
        row.secret_keys = sorted(secrets)
        row.sealed = self._cipher.seal(json.dumps(secrets).encode(), context=_context(row)) if secrets else None

    @property
    def key_id(self) -> str:
        """Names the master key that seals."""
        return self._cipher.key_id

    @property
    def key_ids(self) -> list[str]:
        """Names the master keys that open."""
        return self._cipher.key_ids

    def open(self, row: Integration) -> Credential:
        """The whole credential in the clear."""
        values = complete(row.credential_type, row.values, self.secrets(row))
        return Credential(row.id, row.alias, row.credential_type, values)


def _context(row: Integration) -> str:
    return f"integration:{row.id}"
