"""The settings: every name once, validated at start. Nothing else in the project reads the environment.

A value that is a secret (`DATABASE_URL`, `REDIS_URL`, `OPENSEARCH_URL`) may be given by reference instead: `DATABASE_URL_SECRET_ARN`
names a secret of AWS Secrets Manager or a parameter of Systems Manager that holds it (PRD NFR6).
`docs/settings.md` is generated from this model by `make settings`.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    RedisDsn,
    UrlConstraints,
    ValidationError,
)

from services import secrets, spelling
from services.spelling import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_ARN_SUFFIX = "_SECRET_ARN"  # noqa: S105 - the ending of a variable's name


class SettingsError(SystemExit):
    """The process cannot start: one sentence for each variable that is missing or malformed."""


def _kept(what: str, seconds: int) -> Any:
    """The definition of how long something is cached."""
    description = f"How long {what} may be kept in Redis, in seconds; 0 for not at all."
    return Field(default=seconds, ge=0, le=3600, description=description, examples=[seconds])


def _at_most(what: str, number: int) -> Any:
    """The definition of how much /graphql takes of something."""
    return Field(default=number, ge=0, description=f"{what} at most.", examples=[number])


def _optional(description: str, example: str) -> Any:
    """The definition of what may be left out."""
    return Field(default=None, description=description, examples=[example])


_Rate = Annotated[Rate, BeforeValidator(Rate.parse)]
_Names = Annotated[tuple[str, ...], BeforeValidator(spelling.listed)]


class Settings(BaseModel):
    """What the process was told; immutable once read."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["dev", "staging", "production"] = Field(
        description="Whose manners to show: GraphiQL and introspection in dev and staging only, Secure cookies, HSTS "
        "and checked origins in production.",
        examples=["dev"],
    )
    database_url: Annotated[str, AfterValidator(spelling.postgres)] = Field(
        description="The PostgreSQL database, 15 or later; the RDS Proxy endpoint in AWS.",
        examples=["postgresql://brickgate:secret@localhost:5432/brickgate"],
        json_schema_extra={"secret": True},
    )
    database_password: str | None = Field(
        default=None,
        description="The password, where DATABASE_URL has none. A secret that RDS manages holds it as `password`.",
        json_schema_extra={"secret": True},
        repr=False,
    )
    database_iam_auth: bool = Field(
        default=False,
        description="Whether the password is a token that the function's role signs for each connection (RDS Proxy in AWS).",
        examples=[True],
    )
    database_pool_size: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Connections kept open by one process; two more are opened under load. One is right for a Lambda function.",
        examples=[1],
    )
    database_statement_cache: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="Prepared statements kept by one connection. Must be 0 behind RDS Proxy or a PgBouncer in transaction mode.",
        examples=[0],
    )
    redis_url: RedisDsn | None = Field(
        default=None,
        description="The server, Redis 7 or Valkey. Without one nothing is cached and every answer is still right.",
        examples=["redis://localhost:6379/0"],
        json_schema_extra={"secret": True},
    )
    redis_cluster: bool = Field(
        default=False,
        description="Whether REDIS_URL is the configuration endpoint of a cluster with several shards.",
        examples=[False],
    )
    redis_timeout_ms: int = Field(
        default=200,
        ge=10,
        le=10_000,
        description="Milliseconds within which Redis must answer; else it is done without for a few seconds.",
        examples=[200],
    )
    opensearch_url: HttpUrl | None = Field(
        default=None,
        description="The OpenSearch domain. Without one PostgreSQL answers searches.",
        examples=["http://localhost:9200"],
        json_schema_extra={"secret": True},
    )
    opensearch_index_prefix: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,40})?$")] = Field(
        default="",
        description="What the names of the indices begin with, where several workspaces share one OpenSearch domain.",
        examples=["dev-"],
    )
    opensearch_refresh_ms: int = Field(
        default=1000,
        ge=10,
        description="Milliseconds after which what is written is found; for indices made from now on.",
        examples=[1000],
    )
    opensearch_readers: _Names = Field(
        default=(),
        description="IAM roles, by ARN (wildcards allowed), that the worker admits to searching a domain with fine-grained access.",
        examples=["arn:aws:iam::123456789012:role/lego-api-dev-*"],
    )
    aws_region: str = Field(
        default="us-east-1",
        description="The region of the Cognito user pool and the bucket; Lambda sets it.",
        examples=["us-east-1"],
    )
    aws_endpoint_url: HttpUrl | None = _optional(
        "An emulated AWS to talk to instead of the real one.", "http://localhost:5000"
    )
    aws_endpoint_url_s3: HttpUrl | None = _optional(
        "An emulated S3 to talk to instead, where it is not part of AWS_ENDPOINT_URL.", "http://localhost:9000"
    )
    s3_bucket: str = Field(
        min_length=3, max_length=63, description="The bucket of uploaded files.", examples=["lego-moc-files-dev"]
    )
    s3_url_seconds: int = Field(
        default=3600,
        ge=60,
        le=604_800,
        description="How long the URL of a file is good for, in seconds; a week at most, as AWS has it.",
        examples=[3600],
    )
    malware_protection: bool = Field(
        default=False,
        description="Whether GuardDuty scans the bucket. Files of MOCs can be fetched only after it has found nothing in them.",
        examples=[True],
    )
    clamd_url: Annotated[AnyUrl, UrlConstraints(allowed_schemes=["tcp"], host_required=True)] | None = _optional(
        "The clamd that scans uploads before they are stored. Without one they are only checked for what they are.",
        "tcp://localhost:3310",
    )
    cognito_user_pool_id: Annotated[str, Field(pattern=r"^[\w-]+_[0-9a-zA-Z]+$")] = Field(
        description="The Cognito user pool whose tokens are accepted.", examples=["us-east-1_Abc123def"]
    )
    cognito_client_id: _Names = Field(
        min_length=1,
        description="The app clients of that pool whose tokens are accepted, comma-separated.",
        examples=["1h57kf5cpq17m0eml12EXAMPLE"],
    )
    cors_origins: Annotated[_Names, AfterValidator(spelling.origins)] = Field(
        default=spelling.LOCAL_ORIGINS,
        description="The frontends' origins, comma-separated.",
        examples=["https://app.example.com"],
    )
    security_contact: Annotated[AnyUrl, UrlConstraints(allowed_schemes=["mailto", "https", "tel"])] | None = _optional(
        "Whom /.well-known/security.txt names; without one it is not served.", "mailto:security@example.com"
    )
    outbox_queue_url: HttpUrl | None = _optional(
        "The SQS queue that wakes the worker after a change. Without one the API's own process does the worker's work.",
        "https://sqs.us-east-1.amazonaws.com/123456789012/brickgate-dev-outbox",
    )
    legacy_aliases: bool = Field(
        default=True,
        description="Whether REST answers repeat their payload under the key that old clients read (`moc`, `mocs`, ...).",
        examples=[True],
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many proxies of ours append to CLIENT_ADDRESS_HEADER whom they were asked by: a caller's address stands so many "
        "places from its end. With 0 whoever connects is the caller.",
        examples=[1],
    )
    client_address_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] = Field(
        default="X-Forwarded-For",
        description="The header in which they do. One that the first of them overwrites has one place.",
        examples=["X-Forwarded-For"],
    )
    rate_limit_general: _Rate = Field(
        default=Rate(100, 900), description="Requests of one caller, every route.", examples=["100/15m"]
    )
    rate_limit_auth: _Rate = Field(
        default=Rate(5, 900), description="Failed requests of one caller to /api/users.", examples=["5/15m"]
    )
    rate_limit_upload: _Rate = Field(default=Rate(10, 3600), description="Uploads of one caller.", examples=["10/1h"])
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
    graphql_trusted_only: bool = Field(
        default=False, description="Whether /graphql runs trusted documents alone.", examples=[True]
    )
    deadline_seconds: float = Field(
        default=25, gt=0, description="Seconds after which work is given up; API Gateway waits for 30.", examples=[25]
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least severe record that is logged.", examples=["INFO"]
    )
    log_user_ids: Literal["hashed", "plain"] = Field(
        default="hashed",
        description="Whether logs and traces name users by the beginning of the SHA-256 of their ids, or by the ids.",
        examples=["plain"],
    )
    metrics: Literal["emf", "off"] = Field(
        default="off",
        description="Whether lines for CloudWatch to make metrics of are written to the log (embedded metric format).",
        examples=["emf"],
    )
    otel_exporter_otlp_endpoint: HttpUrl | None = Field(
        default=None,
        description="Where OpenTelemetry's spans are sent, by OTLP over HTTP. Without one there are none.",
        examples=["http://localhost:4318"],
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
        endpoint = f"{self.aws_endpoint_url}{self.cognito_user_pool_id}" if self.aws_endpoint_url else self.issuer
        return f"{endpoint}/.well-known/jwks.json"

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read and validate the environment.

        Raises:
            SettingsError: with a sentence for each variable that is missing or malformed.
        """
        source = {name.upper(): value for name, value in (os.environ if environment is None else environment).items()}
        values: dict[str, Any] = {name: source[name.upper()] for name in cls.model_fields if source.get(name.upper())}
        if "aws_region" not in values and source.get("AWS_DEFAULT_REGION"):
            values["aws_region"] = source["AWS_DEFAULT_REGION"]
        for name, field in cls.model_fields.items():
            arn = source.get(name.upper() + SECRET_ARN_SUFFIX)
            if arn and (field.json_schema_extra or {}).get("secret"):  # type: ignore[union-attr] # always a dict here
                values[name] = _referenced(name, arn, values.get("aws_endpoint_url"))
        if values.get("database_url") and values.get("database_password"):
            values["database_url"] = spelling.with_password(values["database_url"], values["database_password"])
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError("\n".join(map(_sentence, error.errors()))) from None


def _referenced(name: str, arn: str, endpoint_url: str | None) -> str:
    try:
        return secrets.fetch(arn, endpoint_url)
    except secrets.SecretError as error:
        raise SettingsError(f"{name.upper()}{SECRET_ARN_SUFFIX}: {error}") from None


def _sentence(error: Any) -> str:
    """Say in one sentence which variable is wrong, why, and what would be right."""
    name = str(error["loc"][0])
    field = Settings.model_fields[name]
    example = f"For example {name.upper()}={field.examples[0]}" if field.examples else ""
    if error["type"] == "missing":
        return f"{name.upper()} is missing. {field.description} {example}"
    reason = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return f"{name.upper()} is malformed: {reason}. {field.description} {example}"


def invocation_trace() -> str:
    """X-Ray's header of the current invocation, which Lambda's runtime puts into the environment anew each time; empty elsewhere."""
    return os.environ.get("_X_AMZN_TRACE_ID", "")


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings.read()
