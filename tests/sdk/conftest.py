"""What every test with the official SDK may use."""

from tests.sdk.environment import sdk_python  # noqa: F401
