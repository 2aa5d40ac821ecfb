"""What can be said of the stacks without a provider: every name that is used is declared, every input is passed on.

For AWS the provider says more; for the other clouds this and the rules of the variables are all that is checked.
"""

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.deploy.terraform.workbench import CLOUDS

FOLDERS = [
    pytest.param(folder, id=str(folder.relative_to(CLOUDS)))
    for folder in sorted({file.parent for file in CLOUDS.rglob("*.tf")})
]
NOT_ARGUMENTS = {"source", "version", "count", "for_each", "providers", "depends_on"}


class Folder:
    """Everything that the files of one folder declare, and their text without comments."""

    def __init__(self, path: Path) -> None:
        self.path = path
        files = sorted(path.glob("*.tf"))
        self.text = "\n".join(re.sub(r"(?m)^\s*#.*$", "", file.read_text()) for file in files)
        self._blocks = [hcl2.loads(file.read_text()) for file in files]

    def declared(self, kind: str) -> dict[str, Any]:
        """Name => body of the blocks of a kind with one label."""
        found: dict[str, Any] = {}
        for blocks in self._blocks:
            for block in blocks.get(kind, []):
                found.update({name.strip('"'): body for name, body in block.items() if not name.startswith("__")})
        return found

    def resources(self) -> set[str]:
        """`type.name` of all resources, `data.type.name` of all data sources."""
        labels = re.findall(r'(?m)^(resource|data) "(\w+)" "(\w+)"', self.text)
        return {f"data.{kind}.{name}" if what == "data" else f"{kind}.{name}" for what, kind, name in labels}

    def locals(self) -> set[str]:
        """Names of local values."""
        return {name.strip('"') for blocks in self._blocks for block in blocks.get("locals", []) for name in block}


@pytest.mark.parametrize("path", FOLDERS)
def test_every_name_is_declared(path: Path) -> None:
    folder = Folder(path)
    text = folder.text
    prefix = {"aws": "aws", "azure": "azurerm", "gcp": "google"}[path.relative_to(CLOUDS).parts[0]]

    assert set(re.findall(r"\bvar\.(\w+)", text)) <= set(folder.declared("variable"))
    assert set(re.findall(r"\blocal\.(\w+)", text)) <= folder.locals()
    assert set(re.findall(r"\bmodule\.(\w+)", text)) <= set(folder.declared("module"))
    used = set(re.findall(rf"(?<![\w.\"])((?:data\.)?{prefix}_\w+\.\w+)", text))
    assert used <= folder.resources()


@pytest.mark.parametrize("path", FOLDERS)
def test_every_variable_is_used(path: Path) -> None:
    folder = Folder(path)

    assert set(folder.declared("variable")) - set(re.findall(r"\bvar\.(\w+)", folder.text)) == set()


@pytest.mark.parametrize("path", FOLDERS)
def test_a_module_gets_what_it_asks_for_and_gives_what_is_read(path: Path) -> None:
    folder = Folder(path)
    for name, call in folder.declared("module").items():
        module = Folder((path / call["source"].strip('"')).resolve())
        passed = {key for key in call if not key.startswith("__")} - NOT_ARGUMENTS

        assert passed == set(module.declared("variable")), name
        assert set(re.findall(rf"\bmodule\.{name}\.(\w+)", folder.text)) <= set(module.declared("output")), name
