"""What may be wrong with a file: how it is written, or what it says."""


class WrongSyntax(Exception):
    """It is not written as files of Terraform are.

    Attributes:
        line: where, from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class NoValue(Exception):
    """An expression has no value: a function refuses its arguments, or a list is too short."""


class NotKnownHere(Exception):
    """An expression asks for what only Terraform knows: a resource, or a function that is not among ours."""
