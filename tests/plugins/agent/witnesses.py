"""What tests look at from outside: files that commands wrote, processes that they started."""

from pathlib import Path

import psutil


async def exists(file: Path) -> bool:
    return _is_file(file)


async def has_number(file: Path) -> bool:
    return number_in(file) > 0


async def is_gone(file: Path) -> bool:
    """Whether the process whose number a file holds has ended."""
    number = number_in(file)
    return not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE


def number_in(file: Path) -> int:
    text = file.read_text().strip() if file.is_file() else ""
    return int(text) if text.isdecimal() else 0


def _is_file(file: Path) -> bool:
    return file.is_file()
