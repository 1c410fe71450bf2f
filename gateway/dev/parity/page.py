"""The report of a replay for people and programs: `parity.html`, one file that needs no other, and `parity.json`."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.dev.parity.routes import route_of
from gateway.dev.parity.table import COLUMNS, NOTES, by_route

if TYPE_CHECKING:
    from gateway.dev.parity.replay import Outcome, Report

FIRST = 3  # exchanges that differ, of each route
_PAGE = Path(__file__).with_name("page.html")


def write(folder: Path, report: Report, *, recording: str, against: str, at: str) -> Path:
    """Write both files and return the page's path.

    Args:
        folder: is made where there is none.
        report: what became of the recording.
        recording: its name.
        against: the URL of the service that it was replayed against.
        at: when, for people.
    """
    told = summary(report) | {"recording": recording, "against": against, "at": at}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parity.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    path = folder / "parity.html"
    path.write_text(page(told))
    return path


def summary(report: Report) -> dict[str, Any]:
    """What the page shows, as data."""
    return {
        "routes": [
            {"route": route, "counts": {outcome.value: count for outcome, count in counts.items()}}
            | {"different": [_fault(fault) for fault in report.faults if route_of(fault.exchange) == route][:FIRST]}
            for route, counts in by_route(report).items()
        ],
        "declared": [
            {"where": entry.where, "routes": list(entry.routes), "reason": entry.reason, "seen": count}
            for entry, count in report.declared.most_common()
        ],
    }


def _fault(fault: Any) -> dict[str, Any]:
    recorded = fault.exchange.recorded
    return {
        "n": recorded["n"],
        "name": fault.exchange.name,
        "request": f"{fault.exchange.method} {recorded['path']}",
        "user": fault.exchange.user,
        "differences": [
            {"where": one.where, "recorded": one.expected, "answered": one.answered} for one in fault.differences
        ],
        "answer": fault.answer,
    }


def page(told: dict[str, Any]) -> str:
    """The HTML page."""
    totals = {column: sum(one["counts"].get(column.value, 0) for one in told["routes"]) for column in COLUMNS}
    sent, different = sum(totals.values()), totals[COLUMNS[-1]]
    verdict = f"{different} of {sent} answers differ" if different else f"All {sent} answers are as they were"
    routes = [one for one in told["routes"] if any(column.value in one["counts"] for column in COLUMNS)]
    absent = sum(sum(one["counts"].values()) for one in told["routes"]) - sent
    values = {
        "verdict": verdict,
        "class": "bad" if different else "good",
        "recording": told["recording"],
        "against": told["against"],
        "at": told["at"],
        "absent": f"{absent} more were not sent." if absent else "",
        "notes": NOTES,
    }
    parts = {
        "columns": "".join(f"<th>{escape(column.value)}</th>" for column in COLUMNS),
        "rows": "\n".join(_row(one["route"], one["counts"]) for one in routes),
        "totals": _row("all that was sent", {column.value: count for column, count in totals.items()}),
        "different": "\n".join(_differences(one) for one in routes if one["different"]) or "<p>None.</p>",
        "declared": "\n".join(
            f"<tr><td><code>{escape(one['where'])}</code></td><td>{one['seen']}</td><td>{escape(one['reason'])}</td></tr>"
            for one in told["declared"]
        ),
    }
    filled = {**{name: escape(value) for name, value in values.items()}, **parts}
    return re.sub(r"{{(\w+)}}", lambda found: filled[found[1]], _PAGE.read_text())


def _row(name: str, counts: dict[str, int]) -> str:
    return f"<tr><td><code>{escape(name)}</code></td>{''.join(_cell(column, counts) for column in COLUMNS)}</tr>"


def _cell(column: Outcome, counts: dict[str, int]) -> str:
    count = counts.get(column.value, 0)
    return f'<td class="{column.name.lower()}">{count}</td>' if count else "<td></td>"


def _differences(one: dict[str, Any]) -> str:
    shown = "\n".join(_shown(fault) for fault in one["different"])
    more = one["counts"].get(COLUMNS[-1].value, 0) - len(one["different"])
    rest = f"<p>... and {more} more.</p>" if more > 0 else ""
    return f"<details open><summary><code>{escape(one['route'])}</code></summary>\n{shown}\n{rest}</details>"


def _shown(fault: dict[str, Any]) -> str:
    lines = [f'<span class="where">{escape(fault["request"])}  ({escape(str(fault["user"] or "nobody"))})</span>']
    for one in fault["differences"]:
        lines.append(f'<span class="where">@@ {escape(one["where"])}</span>')
        lines += [f"<del>- {line}</del>" for line in _lines(one["recorded"])]
        lines += [f"<ins>+ {line}</ins>" for line in _lines(one["answered"])]
    return (
        f"<h3>{fault['n']}. {escape(fault['name'])}</h3>\n<pre>{chr(10).join(lines)}</pre>\n"
        f"<details><summary>the answer</summary><pre>{escape(fault['answer'])}</pre></details>"
    )


def _lines(value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return [escape(line) for line in text.splitlines() or [""]]
