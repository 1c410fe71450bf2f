"""`brickgate cutover`: moves the API's traffic to the functions step by step, watches each step, and takes it back (PRD 5.5).

docs/runbooks/cut-over.md goes through it.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from gateway.dev.account import Account, agree, locked_out, sentences
from gateway.dev.cutover import baseline as baselines
from gateway.dev.cutover import step as steps
from gateway.dev.cutover.gate import obstacles
from gateway.dev.cutover.measures import BACK, WAIT, Finding
from gateway.dev.cutover.records import WEIGHTS, Records
from gateway.dev.cutover.watch import ENDED, STATUS, Look, look
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping


def status(environ: Mapping[str, str], *, domain: str, workspace: str) -> int:
    """Say who gets how much, and since when."""
    with sentences():
        return Change(Account(environ, workspace), domain).status()


def baseline(environ: Mapping[str, str], *, workspace: str, hours: float) -> int:
    """Keep what the functions' metrics were within the last hours, before the cut-over.

    Raises:
        StartError: too few requests came.
    """
    with sentences():
        for name, value in baselines.take(Account(environ, workspace), hours).items():
            print(f"{name}: {value}")
    return 0


def shift(  # noqa: PLR0913 - the arguments of the command line
    environ: Mapping[str, str],
    *,
    weight: int,
    domain: str,
    workspace: str,
    against: str | None,
    force: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Give the functions `weight` percent. Less than now may always be; more only where nothing stands against it, or by `force`.

    Raises:
        StartError: it is no percentage, something stands against it, it cannot be done, or it was not agreed to.
    """
    with sentences():
        account = Account(environ, workspace)
        change = Change(account, domain, dry_run=dry_run, yes=yes)
        if not force:
            change.may(weight, against)
        return change.move(weight)


def back(environ: Mapping[str, str], *, domain: str, workspace: str, dry_run: bool, yes: bool) -> int:
    """Give all of it back to the legacy service.

    Raises:
        StartError: it cannot be done, or was not agreed to.
    """
    with sentences():
        return Change(Account(environ, workspace), domain, dry_run=dry_run, yes=yes).move(0)


def watch(  # noqa: PLR0913 - as above
    environ: Mapping[str, str],
    *,
    domain: str,
    workspace: str,
    minutes: float | None,
    every: float,
    once: bool,
    go_back: bool,
    yes: bool,
) -> int:
    """Watch the step; `minutes` instead of the PRD's, a look each `every` seconds.

    Returns:
        0 for go, 1 for back, 2 for wait. 3 where the watch has ended and nobody watches: the records cannot be read, going back was not
        agreed to or has failed, or the credentials have expired; standard error says which.
    """
    try:
        with sentences():
            change = Change(Account(environ, workspace), domain, yes=yes)
            return change.watch(minutes, every=every, once=once, go_back=go_back)
    except StartError as error:
        print(error, file=sys.stderr)
        return ENDED


class Change:
    """The cut-over of one domain."""

    def __init__(self, account: Account, domain: str, *, dry_run: bool = False, yes: bool = False) -> None:
        self._account = account
        self._records = Records(account, domain)
        self._dry_run = dry_run
        self._yes = yes

    def status(self) -> int:
        """Say who gets how much, and since when."""
        weight = self._records.weight
        step = steps.read(self._account, weight)
        since = f"since {step.since:%Y-%m-%d %H:%M} UTC" if step else "nobody has written down since when"
        print(f"{self._records.domain[:-1]}: {weight}% to the functions, {100 - weight}% to the legacy API, {since}")
        return 0

    def may(self, weight: int, against: str | None) -> None:
        """See to it that nothing stands against more; `against` is where the functions answer.

        Raises:
            StartError: with all that does.
        """
        if self._records.weight < weight <= WEIGHTS[-1] and (
            left := obstacles(self._account, self._records, weight, against)
        ):
            raise StartError(
                f"{self._said(weight)}: not yet. {'; '.join(left)}.\nNothing was changed; --force does it all the same."
            )

    def move(self, weight: int) -> int:
        """Give the functions `weight` percent; a second time there is nothing to do.

        Raises:
            StartError: the weight is no percentage, or it was not agreed to.
        """
        if weight not in range(101):
            raise StartError(f"{weight} is no percentage; the steps are {', '.join(map(str, WEIGHTS))}.")
        before = self._records.weight
        said = self._said(weight)
        if before == weight:
            print(f"{self._records.domain[:-1]}: {weight}% go to the functions already")
            if not self._dry_run and not steps.read(self._account, weight):
                steps.write(self._account, weight)
            return 0
        if self._dry_run:
            print(f"{said} (not done: --dry-run)")
            return 0
        agree(f"{said}. Do it?", yes=self._yes)  # whatever the workspace: a domain is what callers use
        began = time.monotonic()
        self._records.move(weight)
        step = steps.write(self._account, weight)
        print(f"{said}, in {time.monotonic() - began:.0f} s; resolvers follow within a minute")
        if step.minutes:
            where = f"--workspace {self._account.workspace} --domain {self._records.domain[:-1]}"
            print(f"watch it for {step.minutes} minutes: brickgate cutover watch --go-back {where}")
        return 0

    def _said(self, weight: int) -> str:
        return f"{self._records.domain[:-1]}: {self._records.weight}% -> {weight}% to the functions"

    def watch(self, minutes: float | None, *, every: float, once: bool, go_back: bool) -> int:
        """Look again and again, until the step may be left or has to be.

        Raises:
            StartError: going back was not agreed to, or AWS does not let this terminal in any more.
        """
        if go_back:  # agreed to now: nobody may be there when it comes to it
            agree(f"Take all traffic of {self._records.domain[:-1]} back whenever the verdict says so?", yes=self._yes)
            self._yes = True
        weight = self._records.weight
        step = steps.read(self._account, weight)
        if step is None:
            step = steps.write(self._account, weight)
        usual = baselines.read(self._account)
        wanted = step.minutes if minutes is None else minutes
        while True:
            found = self._look(step, wanted)
            print(f"{weight}% since {step.since:%Y-%m-%d %H:%M} UTC\n{found.table(usual)}", flush=True)
            if found.verdict != WAIT or once:
                break
            time.sleep(every)
        if found.verdict == BACK and go_back:
            self.move(0)
        return STATUS[found.verdict]

    def _look(self, step: steps.Step, minutes: float) -> Look:
        """A look at the step; where AWS does not answer there is nothing to decide by, and the watch goes on.

        Raises:
            StartError: AWS will not answer these credentials any more, and would not let the traffic be taken back either.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as in account.py

        try:
            return look(self._account, step, minutes)
        except (BotoCoreError, ClientError) as error:
            if locked_out(error):
                raise StartError(
                    f"NOBODY WATCHES {self._records.domain[:-1]} ANY MORE, and it has not been taken back: {error}\n"
                    "Sign in again, and start the watch again; the time counts from the shift."
                ) from None
            return Look([Finding("AWS", str(error), "an answer", WAIT)])
