"""`codemiectl secrets`: which master keys are in use, and their exchange while the platform runs."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codemie.cli.exits import Refused
from codemie.cli.installation import database_address

if TYPE_CHECKING:
    from codemie.kernel.crypto import Cipher
    from codemie.kernel.database import Database
    from codemie.kernel.master_keys import FileKeys
    from codemie.settings import Settings

Work = Callable[["Database"], Awaitable[Any]]


def status() -> None:
    """Print under which keys the stored secrets are, and which keys are configured.

    Raises:
        Refused: the database is not there.
    """
    from codemie.operations.rotation import keys_in_use

    settings = _settings()
    cipher = _cipher(settings)
    found = asyncio.run(_in_database(settings, keys_in_use))
    print(f"Seals: {cipher.key_id}")
    for identity in cipher.key_ids:
        print(f"  {identity}  {_counted(found.pop(identity, 0))}")
    for identity, count in found.items():
        print(f"  {identity}  {_counted(count)}  MISSING: put this key back, or what is under it is lost")
    if found:
        raise SystemExit(1)


def _counted(secrets: int) -> str:
    return "1 secret" if secrets == 1 else f"{secrets} secrets"


@dataclass(frozen=True)
class Rotation:
    """How the key is to be exchanged.

    Attributes:
        new_key: make one first; needs the key file.
        provider: that wraps the new key; none for a plain one.
        key_name: of the provider's key.
        drop_old: take the former keys out of the file when nothing is left under them.
        settle_seconds: how long running processes are given to read the file again, each time it changed, and to end
            what they began with a secret as it was before.
    """

    new_key: bool
    provider: str | None
    key_name: str | None
    drop_old: bool
    settle_seconds: float


def rotate(wish: Rotation, *, allow_write: bool) -> None:
    """Bring every secret under the key that seals, after making a new one if asked to.

    Args:
        wish: how.
        allow_write: do it; else only tell what would be done.

    Raises:
        Refused: nobody allowed it, there is no key file, or secrets are left under keys that are not there.
    """
    from codemie.operations.rotation import keys_in_use
    from codemie.operations.rotation import rotate as carry_out

    settings = _settings()
    file = _file(settings) if wish.new_key or wish.drop_old else None
    if not allow_write:
        _tell(wish, _cipher(settings), asyncio.run(_in_database(settings, keys_in_use)))
        raise Refused("Nothing is changed: run it with --allow-write.")
    if wish.new_key and file:
        _introduce(file, wish)
    cipher = _cipher(settings)
    told = asyncio.run(_in_database(settings, lambda database: carry_out(database, cipher)))
    print(f"{told.rows} rows are under the key {cipher.key_id} now.")
    for column, count in sorted(told.lost.items()):
        print(f"{count} rows of {column} cannot be opened: their key is not configured, or they are damaged.")
    if told.lost or told.busy:
        raise Refused("Some secrets are not under the newest key. Run it again when the cause is gone.")
    if wish.drop_old and file:
        _drop_old(settings, file, wish.settle_seconds)


def _tell(wish: Rotation, cipher: "Cipher", found: Counter[str]) -> None:
    """What a rotation would do, as far as can be known before."""
    others = found.total() if wish.new_key else found.total() - found[cipher.key_id]
    goal = "a new key" if wish.new_key else f"the key {cipher.key_id}"
    print(f"{_counted(others)} would come under {goal}; {found.total()} are stored.")
    for identity, count in sorted(found.items()):
        if count and identity not in cipher.key_ids:
            print(f"{_counted(count)} could not: the key {identity} is not here.")
    if wish.drop_old:
        print("Former keys would be taken out of the key file at the end.")


def wrapped(provider: str, key_name: str) -> None:
    """Print a line with a new key that the provider keeps wrapped, for CODEMIE_MASTER_KEY or the key file."""
    print(_new_line(provider, key_name))


def _introduce(file: "FileKeys", wish: Rotation) -> None:
    """First every process can open what the new key seals, then it seals: nobody meets a secret it cannot open."""
    line, settle_seconds = _new_line(wish.provider, wish.key_name), wish.settle_seconds
    before = file.lines()
    file.replace([*before, line])
    print(f"A new key is in {file.path}; waiting {settle_seconds:g} s until every process has read it.")
    time.sleep(settle_seconds)
    file.replace([line, *before])
    print(f"It seals from now on; waiting another {settle_seconds:g} s.")
    time.sleep(settle_seconds)


def _drop_old(settings: "Settings", file: "FileKeys", settle_seconds: float) -> None:
    """Wait first: who read a row before it was wrapped anew has yet to open it."""
    from codemie.operations.rotation import keys_in_use

    print(f"Waiting {settle_seconds:g} s until nothing that was read before is in use.")
    time.sleep(settle_seconds)
    newest, *older = file.lines()
    cipher = _cipher(settings)
    left = {identity: count for identity, count in asyncio.run(_in_database(settings, keys_in_use)).items() if count}
    if set(left) - {cipher.key_id}:
        raise Refused("Secrets were sealed with a former key meanwhile: nothing is taken out. Run it again.")
    file.replace([newest])
    print(f"{len(older)} former keys are out of {file.path}. Backups made before need them: keep a copy with those.")


def _new_line(provider: str | None, key_name: str | None) -> str:
    from codemie.kernel import key_providers
    from codemie.kernel.master_keys import decoded_line, new_key

    line = new_key()
    if not provider:
        return line
    if provider not in key_providers.PROVIDERS:
        raise Refused(f"Nobody knows the provider '{provider}'. Known: {', '.join(key_providers.PROVIDERS)}.")
    if not key_name:
        raise Refused("Name the provider's key with --key.")
    return key_providers.wrap(provider, key_name, decoded_line(line))


def _file(settings: "Settings") -> "FileKeys":
    from codemie.kernel.master_keys import VARIABLE, FileKeys, key_source

    source = key_source(settings.kernel.home, _given(settings))
    if not isinstance(source, FileKeys):
        raise Refused(
            f"The keys are in {VARIABLE}, which no command can change. Put a new key behind the others there and "
            "restart every process; put it in front and restart again; then run this without --new-key."
        )
    return source


def _given(settings: "Settings") -> str | None:
    key = settings.identity.master_key
    return key.get_secret_value() if key else None


def _cipher(settings: "Settings") -> "Cipher":
    from codemie.kernel.master_keys import open_cipher

    return open_cipher(settings.kernel.home, _given(settings))


def _settings() -> "Settings":
    from codemie.settings import load_settings

    return load_settings()[0]


async def _in_database(settings: "Settings", work: Work) -> Any:
    from codemie.kernel.database import Database
    from codemie.kernel.row_security import SYSTEM

    database = Database(database_address(settings), pool_size=2, unbound=SYSTEM)
    try:
        return await work(database)
    finally:
        await database.close()
