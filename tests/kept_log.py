"""Everything that is logged while tests run, kept in a file: secrets that tests plant must not be in it."""

import logging
from pathlib import Path

_kept: list[logging.Handler] = []


def begin(path: Path) -> None:
    """Keep what is logged from now on, however often a platform sets up its own logs."""
    handler = logging.FileHandler(path)
    handler.setLevel(logging.INFO)
    _kept.append(handler)
    attach()


def attach() -> None:
    """To be called after a platform has set up its logs: its own lines stay as few as its settings say."""
    if not _kept:
        return
    root = logging.getLogger()
    for handler in root.handlers:
        if handler not in _kept and handler.level == logging.NOTSET and root.level > logging.INFO:
            handler.setLevel(root.level)
        if handler.formatter is not None and "structlog" in type(handler.formatter).__module__:
            _kept[0].setFormatter(handler.formatter)
    root.setLevel(min(root.level, logging.INFO))
    if _kept[0] not in root.handlers:
        root.addHandler(_kept[0])


def end() -> None:
    """Keep no more."""
    for handler in _kept:
        logging.getLogger().removeHandler(handler)
        handler.close()
    _kept.clear()
