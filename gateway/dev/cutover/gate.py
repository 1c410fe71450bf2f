"""What stands against giving the functions more: the steps are gone one by one, and each is watched to its end (PRD 5.5.3 to 5.5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dev.cutover import baseline
from gateway.dev.cutover import step as steps
from gateway.dev.cutover.measures import GO
from gateway.dev.cutover.records import WEIGHTS
from gateway.dev.cutover.watch import alarms, look
from gateway.dev.release.functions import Functions
from gateway.dev.release.smoke import failures

if TYPE_CHECKING:
    from gateway.dev.account import Account
    from gateway.dev.cutover.records import Records


def obstacles(account: Account, records: Records, weight: int, against: str | None) -> list[str]:
    """A clause for each; none, where the traffic may move up to `weight` percent.

    Args:
        account: of the functions.
        records: of the domain, at less than `weight`.
        weight: percent.
        against: where the functions answer, if not at what their record is an alias of.

    Raises:
        StartError: there are no functions.
    """
    before = records.weight
    following = min(one for one in WEIGHTS if one > before)
    left = [] if weight == following else [f"the next step after {before}% is {following}%"]
    found = []
    if before == 0:
        found = alarms(account)
        if not baseline.read(account):
            left.append("there is no baseline: brickgate cutover baseline")
        left += [
            f"{one.name} is at version {one.live}, and {one.newest} is not deployed"
            for one in Functions(account).read()
            if one.live != one.newest
        ]
    elif step := steps.read(account, before):
        found = look(account, step, step.minutes).findings
    else:
        left.append(f"nobody has watched the {before}%: brickgate cutover watch")
    left += [f"{one.name}: {one.value} ({one.limit})" for one in found if one.verdict != GO]
    url = against or records.functions_url
    return [*left, *(f"{url}: {sentence}" for sentence in failures(url)[:1])]  # what is down fails at everything
