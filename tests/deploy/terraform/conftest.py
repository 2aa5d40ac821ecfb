"""What the tests share that make something: an AWS of their own, on loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.terraform.workbench import ACCOUNT, REGION, program, provider_mirror
from tests.support import free_port


class Aws:
    """moto behind a loopback port."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.environment = {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3": url, "AWS_REGION": REGION}

    def client(self, service: str) -> Any:
        """The official client, to set up and to look at what was made."""
        import boto3

        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="ACCESSKEYOFATEST0000",
            aws_secret_access_key="planted-aws-secret",
        )


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """An empty account."""
    program()
    provider_mirror()
    port = free_port()
    environment = {**os.environ, "MOTO_ACCOUNT_ID": ACCOUNT, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.aws_server", str(port)],
        cwd=Path(__file__).parents[3],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdin
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        yield Aws(f"http://127.0.0.1:{port}")
        server.stdin.close()
