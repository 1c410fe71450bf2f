"""What the functions' metrics were before they got traffic of the domain: each step is seen beside it (PRD 5.5.4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.dev.cutover.measures import LEAST, Metrics, findings
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from gateway.dev.account import Account


def take(account: Account, hours: float) -> dict[str, str]:
    """Measure the last hours, keep that in Parameter Store, and return what was measured: name -> value.

    Raises:
        StartError: too few requests came for it to say anything.
    """
    found = findings(Metrics(account, datetime.now(UTC) - timedelta(hours=hours)))
    values = {finding.name: finding.value for finding in found}
    if "latency, p95" not in values:
        raise StartError(
            f"{values['requests']} requests within {hours:g} hours are no baseline, {LEAST} would be: send some to the functions first"
            " (brickgate parity replay --reads-only --against URL)."
        )
    account.client("ssm").put_parameter(
        Name=_parameter(account), Value=json.dumps(values), Type="String", Overwrite=True
    )
    return values


def read(account: Account) -> dict[str, str]:
    """What was kept; empty where nothing was."""
    kept = account.client("ssm").get_parameters(Names=[_parameter(account)])["Parameters"]
    return dict(json.loads(kept[0]["Value"])) if kept else {}


def _parameter(account: Account) -> str:
    return f"/{account.name}/cutover/baseline"
