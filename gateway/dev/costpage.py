"""`make cost`: docs/cost.md, the words around what `cost.py` counts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gateway.dev import cost
from gateway.dev.api import ROOT
from gateway.dev.process import StartError
from gateway.dev.terraform import WORKSPACES, planned

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = ROOT / "docs" / "cost.md"
_PAGE = """\
# What a month costs

Written by `make cost` (`gateway/dev/cost.py`) from the plan of each workspace, the list prices of us-east-1 as of {as_of}
([below](#prices)), and a guess of what a month sees ([below](#use)). No bill has been seen yet. **Before relying on it**, look the prices
up ([calculator](https://calculator.aws)), and put what CloudWatch counts in the place of the guesses.

Dollars a month, without free tiers, taxes and support:

{estates}

## Against the legacy estate (PRD 5.6.2)

The legacy service is taken to have the same stores, of the same sizes, with an RDS instance in place of Aurora and without a proxy
(db.r6g.large in two zones in production, else db.t4g.micro), and tasks of 1 vCPU and 2 GB behind a load balancer:
{tasks}.

{legacy}

**What computes** - functions, API and proxy here, tasks and load balancer there - costs {compute_new} in production, and {compute_old}
there. **The stores** cost about the same on either side and are most of the bill, search above all ({search_share} of production).

PRD 5.6.2 wants more than 40 % less: {verdict} All that goes with the legacy service
are tasks and load balancer, {compute_old} of {total_old} ({most}): where both have the stores that PRD 1.3 to 1.5 ask for, not even
computing for nothing would do.

A million requests more cost {million} here: that is the price of scale. What stays when nobody calls is the rest.

The PRD's budget of 200 dollars a month (5.7.3) holds {fits}. Each workspace has a budget of its own
(`monthly_budget`): what is planned here and a quarter more, up to the next 50 dollars, so that a mail says that something is not planned.

## Levers

| Lever | In staging | In production |
| --- | --- | --- |
{levers}

`database_kind` is for an estate that is yet to be made. On one that exists it would delete the database, and a plan refuses it:
[how to move](runbooks/database-move.md) from one kind to the other.

Besides (PRD 5.7.7):

- **Reserved capacity.** A year without prepayment takes about a third off RDS instances, ElastiCache and OpenSearch nodes. Measure for
  a month first.
- **Lambda memory.** A function is billed by memory times time. `function_sizes` sets each;
  [power tuning](https://github.com/alexcasalboni/aws-lambda-power-tuning) finds where more memory no longer shortens the time.
- **S3.** Files older than 90 days lie in Infrequent Access already, at half the price.
- **Interface endpoints** are not made: in two zones one pays from {endpoint_gb} GB a month on (terraform/network.tf).
- **Review**: once a month, Cost Explorer by the tags `Project` and `Environment`, against this page.

## Use

| A month of | {workspaces} |
| --- | {rules} |
{uses}

## Prices

Dollars, us-east-1, on demand, as of {as_of}, written down from memory.

| What | Dollars |
| --- | --- |
{prices}
"""


def page(plans: Mapping[str, Mapping[str, Any]]) -> str:
    """The page for the plans of all workspaces, by name."""
    new = {workspace: cost.parts(shown, cost.USES[workspace]) for workspace, shown in plans.items()}
    databases = {name: cost.INSTANCES["production" if name == "production" else "dev"] for name in new}
    old = {name: cost.legacy(found, cost.USES[name], databases[name]) for name, found in new.items()}
    production, before = new["production"], old["production"]
    use = cost.USES["production"]
    compute_new = sum(production[name] for name in ("functions", "API, CloudFront, WAF", "database proxy"))
    compute_old = sum(before[name] for name in ("tasks (Fargate)", "load balancer"))
    saved = {name: 1 - sum(new[name].values()) / sum(old[name].values()) for name in new}
    million = (
        use.seconds * use.memory * 1e6 * cost.PRICES["Lambda arm64, GB second"]
        + cost.PRICES["Lambda, million requests"]
        + cost.PRICES["HTTP API, million requests"]
        + cost.PRICES["CloudFront, million requests"]
        + cost.PRICES["WAF, million requests"]
    )
    endpoint = 2 * cost.HOURS * cost.PRICES["interface endpoint, hour and zone"]
    fits = [name for name, found in new.items() if sum(found.values()) <= 200]  # noqa: PLR2004 - of the PRD
    return _PAGE.format(
        as_of=cost.AS_OF,
        estates=_table(new),
        tasks=", ".join(f"{cost.USES[name].tasks} in {name}" for name in new),
        legacy=_table(old)
        + "\n| **less here than there** | "
        + " | ".join(f"**{share:.0%}**" for share in saved.values())
        + " |",
        compute_new=_dollars(compute_new),
        compute_old=_dollars(compute_old),
        most=f"{compute_old / sum(before.values()):.0%}",
        total_old=_dollars(sum(before.values())),
        search_share=f"{production['search'] / sum(production.values()):.0%}",
        verdict="it is reached in production." if saved["production"] > 0.4 else "as it stands, it is **not reached**.",  # noqa: PLR2004 - as above
        million=_dollars(million, 2),
        fits=" and ".join(fits) or "none of them",
        levers="\n".join(f"| {name} | {_less(small)} | {_less(large)} |" for name, small, large in _levers(new)),
        endpoint_gb=round(endpoint / (cost.PRICES["NAT gateway, GB"] - 0.01)),
        workspaces=" | ".join(new),
        rules=" | ".join("---" for _ in new),
        uses="\n".join(
            f"| {words} | {' | '.join(f'{getattr(cost.USES[name], field):g}' for name in new)} |"
            for field, words in _USES
        ),
        prices="\n".join(
            f"| {name} | {price:.10f}".rstrip("0").rstrip(".") + " |" for name, price in cost.PRICES.items()
        ),
    )


_USES = (
    ("requests", "million requests"),
    ("seconds", "seconds of a request"),
    ("memory", "GB of its function, in the mean"),
    ("acu", "ACU of an Aurora instance, in the mean"),
    ("stored", "GB of files, and of rows"),
    ("uploaded", "GB uploaded"),
    ("out", "GB to clients"),
    ("logs", "GB of logs"),
    ("tasks", "tasks of the legacy service"),
)


def _levers(new: Mapping[str, Mapping[str, float]]) -> list[tuple[str, float, float]]:
    """What to change, and what it saves a month in staging and in production."""
    single = {
        name: new[name]["database"] + new[name]["database proxy"] - sum(cost.rds(cost.USES[name], cost.INSTANCES[name]))
        for name in ("staging", "production")
    }
    masters = 3 * cost.HOURS * cost.PRICES["m6g.large.search, hour"]
    return [
        (
            '`database_kind = "instance"`: RDS instead of Aurora (PRD 1.3.7); its proxy costs a quarter',
            single["staging"],
            single["production"],
        ),
        (
            '`cache_engine = "valkey"`: the same protocol for a fifth less',
            0.2 * new["staging"]["cache"],
            0.2 * new["production"]["cache"],
        ),
        (
            "no search domain (against PRD 1.5; there is no variable for it): PostgreSQL answers searches",
            new["staging"]["search"],
            new["production"]["search"],
        ),
        (
            "no dedicated masters (against PRD 1.5.7): in the size map; two data nodes elect among themselves",
            0,
            masters,
        ),
        ("one NAT gateway for both zones (in the size map)", 0, new["production"]["network"] / 2),
    ]


def _table(estates: Mapping[str, Mapping[str, float]]) -> str:
    names = list(next(iter(estates.values())))
    rows = [f"| {name} | {' | '.join(_dollars(found[name]) for found in estates.values())} |" for name in names]
    total = " | ".join(f"**{_dollars(sum(found.values()))}**" for found in estates.values())
    head = f"| | {' | '.join(estates)} |\n| --- | {' | '.join('---:' for _ in estates)} |"
    return "\n".join([head, *rows, f"| **together** | {total} |"])


def _dollars(amount: float, digits: int = 0) -> str:
    return f"${amount:,.{digits}f}"


def _less(amount: float) -> str:
    if round(amount) == 0:
        return "-"
    return f"{_dollars(amount)} less" if amount > 0 else f"{_dollars(-amount)} more"


def write() -> int:
    """Plan each workspace and write the page."""
    PAGE.write_text(page({workspace: planned(workspace) for workspace in WORKSPACES}))
    print(f"written to {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(write())
    except StartError as problem:
        sys.exit(str(problem))
