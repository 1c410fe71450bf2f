"""`make profile`: where the time of each measured request goes, by function, into dist/profile/."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import re
import time
from pathlib import Path

from tests.bench.cases import cases, furnish
from tests.bench.measure import WARM_UP, send
from tests.bench.serving import Served, gateways, services

FOLDER = Path("dist/profile")
REQUESTS = 300
SHOWN = 60  # functions, by their own time


async def profile(served: Served) -> None:
    """Write a text and what `python -m pstats` reads for each case."""
    moc_id = await furnish(served.settings.database_url, served.user_id)
    async with gateways(served.settings) as made:
        for name, case in cases(moc_id, served.user_id).items():
            app = made.keeping if case.kept else made.anew
            for _ in range(WARM_UP):
                await send(app, case.call, served.headers)
            profiler = cProfile.Profile(time.process_time)  # what others do meanwhile is not ours
            profiler.enable()
            for _ in range(REQUESTS):
                await send(app, case.call, served.headers)
            profiler.disable()
            path = FOLDER / re.sub(r"\W+", "-", name)
            profiler.dump_stats(path.with_suffix(".pstats"))
            with path.with_suffix(".txt").open("w") as text:
                pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(SHOWN)


def main() -> None:
    """Start the services, and profile."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with services() as served:
        asyncio.run(profile(served))
    print(f"{REQUESTS} requests of each kind, as text and for python -m pstats, are in {FOLDER}/.")


if __name__ == "__main__":
    main()
