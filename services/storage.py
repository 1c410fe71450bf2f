"""Objects in S3 (contract section 4): what is stored, and URLs for those who may see it.

Rows keep the plain URL of an object, `https://{bucket}.s3.{region}.amazonaws.com/{key}`, as the legacy service's do. The bucket is private:
a URL that is handed out is signed, for a limited time, and only to the user whose id is the second part of the key: clients may write URLs
into rows, and must not get at other users' objects that way. Every other URL is handed out as it is.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from services import keys
from services.aws import Unavailable, asked, code, passes, transient
from services.breaker import Refused
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from services.aws import Aws

CLEAN, UNREADABLE = "NO_THREATS_FOUND", "UNSUPPORTED"
USERS, EACH = 64, 512  # whose signed URLs are kept, and how many of each, until they are half as old as they may get
_VERDICT = "GuardDutyMalwareScanStatus"
_MISSING = frozenset({"NoSuchKey", "404"})
_CACHE_CONTROL = "private, no-cache"  # browsers keep it, and ask by its tag whether it is still the same
_CHUNK = 256 * 1024
_VERSION = "x-version"
_SIGNED = re.compile(rb'https?://[^"\\\s]+[?&]X-Amz-Signature=[0-9a-f]{64}')
_STEPS = re.compile(r"(^|/)\.{1,2}(/|$)|[\x00-\x1f]")
_DELETED_AT_ONCE = 1000  # keys of one request


@dataclass(frozen=True)
class Form:
    """A presigned POST: where to send a file, and the fields that must come before it."""

    url: str
    fields: dict[str, str]


class _Shown(dict[str, str]):
    """What is handed out for URLs of rows, made when it is first asked for.

    Args:
        make: makes it.
        until: when it is to be made anew, by the system's clock.
    """

    def __init__(self, make: Callable[[str], str], until: float) -> None:
        super().__init__()
        self._make, self.until = make, until

    def __missing__(self, url: str) -> str:
        made = self[url] = self._make(url)
        if len(self) > EACH:
            del self[next(iter(self))]
        return made


class Storage:
    """One bucket.

    Args:
        aws: the clients of this process.
        bucket: its name.
        lifetime: seconds for which a URL is good.
        scanned: whether GuardDuty scans what is stored.
    """

    def __init__(self, aws: Aws, bucket: str, lifetime: int, *, scanned: bool = False) -> None:
        self._aws, self._bucket, self._lifetime, self._scanned = aws, bucket, lifetime, scanned
        self._host = f"{bucket}.s3.{aws.region}.amazonaws.com"
        self._shown: OrderedDict[str, _Shown] = OrderedDict()

    def location(self, key: str) -> str:
        """The plain URL of an object, as rows keep it."""
        return f"https://{self._host}/{quote(key)}"

    def replaced(self, key: str) -> str:
        """The plain URL of an object that has just taken the place of another of this key: a new one, since pages keep pictures by URL.

        S3 ignores parameters that begin with `x-`.
        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html#LogFormatCustom
        """
        return f"{self.location(key)}?{_VERSION}={secrets.token_hex(4)}"

    def key(self, url: str | None) -> str | None:
        """The key of the object that a URL names, signed or plain; None where it is none of this bucket.

        A path with steps such as `..` names none: clients and servers take them at different moments, to different objects.
        """
        prefix = f"{self._aws.endpoint('s3')}/{self._bucket}/"
        try:
            parts = urlsplit(url or "")
            if parts.hostname == self._host:
                path = parts.path[1:]
            else:
                path = urlsplit(url[len(prefix) :]).path if url and url.startswith(prefix) else ""
        except ValueError:  # rows of the legacy service may hold what is no URL
            return None
        key = unquote(path)
        return key if key and not _STEPS.search(key) else None

    def key_of(self, user_id: str, url: str | None) -> str | None:
        """The key of the object that a URL names, if the object is this user's and may be shown."""
        key = self.key(url)
        return key if key and keys.owner(key) == user_id and keys.is_shown(key) else None

    def plain(self, url: str) -> str:
        """`url` as rows keep it: what was signed loses its signature."""
        key = self.key(url)
        return self.location(key) + _query(_VERSION, _version(url)) if key else url

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store an object, in place of any that has this key.

        Raises:
            Unavailable: S3 gave no answer. Whether it is stored is not known; putting it again would do no harm.
        """
        client = await self._aws.client("s3")
        await self._asked(
            "PutObject",
            lambda: client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=content_type, CacheControl=_CACHE_CONTROL
            ),
        )

    async def get(self, key: str, largest: int) -> bytes | None:
        """The content of an object, cut after `largest` bytes; None where there is none.

        Raises:
            Unavailable: S3 gave no answer.
        """
        client = await self._aws.client("s3")

        async def fetch() -> bytes:
            answer = await client.get_object(Bucket=self._bucket, Key=key)
            content = bytearray()
            async with answer["Body"]:
                async for chunk in answer["Body"].iter_chunks(_CHUNK):
                    content += chunk
                    if len(content) >= largest:
                        break
            return bytes(content[:largest])

        try:
            found: bytes = await self._asked("GetObject", fetch)
        except Exception as error:
            if code(error) in _MISSING:
                return None
            raise
        return found

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that are not there are no error.

        Raises:
            Unavailable: S3 gave no answer, or had no time for some of them.
            Refused: it refused some of them, and will go on to.
        """
        client = await self._aws.client("s3")
        wanted = list(keys)
        for start in range(0, len(wanted), _DELETED_AT_ONCE):
            objects = [{"Key": key} for key in wanted[start : start + _DELETED_AT_ONCE]]
            request = partial(client.delete_objects, Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            answer = await self._asked("DeleteObjects", request)
            if errors := answer.get("Errors"):
                passing = all(passes(error.get("Code", "")) for error in errors)
                raise (Unavailable if passing else Refused)(f"S3 did not delete {errors[:3]}")

    async def verdict(self, key: str) -> str:
        """What GuardDuty says of an object; `PENDING` before it has said anything, `NO_THREATS_FOUND` where it is not asked.

        Source: https://docs.aws.amazon.com/guardduty/latest/ug/monitor-enable-s3-object-tagging-malware-protection.html

        Raises:
            Unavailable: S3 gave no answer.
        """
        if not self._scanned:
            return CLEAN
        client = await self._aws.client("s3")
        answer = await self._asked("GetObjectTagging", lambda: client.get_object_tagging(Bucket=self._bucket, Key=key))
        tags = {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}
        return str(tags.get(_VERDICT, "PENDING"))

    def urls(self, user_id: str) -> Mapping[str, str]:
        """What to hand out to a user for a URL of a row, by that URL: signed, where it names an object of theirs.

        To be asked for by each request. They are the same for half of a URL's lifetime, so that browsers may keep what they name.
        """
        now, shown = time.time(), self._shown.get(user_id)
        if shown is None or shown.until <= now:
            shown = self._shown[user_id] = _Shown(partial(self._signed, user_id), now + self._lifetime / 2)
            if len(self._shown) > USERS:
                self._shown.popitem(last=False)
        self._shown.move_to_end(user_id)
        return shown

    def signed_anew(self, user_id: str, content: bytes) -> bytes:
        """`content`, JSON that was made for this user some time ago, with the URLs in it as they are handed out now."""
        urls = self.urls(user_id)
        return _SIGNED.sub(lambda found: urls[self.plain(found[0].decode())].encode(), content)

    def _signed(self, user_id: str, url: str) -> str:
        key = self.key_of(user_id, url)
        return self._presigned(key, _query(_VERSION, _version(url))) if key else url

    def download(self, key: str, filename: str) -> str:
        """A signed URL whose answer the browser saves under `filename` (RFC 6266, RFC 5987)."""
        safe = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
        disposition = f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(filename, safe='')}"
        return self._presigned(key, _query("response-content-disposition", disposition))

    def form(self, key: str, content_type: str, size: int, seconds: int) -> Form:
        """A presigned POST for one object of exactly this key and type, of 1 to `size` bytes."""
        conditions = [{"Content-Type": content_type}, ["content-length-range", 1, size]]
        answer = self._signer.generate_presigned_post(
            self._bucket, key, Fields={"Content-Type": content_type}, Conditions=conditions, ExpiresIn=seconds
        )
        return Form(answer["url"], answer["fields"])

    def _presigned(self, key: str, query: str) -> str:
        """A signed URL of an object, with a query of its own or none.

        By botocore's signature alone: its clients' own way takes three times as long, and a page has many pictures.
        """
        from botocore.auth import S3SigV4QueryAuth  # noqa: PLC0415 - half a second of imports
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - as above

        emulated = self._aws.endpoint("s3")
        place = f"{emulated}/{self._bucket}/{quote(key)}" if emulated else self.location(key)
        request = AWSRequest("GET", place + query)
        S3SigV4QueryAuth(self._aws.credentials(), "s3", self._aws.region, self._lifetime).add_auth(request)
        return str(request.url)

    @cached_property
    def _signer(self) -> Any:
        return self._aws.signer("s3")

    async def _asked(self, operation: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """The answer to a request that may be repeated: all of them leave the bucket as one would."""
        with span("s3", f"S3.{operation}", {"rpc.method": operation, "aws.s3.bucket": self._bucket}):
            return await asked("S3", call, transient)

    async def put_all(self, objects: Mapping[str, tuple[bytes, str]]) -> None:
        """Store several objects at once: key to content and content type. When one fails, all have been tried."""
        results = await asyncio.gather(
            *(self.put(key, *value) for key, value in objects.items()), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result


def _version(url: str) -> str:
    """The version in a URL of an object, empty without one."""
    return parse_qs(urlsplit(url).query).get(_VERSION, [""])[0]


def _query(name: str, value: str) -> str:
    return f"?{name}={quote(value, safe='')}" if value else ""
