"""The settings: every name once, validated at start. Nothing else in the project reads the environment.

A value that is a secret (`DATABASE_URL`, `REDIS_URL`, `OPENSEARCH_URL`) may be given by reference instead: `DATABASE_URL_SECRET_ARN`
names a secret of AWS Secrets Manager or a parameter of Systems Manager that holds it (PRD NFR6).
`docs/settings.md` is generated from this model by `make settings`. The model is a plain dataclass whose values `services.spelling` reads:
Pydantic would be a tenth of a cold start (docs/decisions/0019).
"""

from __future__ import annotations

import os
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from services import secrets, spelling
from services.spelling import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

    from services.spelling import Reader

SECRET_ARN_SUFFIX = "_SECRET_ARN"  # noqa: S105 - the ending of a variable's name


class SettingsError(SystemExit):
    """The process cannot start: one sentence for each variable that is missing or malformed."""


def _setting(read: Reader, description: str, example: str = "", *, default: Any = MISSING, secret: bool = False) -> Any:
    """The definition of a setting.

    Args:
        read: makes its value of the text of the variable, or says in a ValueError what would be right.
        description: what it means.
        example: a value of it, as it is written.
        default: its value where the variable is not there; one without must be.
        secret: whether it may be given by reference, and is not shown.
    """
    told = {"read": read, "description": description, "example": example, "secret": secret}
    return field(default=default, repr=not secret, metadata=told)


def _kept(what: str, seconds: int) -> Any:
    """The definition of how long something is cached."""
    description = f"How long {what} may be kept in Redis, in seconds; 0 for not at all."
    return _setting(spelling.whole(0, 3600), description, str(seconds), default=seconds)


def _at_most(what: str, number: int) -> Any:
    """The definition of how much /graphql takes of something."""
    return _setting(spelling.whole(0), f"{what} at most.", str(number), default=number)


def _rate(what: str, example: str) -> Any:
    """The definition of how often a caller may do something."""
    return _setting(Rate.parse, what, example, default=Rate.parse(example))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the process was told; immutable once read."""

    environment: str = _setting(
        spelling.one_of("dev", "staging", "production"),
        "Whose manners to show: GraphiQL and introspection in dev and staging only, Secure cookies, HSTS "
        "and checked origins in production.",
        "dev",
    )
    database_url: str = _setting(
        spelling.postgres,
        "The PostgreSQL database, 15 or later; the RDS Proxy endpoint in AWS.",
        "postgresql://brickgate:secret@localhost:5432/brickgate",
        secret=True,
    )
    database_password: str | None = _setting(
        str,
        "The password, where DATABASE_URL has none. A secret that RDS manages holds it as `password`.",
        default=None,
        secret=True,
    )
    database_iam_auth: bool = _setting(
        spelling.truth,
        "Whether the password is a token that the function's role signs for each connection (RDS Proxy in AWS).",
        "true",
        default=False,
    )
    database_pool_size: int = _setting(
        spelling.whole(1, 100),
        "Connections kept open by one process; two more are opened under load. One is right for a Lambda function.",
        "1",
        default=1,
    )
    database_statement_cache: int = _setting(
        spelling.whole(0, 10_000),
        "Prepared statements kept by one connection. Must be 0 behind RDS Proxy or a PgBouncer in transaction mode.",
        "0",
        default=0,
    )
    redis_url: str | None = _setting(
        spelling.url("redis", "rediss"),
        "The server, Redis 7 or Valkey. Without one nothing is cached and every answer is still right.",
        "redis://localhost:6379/0",
        default=None,
        secret=True,
    )
    redis_cluster: bool = _setting(
        spelling.truth,
        "Whether REDIS_URL is the configuration endpoint of a cluster with several shards.",
        "false",
        default=False,
    )
    redis_timeout_ms: int = _setting(
        spelling.whole(10, 10_000),
        "Milliseconds within which Redis must answer; else it is done without for a few seconds.",
        "200",
        default=200,
    )
    opensearch_url: str | None = _setting(
        spelling.HTTP,
        "The OpenSearch domain. Without one PostgreSQL answers searches.",
        "http://localhost:9200",
        default=None,
        secret=True,
    )
    opensearch_index_prefix: str = _setting(
        spelling.like(r"([a-z0-9][a-z0-9-]{0,40})?"),
        "What the names of the indices begin with, where several workspaces share one OpenSearch domain.",
        "dev-",
        default="",
    )
    opensearch_refresh_ms: int = _setting(
        spelling.whole(10),
        "Milliseconds after which what is written is found; for indices made from now on.",
        "1000",
        default=1000,
    )
    opensearch_readers: tuple[str, ...] = _setting(
        spelling.listed,
        "IAM roles, by ARN (wildcards allowed), that the worker admits to searching a domain with fine-grained access.",
        "arn:aws:iam::123456789012:role/lego-api-dev-*",
        default=(),
    )
    aws_region: str = _setting(
        str,
        "The region of the Cognito user pool and the bucket; Lambda sets it.",
        "us-east-1",
        default="us-east-1",
    )
    aws_endpoint_url: str | None = _setting(
        spelling.HTTP, "An emulated AWS to talk to instead of the real one.", "http://localhost:5000", default=None
    )
    aws_endpoint_url_s3: str | None = _setting(
        spelling.HTTP,
        "An emulated S3 to talk to instead, where it is not part of AWS_ENDPOINT_URL.",
        "http://localhost:9000",
        default=None,
    )
    s3_bucket: str = _setting(spelling.like(r".{3,63}"), "The bucket of uploaded files.", "lego-moc-files-dev")
    s3_url_seconds: int = _setting(
        spelling.whole(60, 604_800),
        "How long the URL of a file is good for, in seconds; a week at most, as AWS has it.",
        "3600",
        default=3600,
    )
    malware_protection: bool = _setting(
        spelling.truth,
        "Whether GuardDuty scans the bucket. Files of MOCs can be fetched only after it has found nothing in them.",
        "true",
        default=False,
    )
    clamd_url: str | None = _setting(
        spelling.url("tcp"),
        "The clamd that scans uploads before they are stored. Without one they are only checked for what they are.",
        "tcp://localhost:3310",
        default=None,
    )
    cognito_user_pool_id: str = _setting(
        spelling.like(r"[\w-]+_[0-9a-zA-Z]+"),
        "The Cognito user pool whose tokens are accepted.",
        "us-east-1_Abc123def",
    )
    cognito_client_id: tuple[str, ...] = _setting(
        spelling.names,
        "The app clients of that pool whose tokens are accepted, comma-separated.",
        "1h57kf5cpq17m0eml12EXAMPLE",
    )
    cors_origins: tuple[str, ...] = _setting(
        spelling.origins,
        "The frontends' origins, comma-separated.",
        "https://app.example.com",
        default=spelling.LOCAL_ORIGINS,
    )
    security_contact: str | None = _setting(
        spelling.contact,
        "Whom /.well-known/security.txt names; without one it is not served.",
        "mailto:security@example.com",
        default=None,
    )
    outbox_queue_url: str | None = _setting(
        spelling.HTTP,
        "The SQS queue that wakes the worker after a change. Without one the API's own process does the worker's work.",
        "https://sqs.us-east-1.amazonaws.com/123456789012/brickgate-dev-outbox",
        default=None,
    )
    legacy_aliases: bool = _setting(
        spelling.truth,
        "Whether REST answers repeat their payload under the key that old clients read (`moc`, `mocs`, ...).",
        "true",
        default=True,
    )
    trusted_proxies: int = _setting(
        spelling.whole(0, 10),
        "How many proxies of ours append to CLIENT_ADDRESS_HEADER whom they were asked by: a caller's address stands so many "
        "places from its end. With 0 whoever connects is the caller.",
        "1",
        default=0,
    )
    client_address_header: str = _setting(
        spelling.like(r"[A-Za-z0-9-]{1,64}"),
        "The header in which they do. One that the first of them overwrites has one place.",
        "X-Forwarded-For",
        default="X-Forwarded-For",
    )
    rate_limit_general: Rate = _rate("Requests of one caller, every route.", "100/15m")  # noqa: RUF009 - defines, as the others do
    rate_limit_auth: Rate = _rate("Failed requests of one caller to /api/users.", "5/15m")  # noqa: RUF009 - defines, as the others do
    rate_limit_upload: Rate = _rate("Uploads of one caller.", "10/1h")  # noqa: RUF009 - defines, as the others do
    cache_list_seconds: int = _kept("a list", 300)
    cache_detail_seconds: int = _kept("one thing", 600)
    cache_search_seconds: int = _kept("what a search has found", 120)
    cache_profile_seconds: int = _kept("a profile", 600)
    graphql_max_tokens: int = _at_most("Lexical tokens of a document sent to /graphql,", 2000)
    graphql_max_depth: int = _at_most("Levels of fields in such a document,", 10)
    graphql_max_root_fields: int = _at_most("Root fields of such a document,", 20)
    graphql_max_aliases: int = _at_most("Aliases in such a document,", 30)
    graphql_max_directives: int = _at_most("Directives in such a document,", 50)
    graphql_max_comparisons: int = _at_most("Pairs of fields of one name in such a document,", 10_000)
    graphql_cost_anonymous: int = _at_most("What an operation of somebody who is not signed in may cost,", 100)
    graphql_cost_user: int = _at_most("What an operation of a user may cost,", 10_000)
    graphql_cost_trusted: int = _at_most("What an operation of a user may cost where its document is trusted,", 50_000)
    graphql_trusted_only: bool = _setting(
        spelling.truth, "Whether /graphql runs trusted documents alone.", "true", default=False
    )
    deadline_seconds: float = _setting(
        spelling.length, "Seconds after which work is given up; API Gateway waits for 30.", "25", default=25
    )
    log_level: str = _setting(
        spelling.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "The least severe record that is logged.",
        "INFO",
        default="INFO",
    )
    log_user_ids: str = _setting(
        spelling.one_of("hashed", "plain"),
        "Whether logs and traces name users by the beginning of the SHA-256 of their ids, or by the ids.",
        "plain",
        default="hashed",
    )
    metrics: str = _setting(
        spelling.one_of("emf", "off"),
        "Whether lines for CloudWatch to make metrics of are written to the log (embedded metric format).",
        "emf",
        default="off",
    )
    otel_exporter_otlp_endpoint: str | None = _setting(
        spelling.HTTP,
        "Where OpenTelemetry's spans are sent, by OTLP over HTTP. Without one there are none.",
        "http://localhost:4318",
        default=None,
    )

    @property
    def production(self) -> bool:
        """Whether production's manners hold: no introspection, Secure cookies, HSTS, origins checked."""
        return self.environment == "production"

    @property
    def issuer(self) -> str:
        """The `iss` of the pool's tokens; it names AWS also where AWS is emulated."""
        return f"https://cognito-idp.{self.aws_region}.amazonaws.com/{self.cognito_user_pool_id}"

    @property
    def jwks_url(self) -> str:
        """Where the pool publishes its signing keys."""
        emulated = self.aws_endpoint_url and f"{self.aws_endpoint_url.rstrip('/')}/{self.cognito_user_pool_id}"
        return f"{emulated or self.issuer}/.well-known/jwks.json"

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read and validate the environment.

        Raises:
            SettingsError: with a sentence for each variable that is missing or malformed.
        """
        source = {name.upper(): value for name, value in (os.environ if environment is None else environment).items()}
        told = {one.name: source[one.name.upper()] for one in fields(cls) if source.get(one.name.upper())}
        if "aws_region" not in told and source.get("AWS_DEFAULT_REGION"):
            told["aws_region"] = source["AWS_DEFAULT_REGION"]
        for one in fields(cls):
            arn = source.get(one.name.upper() + SECRET_ARN_SUFFIX)
            if arn and one.metadata["secret"]:
                told[one.name] = _referenced(one.name, arn, told.get("aws_endpoint_url"))
        if told.get("database_url") and told.get("database_password"):
            told["database_url"] = spelling.with_password(told["database_url"], told["database_password"])
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for one in fields(cls):
            try:
                if one.name in told:
                    values[one.name] = one.metadata["read"](told[one.name])
                elif one.default is MISSING:
                    wrong.append(_sentence(one, "missing"))
            except ValueError as error:
                wrong.append(_sentence(one, f"malformed: {error}"))
        if wrong:
            raise SettingsError("\n".join(wrong))
        return cls(**values)


def _referenced(name: str, arn: str, endpoint_url: str | None) -> str:
    try:
        return secrets.fetch(arn, endpoint_url)
    except secrets.SecretError as error:
        raise SettingsError(f"{name.upper()}{SECRET_ARN_SUFFIX}: {error}") from None


def _sentence(one: Field[Any], wrong: str) -> str:
    """Say in one sentence which variable is wrong, why, and what would be right."""
    name, example = one.name.upper(), one.metadata["example"]
    return f"{name} is {wrong}. {one.metadata['description']}" + (f" For example {name}={example}" if example else "")


def invocation_trace() -> str:
    """X-Ray's header of the current invocation, which Lambda's runtime puts into the environment anew each time; empty elsewhere."""
    return os.environ.get("_X_AMZN_TRACE_ID", "")


def xray_daemon() -> str:
    """Host and port of X-Ray's daemon, which Lambda runs beside a function that is traced; empty elsewhere."""
    return os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings.read()
