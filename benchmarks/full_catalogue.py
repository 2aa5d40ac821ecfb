"""`codemiectl serve` with more tools than it comes with: `python benchmarks/full_catalogue.py 200`."""

import sys
from dataclasses import replace
from itertools import cycle, islice

from codemie.toolkits import catalogue
from codemie.toolkits.toolkit import Toolkit


def fill(most: int) -> None:
    """Add tools like those that are there, under other names, until there are so many."""
    known = list({offer.name: offer for offer in catalogue.offers()}.values())
    extra = Toolkit("Extra", "Extra", lambda connection: connection)
    for number, offer in enumerate(islice(cycle(known), max(0, most - len(known)))):
        name = f"{offer.name}_{number}"[:64]
        extra.offers[name] = replace(offer, name=name, toolkit=extra)
    catalogue.TOOLKITS = (*catalogue.TOOLKITS, extra)


if __name__ == "__main__":
    fill(int(sys.argv[1]))
    sys.argv = ["codemiectl", "serve"]
    from codemie.cli import main

    main()
