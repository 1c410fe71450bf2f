"""What the stack tells the person at the terminal."""

from __future__ import annotations

import logging
import shlex
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COLUMN = 20
_PAGES = {"REST": "/api/mocs", "OpenAPI": "/docs", "GraphQL": "/graphql", "Health": "/health"}
# Where there is no page for a browser.
_IN_PRODUCTION = _PAGES | {"OpenAPI": "/openapi.json", "GraphQL": "/graphql (without GraphiQL)"}


def say(name: str, text: str) -> None:
    """Report on one part of the stack."""
    print(f"{name:<{_COLUMN}}{text}", flush=True)


@contextmanager
def timed(name: str, done: str) -> Iterator[None]:
    """Report that a step is done, and how long it took."""
    began = time.monotonic()
    yield
    say(name, f"{done} ({time.monotonic() - began:.1f} s)")


@contextmanager
def shown(name: str) -> Iterator[None]:
    """Let the reports of a logger appear among the lines of the terminal."""
    logger, handler = logging.getLogger(name), logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(" " * _COLUMN + "%(message)s"))
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def welcome(url: str, environ: Mapping[str, str], token: str | None) -> None:
    """Say where everything is, and how to begin."""
    print("\nCtrl-C stops everything; the data stays for the next start, until: make reset\n")
    pages = _IN_PRODUCTION if environ.get("ENVIRONMENT") == "production" else _PAGES
    for name, path in pages.items():
        say(f"  {name}", url + path)
    if token:
        state = f" STATE_DIR={shlex.quote(environ['STATE_DIR'])}" if "STATE_DIR" in environ else ""
        command = f"make -s token USER=alice{state}"
        print(
            f"\nA token of alice's, for one hour. Another one, or bob's, or carol's: {command}\n\n{token}\n\nTry it:\n"
        )
        print(f'  curl -H "Authorization: Bearer $({command})" "{url}/api/mocs?limit=3"\n')
    sys.stdout.flush()
