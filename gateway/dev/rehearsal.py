"""`make rehearse`: bootstrap and the estate of dev made in an emulated AWS, looked at, and the estate taken down again.

What moto does not implement is left out by the variable `features` (terraform/variables.tf); plans and `terraform test` prove that.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.dev.account import Account
from gateway.dev.aws import CREDENTIALS, client
from gateway.dev.process import StartError
from gateway.dev.release.functions import Functions
from gateway.dev.rights import beyond, roles
from gateway.dev.terraform import MODULE, REGION, Terraform, emulated_aws
from settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BY_REFERENCE = "_SECRET_ARN"
# What goes by itself: keys after days; NAT gateways, listed as deleted for an hour; automatic snapshots, in AWS with their cluster.
_GOING = (":kms:", ":natgateway/", ":cluster-snapshot:rds:")


class RehearsalError(StartError):
    """What was made is not what was meant."""


def features() -> dict[str, bool]:
    """Everything that moto cannot make, switched off: the attributes of `var.features`."""
    return dict.fromkeys(re.findall(r"^ +(\w+) += optional\(bool, true\)", _variable("features"), re.MULTILINE), False)


def built(name: str) -> Path:
    """Where Terraform looks for the `package` or the `layer`, if nobody tells it another place."""
    path: str = re.findall(r'default += "(.+)"', _variable(name))[0]
    return (MODULE / path).resolve()


def _variable(name: str) -> str:
    return (MODULE / "variables.tf").read_text().split(f'variable "{name}"')[1].split("\n}\n")[0]


def environment_of(function: Mapping[str, Any]) -> dict[str, str]:
    """What a deployed function is told.

    Raises:
        RehearsalError: the settings refuse it.
    """
    told: dict[str, str] = function.get("Environment", {}).get("Variables", {})
    # A secret by reference is fetched at the start; that it is there is looked at by itself.
    values = {name: value for name, value in told.items() if not name.endswith(_BY_REFERENCE)}
    try:
        Settings.read(values | {"AWS_REGION": REGION})
    except SettingsError as error:
        raise RehearsalError(f"{function['FunctionName']} would not start. {error}") from None
    return told


def look(outputs: Mapping[str, Any], endpoint: str, package: Path) -> list[str]:
    """Compare what the emulated AWS has with what Terraform says; a line for each thing that holds.

    Args:
        outputs: of the state, by name.
        endpoint: of the emulated AWS.
        package: what was deployed.

    Raises:
        RehearsalError: with the first thing that does not hold.
    """
    functions = client("lambda", endpoint, REGION)
    secrets = client("secretsmanager", endpoint, REGION)
    said: list[str] = []
    told = 0
    digest = base64.b64encode(hashlib.sha256(package.read_bytes()).digest()).decode()
    for function in functions.get_paginator("list_functions").paginate().build_full_result()["Functions"]:
        if function["CodeSha256"] != digest:
            raise RehearsalError(f"{function['FunctionName']} does not run {package.name}.")
        if not _holds(package, function["Handler"]):
            raise RehearsalError(
                f"{package.name} has no {function['Handler']}, which {function['FunctionName']} calls."
            )
        if not function.get("Environment", {}).get("Variables"):
            continue  # it stands outside of the VPC and knows nothing
        told += 1
        for name, value in environment_of(function).items():
            if name.endswith(_BY_REFERENCE):
                secrets.describe_secret(SecretId=value)
    said.append(f"{told} functions start with what they are told, from {package.name}")
    bucket = outputs["files_bucket"]
    s3 = client("s3", endpoint, REGION)
    if not all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()):
        raise RehearsalError(f"The bucket {bucket} is open to the public.")
    said.append(f"the bucket {bucket} is closed to the public")
    database = client("rds", endpoint, REGION).describe_db_proxies()["DBProxies"][0]
    if not database["RequireTLS"] or database["Endpoint"] != outputs["database_proxy"]:
        raise RehearsalError(f"The proxy {database['DBProxyName']} is not what Terraform says.")
    said.append(f"the proxy {database['DBProxyName']} takes TLS alone")
    return said


def bounded(endpoint: str) -> str:
    """See that each role has a boundary and could do nothing more without it.

    Raises:
        RehearsalError: one is allowed what its boundary takes from it.
    """
    found = roles(endpoint, REGION, "lego-api-dev-")
    for role in found:
        if actions := beyond(endpoint, REGION, role):
            raise RehearsalError(f"The boundary of {role['RoleName']} does not allow {', '.join(actions)}.")
    return f"none of {len(found)} roles is allowed more than its boundary"


def _holds(package: Path, handler: str) -> bool:
    """Whether a package has the module of a handler, as source or compiled."""
    path = handler.rpartition(".")[0].replace(".", "/")
    with zipfile.ZipFile(package) as file:
        return any(name in {f"{path}.py", f"{path}.pyc"} for name in file.namelist())


def moved(terraform: Terraform, variables: Mapping[str, Any], endpoint: str) -> str:
    """Move an alias as `brickgate deploy` does; Terraform then has nothing to change of it (docs/decisions/0028).

    Raises:
        RehearsalError: it would move it back.
    """
    functions = Functions(Account({**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION}, "dev"))
    functions.move("lego-api-dev-api", "$LATEST")
    shifted = [
        change
        for change in terraform.plan(variables, f"-target={_MOVED}")["resource_changes"]
        if (change["type"], change["name"]) == ("aws_lambda_alias", "shifted")
    ]
    if changed := [change["address"] for change in shifted if change["change"]["actions"] != ["no-op"]]:
        raise RehearsalError(f"Terraform would change an alias that it does not move: {', '.join(changed)}.")
    if not shifted:
        raise RehearsalError("There is no alias that Terraform leaves alone.")
    return "an alias that was moved is left alone by the next plan"


def left(endpoint: str) -> list[str]:
    """What a destroyed estate still has: tagged resources, by ARN, but those that an account has once."""
    tagged = (
        client("resourcegroupstaggingapi", endpoint, REGION)
        .get_paginator("get_resources")
        .paginate(TagFilters=[{"Key": "Project", "Values": ["LEGO-API"]}])
    )
    found = [
        resource["ResourceARN"]
        for resource in tagged.build_full_result()["ResourceTagMappingList"]
        if {"Key": "Environment", "Value": "shared"} not in resource["Tags"]
    ]
    return [arn for arn in found if not any(part in arn for part in _GOING)]


def bootstrap(terraform: Terraform) -> None:
    """Make what an account has once, the boundaries of roles among it."""
    module = terraform.module("bootstrap")
    (module.folder / "emulated_override.tf").write_text('provider "aws" {\n  s3_use_path_style = true\n}\n')
    module("apply", "-auto-approve", "-input=false", *_FAST)


def rehearse(tell: Callable[[str], None] = print) -> int:
    """Apply bootstrap and dev, look at it, move an alias, plan again, destroy it.

    Raises:
        StartError: with the first thing that did not work.
    """
    started = time.monotonic()

    def say(text: str) -> None:
        tell(f"{time.monotonic() - started:4.0f} s  {text}")

    with (
        tempfile.TemporaryDirectory(prefix="brickgate-rehearsal-") as name,
        emulated_aws(Path(name)) as endpoint,
        ThreadPoolExecutor(1) as beside,
    ):
        terraform = Terraform(Path(name), "dev", endpoint)
        variables: dict[str, Any] = {"features": features()}
        package = built("package")
        for missing in [name for name in ("package", "layer") if not built(name).exists()]:
            say(f"{built(missing).name} is not built (make package): one of the handlers alone stands in for it")
            stand_in = terraform.stand_in()
            variables[missing] = str(stand_in)
            package = stand_in if missing == "package" else package
        account = beside.submit(bootstrap, terraform)  # a minute of waiting for a bucket, which planning does not need
        say("planning dev, without what moto cannot make: " + ", ".join(variables["features"]))
        planned = terraform.plan(variables)
        say(
            f"applying {sum('create' in change['change']['actions'] for change in planned['resource_changes'])} resources"
        )
        terraform("apply", "-input=false", *_FAST, "plan")
        outputs = {key: value["value"] for key, value in json.loads(terraform("output", "-json")).items()}
        account.result()
        for line in [*look(outputs, endpoint, package), bounded(endpoint)]:
            say(line)
        say(moved(terraform, variables, endpoint))
        say("destroying them")
        terraform("destroy", "-auto-approve", "-input=false", "-refresh=false", *_FAST)
        if kept := terraform("state", "list").split():
            raise RehearsalError(f"Destroying left in the state: {', '.join(kept)}.")
        if kept := left(endpoint):
            raise RehearsalError(f"Destroying left in AWS: {', '.join(kept)}.")
        say("nothing is left")
    return 0


_MOVED = 'module.function["api"].aws_lambda_alias.shifted[0]'
_FAST = ("-parallelism=16", "-lock=false")  # moto is waited for, not worked for

if __name__ == "__main__":
    try:
        sys.exit(rehearse())
    except StartError as problem:
        sys.exit(str(problem))
