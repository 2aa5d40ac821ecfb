"""The house rules that no linter knows: sizes, faces of rooms, marks of unfinished work, secrets in the tree."""

import ast
import gc
import re
import subprocess
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "codemie"
MAX_FILE_LINES, MAX_FUNCTION_LINES = 500, 60

SECRETS = {
    "an AWS key": r"AKIA[0-9A-Z]{16}",
    "a private key": r"-----BEGIN (RSA |EC |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\n[A-Za-z0-9+/=]{40}",
    "a provider's key": r"\bsk-(proj-|ant-)?[A-Za-z0-9_-]{32,}",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
}


@pytest.mark.parametrize(
    "written", ["codemie-20261130-071500.backup", "codemie-support-20261130-071500.tar.gz", "codemie.tfplan"]
)
def test_what_commands_write_into_a_checkout_is_not_committed(written: str) -> None:
    assert subprocess.run(["git", "check-ignore", "-q", written], cwd=ROOT, check=False).returncode == 0


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    """Nothing is collected while sources are parsed: CPython 3.11 miscounts its depth when a finaliser runs then."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def python_files() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations/versions" not in path.as_posix())


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_files_stay_readable() -> None:
    web = [path for path in tracked("web/src") if path.suffix in {".ts", ".tsx"} and "generated" not in path.parts]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in [*python_files(), *web]
        if (lines := path.read_text().count("\n")) > MAX_FILE_LINES
    }

    assert long == {}


def test_functions_stay_readable() -> None:
    long = [name for name, node in functions() if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES]

    assert long == []


def test_every_function_says_what_it_returns() -> None:
    silent = [name for name, node in functions() if node.returns is None and node.name != "__init__"]

    assert silent == []


def test_a_room_shows_a_docstring_and_imports_nothing() -> None:
    for face in SOURCE.glob("*/__init__.py"):
        body = ast.parse(face.read_text()).body
        assert ast.get_docstring(ast.Module(body, [])), face
        assert not [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)], face


def imports() -> dict[str, set[str]]:
    """Module → modules of ours that it names anywhere, late imports included, those for type checkers left out."""
    known = {_module(path): path for path in python_files()}
    return {name: set(_imported(ast.parse(path.read_text()), known.keys())) for name, path in known.items()}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


def _imported(tree: ast.AST, known: AbstractSet[str]) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom):
            modules = (
                module if (module := f"{node.module}.{one.name}") in known else node.module or "" for one in node.names
            )
            yield from (module for module in modules if module in known)
        else:
            yield from _imported(node, known)


def test_no_modules_import_each_other_in_a_circle() -> None:
    left = imports()
    while leaves := {name for name, needed in left.items() if not needed}:
        left = {name: needed - leaves for name, needed in left.items() if name not in leaves}

    assert left == {}, "one of these has to be handed what it imports"


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {face.parent.name for face in SOURCE.glob("*/__init__.py")}

    assert [room for room in sorted(rooms) if f"`{room}/`" not in page] == []


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("src", "web/src")
        if path.suffix in {".py", ".ts", ".tsx"}
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if marks.search(line)
    ]

    assert found == []


def test_no_secret_is_in_the_tree() -> None:
    found = [
        f"{kind} in {path.relative_to(ROOT)}"
        for path in tracked()
        if path.stat().st_size < 2_000_000 and path.name != "uv.lock"
        for kind, pattern in SECRETS.items()
        if re.search(pattern, path.read_text(errors="ignore"))
    ]

    assert found == []


def test_the_security_page_names_code_and_tests_that_exist() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    code = {name for name in re.findall(r"`([a-z_]+/[a-z_]+\.py)`", page) if not name.startswith("tests/")}
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(?:\w+::)?(\w+))?`", page)

    assert [name for name in sorted(code) if not (SOURCE / name).is_file()] == []
    assert [
        f"{path}::{name}"
        for path, name in tests
        if not (ROOT / path).is_file() or f"def {name}" not in (ROOT / path).read_text()
    ] == []
    assert len(tests) > 30
