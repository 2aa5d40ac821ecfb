"""Command lines that no rule and no consent lets through: they destroy a machine, and nobody means them.

A seat belt, not a wall: a shell knows a thousand ways to say the same. What an agent may do is bounded by whom it runs
as, and by the rules and the consent that other commands need.
"""

import re
from collections.abc import Iterator

_SEPARATORS = re.compile(r"[;&|()`\n{}]|\$\(|\b(?:then|do|else)\b")
_LEADS_IN = frozenset({"sudo", "doas", "exec", "nohup", "command", "env", "time", "xargs", "-E", "-n"})
_EVERYTHING = re.compile(
    r"(?:/|~|\$HOME|\.\.|/(?:bin|boot|dev|etc|home|lib|opt|proc|root|sbin|srv|sys|usr|var|Users|System|Library))/*\*?|\.\*"
)
_DISK = re.compile(r"/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mem|kmem|mapper|dm-)\S*")
_ANYWHERE = {
    "overwrites a disk": re.compile(r">\s*/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mem|kmem|mapper|dm-)"),
    "starts processes without end": re.compile(r"(\w{1,40}|:)\s?\(\)\s?\{\s?\1\s?\|\s?\1\s?&"),
}
_COPIES = frozenset({"dd", "shred", "cp", "tee"})
_STOPS = frozenset({"shutdown", "reboot", "halt", "poweroff"})
_FORMATS = re.compile(r"mkfs(?:\.\w+)?|wipefs|mkswap|fdisk|sfdisk|parted")


def forbidden(command: str) -> str | None:
    """What is wrong with a command line, as the end of a sentence; None for anything else."""
    for what, pattern in _ANYWHERE.items():
        if pattern.search(command):
            return what
    return next(filter(None, map(_wrong, _commands(command))), None)


def _commands(line: str) -> Iterator[list[str]]:
    """Each command of a line as its words, roughly as a shell splits them, without quotes and what leads in."""
    for part in _SEPARATORS.split(line.replace("\\\n", " ").replace("${HOME}", "$HOME")):
        words = [word.strip("\"'").replace("\\", "") for word in part.split()]
        while words and (words[0] in _LEADS_IN or re.fullmatch(r"\w+=.*", words[0])):
            words.pop(0)
        if words:
            yield [words[0].rpartition("/")[2], *words[1:]]


def _wrong(words: list[str]) -> str | None:
    name, *rest = words
    is_everything = any(_EVERYTHING.fullmatch(word) for word in rest)
    wrongs = {
        "deletes whole file systems": (name == "rm" and (is_everything or "--no-preserve-root" in rest))
        or (name == "find" and is_everything and "-delete" in rest),
        "changes the rights of everything": name in {"chmod", "chown", "chgrp"} and is_everything,
        "throws files away": name == "mv" and rest[-1:] == ["/dev/null"],
        "overwrites a disk": _FORMATS.fullmatch(name) is not None or (name in _COPIES and any(map(_is_disk, rest))),
        "stops the machine": name in _STOPS or (name == "init" and rest[:1] in (["0"], ["6"])),
    }
    return next((what for what, applies in wrongs.items() if applies), None)


def _is_disk(word: str) -> bool:
    return _DISK.fullmatch(word.removeprefix("of=")) is not None
