"""What Schemathesis has to be told of GraphQL here: literals of our scalars, and which errors are the server's fault."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies
from schemathesis.graphql import nodes

schemathesis.graphql.scalar(
    "DateTime", strategies.datetimes().map(lambda moment: nodes.String(f"{moment.isoformat()}Z"))
)
schemathesis.graphql.scalar(
    "TextOrNumber", strategies.text(max_size=60).map(nodes.String) | strategies.integers().map(nodes.Int)
)


@schemathesis.check  # type: ignore[untyped-decorator] # its types are not read, see pyproject.toml
def errors_are_the_clients(_context: Any, response: Any, _case: Any) -> None:
    """Every error has a code, and none is that of a failure: Schemathesis itself takes any error of GraphQL for one."""
    answer = response.json() if "graphql" in response.request.url else {}
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes.isdisjoint({"INTERNAL_ERROR", "SERVICE_UNAVAILABLE"}), answer
