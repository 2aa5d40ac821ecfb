"""What is copied as it is: the chart, the stacks of Terraform, the web UI, and what says how to go on."""

import gzip
import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from codemie.kernel.errors import NotFound
from codemie.operations.offline.manifest import Packed

_TERRAFORM = {".tf", ".hcl", ".example"}
_POLICY = "deployer-policy.json"
_OTHERS = ("keycloak/*.yaml", "kubernetes/*.yaml")


def package_chart(chart: Path, folder: Path) -> Path:
    """Pack the chart as `helm package` does, into `chart/`; the same chart makes the same file."""
    told = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    target = folder / f"{told['name']}-{told['version']}.tgz"
    folder.mkdir(parents=True, exist_ok=True)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as packed:
        for path in sorted(each for each in chart.rglob("*") if each.is_file()):
            content = path.read_bytes()
            entry = tarfile.TarInfo(f"{told['name']}/{path.relative_to(chart).as_posix()}")
            entry.size, entry.mode = len(content), 0o644
            packed.addfile(entry, io.BytesIO(content))
    target.write_bytes(gzip.compress(plain.getvalue(), mtime=0))
    return target


def copy_deploy(deploy: Path, folder: Path) -> int:
    """Copy the stacks of Terraform and what else is applied by hand; values, states and secrets of somebody are not."""
    wanted = list(_stacks(deploy / "terraform"))
    wanted += [path for pattern in _OTHERS for path in deploy.glob(pattern)]
    for path in wanted:
        target = folder / path.relative_to(deploy)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return len(wanted)


def _stacks(terraform: Path) -> Iterator[Path]:
    for path in sorted(terraform.rglob("*")):
        inside = path.relative_to(terraform)
        is_hidden = any(part.startswith(".") for part in inside.parts[:-1])
        if path.is_file() and not is_hidden and (path.suffix in _TERRAFORM or path.name == _POLICY):
            yield path


def copy_web(built: Path, folder: Path) -> None:
    """Copy the web UI as it was built.

    Raises:
        NotFound: it was not.
    """
    if not (built / "index.html").is_file():
        raise NotFound("The web UI is not built", details=f"There is no {built}", help="Run 'make web-build' once")
    shutil.copytree(built, folder)


def pins(images: tuple[Packed, ...]) -> str:
    """Values for Helm that name each image by its digest, so that what runs is what was packed."""
    found: dict[str, Any] = {}
    for one in images:
        inside = found
        for part in filter(None, one.value.split(".")):
            inside = inside.setdefault(part, {})
        if one.value:
            inside["digest"] = one.digest
    head = "# By codemiectl bundle create: each image by what it holds. Give it after all other values.\n"
    return head + yaml.safe_dump(found, sort_keys=False)


def installer(python: str) -> str:
    """The script that installs it on one machine, with the Python that its packages are for."""
    return _INSTALL.replace("@PYTHON@", python).replace("@MINOR@", python.partition(".")[2])


_INSTALL = """\
#!/bin/sh
# Installs CodeMie on this machine from this folder, without the internet: sh install.sh [FOLDER]
# PYTHON names another python3. Nothing is started; run again, it brings an installation up to date.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/codemie}
python=${PYTHON:-python3}

if command -v sha256sum >/dev/null; then check="sha256sum --check --quiet"; else check="shasum -a 256 -c -q"; fi
if ! (cd "$here" && $check SHA256SUMS); then
  echo "This folder is not what was packed: unpack the bundle again, or bring it over again." >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, @MINOR@))'; then
  echo "The packages are for Python @PYTHON@, this is $("$python" --version). Name another: PYTHON=… sh install.sh" >&2
  exit 1
fi

"$python" -m venv "$target/.venv"
pip() {
  "$target/.venv/bin/python" -m pip install --quiet --no-index --disable-pip-version-check --no-deps "$@"
}
pip --require-hashes --find-links "$here/wheels" --requirement "$here/requirements.txt"
pip --force-reinstall "$here"/wheels/codemie-*.whl
rm -rf "$target/web"
cp -R "$here/web" "$target/web"

"$target/.venv/bin/codemiectl" version
echo "Start it: CODEMIE_KERNEL_WEB_DIR=$target/web $target/.venv/bin/codemiectl up"
"""

GUIDE = """\
# CodeMie @VERSION@, without the internet

`manifest.json` lists every file with its SHA-256; `sha256sum --check SHA256SUMS` compares them.

| Here | For |
|---|---|
| `install.sh`, `wheels/`, `requirements.txt`, `web/` | one machine: `sh install.sh /opt/codemie` |
| `chart/` | Kubernetes: the chart, values, and `images.yaml`, which names images by digest |
| `images.txt` | names and digests of the images that it needs |
| `images/` | all images, in the layout of OCI; `codemiectl bundle push` brings them into a registry |
| `deploy/` | stacks of Terraform, the realm of Keycloak, a role that reads |
| `docs/` | the documentation: open `docs/index.html`, "Install without the internet" goes on from here |
| `sbom/` | what the Python packages are, CycloneDX |

What is not in here, and why, is told in `manifest.json`, `left_out`.
"""
