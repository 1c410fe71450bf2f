"""GraphQL over HTTP by the audits of graphql-http (https://github.com/graphql/graphql-http#audits)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


async def test_all_audits_of_graphql_over_http_pass(
    node: Callable[..., subprocess.CompletedProcess[str]], url: str
) -> None:
    done = await asyncio.to_thread(node, "node", "audit.mjs", f"{url}/graphql")
    assert done.returncode == 0, done.stderr
    audits = json.loads(done.stdout)
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61
