"""A worker that is killed again and again, at random moments: `python -m tests.gateway.outbox.lives NUMBER SEED`.

A life is a fork of this process, which has imported everything already: it costs milliseconds. Says how each has ended.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time

from gateway import worker
from gateway.gateway import Gateway
from settings import Settings

SHORTEST, LONGEST = 0.02, 1.0  # seconds of a life


async def live() -> None:
    """Work until the end comes."""
    services = Gateway.of(Settings.read()).services
    while True:
        await worker.drain(services)
        await asyncio.sleep(0.01)


def main(number: int, chance: random.Random) -> None:
    """Let one life follow the other."""
    from opensearchpy import AsyncOpenSearch  # noqa: F401, PLC0415 - so that a life need not
    from opensearchpy.helpers import async_streaming_bulk  # noqa: F401, PLC0415 - as above
    from redis.asyncio import Redis  # noqa: F401, PLC0415 - as above

    for _ in range(number):
        child = os.fork()
        if child == 0:
            asyncio.run(live())
        time.sleep(chance.uniform(SHORTEST, LONGEST))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.write(1, b"killed\n" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else b"ended\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), random.Random(int(sys.argv[2])))  # noqa: S311 - the same each time
