"""One of the processes of `test_limits`: asks many times at once, and tells what it was answered.

    python -m tests.gateway.limits.crowd TOKEN NUMBER

Prints a line when it is ready, waits for one, and prints status and RateLimit-Remaining of each answer.
"""

from __future__ import annotations

import asyncio
import sys

import httpx

from gateway.app import create_app


async def main(token: str, number: int) -> None:
    application = create_app()
    transport, headers = httpx.ASGITransport(application), {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        application.state.gateway.services.cache.load()  # no clock of a request is to run while it imports
        sys.stdout.write("\n")
        sys.stdout.flush()
        sys.stdin.readline()
        answers = await asyncio.gather(*(client.get("/api/csrf") for _ in range(number)))
    await application.state.gateway.services.close()
    sys.stdout.writelines(f"{answer.status_code} {answer.headers['ratelimit-remaining']}\n" for answer in answers)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
