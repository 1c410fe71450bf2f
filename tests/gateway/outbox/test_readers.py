"""The worker admits the other functions to searching.

The OpenSearch that the tests run has no fine-grained access: here a server stands in that tells what it was asked for.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from gateway import worker
from gateway.gateway import Gateway
from services import mappings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from settings import Settings

SECURITY = "/_plugins/_security/api"
READERS = "arn:aws:iam::123456789012:role/lego-api-dev-*"


@pytest.fixture
def asked() -> dict[str, Any]:
    """What the domain was asked to keep, by path."""
    return {}


@pytest.fixture
def domain(asked: dict[str, Any]) -> Iterator[str]:
    """The URL of a domain with fine-grained access that has all the indices."""
    concrete: dict[str, Any] = {
        f"dev-{name}-20260101000000000000": {"aliases": {f"dev-{name}": {}}} for name in mappings.INDICES
    }

    class Domain(BaseHTTPRequestHandler):
        def answer(self, answer: Any) -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.answer(concrete)

        def do_PUT(self) -> None:
            asked[self.path] = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.answer({"status": "CREATED"})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.answer({"deleted": 0})

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Domain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.prd("1.5.4")
async def test_readers_may_search_the_indices_and_nothing_else(
    settings_for: Callable[..., Settings], domain: str, asked: dict[str, Any]
) -> None:
    settings = settings_for(opensearch_url=domain, opensearch_index_prefix="dev-", opensearch_readers=READERS)
    services = Gateway.of(settings).services
    await worker.drain(services)
    await services.close()
    role = asked[f"{SECURITY}/roles/dev-brickgate-readers"]
    assert role["index_permissions"] == [
        {"index_patterns": [f"dev-{name}*" for name in mappings.INDICES], "allowed_actions": ["read"]}
    ]
    assert asked[f"{SECURITY}/rolesmapping/dev-brickgate-readers"] == {"backend_roles": [READERS]}


async def test_a_domain_without_fine_grained_access_is_asked_for_none(
    settings_for: Callable[..., Settings], domain: str, asked: dict[str, Any]
) -> None:
    services = Gateway.of(settings_for(opensearch_url=domain, opensearch_index_prefix="dev-")).services
    await worker.drain(services)
    await services.close()
    assert asked == {}
