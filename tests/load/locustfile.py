"""One phase of load, run by Locust in an environment and a process of its own: gevent's patches stay there.

`LOAD_PLAN` names a JSON file: `detail_only`, `rate` (requests a second of one user; 0 is as fast as answers come), `users` (token, and
ids of MOCs), `results` (the file that takes name, status, second of its beginning, and milliseconds of each request).
"""

from __future__ import annotations

import json
import os
import random
import sys
import uuid
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped] # Locust's own environment
from locust import FastHttpUser, events, task  # type: ignore[import-not-found] # as above

sys.path.insert(0, str(Path(__file__).parent))
from mix import DETAIL, MIX  # type: ignore[import-not-found] # found by the line above

PLAN: dict[str, Any] = json.loads(Path(os.environ["LOAD_PLAN"]).read_text())
SEEN: list[tuple[str, int, float, float]] = []


@events.request.add_listener  # type: ignore[untyped-decorator] # as above
def observe(name: str, start_time: float, response_time: float, response: Any, **_: Any) -> None:
    """Keep one request; status 0 is no answer."""
    SEEN.append((name, getattr(response, "status_code", 0) or 0, start_time, response_time))


@events.quitting.add_listener  # type: ignore[untyped-decorator] # as above
def tell(**_: Any) -> None:
    """Hand over what was seen."""
    Path(PLAN["results"]).write_text(json.dumps(SEEN))


def pause() -> float:
    """Seconds to the next request of a user, who knows nothing of the others: theirs are Poisson's, not a burst in each second.

    Locust's own `constant_throughput` counts from the moment in which it made the users, which is the same for all.
    """
    return random.expovariate(PLAN["rate"]) if PLAN["rate"] else 0.0


class Frontend(FastHttpUser):  # type: ignore[misc] # as above
    """Somebody with a frontend, signed in as one of the users."""

    connection_timeout = network_timeout = 40.0

    def on_start(self) -> None:
        """Sign in, at a moment of one's own."""
        gevent.sleep(pause())
        self.theirs = random.choice(PLAN["users"])  # noqa: S311 - as above
        self.headers = {"Authorization": f"Bearer {self.theirs['token']}"}

    def wait_time(self) -> float:
        """Seconds to rest after a request."""
        return pause()

    @task  # type: ignore[untyped-decorator] # as above
    def ask(self) -> None:
        """Send one request of the mix."""
        asked = DETAIL if PLAN["detail_only"] else random.choices(MIX, [one.share for one in MIX])[0]  # noqa: S311 - as above
        content = asked.content(uuid.uuid4().hex)
        headers = {**self.headers, "Content-Type": asked.content_type} if content else self.headers
        path = asked.path.replace("{moc}", random.choice(self.theirs["mocs"]))  # noqa: S311 - as above
        self.client.request(asked.method, path, name=asked.name, data=content, headers=headers)
