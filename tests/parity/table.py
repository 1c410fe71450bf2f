"""The printed table: what became of the exchanges of each route."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.parity.replay import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.parity.differences import Declared
    from tests.parity.replay import Report

COLUMNS = (Outcome.EQUAL, Outcome.STATUS, Outcome.DECLARED, Outcome.DEPENDS, Outcome.DIFFERENT)
NOTES = """\
equal        status, headers, code and payload are as they were, but for the differences that are declared for every route
status only  the legacy answer showed a fault: the contract's status and the security headers are all there is to compare
declared     differs where tests/parity/differences.py says so, and nowhere else
depends      the request names, or the payload shows, what a route that is not served yet would have made; the rest is equal"""


def outcomes(report: Report) -> Iterator[str]:
    """The counts of a recording: by outcome for the routes that are served, then those of the others."""
    routes = sorted({route for route, outcome in report.outcomes if outcome in COLUMNS})
    yield f"{'':44}" + "".join(f"{column.value:>13}" for column in COLUMNS)
    for route in routes:
        yield _row(route, Counter({column: report.outcomes[route, column] for column in COLUMNS}))
    totals: Counter[Outcome] = Counter()
    for (_, outcome), count in report.outcomes.items():
        totals[outcome] += count
    yield _row("all that is served", totals)
    yield f"{'not served yet':44}{totals[Outcome.NOT_SERVED]:>13}"
    waiting = [(route, count) for (route, outcome), count in report.outcomes.items() if outcome is Outcome.NOT_SERVED]
    for route, count in sorted(waiting, key=lambda item: item[0].split()[::-1]):
        yield f"  {route:42}{count:>13}"


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
