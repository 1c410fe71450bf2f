"""Files to upload, and the bucket to look into."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from gateway.worker import drain

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from gateway.dev.aws import Aws


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48), colour: str = "red") -> bytes:
    """A picture of one colour."""
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    return buffer.getvalue()


@pytest.fixture
def bucket(aws: Aws) -> Callable[[], set[str]]:
    """`bucket()`: the keys of all objects; it is empty when a test begins."""
    client = aws.client("s3")

    def keys() -> set[str]:
        return {item["Key"] for item in client.list_objects_v2(Bucket=aws.bucket).get("Contents", [])}

    for key in keys():
        client.delete_object(Bucket=aws.bucket, Key=key)
    return keys


@pytest.fixture
def work(app: FastAPI) -> Callable[[], Any]:
    """`await work()`: what is due in the outbox is done."""

    async def done() -> int:
        return await drain(app.state.gateway.services)

    return done
