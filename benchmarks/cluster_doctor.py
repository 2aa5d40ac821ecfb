"""How long `codemiectl doctor --cluster` takes for an installation of 200 pods, beside kubectl that only lists them."""

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.fakes.certificates import Authority
from tests.fakes.kubernetes.server import FakeKubernetes, serving
from tests.operations.kubernetes.looking import kubeconfig
from tests.operations.kubernetes.world import healthy, labels_of, node, pod

from benchmarks.harness import Row

PODS, NODES, RUNS = 200, 40, 3
MAX_SECONDS = 10.0
_TOKEN = "reader"


def measure() -> list[Row]:
    """One row; both figures are the median of three runs."""
    folder = Path(tempfile.mkdtemp(prefix="cb-"))
    try:
        doctor, listed = asyncio.run(_measured(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    beside = {"kubectl_seconds": listed} if listed else {}
    ratio = doctor / listed if listed else None
    return [
        Row(f"doctor.pods.{PODS}", ratio, beside, {"seconds": doctor}, "at most 10 s", doctor <= MAX_SECONDS),
    ]


def crowded() -> FakeKubernetes:
    """A healthy cluster with 200 pods of the installation on 40 nodes."""
    fake = healthy(FakeKubernetes(token=_TOKEN))
    for number in range(4, NODES + 1):
        fake.put(node(f"n{number}", f"eu-central-1{'abc'[number % 3]}"))
    for number in range(PODS - len(fake.items["", "pods"])):
        part = "worker" if number % 2 else "api"
        name, on = f"codemie-{part}-2-{number:03}", f"n{4 + number % (NODES - 3)}"
        made = pod(name, on, labels=labels_of(part), container=part, address=f"10.1.{number // 250}.{number % 250}")
        made["spec"]["imagePullSecrets"] = [{"name": "registry"}]
        fake.put(made)
    return fake


async def _measured(folder: Path) -> tuple[float, float | None]:
    authority = Authority.made(folder)
    async with serving(crowded(), authority.server()) as server:
        variables = {**os.environ, "KUBECONFIG": str(kubeconfig(folder, server, authority.pem, _TOKEN))}
        doctor = [
            await _seconds(variables, sys.executable, "-m", "codemie.cli", "doctor", "--cluster") for _ in range(RUNS)
        ]
        if not (kubectl := shutil.which("kubectl")):
            return statistics.median(doctor), None
        listed = [await _seconds(variables, kubectl, "get", "pods", "-A", "-o", "json") for _ in range(RUNS)]
        return statistics.median(doctor), statistics.median(listed)


async def _seconds(variables: dict[str, str], *command: str) -> float:
    """How long a command takes, which must end well."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, env=variables, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(120):
        printed, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {printed.decode()}")
    return time.perf_counter() - began
