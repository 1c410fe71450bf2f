"""The settings: read once, validated at start, told in sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.spelling import Rate
from settings import Settings, SettingsError

if TYPE_CHECKING:
    from gateway.dev.aws import Aws

ROOT = Path(__file__).parents[1]
GIVEN = {
    "ENVIRONMENT": "dev",
    "DATABASE_URL": "postgres://u:p@db:5432/lego",
    "S3_BUCKET": "lego-moc-files-dev",
    "COGNITO_USER_POOL_ID": "us-east-1_Abc123",
    "COGNITO_CLIENT_ID": "web, mobile",
}


@pytest.mark.prd("1.1.7")
def test_names_are_read_into_types() -> None:
    settings = Settings.read(
        GIVEN | {"RATE_LIMIT_GENERAL": "30/15m", "CORS_ORIGINS": "https://a.example, https://b.example"}
    )
    assert (settings.environment, settings.production, settings.database_url) == (
        "dev",
        False,
        "postgresql://u:p@db:5432/lego",
    )
    assert settings.cognito_client_id == ("web", "mobile")
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert (settings.rate_limit_general, settings.rate_limit_auth) == (Rate(30, 900), Rate(5, 900))
    assert (settings.rate_limit_upload, settings.legacy_aliases) == (Rate(10, 3600), True)
    assert (settings.redis_url, settings.opensearch_url, settings.aws_region) == (None, None, "us-east-1")
    with pytest.raises(FrozenInstanceError):
        settings.environment = "production"  # type: ignore[misc] # what the test proves


def test_the_defaults_admit_the_frontends_of_a_developer() -> None:
    origins = Settings.read(GIVEN).cors_origins
    assert len(origins) == 10
    assert {"http://localhost:5173", "http://127.0.0.1:3003"} <= set(origins)


def test_the_pools_addresses_follow_from_its_id() -> None:
    real = Settings.read(GIVEN | {"AWS_REGION": "eu-west-1"})
    assert real.issuer == "https://cognito-idp.eu-west-1.amazonaws.com/us-east-1_Abc123"
    assert real.jwks_url == f"{real.issuer}/.well-known/jwks.json"
    emulated = Settings.read(GIVEN | {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_DEFAULT_REGION": "eu-west-1"})
    assert emulated.issuer == real.issuer
    assert emulated.jwks_url == "http://127.0.0.1:5000/us-east-1_Abc123/.well-known/jwks.json"


@pytest.mark.parametrize("name", GIVEN)
def test_a_missing_variable_is_named(name: str) -> None:
    for environment in ({key: value for key, value in GIVEN.items() if key != name}, GIVEN | {name: ""}):
        with pytest.raises(SettingsError) as stopped:
            Settings.read(environment)
        assert str(stopped.value).startswith(f"{name} is missing. ")
        assert f"For example {name}=" in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ENVIRONMENT", "prod", "should be 'dev', 'staging' or 'production'"),
        ("DATABASE_URL", "mysql://secret@db/lego", "write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("DATABASE_URL", "postgresql://secret@db", "write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("DATABASE_POOL_SIZE", "0", "should be a whole number from 1 to 100"),
        ("DATABASE_STATEMENT_CACHE", "many", "should be a whole number from 0 to 10000"),
        ("REDIS_URL", "http://secret@cache", "should be a URL such as redis://HOST:PORT, its scheme redis or rediss"),
        ("OPENSEARCH_URL", "secret", "should be a URL such as http://HOST:PORT, its scheme http or https"),
        (
            "CORS_ORIGINS",
            "https://a.example/path",
            "'https://a.example/path' is no origin: scheme and host, no path and no wildcard",
        ),
        ("CORS_ORIGINS", "*", "'*' is no origin: scheme and host, no path and no wildcard"),
        ("LEGACY_ALIASES", "perhaps", "should be true or false"),
        ("RATE_LIMIT_GENERAL", "100", "write it as COUNT/WINDOW, the window with a unit s, m, h or d"),
        ("RATE_LIMIT_AUTH", "0/15m", "write it as COUNT/WINDOW, the window with a unit s, m, h or d"),
        ("RATE_LIMIT_UPLOAD", "10/1y", "write it as COUNT/WINDOW, the window with a unit s, m, h or d"),
        ("COGNITO_USER_POOL_ID", "pool", r"should match [\w-]+_[0-9a-zA-Z]+"),
        ("REDIS_URL", "redis://", "should be a URL such as redis://HOST:PORT"),
        ("REDIS_URL", "redis://secret@cache:port", "should be a URL such as redis://HOST:PORT"),
        ("OPENSEARCH_URL", "http://secret@search/ x", "should be a URL such as http://HOST:PORT"),
        ("CLAMD_URL", "http://clamd", "should be a URL such as tcp://HOST:PORT, its scheme tcp"),
        ("SECURITY_CONTACT", "security@example.com", "should begin with mailto:, https:// or tel:"),
        ("COGNITO_CLIENT_ID", " , ", "should name one at least"),
        ("GRAPHQL_MAX_DEPTH", "-1", "should be a whole number of 0 or more"),
        ("DEADLINE_SECONDS", "0", "should be a number above 0"),
        ("DEADLINE_SECONDS", "inf", "should be a number above 0"),
        ("DEADLINE_SECONDS", "soon", "should be a number above 0"),
        ("METRICS", "on", "should be 'emf' or 'off'"),
        ("CLIENT_ADDRESS_HEADER", "X Y", "should match [A-Za-z0-9-]{1,64}"),
        ("S3_BUCKET", "ab", "should match .{3,63}"),
    ],
)
def test_a_malformed_variable_is_named_and_no_secret_shown(name: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError) as stopped:
        Settings.read(GIVEN | {name: value})
    sentence = str(stopped.value)
    assert sentence.startswith(f"{name} is malformed: {reason}")
    assert "secret@" not in sentence.replace("brickgate:secret@localhost", "")


def test_every_wrong_variable_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as stopped:
        Settings.read({"ENVIRONMENT": "x"})
    assert [line.split(" is ")[0] for line in str(stopped.value).splitlines()] == [
        "ENVIRONMENT",
        "DATABASE_URL",
        "S3_BUCKET",
        "COGNITO_USER_POOL_ID",
        "COGNITO_CLIENT_ID",
    ]


def test_a_process_stops_with_the_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from gateway.app import create_app; create_app()"],
        cwd=ROOT,
        env={name: value for name, value in GIVEN.items() if name != "S3_BUCKET"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("S3_BUCKET is missing. The bucket of uploaded files.")
    assert "Traceback" not in done.stderr


@pytest.mark.prd("2.1.3")
def test_secrets_are_read_by_reference(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    manager, parameters = aws.client("secretsmanager"), aws.client("ssm")
    rds = {
        "username": "lego",
        "password": "p@ss/w:rd",
        "host": "proxy",
        "port": 5433,
        "dbname": "lego",
        "engine": "postgres",
    }
    database = manager.create_secret(Name="database", SecretString=json.dumps(rds))["ARN"]
    parameters.put_parameter(Name="/redis", Value="rediss://:token@cache:6379", Type="SecureString")
    redis = parameters.get_parameter(Name="/redis")["Parameter"]["ARN"]
    given = {**GIVEN, **aws.environment, "DATABASE_URL_SECRET_ARN": database, "REDIS_URL_SECRET_ARN": redis}
    settings = Settings.read(given)
    assert settings.database_url == "postgresql://lego:p%40ss%2Fw%3Ard@proxy:5433/lego"
    assert settings.redis_url == "rediss://:token@cache:6379"
    plain = manager.create_secret(Name="plain", SecretString="postgresql://a:b@c/d")["ARN"]
    assert Settings.read(given | {"DATABASE_URL_SECRET_ARN": plain}).database_url == "postgresql://a:b@c/d"
    managed = manager.create_secret(Name="managed", SecretString='{"username": "brickgate", "password": "p@ss/w:rd"}')[
        "ARN"
    ]
    bare = GIVEN | {"DATABASE_URL": "postgresql://brickgate@cluster:5432/brickgate?sslmode=require"}
    by_reference = Settings.read({**bare, **aws.environment, "DATABASE_PASSWORD_SECRET_ARN": managed})
    assert by_reference.database_url == "postgresql://brickgate:p%40ss%2Fw%3Ard@cluster:5432/brickgate?sslmode=require"
    assert "p@ss" not in repr(by_reference)
    other = manager.create_secret(Name="other", SecretString='{"not": "a database"}')["ARN"]
    with pytest.raises(SettingsError, match="DATABASE_URL is malformed"):
        Settings.read(given | {"DATABASE_URL_SECRET_ARN": other})
    with pytest.raises(
        SettingsError, match=r"^DATABASE_URL_SECRET_ARN: 'database' is no ARN of a Secrets Manager secret"
    ):
        Settings.read(given | {"DATABASE_URL_SECRET_ARN": "database"})
    with pytest.raises(SettingsError, match=f"^DATABASE_URL_SECRET_ARN: {database}x could not be read"):
        Settings.read(given | {"DATABASE_URL_SECRET_ARN": f"{database}x"})
