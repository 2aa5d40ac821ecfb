"""What the tests share that make something: an AWS of their own, on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.deploy.terraform.workbench import ACCOUNT, REGION, program
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

    def person(self, name: str, *actions: str) -> dict[str, str]:
        """The variables of somebody who may do these actions and nothing else, such as `s3:Get*`."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Until the block ends, a request counts only with a right signature, and as far as its sender's rights go."""
        self._free_requests("0")
        try:
            yield
        finally:
            self._free_requests("inf")

    def _free_requests(self, count: str) -> None:
        plain = {"Content-Type": "text/plain"}
        httpx2.post(f"{self.url}/moto-api/reset-auth", content=count, headers=plain, timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """An empty account."""
    program()
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
