"""Go on, wait or go back: what the alarms and the metrics of a step say together (PRD 5.5.5 to 5.5.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dev.cutover.measures import BACK, GO, WAIT, Finding, Metrics, findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.dev.account import Account
    from gateway.dev.cutover.step import Step

STATUS = {GO: 0, BACK: 1, WAIT: 2}
"""The exit status of a verdict."""
ENDED = 3
"""The exit status of a watch that ended without one."""
_GRAVITY = (GO, WAIT, BACK)


@dataclass(frozen=True)
class Look:
    """One look at a step: what was found, and what follows from all of it."""

    findings: list[Finding]

    @property
    def verdict(self) -> str:
        """The gravest of the findings'."""
        return max((finding.verdict for finding in self.findings), key=_GRAVITY.index)

    def table(self, baseline: Mapping[str, str]) -> str:
        """The findings as lines for the terminal, each beside its value before the cut-over, and the verdict below them."""
        rows = [
            ("measured", "value", "baseline", "limit", ""),
            *((f.name, f.value, baseline.get(f.name, "-"), f.limit, f.verdict) for f in self.findings),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip() for row in rows
        ]
        return "\n".join([*lines, f"=> {self.verdict}"])


def look(account: Account, step: Step, minutes: float) -> Look:
    """Read alarms and metrics since the step began; before `minutes` are over there is no "go"."""
    gone = step.age.total_seconds() / 60
    time = Finding("minutes", f"{gone:,.0f}", f"at least {minutes:,.0f}", GO if gone >= minutes else WAIT)
    return Look([time, *alarms(account), *findings(Metrics(account, step.since))])


def alarms(account: Account) -> list[Finding]:
    """Those that ring, which docs/runbooks/ explains; a CRITICAL one is a reason to go back."""
    ringing = [
        alarm
        for alarm in account.listed(
            "cloudwatch",
            "describe_alarms",
            "MetricAlarms",
            AlarmNamePrefix=f"{account.name}-",
            AlarmTypes=["MetricAlarm"],
        )
        if alarm["StateValue"] == "ALARM"
    ]
    if not ringing:
        return [Finding("alarms", "none rings", "none", GO)]
    return [
        Finding(
            f"alarm {alarm['AlarmName'].removeprefix(account.name + '-')}",
            "rings",
            "none",
            BACK if alarm.get("AlarmDescription", "").startswith("CRITICAL") else WAIT,
        )
        for alarm in ringing
    ]
