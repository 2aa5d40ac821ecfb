"""The guide names every right that is needed to look at Google Cloud."""

import re
from pathlib import Path

import codemie

_ROOMS = ("cloud", "preflight")
_RIGHT = re.compile(
    r'"((?:compute|container|cloudsql|cloudkms|dns|iam|storage|resourcemanager|serviceusage)\.[a-zA-Z]+\.[a-zA-Z]+)"'
)


def test_every_right_that_a_check_takes_stands_in_the_guide() -> None:
    source = Path(codemie.__file__).parent
    files = [file for room in _ROOMS for file in (source / "operations" / room / "google").glob("*.py")]
    needed = {right for file in files for right in _RIGHT.findall(file.read_text()) if "googleapis" not in right}
    guide = (source.parents[1] / "docs" / "how-to" / "deploy-on-google-cloud.md").read_text()

    assert len(needed) > 20
    assert sorted(each for each in needed if f"`{each}`" not in guide) == []
