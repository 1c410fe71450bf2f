"""docs/operations.md names what there is: fields of the log, and no others."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev.api import ROOT
from gateway.invocation import invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

PAGE = (ROOT / "docs" / "operations.md").read_text()
QUERIES = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
# What is there only now and then: of a cold start, of a search that PostgreSQL had to answer.
SELDOM = {"coldStart", "reason"}
_WORDS = {"as", "and", "by", "desc", "fields", "filter", "ispresent", "limit", "sort", "stats"}
_FUNCTIONS = {"count", "count_distinct", "latest", "max", "pct"}


@pytest.fixture
async def known(process: Callable[..., httpx.AsyncClient], printed: Callable[[], list[dict[str, Any]]]) -> set[str]:
    """The fields of lines of requests that go well and badly."""
    alice = process()
    with invocation(type("Context", (), {"aws_request_id": "1"})):
        await alice.get(
            "/api/mocs", params={"search": "x"}, headers={"X-Amzn-Trace-Id": f"Root=1-{'a' * 8}-{'b' * 24}"}
        )
        await alice.get("/api/nowhere")
        logging.getLogger("brickgate.errors").error("x", exc_info=OSError("x"), extra={"errorMessage": "x"})
    return {name for line in printed() for name in line} | SELDOM


async def test_queries_name_fields_that_lines_have(known: set[str]) -> None:
    assert len(QUERIES) >= 6
    for query in QUERIES:
        bare = re.sub(r'"[^"]*"', "", query)
        named = set(re.findall(r"@?[A-Za-z]\w*", bare)) - _WORDS - _FUNCTIONS - set(re.findall(r"\bas (\w+)", bare))
        assert named - known - {"@timestamp"} == set(), query


async def test_the_tables_name_fields_that_lines_have(known: set[str]) -> None:
    logs = PAGE[PAGE.index("## Logs") : PAGE.index("**What is never")]
    rows = re.findall(r"^\| (`[^|]+) \|", logs, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named - known == set()
    assert {"requestId", "userId", "operation", "errorType", "errorMessage", "duration"} <= named


def test_loggers_that_are_asked_for_exist() -> None:
    sources = "".join(path.read_text() for room in ("gateway", "resolvers") for path in (ROOT / room).rglob("*.py"))
    asked = {name for query in QUERIES for name in re.findall(r'logger = "([^"]+)"', query)}
    assert asked == {"brickgate.access", "brickgate.search"}
    assert all(f'"{name}"' in sources for name in asked)
