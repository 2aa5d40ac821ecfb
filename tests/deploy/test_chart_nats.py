"""The NATS servers of the chart: real ones, with the configuration as it is rendered."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2

from codemie.embedded import nats as embedded_nats
from codemie.embedded import nats_configuration
from codemie.embedded.nats_access import NatsAccess
from tests.deploy.chart import one
from tests.support import BROKER_SECRET, free_port, until

SERVERS = 3


@contextmanager
def running(folder: Path, number: int, ports: list[int], monitor: int) -> Iterator[None]:
    """One server of a cluster, with the chart's configuration on other ports."""
    template = one("aws", "ConfigMap", "codemie-nats")["data"]["nats.conf"]
    accounts = nats_configuration.accounts(NatsAccess(BROKER_SECRET))
    (folder / "nats").mkdir(parents=True)
    (folder / "nats-accounts").mkdir()
    (folder / "nats-accounts" / "accounts.conf").write_text(f"listen: 127.0.0.1:{free_port()}\n{accounts}")
    here = template.replace("0.0.0.0:8222", f"127.0.0.1:{monitor}").replace(
        "0.0.0.0:6222", f"127.0.0.1:{ports[number]}"
    )
    (folder / "nats" / "nats.conf").write_text(here)
    container = one("aws", "StatefulSet", "codemie-nats")["spec"]["template"]["spec"]["containers"][0]
    routes = {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    environment = {
        **os.environ,
        "NATS_SERVER_NAME": f"codemie-nats-{number}",
        "NATS_ROUTE_PASSWORD": "known-to-all",
        **{
            name: re.sub(r"@.*", f"@127.0.0.1:{ports[int(name[-1])]}", value).replace(
                "$(NATS_ROUTE_PASSWORD)", "known-to-all"
            )
            for name, value in routes.items()
        },
    }
    server = subprocess.Popen(
        [embedded_nats._program(), "--config", folder / "nats" / "nats.conf"],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


async def test_three_servers_find_each_other_and_say_that_they_are_well(tmp_path: Path) -> None:
    ports, monitors = ([free_port() for _ in range(SERVERS)] for _ in range(2))
    with ExitStack() as stack:
        for number in range(SERVERS):
            stack.enter_context(running(tmp_path / str(number), number, ports, monitors[number]))
        async with httpx2.AsyncClient(timeout=5) as client:

            async def connected() -> bool:
                try:
                    answers = [(await client.get(f"http://127.0.0.1:{port}/routez")).json() for port in monitors]
                except httpx2.TransportError:
                    return False
                return all(len({route["remote_name"] for route in each["routes"]}) == SERVERS - 1 for each in answers)

            await until(connected, what="a cluster of three servers")
            health = await client.get(f"http://127.0.0.1:{monitors[0]}/healthz")

    assert health.json() == {"status": "ok"}
