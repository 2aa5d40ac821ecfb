"""The question whether a state is in a bucket already."""

import socket
from collections.abc import Iterator

import pytest

from codemie.kernel.errors import UpstreamFailed
from codemie.operations.cloud import aws
from codemie.operations.terraform.bootstrap import find_state_in_s3


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.timeout(20)
def test_an_aws_that_never_answers_is_told_after_a_while(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "_READ_SECONDS", 0.3)
    for name, value in {
        "AWS_ENDPOINT_URL": silent,
        "AWS_ACCESS_KEY_ID": "ACCESSKEYOFATEST0000",
        "AWS_SECRET_ACCESS_KEY": "planted-aws-secret",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(UpstreamFailed, match="AWS cannot be asked"):
        find_state_in_s3("codemie-terraform", "bootstrap/terraform.tfstate")
