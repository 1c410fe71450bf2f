"""A process of `test_idempotency`: sends itself one request for each key, and is killed amid it, at a moment of its own each time.

    python -m tests.gateway.mortal TOKEN NUMBER

A life is a fork of this process, which has imported everything already. Prints for each key whether the life was killed or answered.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

import httpx

from gateway.app import create_app
from gateway.execute import named

SHORTEST, LONGEST = 0.002, 0.3  # seconds from the first statement of a life to its end


async def send(token: str, key: str, ready: int) -> None:
    """Create an item that is called like the key."""
    application = create_app()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://test", headers=headers
    ) as client:
        await client.post("/api/wishlist", json={"title": ""})  # opens what is opened late, and is refused
        await client.get("/api/wishlist")
        os.write(ready, b"\n")
        await client.post("/api/wishlist", json={"title": key})
    os._exit(0)


def main(token: str, number: int) -> None:
    """Let one life follow the other."""
    named("CreateWishlistItem")
    for place in range(number):
        heard, ready = os.pipe()
        child = os.fork()
        if child == 0:
            asyncio.run(send(token, str(place), ready))
        os.read(heard, 1)
        time.sleep(SHORTEST + (LONGEST - SHORTEST) * place / number)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(heard)
        os.close(ready)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else "answered\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
