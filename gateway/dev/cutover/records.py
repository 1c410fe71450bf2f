"""The two weighted records of the API's name: who gets how much of its traffic (PRD 5.5; docs/decisions/0029).

Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dev.process import StartError

if TYPE_CHECKING:
    from gateway.dev.account import Account

LAMBDA, LEGACY = "lambda", "legacy"  # what terraform/dns.tf calls the sets
WEIGHTS = (0, 10, 50, 100)  # percent, the steps of PRD 5.5


class Records:
    """The records of `domain`, as Route 53 has them now; what Terraform made and this alone changes afterwards."""

    def __init__(self, account: Account, domain: str) -> None:
        self._route53 = account.client("route53")
        self.domain = domain.rstrip(".") + "."
        self.zone = self._zone(account)
        self.sets = {
            record["SetIdentifier"]: record
            for record in account.listed(
                "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=self.zone
            )
            if record["Name"] == self.domain and record["Type"] == "A" and "SetIdentifier" in record
        }
        if LAMBDA not in self.sets:
            raise StartError(f"{domain} has no weighted record {LAMBDA!r}: apply Terraform with `domain` first.")

    def _zone(self, account: Account) -> str:
        """The public zone that holds the name: the one with the longest name of those that it ends with."""
        zones = account.listed("route53", "list_hosted_zones", "HostedZones")
        holding = [
            zone
            for zone in zones
            if f".{self.domain}".endswith(f".{zone['Name']}") and not zone.get("Config", {}).get("PrivateZone")
        ]
        if not holding:
            raise StartError(f"No hosted zone of this account holds {self.domain[:-1]}.")
        return str(max(holding, key=lambda zone: len(zone["Name"]))["Id"]).rpartition("/")[2]

    @property
    def weight(self) -> int:
        """Percent of the traffic that comes to the functions; all of it where there is nobody else."""
        weights = {name: record["Weight"] for name, record in self.sets.items()}
        total = sum(weights.values())
        return round(100 * weights[LAMBDA] / total) if total and LEGACY in weights else 100

    @property
    def functions_url(self) -> str:
        """Where the functions answer, whoever the domain leads to: what their record is an alias of."""
        return f"https://{self.sets[LAMBDA]['AliasTarget']['DNSName'].rstrip('.')}"

    def move(self, weight: int) -> None:
        """Give the functions `weight` percent, and return when every name server of Route 53 says so.

        Both records change in one batch: at no moment do they add up to anything but a hundred.

        Raises:
            StartError: there is no legacy record to share with.
        """
        if LEGACY not in self.sets:
            raise StartError(f"{self.domain[:-1]} has no record {LEGACY!r} any more: nobody is there to share with.")
        shares = {LAMBDA: weight, LEGACY: 100 - weight}
        changes: list[dict[str, Any]] = [
            {"Action": "UPSERT", "ResourceRecordSet": {**self.sets[name], "Weight": share}}
            for name, share in shares.items()
        ]
        batch = {"Comment": f"brickgate cutover: {weight}% to the functions", "Changes": changes}
        change = self._route53.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch=batch)
        for name, share in shares.items():
            self.sets[name]["Weight"] = share
        waiter = self._route53.get_waiter("resource_record_sets_changed")
        waiter.wait(Id=change["ChangeInfo"]["Id"], WaiterConfig={"Delay": 5, "MaxAttempts": 48})  # four minutes
