"""Checks of the master keys: they can be read, all that are needed are there, and what is stored opens."""

from collections.abc import Callable

from sqlalchemy.engine import RowMapping

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed
from codemie.kernel.crypto import Cipher, DecryptionFailed
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.operations import rotation
from codemie.operations.sealed_columns import SEALED_COLUMNS, SealedColumn

_PUT_BACK = "Put the former key back, in master.key or CODEMIE_MASTER_KEY: several are taken, newest first"


class MasterKeys:
    """The master keys of this installation, read when first asked for.

    Args:
        read: gives the cipher, and may refuse with ``ConfigurationError``.
    """

    def __init__(self, read: Callable[[], Cipher]) -> None:
        self._read = read
        self._cipher: Cipher | None = None

    def cipher(self) -> Cipher:
        """What seals and opens."""
        if self._cipher is None:
            self._cipher = self._read()
        return self._cipher


@check(
    "crypto.keys",
    title="The master keys can be read",
    symptom="The API refuses to start and names the master key.",
    remedy=(_PUT_BACK, "See which keys are in use: codemiectl secrets status"),
    faq=("F12", "F53"),
)
async def readable(keys: MasterKeys) -> Finding:
    """The key file is gone or damaged, the variable holds something else, or the key service refuses."""
    try:
        found = keys.cipher().key_ids
    except (CodeMieError, OSError) as error:
        return failed(str(error), *readable.remedy)
    return passed("1 key opens" if len(found) == 1 else f"{len(found)} keys open", keys=", ".join(found))


@check(
    "crypto.missing_keys",
    title="Every key that secrets are under is there",
    symptom="Integrations and sign-ins fail: “a stored secret was encrypted with a master key that is not configured”.",
    remedy=(_PUT_BACK, "Bring everything under the newest key: codemiectl secrets rotate --allow-write"),
    faq=("F12",),
    needs=("crypto.keys", "db.schema"),
)
async def missing(keys: MasterKeys, database: Database) -> Finding:
    """A former key was taken away before everything under it was brought under the new one, or the home was lost."""
    used = await rotation.keys_in_use(database)
    lost = {key: count for key, count in used.items() if key not in keys.cipher().key_ids}
    if lost:
        detail = f"{sum(lost.values())} secrets are under keys that are not configured: {', '.join(lost)}"
        return failed(detail, *missing.remedy, **{f"key {key}": f"{count} secrets" for key, count in lost.items()})
    return passed(f"Stored secrets whose key is there: {used.total()} of {used.total()}")


@check(
    "crypto.roundtrip",
    title="Stored secrets open",
    symptom="One integration, sign-in or assistant fails with “a stored secret could not be decrypted”.",
    remedy=(
        "Enter the secret again where it belongs",
        "If the database was restored, restore the one that belongs to this home's keys",
    ),
    faq=("F12",),
    needs=("crypto.missing_keys",),
    timeout=60,
)
async def roundtrip(keys: MasterKeys, database: Database) -> Finding:
    """A row was copied by hand or damaged: a secret is bound to its row and opens nowhere else."""
    cipher = keys.cipher()
    context = "doctor:roundtrip"
    if cipher.open(cipher.seal(b"opens", context=context), context=context) != b"opens":
        return failed("What was sealed just now does not open", *roundtrip.remedy)
    tried, broken = 0, dict[str, int]()
    for column in SEALED_COLUMNS:
        async for rows in rotation.stored(database, column):
            outcomes = [_opens(cipher, column, row) for row in rows]
            tried += len(outcomes)
            if damaged := outcomes.count(False):
                broken[column.name] = broken.get(column.name, 0) + damaged
    if broken:
        return failed(f"Secrets that do not open: in {', '.join(broken)}", *roundtrip.remedy, **broken)
    return passed(f"Rows with secrets that open: {tried} of {tried}")


def _opens(cipher: Cipher, column: SealedColumn, row: RowMapping) -> bool:
    try:
        for sealed in rotation.sealed_of(column, row):
            cipher.open(sealed, context=column.context(row))
    except DecryptionFailed:
        return False
    return True


CHECKS = (readable, missing, roundtrip)
