"""The container image, judged by what its recipe says: a build takes minutes, and an engine that is seldom there."""

import fnmatch
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from codemie.settings import load_settings
from tests.support import require

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
# Build tools, and shells into a running container, that nobody should find in it.
UNWANTED = ("build-essential", "gcc", "g++", "make", "curl", "wget", "nodejs", "npm", "uv ")


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: `RUN`, and what follows it in one line."""

    name: str
    value: str


def stages() -> dict[str, list[Instruction]]:
    """The instructions of each stage by its name; what stands before the first is of no stage."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found: dict[str, list[Instruction]] = {"": []}
    current = ""
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, value = line.partition(" ")
        if name == "FROM":
            current = value.rpartition(" AS ")[2]
            found[current] = []
        found[current].append(Instruction(name, value))
    return found


def values(stage: str, name: str) -> list[str]:
    return [one.value for one in stages()[stage] if one.name == name]


def environment(stage: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for value in values(stage, "ENV") for pair in value.split())


def test_every_base_is_one_argument_that_names_a_version() -> None:
    arguments = dict(value.split("=", 1) for value in values("", "ARG"))
    bases = {value.split()[0] for stage in stages() if stage for value in values(stage, "FROM")}

    assert bases == {"${PYTHON_IMAGE}"}
    assert re.fullmatch(r"[a-z.]+/[a-z/]+(:\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})", arguments["PYTHON_IMAGE"])


def test_it_runs_as_a_numeric_user_who_is_not_root() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", values("runtime", "USER")[-1])
    assert [one.name for one in stages()["runtime"]].index("USER") > max(
        place for place, one in enumerate(stages()["runtime"]) if one.name in {"RUN", "COPY"}
    )


def test_all_it_writes_to_are_volumes_so_the_root_may_be_read_only() -> None:
    given = environment("runtime")

    assert values("runtime", "VOLUME") == [f'["{given["CODEMIE_HOME"]}", "/tmp"]']
    assert given["HOME"] == given["CODEMIE_HOME"] == values("runtime", "WORKDIR")[-1]
    assert given["PYTHONDONTWRITEBYTECODE"] == "1"


def test_no_build_tool_and_no_installer_gets_into_the_last_stage() -> None:
    commands = " ".join(values("runtime", "RUN"))

    assert [tool for tool in UNWANTED if tool in commands] == []
    assert "pip uninstall" in commands
    assert "pip install" not in commands
    assert "--no-install-recommends" in commands
    assert "rm -rf /var/lib/apt/lists/*" in commands


def test_it_says_what_it_is_what_is_in_it_and_whether_it_lives() -> None:
    labels = " ".join(values("runtime", "LABEL"))

    assert all(f"org.opencontainers.image.{name}=" in labels for name in ("title", "licenses", "version", "revision"))
    assert "/health/live" in values("runtime", "HEALTHCHECK")[0]
    assert values("runtime", "ENTRYPOINT") == ['["codemiectl"]']
    assert sum("/sbom" in value for value in values("runtime", "COPY")) == 2
    assert any("cyclonedx" in value for value in values("packages", "RUN"))
    assert any("npm" in value and "cyclonedx" in value for value in values("web", "RUN"))


def test_every_variable_it_sets_is_a_setting() -> None:
    known = {row.env for row in load_settings({})[1]}

    assert {name for name in environment("runtime") if name.startswith("CODEMIE_")} <= known


def admitted(path: str) -> bool:
    """Whether .dockerignore sends a path to the builder: the last pattern that fits it or a folder above decides."""
    answer = True
    steps = [path, *map(str, Path(path).parents)]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        if line and not line.startswith("#") and any(fnmatch.fnmatch(step, pattern) for step in steps if step != "."):
            answer = line.startswith("!")
    return answer


def test_what_is_copied_exists_and_reaches_the_builder_and_nothing_secret_does() -> None:
    copied = [
        source
        for stage in stages()
        for value in values(stage, "COPY")
        if not value.startswith("--from=")
        for source in value.split()[:-1]
    ]
    files = [path for source in copied for path in [ROOT / source, *(ROOT / source).glob("*.*")] if path.is_file()]

    assert {source for source in copied if not (ROOT / source).exists()} == set()
    assert [path for path in files if not admitted(path.relative_to(ROOT).as_posix())] == []
    secret = (".env", ".git/config", ".codemie/master.key", "web/node_modules/vite/index.js")
    assert not any(map(admitted, (*secret, "deploy/terraform/aws/platform/terraform.tfstate")))


def test_what_the_wheel_takes_from_outside_of_the_sources_reaches_the_builder() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    assert len(taken) > 5
    assert [path for path in taken if not admitted(path)] == []
    # Builders do not look into a folder for a pattern with a wildcard in its way.
    assert [line for line in (ROOT / ".dockerignore").read_text().splitlines() if re.match("!.*[*?[]", line)] == []


def test_hadolint_has_nothing_to_say() -> None:
    require(shutil.which("hadolint"), "hadolint")

    said = subprocess.run(["hadolint", DOCKERFILE], capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout
