"""What Terraform and the clouds say, as it stands in logs."""

from pathlib import Path

from codemie.operations.terraform.output import Complaint


def _read() -> tuple[tuple[str, Complaint], ...]:
    """Of each block of `errors.txt`: the id of the signature that must know it, its headline, the rest."""
    blocks = (Path(__file__).parent / "errors.txt").read_text(encoding="utf-8").split("== ")[1:]
    parts = [(*block.strip().split("\n", 2), "")[:3] for block in blocks]
    return tuple((name, Complaint(summary, detail)) for name, summary, detail in parts)


CORPUS = _read()
