"""`codemiectl plugin doctor`: whether the agent could run here, and at which step its connection fails if not."""

import asyncio
import datetime as dt
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codemie import __version__
from codemie.checks.report import Checked, Report
from codemie.cli.reports import Verdict, print_check, print_document, print_summary, verdict
from codemie.kernel.errors import InvalidInput
from codemie.plugins.agent.configuration import Configuration, Misconfigured, load
from codemie.plugins.agent.doctor import Examined, examine, is_connected
from codemie.plugins.diagnosis.target import Options, Proxy, Target
from codemie.plugins.diagnosis.walk import walk


def examined(options: Mapping[str, Any], variables: Mapping[str, str], file: Path | None, *, as_json: bool) -> Verdict:
    """Check, and print each check as it is made, or one JSON document at the end.

    Raises:
        Misconfigured: the settings cannot be read at all.
    """
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    configuration = load(options, os.environ, file)
    checks = asyncio.run(_checks(Examined(configuration, variables), as_json=as_json))
    took = round((time.monotonic() - clock) * 1000)
    target = {"uri": configuration.uri, "folder": configuration.root}
    report = Report("plugin doctor", __version__, target, started, took, tuple(checks))
    if as_json:
        print_document(report)
    else:
        print_summary(report)
    return verdict(report, fail_on_warning=False)


async def _checks(asked: Examined, *, as_json: bool) -> list[Checked]:
    def seen(check: Checked) -> None:
        if not as_json:
            print_check(check)

    checks = await examine(asked, seen)
    if not is_connected(checks) and (way := _way(asked.configuration)):
        # Our agent only knows that it did not get through; the walk knows at which step.
        checks += (await walk(*way, seen)).checks
    return checks


def _way(configuration: Configuration) -> tuple[Target, Options] | None:
    """The same way as `nats test` walks it; None when there is none to walk."""
    try:
        configuration.require_connection()
        own_proxy = configuration.proxy if configuration.proxy not in {"", "none"} else ""
        return Target.parsed(configuration.uri), Options(
            key=configuration.key,
            ca=Path(configuration.ca_file) if configuration.ca_file else None,
            certificate=Path(configuration.client_cert) if configuration.client_cert else None,
            certificate_key=Path(configuration.client_key) if configuration.client_key else None,
            proxy=Proxy.parsed(own_proxy) if own_proxy else None,
            timeout=configuration.connect_seconds or 10,
        )
    except (Misconfigured, InvalidInput):
        return None
