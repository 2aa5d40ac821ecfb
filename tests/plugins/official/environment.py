"""The official agent, unmodified from PyPI, in an environment of its own."""

from pathlib import Path

from tests.sdk.environment import python_with

PACKAGE = "codemie-plugins==0.2.0"
# What it depends on breaks with newer ones, at the import.
CONSTRAINT = "pydantic>=2.11.7,<2.12"
ENVIRONMENT = Path(__file__).parents[3] / ".cache" / "plugins-venv"


def official_program() -> Path:
    """Its command, `codemie-plugins`; skips the test where it cannot be had."""
    return python_with(PACKAGE, ENVIRONMENT, CONSTRAINT).with_name("codemie-plugins")
