"""The printed table: what became of the exchanges of each route."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gateway.dev.parity.replay import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.dev.parity.differences import Declared
    from gateway.dev.parity.replay import Report

COLUMNS = (Outcome.EQUAL, Outcome.STATUS, Outcome.DECLARED, Outcome.DEPENDS, Outcome.DIFFERENT)
NOTES = """\
equal        status, headers, code and payload are as they were, but for the differences that are declared for every route
status only  the legacy answer showed a fault, or was too large to be kept: status and headers are all there is to compare
declared     differs where a file of declared differences says so, and nowhere else
depends      the request names, or the payload shows, what a request that was not sent would have made; the rest is equal
different    differs, and nobody has declared it"""
# Those that were not sent, and why.
_ABSENT = {
    Outcome.NOT_SERVED: "not served",
    Outcome.LEFT_OUT: "left out (not asked for, not recorded whole, or no token)",
}


def outcomes(report: Report) -> Iterator[str]:
    """The counts of a recording: by outcome for the routes that are served, then those of requests that were not sent."""
    yield f"{'':44}" + "".join(f"{column.value:>13}" for column in COLUMNS)
    for route, counts in by_route(report).items():
        if any(counts[column] for column in COLUMNS):
            yield _row(route, counts)
    totals: Counter[Outcome] = Counter()
    for (_, outcome), count in report.outcomes.items():
        totals[outcome] += count
    yield _row("all that was sent", totals)
    for absent, words in _ABSENT.items():
        if totals[absent]:
            yield f"{words + ':':58}{totals[absent]:>5}"
            for route, counts in by_route(report).items():
                if counts[absent]:
                    yield f"  {route:42}{counts[absent]:>13}"


def by_route(report: Report) -> dict[str, Counter[Outcome]]:
    """The counts of each route, those of one path together."""
    routes: dict[str, Counter[Outcome]] = {}
    for (route, outcome), count in sorted(report.outcomes.items(), key=lambda item: item[0][0].split()[::-1]):
        routes.setdefault(route, Counter())[outcome] += count
    return routes


def notes(reports: list[Report]) -> Iterator[str]:
    """What the columns mean, and which declared differences occurred."""
    if not reports:
        return
    yield from NOTES.splitlines()
    occurred: Counter[Declared] = Counter()
    for report in reports:
        occurred.update(report.declared)
    for entry, count in occurred.items():
        yield f"declared and seen {count} times: {entry.where}. {entry.reason}"


def _row(name: str, counts: Counter[Outcome]) -> str:
    return f"{name:44}" + "".join(f"{counts[column] or '':>13}" for column in COLUMNS).rstrip()
