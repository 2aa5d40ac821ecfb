"""Python packages for one machine: what the lock file names, and the platform itself, as files that pip installs."""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from codemie.kernel.errors import NotFound, Unavailable

REQUIREMENTS = "requirements.txt"
EXTRAS = ("minilm", "diagrams")
"""Those that `make run` installs."""
_SECONDS = 900.0
_LOGIN = re.compile(r"://[^/@\s]+@")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def python() -> str:
    """The Python that the packages are for: this one."""
    return ".".join(map(str, sys.version_info[:2]))


def system() -> str:
    """The machine that the packages are for: one like this."""
    return f"{platform.system().lower()} {platform.machine()}"


def gather(checkout: Path, folder: Path) -> int:
    """Fetch every wheel of the lock file and build our own; what is there already is not fetched again.

    Args:
        checkout: of CodeMie.
        folder: of the bundle: `wheels/`, `requirements.txt` and `sbom/` are written there.

    Returns:
        How many wheels there are.

    Raises:
        NotFound: that is no checkout, or it was not set up.
        Unavailable: a package cannot be had; says what the program said.
    """
    uv, pip = _programs(checkout)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    (folder / "sbom").mkdir(exist_ok=True)
    chosen = [part for extra in EXTRAS for part in ("--extra", extra)]
    export = [uv, "export", "--quiet", "--frozen", "--no-default-groups", *chosen]
    requirements = folder / REQUIREMENTS
    _run([*export, "--no-emit-project", "--no-header", "--output-file", str(requirements)], checkout)
    sbom = folder / "sbom" / "python.cdx.json"
    _run([*export, "--format", "cyclonedx1.5", "--output-file", str(sbom)], checkout)
    strict = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--disable-pip-version-check"]
    _run([*pip, "download", "--quiet", *strict, "--dest", str(wheels), "--requirement", str(requirements)], checkout)
    _only(wheels, set(_HASH.findall(requirements.read_text(encoding="utf-8"))))
    _run([uv, "build", "--quiet", "--wheel", "--out-dir", str(wheels)], checkout)
    (wheels / ".gitignore").unlink(missing_ok=True)
    return len(list(wheels.glob("*.whl")))


def _programs(checkout: Path) -> tuple[str, list[str]]:
    if not (checkout / "uv.lock").is_file():
        raise NotFound(f"There is no uv.lock in {checkout}", help="Name a checkout of CodeMie with --checkout")
    tools = checkout.resolve() / ".uv" / "bin"
    uv = str(tools / "uv") if (tools / "uv").exists() else shutil.which("uv")
    own = tools / "python"
    if uv is None or not own.exists():
        raise NotFound("The checkout was not set up", details=f"There is no {tools}", help="Run 'make run' in it once")
    return uv, [str(own), "-m", "pip"]


def _only(wheels: Path, digests: set[str]) -> None:
    """Take away what a former attempt fetched by another lock file."""
    for wheel in wheels.iterdir():
        if hashlib.sha256(wheel.read_bytes()).hexdigest() not in digests:
            wheel.unlink()


def _run(command: list[str], checkout: Path) -> None:
    try:
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"The packages did not come within {_SECONDS:g} seconds", help=_AGAIN) from error
    if done.returncode:
        said = _LOGIN.sub("://", done.stderr.strip())[-1500:]
        raise Unavailable("The Python packages cannot be had", details=said, help=_AGAIN)


_AGAIN = (
    "They come from the package index that pip and uv are set to. Run the same command again: it goes on where it was. "
    "Or leave packages out with --no-packages"
)
