"""What the commands around Terraform do."""

from pathlib import Path

from codemie.cli.exits import Exit


def bootstrap(directory: Path, *, allow_write: bool) -> Exit:
    """Run the first stack of a cloud.

    Args:
        directory: its folder.
        allow_write: make what is missing, instead of only telling.
    """
    from codemie.operations.terraform.bootstrap import Bootstrap, find_state_in_s3
    from codemie.operations.terraform.program import Terraform

    is_done = Bootstrap(Terraform(directory), find_state_in_s3, print).run(allow_write=allow_write)
    return Exit.OK if is_done else Exit.REFUSED
