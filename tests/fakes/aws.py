"""AWS on this machine: moto's server, with accounts that it checks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.server import ThreadedMotoServer

REGION = "eu-central-1"


@dataclass(frozen=True)
class FakeAws:
    """Where it is, and keys that may do everything."""

    url: str
    access_key: str = "ACCESSKEYOFATEST0000"
    secret_key: str = "planted-aws-secret"

    def client(self, service: str) -> Any:
        """The official client, to set up and to look at what a tool has done."""
        import boto3

        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )


@contextmanager
def running(port: int = 0) -> Iterator[FakeAws]:
    """One on this loopback port; on a free one if it is 0."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    cloud = FakeAws(f"http://{host}:{port}")
    # A service's part is loaded by its first request, which takes seconds that no test of ours is about.
    cloud.client("sts").get_caller_identity()
    cloud.client("s3").list_buckets()
    yield cloud
    server.stop()
