"""Replays a recording, and says of each exchange what became of it."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.gateway import described
from tests.parity import headers
from tests.parity.comparison import Comparison, Difference, Ids, carried, code, look_up, payload
from tests.parity.dependence import Dependence
from tests.parity.differences import DECLARED, Declared
from tests.parity.routes import route_of, served
from tests.parity.sending import UnboundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from tests.parity.exchange import Exchange
    from tests.parity.sending import Sender


class Outcome(enum.Enum):
    """What became of an exchange; the values are the columns of the printed table."""

    EQUAL = "equal"
    STATUS = "status only"
    DECLARED = "declared"
    DEPENDS = "depends"
    NOT_SERVED = "not served"
    DIFFERENT = "different"


@dataclass
class Report:
    """The outcomes of a recording by route, the answers that showed each declared difference, and what nobody declared."""

    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    declared: Counter[Declared] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Replay:
    """One recording against one database, in the order in which it was made."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._saved: dict[str, str] = {}
        self._ids = Ids()
        self._dependence = Dependence()
        self._report = Report()

    async def run(self, exchanges: Iterable[Exchange]) -> Report:
        for exchange in exchanges:
            outcome = await self._outcome(exchange)
            self._report.outcomes[route_of(exchange), outcome] += 1
        return self._report

    async def _outcome(self, exchange: Exchange) -> Outcome:
        if not served(exchange):
            self._dependence.left_out(exchange)
            return Outcome.NOT_SERVED
        try:
            answer = await self._sender.send(exchange, self._saved)
        except UnboundError:
            self._dependence.left_out(exchange)
            return Outcome.DEPENDS
        self._save(exchange, answer)
        found = [*_head(exchange, answer), *await _description(answer)]
        outcome = Outcome.STATUS if exchange.quirky else Outcome.EQUAL
        if body := _body(exchange, answer, self._ids):
            if self._dependence.touches(exchange):
                outcome = Outcome.DEPENDS
            else:
                found += body
        return self._judged(exchange, answer, found) or outcome

    def _save(self, exchange: Exchange, answer: httpx.Response) -> None:
        """Keep what later requests name, and know it by its recorded value."""
        if not answer.is_success:
            return
        for name, path in exchange.recorded.get("save", {}).items():
            kind, _, header = path.partition(":")
            value = answer.headers.get(header) if kind == "header" else look_up(answer.json(), path)
            if isinstance(value, str):
                self._saved[name] = value
                self._ids.same(exchange.recorded["saved"][name], value)

    def _judged(self, exchange: Exchange, answer: httpx.Response, found: list[Difference]) -> Outcome | None:
        """What the differences make of the exchange; None where every answer of the gateway shows them."""
        faults, particular = [], False
        for difference in found:
            entries = [entry for entry in DECLARED if entry.covers(difference, route_of(exchange), answer.status_code)]
            self._report.declared.update(entries)
            particular |= any(not entry.general for entry in entries)
            if not entries:
                faults.append(str(difference))
        if faults:
            sent = f"{exchange.title}: {exchange.method} {exchange.recorded['path']}"
            self._report.faults.append("\n    ".join([sent, *faults, f"the answer: {answer.text[:400]}"]))
            return Outcome.DIFFERENT
        return Outcome.DECLARED if particular else None


def _head(exchange: Exchange, answer: httpx.Response) -> list[Difference]:
    """Status, then headers and code."""
    if answer.status_code not in exchange.statuses:
        return [Difference("status", exchange.statuses, answer.status_code)]
    found = list(headers.differences(exchange, answer.headers))
    expected = code(exchange.response)
    if expected and not exchange.quirky and (answered := answer.json()["code"]) != expected:
        found.append(Difference("code", expected, answered))
    return found


async def _description(answer: httpx.Response) -> list[Difference]:
    """Whether the OpenAPI document tells of such an answer."""
    try:
        await described.check(answer)
    except AssertionError as error:
        return [Difference("description", "as the OpenAPI document says", str(error))]
    return []


def _body(exchange: Exchange, answer: httpx.Response, ids: Ids) -> list[Difference]:
    """The payload of a success. Errors are framed and worded anew; their status and code are compared."""
    comparable = answer.is_success and exchange.status == answer.status_code and not exchange.quirky
    if not comparable or not isinstance(exchange.response, dict):
        return []
    # The contract answers a deletion with a message; what was deleted came along before (README, "Differences everywhere").
    carries = {} if exchange.method == "DELETE" else payload(exchange.response)
    comparison = Comparison(ids, unordered=exchange.unordered, more=exchange.searches)
    return [
        difference
        for key, value in carries.items()
        for difference in comparison.differences(value, carried(answer.json(), key), f"body {key}")
    ]
