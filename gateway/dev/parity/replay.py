"""Replays a recording, and says of each exchange what became of it."""

from __future__ import annotations

import asyncio
import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from gateway.dev.parity import headers
from gateway.dev.parity.comparison import Comparison, Difference, Ids, carried, code, look_up, payload
from gateway.dev.parity.dependence import Dependence
from gateway.dev.parity.routes import route_of, served
from gateway.dev.parity.sending import NoTokenError, UnboundError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from gateway.dev.parity.differences import Declared
    from gateway.dev.parity.exchange import Exchange, Recording
    from gateway.dev.parity.sending import Sender

    Look = Callable[[httpx.Response], Awaitable[list[Difference]]]


class Outcome(enum.Enum):
    """What became of an exchange; the values are the columns of the printed table."""

    EQUAL = "equal"
    STATUS = "status only"
    DECLARED = "declared"
    DEPENDS = "depends"
    NOT_SERVED = "not served"
    LEFT_OUT = "left out"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Fault:
    """An answer that differs, and nobody has declared how."""

    exchange: Exchange
    differences: tuple[Difference, ...]
    answer: str

    def __str__(self) -> str:
        sent = f"{self.exchange.title}: {self.exchange.method} {self.exchange.recorded['path']}"
        return "\n    ".join([sent, *map(str, self.differences), f"the answer: {self.answer}"])


@dataclass
class Report:
    """The outcomes of a recording by route, the answers that showed each declared difference, and what nobody declared."""

    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    declared: Counter[Declared] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)


class Replay:
    """One recording against one database, in the order in which it was made.

    Args:
        recording: what is replayed.
        sender: sends it.
        declared: the differences that somebody asked for.
        wanted: whether to send an exchange; those that it leaves out are taken account of.
        look: what else is wrong with an answer.
    """

    def __init__(
        self,
        recording: Recording,
        sender: Sender,
        declared: Sequence[Declared],
        *,
        wanted: Callable[[Exchange], bool] = lambda _: True,
        look: Look | None = None,
    ) -> None:
        self._recording = recording
        self._sender = sender
        self._declared = declared
        self._wanted = wanted
        self._look = look
        self._saved: dict[str, str] = {}
        self._ids = Ids(recording.known)
        self._dependence = Dependence()
        self._report = Report()

    async def run(self, concurrency: int = 1, done: Callable[[], object] = lambda: None) -> Report:
        """Send everything, so many requests at a time; `done` is told of each.

        With more than one at a time, later requests may miss what earlier ones make.
        """
        waiting = iter(self._recording.exchanges)

        async def work() -> None:
            for exchange in waiting:
                outcome = await self._outcome(exchange)
                self._report.outcomes[route_of(exchange), outcome] += 1
                done()

        await asyncio.gather(*(work() for _ in range(concurrency)))
        self._report.faults.sort(key=lambda fault: int(fault.exchange.recorded["n"]))
        return self._report

    async def _outcome(self, exchange: Exchange) -> Outcome:
        if not served(exchange):
            self._dependence.left_out(exchange)
            return Outcome.NOT_SERVED
        if not exchange.complete or not self._wanted(exchange):
            self._dependence.left_out(exchange)
            return Outcome.LEFT_OUT
        try:
            answer = await self._sender.send(exchange, self._saved)
        except (UnboundError, NoTokenError) as missing:
            self._dependence.left_out(exchange)
            return Outcome.DEPENDS if isinstance(missing, UnboundError) else Outcome.LEFT_OUT
        except httpx.TransportError as error:
            gone = Difference("answer", exchange.status, str(error) or type(error).__name__)
            self._report.faults.append(Fault(exchange, (gone,), ""))
            return Outcome.DIFFERENT
        self._save(exchange, answer)
        found = [*_head(exchange, answer), *(await self._look(answer) if self._look else [])]
        outcome = Outcome.STATUS if exchange.quirky or exchange.cut else Outcome.EQUAL
        if body := self._body(exchange, answer):
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
            value = answer.headers.get(header) if kind == "header" else look_up(_object(answer), path)
            if isinstance(value, str):
                self._saved[name] = value
                self._ids.same(exchange.recorded["saved"][name], value)

    def _body(self, exchange: Exchange, answer: httpx.Response) -> list[Difference]:
        """The payload of a success. Errors are framed and worded anew; their status and code are compared."""
        recorded = exchange.response
        comparable = answer.is_success and exchange.status == answer.status_code and not exchange.quirky
        if not comparable or exchange.cut or not recorded:
            return []
        if isinstance(recorded, bytes):
            return [] if answer.content == recorded else [Difference("body", f"{len(recorded)} bytes", "others")]
        comparison = Comparison(
            self._ids,
            self._recording.began,
            self._recording.month,
            unordered=exchange.unordered,
            more=exchange.searches,
        )
        if isinstance(recorded, str):
            return comparison.differences(recorded, answer.text, "body")
        answered = _object(answer)
        if not isinstance(recorded, dict):
            return comparison.differences(recorded, answered.get("data", answered), "body")
        # The contract answers a deletion with a message; what was deleted came along before (tests/parity/recordings).
        carries = {} if exchange.method == "DELETE" else payload(recorded)
        return [
            difference
            for key, value in carries.items()
            for difference in comparison.differences(value, carried(answered, key), f"body {key}")
        ]

    def _judged(self, exchange: Exchange, answer: httpx.Response, found: list[Difference]) -> Outcome | None:
        """What the differences make of the exchange; None where every answer of the gateway shows them."""
        faults, particular = [], False
        for difference in found:
            entries = [one for one in self._declared if one.covers(difference, route_of(exchange), answer.status_code)]
            self._report.declared.update(entries)
            particular |= any(not entry.general for entry in entries)
            if not entries:
                faults.append(difference)
        if faults:
            self._report.faults.append(Fault(exchange, tuple(faults), answer.text[:400]))
            return Outcome.DIFFERENT
        return Outcome.DECLARED if particular else None


def _head(exchange: Exchange, answer: httpx.Response) -> Iterator[Difference]:
    """Status, then headers and code."""
    if answer.status_code not in exchange.statuses:
        right = exchange.statuses if len(exchange.statuses) > 1 else exchange.statuses[0]
        yield Difference("status", right, answer.status_code)
        return
    yield from headers.differences(exchange, answer.headers)
    expected = code(exchange.response)
    if expected and not exchange.quirky and (answered := _object(answer).get("code")) != expected:
        yield Difference("code", expected, answered)


def _object(answer: httpx.Response) -> dict[str, Any]:
    """The body; empty where it is no JSON object."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {"data": found}
