"""Where GuardDuty scans the bucket, files can be fetched only after it has found nothing in them (PRD 2.7.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from gateway.dev.aws import Aws
    from settings import Settings


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    return settings_for(malware_protection=True)


@pytest.mark.prd("2.7.4")
@pytest.mark.parametrize(
    ("name", "verdict", "status"),
    [
        ("a.pdf", None, 409),
        ("a.pdf", "NO_THREATS_FOUND", 200),
        ("a.pdf", "THREATS_FOUND", 403),
        ("a.pdf", "UNSUPPORTED", 403),
        ("a.pdf", "ACCESS_DENIED", 403),
        ("a.pdf", "FAILED", 403),
        ("a.io", "UNSUPPORTED", 200),
        ("a.io", "THREATS_FOUND", 403),
        ("studio.pdf", "UNSUPPORTED", 403),
    ],
)
async def test_a_file_is_released_by_its_verdict(
    alice: httpx.AsyncClient, aws: Aws, create: Callable[..., Any], name: str, verdict: str | None, status: int
) -> None:
    moc = await create()
    content = b"%PDF-1.4\n%%EOF" if name.endswith("pdf") else zipped()
    added = await alice.post(
        f"/api/mocs/{moc['id']}/files", data={"fileType": "instruction"}, files={"file": (name, content, "x/y")}
    )
    assert added.status_code == 201, added.text
    file = added.json()["data"]
    key = (
        f"mocs/{aws.users['alice'].sub}/" + file["fileUrl"].partition("?")[0].partition(f"{aws.users['alice'].sub}/")[2]
    )
    if verdict:
        tags = {"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": verdict}]}
        aws.client("s3").put_object_tagging(Bucket=aws.bucket, Key=key, Tagging=tags)
    for way in ("download?format=json", "download-info"):
        answer = await alice.get(f"/api/mocs/{moc['id']}/files/{file['id']}/{way}")
        assert answer.status_code == status, answer.text
        assert ("X-Amz-Signature" in answer.text) == (status == 200)


def zipped() -> bytes:
    """The smallest archive."""
    import io  # noqa: PLC0415 - of this function alone
    import zipfile  # noqa: PLC0415 - as above

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model.ldr", "0 model")
    return buffer.getvalue()
