"""`codemiectl dev fakes`: the imitations of other systems that the tests use, for trying the platform by hand."""

import asyncio
import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codemie.cli.exits import Refused

_ROOT = Path(__file__).parents[3]
_MODULE = "tests.fakes.by_hand"
_LOOPBACK = "127.0.0.1"
_ALLOW = ("CODEMIE_INTEGRATIONS_EGRESS_ALLOW", "CODEMIE_KNOWLEDGE_EGRESS_ALLOW")
"""For integrations, and for data sources of their repositories."""


def serve(first_port: int) -> None:
    """Serve them until the terminal says to stop.

    Args:
        first_port: of the first system; each of the others has the next one.

    Raises:
        Refused: this is no checkout, packages are missing, or a port is taken.
    """
    by_hand = _by_hand()
    ports = range(first_port, first_port + len(by_hand.STANDS))
    _refuse_taken(ports)
    asyncio.run(_serve(by_hand, ports))


def _by_hand() -> Any:
    if not _ROOT.joinpath(*_MODULE.split(".")).with_suffix(".py").is_file():
        raise Refused(
            "The imitations are in the source code, not in the installed package. Clone the repository, and run "
            "`.venv/bin/codemiectl dev fakes` there."
        )
    sys.path.insert(0, str(_ROOT))
    try:
        return importlib.import_module(_MODULE)
    except ModuleNotFoundError as error:
        raise Refused(
            f"The imitations need the packages for development ({error.name} is missing): run `make .venv/.ready-dev`."
        ) from error


def _refuse_taken(ports: Sequence[int]) -> None:
    from codemie.cli.ports import refuse_taken

    for port in ports:
        refuse_taken(_LOOPBACK, port, f"--first-port {ports[0] + 100}")


async def _serve(by_hand: Any, ports: Sequence[int]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with by_hand.opened(ports) as shown:
        print("\n\n".join(shown))
        print(
            f"\nThe platform goes to public addresses only, unless it is told otherwise. Start it with\n"
            f"  {' '.join(f'{name}={_LOOPBACK}' for name in _ALLOW)} make run\n\nServing until Ctrl-C.",
            flush=True,
        )
        await stopped.wait()
    print("Stopped. What they were told is gone.")
