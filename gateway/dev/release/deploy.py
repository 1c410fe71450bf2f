"""`brickgate deploy` and `brickgate rollback`: the database forward, the aliases to the newest versions, and back (PRD 5.4)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.dev.account import PRODUCTION, Account, agree, sentences
from gateway.dev.process import StartError
from gateway.dev.release.functions import Functions, ReleaseError
from gateway.dev.release.smoke import failures
from gateway.dev.release.visitor import token_of, visitor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def deploy(  # noqa: PLR0913 - the arguments of the command line
    environ: Mapping[str, str],
    *,
    workspace: str,
    against: str,
    adopt: bool,
    through_alarms: bool,
    every: float,
    dry_run: bool,
    yes: bool,
) -> int:
    """Migrate, move every alias that is behind, and look at the API; what is wrong then moves them back.

    With `through_alarms` CodeDeploy heeds none: a release that mends what rings would be stopped by it. The look at the API stays.

    Raises:
        StartError: it is not live; the aliases are where they were.
    """
    visitor(against).close()  # an address that is none is found out about before anything moves
    with sentences():
        account = Account(environ, workspace)
        functions = Functions(account)
        behind = [function for function in functions.read() if function.live != function.newest]
        moves = ", ".join(f"{function.name} {function.live} -> {function.newest}" for function in behind)
        print(f"{workspace}: {moves or 'every alias leads to the newest version'}")
        if dry_run:
            return 0
        if workspace == PRODUCTION:
            agree(f"Migrate the database of {workspace}, and move {len(behind)} aliases?", yes=yes)
        said = functions.migrate(adopt=adopt)
        print(f"database: {said['before']} -> {said['after']}")
        before = {function.name: function.live for function in behind}
        # Written down first, for whoever finds a deployment that was cut off; one that has failed leads nowhere new.
        earlier = _kept(account)
        if behind:
            _keep(account, before)
        try:
            functions.shift(behind, every, through_alarms=through_alarms)
            _look(against, token_of(environ))
        except StartError as error:
            _back(functions, before)
            if behind:
                _keep(account, earlier)
            raise ReleaseError(f"{error}\nThe aliases are where they were; the database stays where it is.") from None
    print(f"{against}: live, and answers as it should")
    return 0


def rollback(  # noqa: PLR0913 - as above
    environ: Mapping[str, str], *, workspace: str, to: Sequence[str], every: float, dry_run: bool, yes: bool
) -> int:
    """Move the aliases to where they were before the last release, or to the versions of `to`; a second time there is nothing to do.

    A release that CodeDeploy is moving meanwhile is stopped; whoever deploys it is told so, and moves it back as well. One that has moved
    nothing yet goes on.
    The database stays: each revision leaves the release before it working (db/migrations).

    Args:
        environ: of the operator.
        workspace: whose aliases.
        to: `N` for version N of each function whose alias deployments move, `NAME=N` for that of one, such as `api=7`.
        every: seconds between two looks at CodeDeploy.
        dry_run: say it only.
        yes: do not ask.

    Raises:
        StartError: no release was written down, there is no such version, or it was not agreed to.
    """
    with sentences():
        account = Account(environ, workspace)
        told = None if to else _kept(account)
        if not to and told is None:
            raise StartError(f"No release of {workspace} was written down: there is nothing to go back to.")
        functions = Functions(account)
        told = functions.versions(to) if told is None else told
        wanted, underway = _elsewhere(functions, told), functions.underway()
        moves = ", ".join(f"{name} {live} -> {told[name]}" for name, live in wanted.items())
        there = "at these versions" if to else "where they were before the last release"
        print(f"{workspace}: {moves or f'the aliases are {there}'}")
        for deployment in underway:
            print(f"{deployment} is moving one, and is to be stopped")
        if dry_run or not (wanted or underway):
            return 0
        if workspace == PRODUCTION:
            agree(f"Move {len(wanted)} aliases back, and stop {len(underway)} deployments?", yes=yes)
        functions.stop(underway, every)
        _back(functions, {name: told[name] for name in _elsewhere(functions, told)})
    return 0


def _elsewhere(functions: Functions, versions: Mapping[str, str]) -> dict[str, str]:
    """The versions that are live of those functions where another one is wanted."""
    return {one.name: one.live for one in functions.read() if versions.get(one.name, one.live) != one.live}


def _look(against: str, token: str) -> None:
    if wrong := failures(against, token):
        raise ReleaseError(f"{against} does not answer as it should. {'; '.join(wrong)}")


def _back(functions: Functions, versions: Mapping[str, str]) -> None:
    for name, version in versions.items():
        functions.move(name, version)
        print(f"{name}: back at {version}")


def _parameter(account: Account) -> str:
    """Where the versions before the last release are written down."""
    return f"/{account.name}/release/before"


def _kept(account: Account) -> dict[str, str] | None:
    """The versions before the last release, by the functions that it moved; None where there was none."""
    found = account.client("ssm").get_parameters(Names=[_parameter(account)])["Parameters"]
    return dict(json.loads(found[0]["Value"])) if found else None


def _keep(account: Account, versions: Mapping[str, str] | None) -> None:
    client, name = account.client("ssm"), _parameter(account)
    if versions is None:
        client.delete_parameter(Name=name)
    else:
        client.put_parameter(Name=name, Value=json.dumps(versions), Type="String", Overwrite=True)
