"""Signing keys in the database, sealed under the master key, shared by all replicas."""

import time

from joserfc.jwk import RSAKey

from codemie.identity import repository
from codemie.identity.settings import IdentitySettings
from codemie.identity.tables import SigningKey
from codemie.identity.tokens import KEY_BITS, Claims, KeyRing, UnknownSigningKey
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database, new_id

RELOAD_SECONDS = 10.0
"""A flood of tokens with invented key ids costs at most one query in this time."""


class SigningKeys:
    """The key ring, kept up to date with the database.

    Args:
        database: where the sealed keys are.
        cipher: seals the private halves.
        settings: what tokens contain.
    """

    def __init__(self, database: Database, cipher: Cipher, settings: IdentitySettings) -> None:
        self._database = database
        self._cipher = cipher
        self._settings = settings
        self._ring: KeyRing | None = None
        self._loaded_at = 0.0

    async def ring(self) -> KeyRing:
        """The current ring; the first call loads it, and makes the first key of the installation."""
        return self._ring or await self._load()

    async def verify(self, token: str) -> Claims:
        """Check a token, looking once for a key that another replica may have made since.

        Raises:
            NotAuthenticated: the token is not valid.
        """
        ring = await self.ring()
        try:
            return ring.verify(token)
        except UnknownSigningKey:
            if time.monotonic() - self._loaded_at < RELOAD_SECONDS:
                raise
            return (await self._load()).verify(token)

    async def _load(self) -> KeyRing:
        self._loaded_at = time.monotonic()
        async with self._database.session() as session:
            rows = await repository.signing_keys(session)
            if not rows:
                await repository.lock(session, repository.SIGNING_KEY_LOCK)
                rows = await repository.signing_keys(session)
            if not rows:
                rows = [self._new_key()]
                session.add(rows[0])
            keys = {row.id: self._open(row) for row in rows}
        self._ring = KeyRing(keys, rows[0].id, self._settings)
        return self._ring

    def _new_key(self) -> SigningKey:
        key_id = new_id()
        private = RSAKey.generate_key(KEY_BITS).as_der(private=True)
        return SigningKey(id=key_id, private_key=self._cipher.seal(private, context=_context(key_id)))

    def _open(self, row: SigningKey) -> RSAKey:
        """The key of a row; the row is sealed anew when the master key was rotated."""
        private = self._cipher.open(row.private_key, context=_context(row.id))
        if not self._cipher.is_current(row.private_key):
            row.private_key = self._cipher.seal(private, context=_context(row.id))
        return RSAKey.import_key(private)


def _context(key_id: str) -> str:
    return f"signing-key:{key_id}"
