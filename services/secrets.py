"""Secrets by reference: AWS Secrets Manager and Systems Manager Parameter Store (PRD NFR6, 1.3.3)."""

from __future__ import annotations

import json
from urllib.parse import quote


class SecretError(Exception):
    """The reference could not be followed; the text says which and why, never the secret."""


def fetch(arn: str, endpoint_url: str | None = None) -> str:
    """Return the secret that `arn` names.

    The JSON document that RDS keeps for a database (`username`, `password`, `host`, `port`, `dbname`) becomes a PostgreSQL URL; the one
    that it manages by itself, which names no host, becomes its password.
    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html

    Raises:
        SecretError: the ARN names neither service, or the service refused.
    """
    import boto3  # noqa: PLC0415 - half a second of imports that only a process with referenced secrets should pay
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] not in ("secretsmanager", "ssm"):  # noqa: PLR2004 - an ARN's fields
        raise SecretError(f"{arn!r} is no ARN of a Secrets Manager secret or an SSM parameter")
    service, region = parts[2], parts[3]
    try:
        if service == "ssm":
            ssm = boto3.client("ssm", region_name=region, endpoint_url=endpoint_url)
            text = ssm.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
        else:
            manager = boto3.client("secretsmanager", region_name=region, endpoint_url=endpoint_url)
            text = manager.get_secret_value(SecretId=arn)["SecretString"]
    except (BotoCoreError, ClientError) as error:
        raise SecretError(f"{arn} could not be read: {error}") from error
    return _told(text)


def _told(text: str) -> str:
    try:
        secret = json.loads(text)
    except ValueError:
        return text
    if not isinstance(secret, dict) or not {"username", "password"} <= secret.keys():
        return text
    if "host" not in secret:
        return str(secret["password"])
    user, password = quote(secret["username"], safe=""), quote(secret["password"], safe="")
    return (
        f"postgresql://{user}:{password}@{secret['host']}:{secret.get('port', 5432)}/{secret.get('dbname', 'postgres')}"
    )
