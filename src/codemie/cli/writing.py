"""Which commands write without `--allow-write`: the exceptions from the rule that nothing is changed unasked.

A test compares this with the commands there are, and the reference page of the command line shows it.
"""

from collections.abc import Mapping

UNASKED: Mapping[str, str] = {
    "up": "it is the platform, started for the first time or again",
    "serve": "it is the platform",
    "worker": "it is the platform",
    "migrate": "the step of a start that charts, Compose and services run unattended; `db migrate` looks first",
    "smoke": "what it makes is its own, begins with `smoke-`, and is deleted again",
    "backup create": "a new file; one that is there is refused",
    "backup drill": "a database and a folder of its own, thrown away again",
    "support-bundle": "a new file; `--dry-run` shows what would be in it",
    "bundle create": "a new file",
    "deploy init": "a new file; one that is there is kept, unless `--force` says otherwise",
    "deploy render": "files to be read before anybody applies them",
    "docs export": "a folder that you name",
    "idp export": "the file that `--out` names; without it the realm is printed",
    "tf plan": "a plan to be read; only `tf apply --allow-write` carries it out",
    "plugin run": "the agent, on the machine of the person who starts it; its own options say what it may do",
    "plugin service install": "a service of that person; `--dry-run` shows it",
    "plugin service uninstall": "the same, taken away",
    "dev fakes": "imitations of other systems, gone with Ctrl-C",
}
"""Command → what it writes, or why asking would be in the way."""
