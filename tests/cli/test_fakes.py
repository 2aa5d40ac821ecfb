"""`codemiectl dev fakes`: imitations to try integrations with, told so that a person can type them in."""

import contextlib
import os
import queue
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import codemie
from tests.cli.installation import COMMAND, ctl, environment


class Fakes:
    """The command as a child process."""

    def __init__(self, home: Path, first_port: int) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "dev", "fakes", "--first-port", str(first_port)],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def said(self) -> str:
        """Everything up to the line that says that it serves."""
        told = ""
        while "Serving until" not in told:
            line = self.lines.get(timeout=60)
            assert line, self.process.stderr and self.process.stderr.read()
            told += line
        return told


def free_ports(count: int) -> int:
    """The first of so many in a row, below those that the system hands out itself."""
    for first in random.sample(range(10_000, 30_000, count), 100):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    pytest.fail("no free ports")


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Fakes]:
    running = Fakes(tmp_path, free_ports(7))
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait(10)


def section(said: str, system: str) -> dict[str, str]:
    """The values told for a system, by the labels of the form."""
    (part,) = [part for part in said.split("\n\n") if part.startswith(f"{system}: ")]
    lines = [re.split(r" {2,}", line.strip(), maxsplit=1) for line in part.splitlines()[1:-1]]
    return {line[0]: line[1] for line in lines}


def test_every_system_answers_with_what_was_told_and_all_end_with_ctrl_c(fakes: Fakes, tmp_path: Path) -> None:
    said = fakes.said()
    gitlab, github = section(said, "GitLab"), section(said, "GitHub")
    token = {"PRIVATE-TOKEN": gitlab["Access token"]}
    assert httpx2.get(f"{gitlab['URL']}/api/v4/user", headers=token).json()["username"] == "bot"
    bearer = {"Authorization": f"Bearer {github['Access token']}"}
    assert httpx2.get(f"{github['URL']}/api/v3/user", headers=bearer).json()["login"] == "bot"
    assert github["Kind of server"] == "github"
    devops = section(said, "Azure DevOps")
    address = f"{devops['URL']}/{devops['Organization']}/_apis/projects/{devops['Project']}?api-version=7.0"
    assert httpx2.get(address, auth=("", devops["Personal access token"])).json()["name"] == devops["Project"]
    item = f"{devops['URL']}/{devops['Organization']}/{devops['Project']}/_apis/wit/workitems/1?api-version=7.0"
    found = httpx2.get(item, auth=("", devops["Personal access token"])).json()
    assert found["fields"]["System.Title"] == "The app does not start"
    for system, path in (("Jira", "/rest/api/2/myself"), ("Confluence", "/wiki/rest/api/user/current")):
        told = section(said, system)
        account = (told["User name or e-mail"], told["API token"])
        assert httpx2.get(f"{told['URL']}{path}", auth=account).status_code == 200
    assert httpx2.get(section(said, "S3")["Endpoint"] + "/demo/hello.txt").status_code in {200, 403}
    shop = section(said, "Pet shop")
    assert httpx2.get(shop["OpenAPI document"]).json()["info"]["title"] == "Pet shop"
    assert "CODEMIE_INTEGRATIONS_EGRESS_ALLOW=127.0.0.1" in said

    fakes.process.send_signal(signal.SIGINT)
    assert fakes.process.wait(30) == 0
    assert fakes.process.stderr is not None
    assert fakes.process.stderr.read() == ""


@pytest.mark.parametrize("system", ["GitLab", "GitHub"])
def test_the_repositories_can_be_cloned(fakes: Fakes, tmp_path: Path, system: str) -> None:
    address = section(fakes.said(), system)["URL"] + "/team/app.git"
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    clone = ["git", "clone", "--quiet", "--depth=1", "--filter=blob:none"]
    subprocess.run([*clone, address, str(tmp_path / "app")], check=True, timeout=60, env=env)
    assert (tmp_path / "app" / "README.md").read_text() == "# App\n"
    refs = f"{address}/info/refs?service=git-upload-pack"
    assert httpx2.get(refs, auth=("bot", "wrong")).status_code == 401


def test_a_port_that_is_taken_is_told(fakes: Fakes, tmp_path: Path) -> None:
    port = section(fakes.said(), "GitLab")["URL"].rpartition(":")[2]
    answer = ctl("dev", "fakes", "--first-port", port, env=environment(tmp_path))
    assert answer.returncode == 1
    assert f"Port {port} is in use by" in answer.stderr
    assert "--first-port" in answer.stderr


def test_an_installed_package_says_where_they_are(tmp_path: Path) -> None:
    installed = tmp_path / "lib" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "codemie").symlink_to(Path(codemie.__file__).parent)
    code = (
        "import pathlib, codemie.cli.fakes as fakes\n"
        f"fakes._ROOT = pathlib.Path({str(tmp_path)!r})\n"
        "from codemie.cli.commands import app\napp(['dev', 'fakes'])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 1
    assert "Clone the repository" in answer.stderr
