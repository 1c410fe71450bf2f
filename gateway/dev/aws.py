"""AWS in one child process: moto's server, with a user pool, its users and a bucket.

moto forgets everything when it ends, but the rows of PostgreSQL name their owners by `sub`. So the ids of the pool, its
client and the users are the same at every start: moto derives the first two from their configuration, and its random
numbers are seeded before each user is made.
"""

from __future__ import annotations

import os
import secrets
import sys
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gateway.dev.process import LOOPBACK, Child, StartError, answers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = version("moto")
BUCKET = "brickgate-local"
PASSWORD = "Brick-by-brick-1"  # noqa: S105 - of the demo users, in an emulated pool
USERS = {"alice": "Alice Brick", "bob": "Bob Stud", "carol": "Carol Plate"}
_POOL = "brickgate"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


@dataclass(frozen=True)
class User:
    """A user of the pool; `email` and `password` sign in."""

    name: str
    email: str
    sub: str
    password: str = PASSWORD


class Aws:
    """One emulated AWS on `port`; `wait` fills `pool_id`, `client_id` and `users`."""

    pool_id = ""
    client_id = ""
    users: dict[str, User]
    bucket = BUCKET

    def __init__(self, port: int, *, log: Path, region: str = "us-east-1") -> None:
        self.port = port
        self.region = region
        strategies = {f"MOTO_COGNITO_IDP_USER_POOL_{name}ID_STRATEGY": "HASH" for name in ("", "CLIENT_")}
        command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)]
        self.child = Child("AWS (moto)", command, log=log, environment=os.environ | strategies)

    @property
    def endpoint_url(self) -> str:
        """Where all of its services answer."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes a process talk to this AWS and to none else."""
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "S3_BUCKET": self.bucket,
            "COGNITO_USER_POOL_ID": self.pool_id,
            "COGNITO_CLIENT_ID": self.client_id,
        }

    def wait(self) -> None:
        """Wait until it answers, then make the pool, its users and the bucket.

        Raises:
            StartError: with the end of its log.
        """
        s3, cognito = self.client("s3"), self.client("cognito-idp")  # they take a second, and so does moto
        self.child.wait_until(lambda: answers(self.port), 60)
        s3.create_bucket(Bucket=self.bucket)
        pool = cognito.create_user_pool(PoolName=_POOL, UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
        self.pool_id = pool["UserPool"]["Id"]
        client = cognito.create_user_pool_client(
            UserPoolId=self.pool_id, ClientName=_POOL, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )
        self.client_id = client["UserPoolClient"]["ClientId"]
        self.users = {login: self._create_user(cognito, login, name) for login, name in USERS.items()}
        self._seed(secrets.randbits(32))

    def client(self, service: str) -> Any:
        """A boto3 client of one of its services."""
        return client(service, self.endpoint_url, self.region)

    def token(self, login: str) -> str:
        """Sign one of the users in and return the access token."""
        user = self.users[login]
        return sign_in(self.endpoint_url, self.region, self.client_id, user.email, user.password)

    def _create_user(self, cognito: Any, login: str, name: str) -> User:
        email = f"{login}@example.com"
        attributes = {"email": email, "email_verified": "true", "name": name}
        self._seed(zlib.crc32(login.encode()))
        user = cognito.admin_create_user(
            UserPoolId=self.pool_id,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
        )["User"]
        cognito.admin_set_user_password(UserPoolId=self.pool_id, Username=email, Password=PASSWORD, Permanent=True)
        sub = next(attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub")
        return User(name, email, sub)

    def _seed(self, number: int) -> None:
        connection = HTTPConnection(LOOPBACK, self.port)
        connection.request("POST", f"/moto-api/seed?a={number}")
        status = connection.getresponse().status
        connection.close()
        if status != HTTPStatus.OK:
            raise StartError(
                f"{self.child.name} refused to seed its random numbers (status {status}).{self.child.last_lines()}"
            )


def sign_in(endpoint_url: str, region: str, client_id: str, email: str, password: str) -> str:
    """Sign in as an application does (USER_PASSWORD_AUTH) and return the access token."""
    answer = client("cognito-idp", endpoint_url, region).initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


def client(service: str, endpoint_url: str, region: str) -> Any:
    """A boto3 client of a service of the emulated AWS at `endpoint_url`."""
    import boto3  # noqa: PLC0415 - half a second, in which the servers start
    from botocore.config import Config  # noqa: PLC0415 - as above

    return boto3.client(  # type: ignore[call-overload] # the stubs want the service as a literal
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - of an emulated account
        config=Config(proxies={}),  # a proxy of the developer's does not lead to this machine
    )
