"""An account on moto for the tests of this folder, and nobody else signed in."""

from collections.abc import Iterator

import pytest

from tests.fakes.aws_account import AwsAccount, serving, signed_out


@pytest.fixture(autouse=True, scope="module")
def nobody_is_signed_in() -> Iterator[None]:
    with signed_out():
        yield


@pytest.fixture(scope="module")
def account() -> Iterator[AwsAccount]:
    with serving() as made:
        yield made
