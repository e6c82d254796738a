"""A landing place in an object store, for tests: a server that speaks S3, and a bucket on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

SECRET = "a-key-that-nobody-may-read"
KEYS = {"AWS_ACCESS_KEY_ID": "area", "AWS_SECRET_ACCESS_KEY": SECRET}
"""By which the store is asked."""
BUCKET, PREFIX, REGION = "returns", "inbox", "eu-west-2"


@dataclass(frozen=True)
class Store:
    """A bucket, and a client as an Area would use one."""

    port: int
    client: Any

    @classmethod
    def empty(cls, port: int) -> Store:
        """The server with nothing on it but the bucket."""
        import boto3

        server = f"http://127.0.0.1:{port}"
        urlopen(Request(f"{server}/moto-api/reset", method="POST")).close()
        client = boto3.client(
            "s3",
            endpoint_url=server,
            region_name=REGION,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        return cls(port, client)

    def url(self, place: str = f"{BUCKET}/{PREFIX}") -> str:
        return f"s3://{place}?endpoint_override=127.0.0.1:{self.port}&scheme=http&region={REGION}"

    def put(self, path: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{path}", Body=content)

    def contents(self) -> list[dict[str, Any]]:
        """What lies there: of each object its key, its hash, its size and when it was put."""
        return list(self.client.list_objects_v2(Bucket=BUCKET).get("Contents", ()))


@contextmanager
def server() -> Iterator[int]:
    """The port of a server that runs as long as the block."""
    from moto.server import ThreadedMotoServer

    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield running.get_host_and_port()[1]
    running.stop()
