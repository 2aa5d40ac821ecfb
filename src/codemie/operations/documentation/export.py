"""The documentation as pages that open from a folder, without a server and without the internet."""

import contextlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from codemie.kernel.errors import NotFound, Unavailable
from codemie.operations.documentation.leaks import Leak, scan

_SECONDS = 300.0
_CONFIGURATION = "mkdocs.yml"


def export(checkout: Path, folder: Path) -> list[Leak]:
    """Build the pages in a folder that does not exist yet; nothing is left there if something must not go out.

    Args:
        checkout: of this repository: the pages are written from its sources.
        folder: where to.

    Returns:
        What must not go out; none where the folder is there now.

    Raises:
        NotFound: that is no checkout, or MkDocs is not installed.
        Unavailable: the pages cannot be built; says why.
    """
    if not (checkout / _CONFIGURATION).is_file():
        raise NotFound(f"There is no {_CONFIGURATION} in {checkout}", help="Run it in a checkout of CodeMie.")
    if importlib.util.find_spec("mkdocs") is None:
        raise NotFound("MkDocs is not installed", help="Run `make docs` once in the checkout.")
    if folder.exists():
        raise NotFound(f"{folder} is there already", help="Name a folder that does not exist.")
    try:
        _build(checkout, folder)
        # The rest is the theme's, and an index of the same texts.
        found = scan([checkout / "docs", *folder.rglob("*.html")])
    except BaseException:  # interrupted too: half a set of pages must not be taken for all
        _remove(folder)
        raise
    if found:
        _remove(folder)
    return found


def _build(checkout: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder.resolve())]
    try:
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"The pages were not built within {_SECONDS:g} seconds") from error
    if done.returncode:
        raise Unavailable("The pages cannot be built", details=done.stderr.strip()[-2000:])


def _remove(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
