"""What Terraform and the operator's page know of the metrics that the code declares: `make metrics`."""

from __future__ import annotations

import json

from gateway.dev.api import ROOT
from gateway.dev.manual import write
from services.metrics import DIMENSION, METRICS, NAMESPACE

PAGE, TABLE = ROOT / "docs" / "operations.md", ROOT / "terraform" / "metrics.json"
_BEGIN, _END = "<!-- written by `make metrics` from services/metrics.py -->", "<!-- end -->"


def metrics(*, check: bool = False) -> int:
    """Write `terraform/metrics.json` and the table in `docs/operations.md`, or with `check` only say whether they are stale.

    Raises:
        StartError: one of them is stale.
    """
    known = {metric.name: {"unit": metric.unit, "by": metric.by} for metric in METRICS}
    table = {"namespace": NAMESPACE, "dimension": DIMENSION, "metrics": known}
    write(TABLE, json.dumps(table, indent=2) + "\n", check=check, command="make metrics")
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    rows = "".join(
        f"| `{metric.name}` | {metric.unit} | {f'`{metric.by}`' if metric.by else ''} | {'latest' if metric.latest else 'sum'} |"
        f" {metric.meaning} |\n"
        for metric in METRICS
    )
    head = "| metric | unit | also by | kept is | says |\n|---|---|---|---|---|\n"
    return write(PAGE, f"{before}{_BEGIN}\n\n{head}{rows}\n{_END}{after}", check=check, command="make metrics")
