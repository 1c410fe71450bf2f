"""What exchanges that were left out would have changed, so that later answers which show it are not taken for faults."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gateway.dev.parity.exchange import UUID
from gateway.dev.parity.routes import template

if TYPE_CHECKING:
    from gateway.dev.parity.exchange import Exchange

_NAMED = re.compile(rf"{UUID.pattern}|{{{{\w+}}}}")  # by its id, or by the name of a saved one


class Dependence:
    """The rows and lists whose recorded state includes writes that were not replayed."""

    def __init__(self) -> None:
        self._touched: set[str] = set()

    def left_out(self, exchange: Exchange) -> None:
        """Remember what the exchange changed: what its path and body name, and its user's list of that collection."""
        if exchange.changed:
            request = [exchange.recorded.get(key) for key in ("path", "json", "multipart")]
            self._touched |= {*_NAMED.findall(json.dumps(request)), _list(exchange)}

    def touches(self, exchange: Exchange) -> bool:
        """Whether the exchange shows what was left out: a row that its path names, or else a list."""
        if "{id}" in template(exchange.path):
            return not self._touched.isdisjoint(_NAMED.findall(exchange.path))
        return _list(exchange) in self._touched


def _list(exchange: Exchange) -> str:
    return f"{exchange.user}'s {exchange.path.split('/')[2]}" if exchange.path.count("/") > 1 else exchange.path
