"""The people of the assistants' tests."""

from tests.assistants.conftest import team

__all__ = ["team"]
