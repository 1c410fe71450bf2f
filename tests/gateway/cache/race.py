"""One of the processes of `test_processes`: reads and changes MOCs in turns and tells what it saw, and when.

    python -m tests.gateway.cache.race TOKEN OPERATIONS TASKS SEED MOC_ID ...

Prints one line of JSON for each operation: which MOC, when it began and ended by the machine's monotonic clock, whether it changed the
MOC, which version it was told, and what the answer says of the cache.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import Any

import httpx
import orjson

from gateway.app import create_app

CHANGES = 0.25  # share of operations


async def work(client: httpx.AsyncClient, mocs: list[str], chance: random.Random, operations: int) -> list[Any]:
    seen = []
    for _ in range(operations):
        moc, changes, listed = chance.choice(mocs), chance.random() < CHANGES, chance.random() < CHANGES
        path = f"/api/mocs/{moc}"
        began = time.monotonic_ns()
        if changes:
            answer = await client.patch(path, json={"partsCount": chance.randrange(1, 1000)})
        else:
            answer = await client.get("/api/mocs" if listed else path)
        ended = time.monotonic_ns()
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        rows = data if isinstance(data, list) else [data]
        state = answer.headers.get("x-cache", "")
        seen += [(row["id"], began, ended, changes, row["updatedAt"], state) for row in rows]
    return seen


async def main(token: str, operations: int, tasks: int, seed: int, mocs: list[str]) -> None:
    application = create_app()
    transport, headers = httpx.ASGITransport(application), {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        await client.get("/health")  # loads what is loaded late
        sys.stdout.write("\n")
        sys.stdout.flush()
        sys.stdin.readline()
        chances = [random.Random(f"{seed} {number}") for number in range(tasks)]  # noqa: S311 - nothing to keep secret
        shares = [work(client, mocs, chance, operations // tasks) for chance in chances]
        seen = [entry for share in await asyncio.gather(*shares) for entry in share]
    await application.state.gateway.services.close()
    sys.stdout.buffer.write(b"".join(orjson.dumps(entry) + b"\n" for entry in seen))


if __name__ == "__main__":
    given, share, together, number, *wanted = sys.argv[1:]
    asyncio.run(main(given, int(share), int(together), int(number), wanted))
