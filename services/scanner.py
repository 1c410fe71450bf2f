"""A virus scanner beside the service: clamd, asked by INSTREAM (PRD 2.7.4).

Source: https://docs.clamav.net/manual/Usage/Scanning.html#clamd (the protocol is that of clamd(8): a command, then chunks with their
length in front, then a length of zero). The clients on PyPI block or rest; the protocol is these lines.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

TIMEOUT = 20.0  # seconds for a file; less than API Gateway's 30
_CHUNK = 256 * 1024


class Infected(Exception):
    """The scanner knows this content; the text is what it calls it."""


class ScannerUnavailable(Exception):
    """The scanner gave no verdict. Nothing unscanned is let in; the text is for the log alone."""


class Clamd:
    """One clamd.

    Args:
        host: where it listens.
        port: as above.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def scan(self, content: bytes) -> None:
        """Return if nothing is known against `content`.

        Raises:
            Infected: something is.
            ScannerUnavailable: clamd gave no answer, or could not scan.
        """
        try:
            async with asyncio.timeout(TIMEOUT):
                verdict = await self._ask(content)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ScannerUnavailable(f"clamd: {error!r}") from error
        if verdict.endswith(" FOUND"):
            raise Infected(verdict.removeprefix("stream: ").removesuffix(" FOUND"))
        if verdict != "stream: OK":
            raise ScannerUnavailable(f"clamd: {verdict}")

    async def _ask(self, content: bytes) -> str:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            view = memoryview(content)
            for start in range(0, len(content), _CHUNK):
                chunk = view[start : start + _CHUNK]
                writer.write(struct.pack(">I", len(chunk)))
                writer.write(chunk)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            return (await reader.readuntil(b"\0"))[:-1].decode(errors="replace")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
