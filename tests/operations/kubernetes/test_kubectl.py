"""The fake is a cluster to the real `kubectl`, and to `codemiectl doctor --cluster`."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.certificates import Authority
from tests.fakes.kubernetes.server import FakeKubernetes, serving
from tests.operations.kubernetes.faults import FAULTS
from tests.operations.kubernetes.looking import kubeconfig
from tests.operations.kubernetes.world import healthy
from tests.support import require

POD = "codemie-api-1-aaa"


@dataclass
class Reached:
    """A cluster and a kubeconfig that leads to it."""

    fake: FakeKubernetes
    kubeconfig: Path

    async def run(self, *command: str) -> tuple[int, str]:
        """Exit code and output of a program that knows the kubeconfig."""
        home = str(self.kubeconfig.parent)
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "HOME": home, "COLUMNS": "200"}
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(60):
            printed, _ = await process.communicate()
        return process.returncode or 0, printed.decode()

    async def kubectl(self, *arguments: str) -> str:
        """What kubectl prints."""
        require(shutil.which("kubectl"), "kubectl")
        code, printed = await self.run("kubectl", "-n", "codemie", *arguments)
        assert code == 0, printed
        return printed

    async def doctor(self, *options: str) -> tuple[int, str]:
        """What our own command says."""
        return await self.run(sys.executable, "-m", "codemie.cli", "doctor", "--cluster", *options)


@pytest.fixture
async def reached(tmp_path: Path) -> AsyncGenerator[Reached]:
    fake = healthy(FakeKubernetes(token="reader"))
    authority = Authority.made(tmp_path)
    async with serving(fake, authority.server()) as server:
        yield Reached(fake, kubeconfig(tmp_path, server, authority.pem, "reader"))


def broken(fake: FakeKubernetes, what: str) -> None:
    next(each for each in FAULTS if each.what == what).inject(fake)


async def test_kubectl_lists_describes_and_reads_logs(reached: Reached) -> None:
    broken(reached.fake, "the database refuses the password")

    listed = await reached.kubectl("get", "pods")
    described = await reached.kubectl("describe", "pod", POD)
    log = await reached.kubectl("logs", POD, "--previous")
    labelled = await reached.kubectl("get", "po", "-l", "app.kubernetes.io/component in (worker)", "-o", "name")

    assert "CrashLoopBackOff" in next(line for line in listed.splitlines() if line.startswith(POD))
    assert "Back-off restarting failed container" in described
    assert "password authentication failed" in log
    assert labelled.strip() == "pod/codemie-worker-1-ccc"


async def test_kubectl_waits_for_a_condition(reached: Reached) -> None:
    waited = await reached.kubectl("wait", "--for=condition=Ready", f"pod/{POD}", "--timeout=20s")

    assert "condition met" in waited


async def test_the_doctor_of_a_cluster_names_the_cause_and_ends_with_2(reached: Reached) -> None:
    broken(reached.fake, "the database refuses the password")

    code, printed = await reached.doctor("--json", "-n", "codemie", "--only", "k8s.pods.crash")

    report = json.loads(printed)
    assert code == 2
    assert report["target"]["namespace"] == "codemie"
    assert {each["id"]: each["status"] for each in report["checks"]} == {
        "k8s.api": "pass",
        "k8s.namespace": "pass",
        "k8s.pods.crash": "fail",
    }
    assert "the database refuses the login" in report["checks"][2]["detail"]


async def test_one_pod_is_explained_in_one_sentence(reached: Reached) -> None:
    broken(reached.fake, "the database refuses the password")

    code, printed = await reached.doctor("--pod", POD)

    assert code == 0, printed
    assert "Why: its container api ends again and again" in printed
    assert "the database refuses the login" in printed
    assert "→ Correct user and password in the secret" in printed


async def test_a_pod_that_is_not_there_is_answered_with_those_that_are(reached: Reached) -> None:
    code, printed = await reached.doctor("--pod", "nobody")

    assert code == 3
    assert "There is no pod nobody in codemie" in printed
    assert "keycloak-0" in printed


async def test_credentials_that_are_over_are_one_failure(reached: Reached) -> None:
    reached.fake.token = "other"

    code, printed = await reached.doctor()

    assert code == 2
    assert printed.count("  FAILED") == 1
    assert "blocked by k8s.api" in printed
