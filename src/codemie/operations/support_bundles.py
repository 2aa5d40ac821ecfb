"""Bundles for support, made for an administrator who has a browser and no terminal."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit, policy
from codemie.identity.caller import Caller
from codemie.kernel.database import utcnow
from codemie.kernel.errors import Conflict, Unavailable
from codemie.operations.bundle import known
from codemie.operations.bundle.redaction import Redactor
from codemie.operations.logs import DOMAIN
from codemie.operations.schemas import SupportBundleOrder

_SECONDS = 180.0


class SupportBundles:
    """Makes them, one at a time.

    A process of its own does the work: taking secrets out of megabytes of logs would hold up everybody who chats.

    Args:
        home: of the installation.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._turn = asyncio.Lock()

    async def make(self, session: AsyncSession, caller: Caller, order: SupportBundleOrder) -> Path:
        """A bundle as a file in a folder of its own, which `forget` removes; that it was made is written down.

        Raises:
            AccessDenied: 403, only administrators may.
            Conflict: 409, one is being made.
            Unavailable: 503, it did not come about.
        """
        policy.require_superuser(caller)
        if self._turn.locked():
            raise Conflict("A bundle is being made", help="Wait for it, and try again.")
        async with self._turn:
            folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="codemie-support-"))
            try:
                made = await self._made(folder, order)
            except BaseException:  # cancelled too: nobody else would remove it
                forget(folder)
                raise
        audit.record(session, DOMAIN, "support_bundle.made", entity_id=made.name, actor_id=caller.id)
        return made

    async def _made(self, folder: Path, order: SupportBundleOrder) -> Path:
        out = folder / f"codemie-support-{utcnow():%Y%m%d-%H%M%S}.tar.gz"
        issue, steps = folder / "issue.md", folder / "steps.md"
        await asyncio.to_thread(issue.write_text, order.issue, encoding="utf-8")
        options = ["--issue-file", str(issue), "--since", f"{order.hours}h", "--out", str(out)]
        if order.steps.strip():
            await asyncio.to_thread(steps.write_text, order.steps, encoding="utf-8")
            options += ["--steps-file", str(steps)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "codemie.cli", "support-bundle", *options,
            env={**os.environ, "CODEMIE_HOME": str(self._home.resolve())},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, errors = await asyncio.wait_for(process.communicate(), _SECONDS)
        except TimeoutError as error:
            raise Unavailable(f"The bundle was not made within {_SECONDS:g} seconds") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not out.is_file():
            clean = Redactor.knowing(known.in_variables(os.environ))(errors.decode(errors="replace"))
            raise Unavailable("The bundle could not be made", details=clean.strip()[-500:])
        return out


def forget(folder: Path) -> None:
    """Remove what was made for somebody."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
