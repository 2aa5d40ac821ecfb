"""An account on moto for the tests of this folder, and nobody else signed in."""

import os
from collections.abc import Iterator

import pytest

from tests.fakes.aws_account import AwsAccount, serving


@pytest.fixture(autouse=True, scope="module")
def nobody_is_signed_in() -> Iterator[None]:
    """No credentials of this machine, and none asked of a machine's own address for them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        yield


@pytest.fixture(scope="module")
def account() -> Iterator[AwsAccount]:
    with serving() as made:
        yield made
