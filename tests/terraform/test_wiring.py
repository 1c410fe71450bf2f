"""What stands behind what in an estate that is made, of mocks: functions behind routes, and stores behind what functions are told."""

from __future__ import annotations

import json
import re
from shutil import which
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from gateway.dev import terraform
from gateway.dev.terraform import REGION, Terraform
from settings import SECRET_ARN_SUFFIX, Settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # making it takes half a minute

POOL = "us-east-1_Legacy123"
ESTATE = f"""
mock_provider "aws" {{
  source = "./tests/aws"
}}

mock_provider "aws" {{
  alias  = "global"
  source = "./tests/aws"
}}

run "made" {{
  variables {{
    workspace = "production"
    cognito   = {{ user_pool_id = "{POOL}", client_ids = ["web"] }}
  }}
}}
"""
OUTSIDE = {"migrate", "origin"}  # one goes straight to the cluster, the other knows nothing
# Routes, and the function behind each.
ROUTED = [
    pytest.param({"GET /health": "api"}, marks=pytest.mark.prd("1.8.1"), id="health"),
    pytest.param({"POST /api/mocs/{id}/files": "files"}, marks=pytest.mark.prd("2.7.1"), id="files"),
    pytest.param(
        {
            "GET /api/images": "api",
            "GET /api/images/{id}": "api",
            "POST /api/images": "images",
            "PATCH /api/images/{id}": "api",
            "DELETE /api/images/{id}": "api",
        },
        marks=[pytest.mark.prd("3.1.1"), pytest.mark.prd("3.1.2")],
        id="gallery",
    ),
    pytest.param(
        {
            "GET /api/wishlist": "api",
            "GET /api/wishlist/{id}": "api",
            "POST /api/wishlist": "api",
            "PATCH /api/wishlist/{id}": "api",
            "DELETE /api/wishlist/{id}": "api",
            "POST /api/wishlist/reorder": "api",
        },
        marks=[pytest.mark.prd("3.5.1"), pytest.mark.prd("3.5.2")],
        id="wishlist",
    ),
    pytest.param(
        {
            "GET /api/users/{id}": "api",
            "PATCH /api/users/{id}": "api",
            "POST /api/users/{id}/avatar": "pictures",
            "DELETE /api/users/{id}/avatar": "api",
        },
        marks=[pytest.mark.prd("4.1.1"), pytest.mark.prd("4.1.2")],
        id="profiles",
    ),
    pytest.param(
        {"POST /api/mocs/{id}/upload-parts-list": "parts-lists"}, marks=pytest.mark.prd("4.6.1"), id="parts lists"
    ),
]
# What a function is told, the store that it is of, what AWS says of that, and the port.
STORES = [
    pytest.param(
        "DATABASE_URL",
        "aws_db_proxy.main",
        "endpoint",
        5432,
        marks=[pytest.mark.prd("1.3.8"), pytest.mark.prd("2.1.4")],
    ),
    pytest.param(
        "REDIS_URL",
        "aws_elasticache_replication_group.main[0]",
        "configuration_endpoint_address",
        6379,
        marks=[pytest.mark.prd("1.4.6"), pytest.mark.prd("1.4.7"), pytest.mark.prd("2.1.5")],
    ),
    pytest.param(
        "OPENSEARCH_URL",
        "aws_opensearch_domain.main",
        "endpoint",
        None,
        marks=[pytest.mark.prd("1.5.6"), pytest.mark.prd("2.1.6")],
    ),
    pytest.param("S3_BUCKET", "aws_s3_bucket.files", "bucket", None, marks=pytest.mark.prd("1.6.7")),
]

Estate = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """Address -> attributes of production with a user pool that was there before; no two functions are invoked by the same ARN."""
    if not which("terraform"):
        pytest.skip(terraform.MISSING)
    made = Terraform(tmp_path_factory.mktemp("wiring"))
    tests = made.folder / "tests"
    for other in tests.glob("*.tftest.hcl"):
        other.unlink()
    (tests / "made.tftest.hcl").write_text(ESTATE)
    _unmock(tests / "aws" / "api.tfmock.hcl", "invoke_arn")
    for line in made("test", "-json", "-verbose").splitlines():
        if state := json.loads(line).get("test_state"):
            return terraform.resources({"planned_values": state})
    raise AssertionError("Terraform has not told what it made.")


def _unmock(file: Path, attribute: str) -> None:
    """Have a mock make an attribute up anew for each resource."""
    text, count = re.subn(rf"^ +{attribute} += .+\n", "", file.read_text(), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text)


def told(estate: Estate) -> dict[str, dict[str, str]]:
    """What each function is told, by the function's name."""
    return {
        address.split('"')[1]: (values["environment"] or [{"variables": {}}])[0]["variables"]
        for address, values in estate.items()
        if address.endswith(".aws_lambda_function.this")
    }


@pytest.mark.parametrize("routes", ROUTED)
def test_a_route_leads_to_the_function_that_serves_it(estate: Estate, routes: dict[str, str]) -> None:
    """The PRD's files of functions are classes of routes here, by what they need of time and memory."""
    integrations = {
        f"integrations/{values['id']}": values["integration_uri"]
        for address, values in estate.items()
        if address.startswith("aws_apigatewayv2_integration.function[")
    }
    for route, name in routes.items():
        module = f'module.function["{name}"]'
        function = estate[f"{module}.aws_lambda_function.this"]
        (alias,) = [values for address, values in estate.items() if address.startswith(f"{module}.aws_lambda_alias.")]
        target = estate[f'aws_apigatewayv2_route.this["{route}"]']["target"]
        assert integrations[target] == alias["invoke_arn"], route
        assert alias["function_name"] == function["function_name"]
        assert function["handler"] == "gateway.lambdas.http.handler"


def test_no_two_functions_are_invoked_by_the_same_arn(estate: Estate) -> None:
    """Or the test above would prove nothing."""
    arns = [values["invoke_arn"] for address, values in estate.items() if ".aws_lambda_alias." in address]
    assert len(set(arns)) == len(arns) > 1


@pytest.mark.parametrize(("variable", "store", "attribute", "port"), STORES)
def test_functions_are_told_where_their_stores_are_by_the_estate(
    estate: Estate, variable: str, store: str, attribute: str, port: int | None
) -> None:
    """The PRD's `Resource.My...` is a variable of the function's environment, filled with what AWS says of the store."""
    places = [urlsplit(given[variable]) for name, given in told(estate).items() if name not in OUTSIDE]
    assert len(places) == 8
    assert {(place.hostname or place.path, place.port) for place in places} == {(estate[store][attribute], port)}


@pytest.mark.prd("1.7.2")
def test_the_migrator_is_told_the_cluster_and_where_its_password_is(estate: Estate) -> None:
    """What drizzle.config.ts would name, the function that migrates is told; tests/test_settings.py shows the secret read."""
    cluster, given = estate["aws_rds_cluster.main[0]"], told(estate)["migrate"]
    assert urlsplit(given["DATABASE_URL"]).hostname == cluster["endpoint"]
    assert given["DATABASE_PASSWORD_SECRET_ARN"] == cluster["master_user_secret"][0]["secret_arn"]
    assert urlsplit(given["DATABASE_URL"]).password is None


@pytest.mark.prd("2.1.8")
def test_tokens_of_the_pool_that_is_there_already_are_accepted(estate: Estate) -> None:
    """API Gateway's JWT authorizer reads no cookie: the application is the authorizer, and tests/gateway/test_identity.py its test."""
    assert [address for address in estate if address.startswith("aws_cognito_user_pool")] == []
    for name in told(estate).keys() - OUTSIDE:
        settings = Settings.read(told(estate)[name] | {"AWS_REGION": REGION})
        assert settings.issuer == f"https://cognito-idp.{REGION}.amazonaws.com/{POOL}"
        assert settings.cognito_client_id == ("web",)


@pytest.mark.prd("2.1.9")
def test_a_function_starts_with_what_it_is_told_and_is_told_nothing_else(estate: Estate) -> None:
    known = {name.upper() for name in Settings.__dataclass_fields__}
    for name, given in told(estate).items():
        assert {variable.removesuffix(SECRET_ARN_SUFFIX) for variable in given} <= known, name
        if name != "origin":
            by_value = {key: value for key, value in given.items() if not key.endswith(SECRET_ARN_SUFFIX)}
            assert Settings.read(by_value | {"AWS_REGION": REGION}).environment == "production"
