"""The functions of a workspace: which version their alias leads to, which one is the newest, and the way from one to the other.

Terraform publishes versions; here aliases move (docs/decisions/0028).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.dev.account import Account

ALIAS = "live"
_APPLIED = frozenset({"migrate", "origin"})  # whose aliases move with the apply (terraform/deploy.tf)
_DONE, _UNDONE = {"Succeeded"}, {"Failed", "Stopped"}


class ReleaseError(StartError):
    """A release did not go live; the text says why, and where the aliases are now."""


@dataclass(frozen=True)
class Function:
    """A function by name: the version that is live, and the newest that is published."""

    name: str
    live: str
    newest: str


class Functions:
    """The functions of an account's workspace, and CodeDeploy where it shifts them."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lambda = account.client("lambda")
        names = [one["FunctionName"] for one in account.listed("lambda", "list_functions", "Functions")]
        self.names = sorted(name for name in names if name.startswith(f"{account.name}-"))
        if not self.names:
            raise StartError(f"There is no function {account.name}-*: apply Terraform first.")

    def read(self) -> list[Function]:
        """All of them, as they are now."""
        return [Function(name, self._live(name), self._newest(name)) for name in self.names]

    def _live(self, name: str) -> str:
        return str(self._lambda.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"])

    def _newest(self, name: str) -> str:
        return str(max(self._published(name), default=0) or self._live(name))

    def _published(self, name: str) -> set[int]:
        versions = self._account.listed("lambda", "list_versions_by_function", "Versions", FunctionName=name)
        return {int(one["Version"]) for one in versions if one["Version"].isdecimal()}

    def versions(self, wanted: Iterable[str]) -> dict[str, str]:
        """The functions by name, with the versions that are asked for: `7` of all whose aliases deployments move, `api=7` of one.

        Raises:
            StartError: there is no such function, or no such version of it.
        """
        prefix, versions = f"{self._account.name}-", {}
        for one in wanted:
            short, _, number = one.rpartition("=")
            names = [prefix + short] if short else [name for name in self.names if name[len(prefix) :] not in _APPLIED]
            for name in names:
                if name not in self.names or not number.isdecimal() or int(number) not in self._published(name):
                    raise StartError(f"There is no version {number} of {name}.")
                versions[name] = str(int(number))
        return versions

    def migrate(self, *, adopt: bool = False) -> Mapping[str, Any]:
        """Have the migrator bring the database to the newest revision, and return what it says.

        Raises:
            ReleaseError: it failed, with its own words.
        """
        try:
            return self.ask("migrate", {"adopt": True} if adopt else {})
        except StartError as error:
            raise ReleaseError(f"The database was not migrated, and no alias was moved: {error}") from None

    def ask(self, function: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have a function, by the last part of its name, do what the event says, wait for it, and return what it says.

        Raises:
            StartError: it failed, with its own words.
        """
        client = self._account.client("lambda", patience=910)  # seconds; no function has more than 900
        answer = client.invoke(
            FunctionName=f"{self._account.name}-{function}", Qualifier=ALIAS, Payload=json.dumps(event)
        )
        said = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or "errorMessage" in said:
            raise StartError(str(said.get("errorMessage", said)))
        return dict(said)

    def move(self, name: str, version: str) -> None:
        """Let an alias lead to one version alone, at once."""
        self._lambda.update_alias(
            FunctionName=name, Name=ALIAS, FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": {}}
        )

    def shift(self, functions: Iterable[Function], every: float, *, through_alarms: bool = False) -> None:
        """Let CodeDeploy move aliases to the newest versions step by step, and wait for it; without it, at once.

        An alarm stops it, even one that rang before, unless it goes `through_alarms`.

        Raises:
            ReleaseError: one of them was stopped, by an alarm or by somebody; CodeDeploy has moved that one back.
        """
        groups = self._groups()
        running = {}
        for function in functions:
            if function.name in groups:
                running[self._begin(function, through_alarms=through_alarms)] = function.name
            else:
                self.move(function.name, function.newest)
                print(f"{function.name}: {function.live} -> {function.newest}")
        codedeploy = self._account.client("codedeploy") if running else None
        while codedeploy and running:
            time.sleep(every)
            for deployment in list(running):
                info = codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
                if info["status"] in _DONE | _UNDONE:
                    name = running.pop(deployment)
                    print(f"{name}: {info['status']} ({deployment})")
                if info["status"] in _UNDONE:
                    for other in running:  # what is underway goes back, too: all of a release is live, or nothing
                        codedeploy.stop_deployment(deploymentId=other, autoRollbackEnabled=True)
                    reason = info.get("errorInformation", {}).get("message", "no reason was given")
                    raise ReleaseError(f"CodeDeploy has stopped {name}: {reason}")

    def underway(self) -> list[str]:
        """The deployments by which CodeDeploy is moving aliases now, whoever began them."""
        return [
            deployment
            for group in sorted(self._groups() & set(self.names))
            for deployment in self._account.listed(
                "codedeploy",
                "list_deployments",
                "deployments",
                applicationName=self._account.name,
                deploymentGroupName=group,
                includeOnlyStatuses=["Created", "Queued", "InProgress"],
            )
        ]

    def stop(self, deployments: Iterable[str], every: float) -> None:
        """Stop deployments, and wait until CodeDeploy, which moves back by deployments of its own, is at rest."""
        for deployment in deployments:
            self._account.client("codedeploy").stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
        while self.underway():
            time.sleep(every)

    def _groups(self) -> set[str]:
        """CodeDeploy's deployment groups, which are named as the functions."""
        client = self._account.client("codedeploy")
        try:
            return set(client.list_deployment_groups(applicationName=self._account.name)["deploymentGroups"])
        except client.exceptions.ApplicationDoesNotExistException:
            return set()

    def _begin(self, function: Function, *, through_alarms: bool) -> str:
        properties = {"Name": function.name, "Alias": ALIAS}
        properties |= {"CurrentVersion": function.live, "TargetVersion": function.newest}
        resource = {"api": {"Type": "AWS::Lambda::Function", "Properties": properties}}
        content = json.dumps({"version": 0.0, "Resources": [resource]})
        begun = self._account.client("codedeploy").create_deployment(
            applicationName=self._account.name,
            deploymentGroupName=function.name,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": content}},
            description=f"brickgate deploy: {function.live} -> {function.newest}",
            **({"overrideAlarmConfiguration": {"enabled": False}} if through_alarms else {}),
        )
        print(f"{function.name}: {function.live} -> {function.newest}, step by step ({begun['deploymentId']})")
        return str(begun["deploymentId"])
