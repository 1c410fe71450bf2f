"""docs/performance.md: the words around the figures of `make bench`, `make coldstart`, `make load` and `make cost`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PAGE = """\
# Performance

Written by `make report`, on {machine}: requests measured {bench_at}, cold starts {coldstart_at}, load {load_at}.

**The legacy service cannot be run here.** What stands in for it is a bare service: the same rows by asyncpg, without authentication,
envelope, schema or errors, measured in the same run, in turns with the gateway. Whatever else ran on the machine meanwhile is in the
figures; ratios suffer less from it than times do. What only AWS can tell is marked *open*.

## Against the targets (PRD 5.6)

{targets}

## A request, against the bare service

Times of the gateway divided by those of the bare service, without HTTP between; SQL statements and round trips to Redis of one request.
Without Redis each process counts requests by itself and nobody is told of changes: what that costs less is the price of doing so for all
processes ([why](decisions/0025-who-is-counted.md)).

{requests}

## Under load

The bare service bears {most} requests a second of one kind here (MOC detail, eight users, as fast as answers come). The PRD's 100 and
500 requests a second (5.6.3) are multiplied by {factor}, so that the spike stays at a fifth of that: here Locust, gateway, PostgreSQL,
Redis and S3 share one machine, in AWS each has its own. One process of the gateway serves; OpenSearch is away.

{load}

By request, in the spike (milliseconds):

{spike}

**More requests than connections.** {saturation}

## Cold starts

Seconds of processor time of the HTTP function under AWS's own runtime client: until it waits for an event, and from there to its
first answer.

{coldstarts}

## Cost

From [docs/cost.md](cost.md), which says how it is counted.

{cost}

## What follows

- Before traffic moves, send the same mix at the PRD's full rates against staging in AWS, and read latency, errors and cold starts off
  its dashboard, beside those of the legacy service: the lines marked *open* are decided there.
- Go on from one step of the weights to the next while the alarms are quiet; go back at the first that is not
  ([runbooks](runbooks/README.md)).
- The cost target hangs on the stores, not on what computes: the levers are in docs/cost.md.
"""
_WORST_FAILED, _SLOWEST_START, _SAVED = 0.005, 2.0, 0.40  # PRD 5.6.1, 5.6.2
_COST = re.compile(r"## Against the legacy estate[^\n]*\n\n(?P<text>.*?)(?=\n## |\Z)", re.DOTALL)
_SAVING = re.compile(r"\*\*less here than there\*\*.*\*\*(-?\d+)%\*\* \|")


class Measured(NamedTuple):
    """The figures, as dist/ has them, and where and when each was measured."""

    bench: Mapping[str, Any]
    coldstart: Mapping[str, Any]
    load: Mapping[str, Any]
    cost: str
    machine: str
    bench_at: str
    coldstart_at: str
    load_at: str


def page(measured: Measured) -> str:
    """The page; the same figures make the same text."""
    phases = measured.load["phases"]
    cost = _COST.search(measured.cost)
    return _PAGE.format(
        machine=measured.machine,
        bench_at=measured.bench_at,
        coldstart_at=measured.coldstart_at,
        load_at=measured.load_at,
        targets=_targets(measured),
        requests=_requests(measured.bench),
        most=f"{phases['bare at most']['answered_per_second']:.0f}",
        factor=measured.load["factor"],
        load=_table(
            (
                "",
                "seconds",
                "asked/s",
                "done/s",
                "p50 ms",
                "p95 ms",
                "p99 ms",
                "failed",
                "SQL connections",
                "memory MB",
            ),
            [_phase(name, phase) for name, phase in phases.items()],
        ),
        spike=_table(
            ("", "requests", "p50", "p95", "p99"),
            [
                (name, told["requests"], told["p50"], told["p95"], told["p99"])
                for name, told in phases["spike"]["latency"].items()
            ],
        ),
        saturation=_saturation(measured.load["saturation"]),
        coldstarts=_table(
            ("GET", "importing what it is made of", "until it waits", "first answer", "both, to importing"),
            [
                (
                    f"`{path}`",
                    f"{it['imports']:.2f}",
                    f"{it['init']:.2f}",
                    f"{it['first_answer']:.2f}",
                    f"{it['ratio_to_imports']:.2f}",
                )
                for path, it in measured.coldstart.items()
            ],
        ),
        cost=cost["text"].strip() if cost else "docs/cost.md has no comparison.",
    )


def _targets(measured: Measured) -> str:
    pairs = [
        (name, pair["gateway"], pair["floor"]) for name, pair in measured.bench.items() if "p50" in pair["gateway"]
    ]
    ratios = {
        percentile: [ours[percentile] / bare[percentile] for _, ours, bare in pairs]
        for percentile in ("p50", "p95", "p99")
    }
    spread = ", ".join(f"{percentile} {min(found):.1f} to {max(found):.1f}" for percentile, found in ratios.items())
    phases = measured.load["phases"]
    share = phases["gateway at most"]["answered_per_second"] / phases["bare at most"]["answered_per_second"]
    failed = {name: phases[name]["failed"] for name in ("steady", "spike")}
    start = max(it["init"] + it["first_answer"] for it in measured.coldstart.values())
    saving = _SAVING.search(measured.cost)
    saved = int(saving[1]) / 100 if saving else None
    sent = ", ".join(
        f"{phases[name]['asked_per_second']} a second for {phases[name]['seconds']} s" for name in ("steady", "spike")
    )
    return _table(
        ("target", "measured", "met", "how"),
        [
            (
                "latency p50, p95, p99 within 20 % of ECS",
                f"times the bare service's, by request: {spread}",
                "*open*",
                "`make bench`; ECS answers in AWS alone",
            ),
            (
                "throughput at peak: ECS's or more",
                f"{share:.0%} of what the bare service bears, for MOC detail",
                "*open*",
                "`make load`; in AWS more functions start instead",
            ),
            (
                f"5xx below {_WORST_FAILED:.1%}",
                ", ".join(f"{share:.2%} {name}" for name, share in failed.items()),
                "yes, at the load below" if max(failed.values()) < _WORST_FAILED else "**no**",
                "`make load`",
            ),
            (
                f"cold starts below {_SLOWEST_START:.0f} s p99",
                f"{start:.2f} s of processor time, the best of several",
                "*open*" if start < _SLOWEST_START else "no",
                "`make coldstart`; how many there are, the dashboard counts",
            ),
            (
                "100 a second for 30 min, 500 for 5 min",
                sent,
                "*open*",
                "`make load SECONDS=...`, scaled; scaling out is AWS's",
            ),
            (
                f"more than {_SAVED:.0%} less cost",
                "not counted" if saved is None else f"{saved:.0%} less in production",
                "*open*" if saved is None else _met(saved > _SAVED),
                "`make cost`",
            ),
        ],
    )


def _met(reached: bool) -> str:
    return "yes" if reached else "**no**"


def _requests(bench: Mapping[str, Any]) -> str:
    rows = []
    for name, pair in bench.items():
        ours, bare = pair["gateway"], pair["floor"]
        if "p50" in ours:  # the others are pictures, which no request waits for alone
            ratios = (f"{ours[figure] / bare[figure]:.2f}" for figure in ("p50", "p95", "p99", "cpu"))
            alone = f"{pair['alone']['cpu'] / bare['cpu']:.2f}" if "alone" in pair else "-"
            rows.append((name, *ratios, alone, f"{ours['statements']:.1f}", f"{ours['trips']:.1f}"))
    return _table(("", "p50", "p95", "p99", "CPU", "CPU without Redis", "SQL", "Redis"), rows)


def _phase(name: str, phase: Mapping[str, Any]) -> tuple[object, ...]:
    latency = phase["latency"]["all"]
    return (
        name,
        f"{phase['seconds']:g}",
        phase["asked_per_second"] or "-",
        phase["answered_per_second"],
        latency["p50"],
        latency["p95"],
        latency["p99"],
        f"{phase['failed']:.2%}",
        phase["connections"],
        phase["memory_mb"],
    )


def _saturation(rounds: Mapping[str, Any]) -> str:
    def said(name: str) -> str:
        statuses = ", ".join(f"{count} times {status}" for status, count in rounds[name]["statuses"].items())
        return f"{statuses}, the slowest after {rounds[name]['slowest_seconds']} s"

    mute = sum(told["without_retry_after"] for told in rounds.values())
    return (
        f"A hundred reads at once, where PostgreSQL grants the service four connections: {said('crowded')}. While others hold all four:"
        f" {said('starved')}; {'every' if mute == 0 else 'not every'} refusal says by Retry-After when to come again. Afterwards:"
        f" {said('afterwards')}."
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    rules = ["---", *("---:" if len(head) > 4 else "---" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, rules, *rows))
