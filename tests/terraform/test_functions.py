"""How large the functions are that routes lead to, and how they run, by the plan of every workspace (PRD NFR7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev.terraform import MODULE, WORKSPACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.conftest import Plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # a plan takes half a minute
every_workspace = pytest.mark.parametrize("workspace", WORKSPACES)
ROUTES: dict[str, str] = json.loads((MODULE / "routes.json").read_text())
NAMES = {"api", "graphql", "files", "images", "pictures", "parts-lists", "worker", "migrate", "appsync", "origin"}


def function(plan: Plan, name: str) -> dict[str, Any]:
    return plan.one(f'module.function["{name}"].aws_lambda_function.this')


def size(plan: Plan, route: str) -> tuple[int, int]:
    """Memory in MB and seconds of the function that a route leads to."""
    found = function(plan, ROUTES[route])
    return found["memory_size"], found["timeout"]


@pytest.mark.prd("1.1.1")
@every_workspace
def test_there_is_a_function_for_each_class_of_routes_and_each_other_door(
    plans: Callable[..., Plan], workspace: str
) -> None:
    """The project that the PRD configures by sst.config.ts is terraform/, its stages are workspaces: each can be planned."""
    plan = plans(workspace)
    assert {values["function_name"] for values in plan.of("aws_lambda_function").values()} == {
        f"lego-api-{workspace}-{name}" for name in NAMES
    }
    assert set(ROUTES.values()) < NAMES


@pytest.mark.prd("2.7.8")
@pytest.mark.prd("2.7.9")
@pytest.mark.prd("4.7.7")
@every_workspace
def test_files_of_a_moc_have_the_time_and_the_memory_for_several(plans: Callable[..., Plan], workspace: str) -> None:
    """Story 4.7 makes the function of story 2.7 larger: 60 s and 1024 MB for one file, 120 s and 2048 MB for ten."""
    assert size(plans(workspace), "POST /api/mocs/{id}/files") == (2048, 120)
    assert size(plans(workspace), "POST /api/mocs/with-files") == (2048, 120)


@pytest.mark.prd("3.2.9")
@every_workspace
def test_images_of_the_gallery_have_room_to_be_processed(plans: Callable[..., Plan], workspace: str) -> None:
    assert size(plans(workspace), "POST /api/images") == (2048, 60)


@pytest.mark.prd("3.7.7")
@every_workspace
def test_images_of_the_wishlist_have_room_to_be_processed(plans: Callable[..., Plan], workspace: str) -> None:
    assert size(plans(workspace), "POST /api/wishlist/{id}/image") == (1024, 60)
    assert size(plans(workspace), "POST /api/wishlist/upload-image") == (1024, 60)


@pytest.mark.prd("4.4.7")
@every_workspace
def test_avatars_have_room_to_be_processed(plans: Callable[..., Plan], workspace: str) -> None:
    assert size(plans(workspace), "POST /api/users/{id}/avatar") == (1024, 60)


@pytest.mark.prd("4.6.8")
@pytest.mark.prd("4.6.9")
@every_workspace
def test_parts_lists_have_five_minutes_and_little_memory(plans: Callable[..., Plan], workspace: str) -> None:
    assert size(plans(workspace), "POST /api/mocs/{id}/upload-parts-list") == (512, 300)
    assert size(plans(workspace), "POST /api/mocs/upload-parts-list") == (512, 300)


@every_workspace
def test_every_size_is_within_what_the_prd_allows(plans: Callable[..., Plan], workspace: str) -> None:
    for values in plans(workspace).of("aws_lambda_function").values():
        assert 512 <= values["memory_size"] <= 3008
        assert 30 <= values["timeout"] <= 900


@pytest.mark.prd("5.3.1")
@pytest.mark.prd("4.8.9")
@every_workspace
def test_every_function_is_traced(plans: Callable[..., Plan], workspace: str) -> None:
    found = plans(workspace).of("aws_lambda_function")
    assert len(found) == len(NAMES)
    assert {values["tracing_config"][0]["mode"] for values in found.values()} == {"Active"}


@pytest.mark.prd("1.8.7")
@every_workspace
def test_every_function_has_a_log_that_ends(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    kept = {"dev": 14, "staging": 30, "production": 90}[workspace]
    groups = plan.of("aws_cloudwatch_log_group").values()
    assert {f"/aws/lambda/lego-api-{workspace}-{name}" for name in NAMES} <= {group.get("name") for group in groups}
    assert {group["retention_in_days"] for group in groups} == {kept}


@every_workspace
def test_functions_reach_the_database_from_private_subnets(plans: Callable[..., Plan], workspace: str) -> None:
    """All but the one that only compares a key: it needs nothing of the VPC."""
    plan = plans(workspace)
    outside = {name for name in NAMES if not function(plan, name)["vpc_config"]}
    assert outside == {"origin"}


@every_workspace
def test_each_function_has_a_role_of_its_own_and_an_alias(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    for name in NAMES:
        role = plan.one(f'module.function["{name}"].aws_iam_role.this')
        assert role["name"] == f"lego-api-{workspace}-{name}"
        aliases = [
            values
            for address, values in plan.of("aws_lambda_alias").items()
            if address.startswith(f'module.function["{name}"].')
        ]
        assert [alias["name"] for alias in aliases] == ["live"]
