"""When Python looks for garbage: hardly while a command is being loaded, for modules stay.

Loading makes a million objects and no garbage; to look through them again and again takes a quarter of the start.
"""

import gc

_USUAL = gc.get_threshold()
_SELDOM = 50_000
"""New objects between two looks, in place of 700: at most some ten megabytes of garbage lie about."""


def seldom() -> None:
    """Look seldom, in a command that does one thing and ends."""
    gc.set_threshold(_SELDOM)


def not_yet() -> None:
    """Look for no garbage until `from_now_on`, in a process that starts and then runs for months."""
    gc.disable()


def from_now_on() -> None:
    """Look as usual, but never again through what is there now.

    Modules, models and routes stay to the end: looking through them stops every request for a third of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_USUAL)
    gc.enable()
