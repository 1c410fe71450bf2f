"""The step that a cut-over is at: since when the weight is what it is, kept in Parameter Store so that any terminal can go on watching."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.dev.account import Account

# How long each weight is watched, in minutes (PRD 5.5.5 to 5.5.7).
MINUTES = {0: 0, 10: 2 * 60, 50: 4 * 60, 100: 24 * 60}
_OTHER = 2 * 60  # of a weight that the PRD does not name


@dataclass(frozen=True)
class Step:
    """A weight in percent, and since when."""

    weight: int
    since: datetime

    @property
    def minutes(self) -> int:
        """How long it is to be watched."""
        return MINUTES.get(self.weight, _OTHER)

    @property
    def age(self) -> timedelta:
        """How long it has lasted."""
        return datetime.now(UTC) - self.since


def parameter(account: Account) -> str:
    """The name of the parameter."""
    return f"/{account.name}/cutover"


def read(account: Account, weight: int) -> Step | None:
    """The step of `weight`, which Route 53 says; None where another weight was written down, or none."""
    ssm = account.client("ssm")
    found = ssm.get_parameters(Names=[parameter(account)])["Parameters"]
    if not found:
        return None
    told = json.loads(found[0]["Value"])
    return Step(weight, datetime.fromisoformat(told["since"])) if told["weight"] == weight else None


def write(account: Account, weight: int, since: datetime | None = None) -> Step:
    """Write down that the weight holds from now on, or since an earlier moment."""
    step = Step(weight, since or datetime.now(UTC))
    value = json.dumps({"weight": step.weight, "since": step.since.isoformat(timespec="seconds")})
    account.client("ssm").put_parameter(Name=parameter(account), Value=value, Type="String", Overwrite=True)
    return step
