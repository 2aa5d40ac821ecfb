"""The files of deploy/ that come along with us."""

from pathlib import Path

import codemie


def folder() -> Path:
    """The folder deploy/ of a checkout, or its copy in the package."""
    here = Path(codemie.__file__).parent
    packaged = here / "operations" / "deployment" / "files"
    return packaged if packaged.is_dir() else here.parents[1] / "deploy"


def chart() -> Path:
    """The folder of the chart."""
    return folder() / "helm" / "codemie"
