"""docs/cost.md: what a month costs, by the plans."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest

from gateway.dev import cost, costpage
from gateway.dev.terraform import WORKSPACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.conftest import Plan


@pytest.mark.prd("5.7.7")
def test_the_page_tells_how_to_spend_less() -> None:
    told = dict(
        re.findall(r"^- \*\*([^*]+)\.\*\* (.+?)(?=^- |^## )", costpage.PAGE.read_text(), re.MULTILINE | re.DOTALL)
    )
    wanted = {"Reserved capacity": "RDS", "S3": "older than 90 days", "Lambda memory": "`function_sizes`"}
    assert {lever: words in told[lever] for lever, words in wanted.items()} == dict.fromkeys(wanted, True)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_page_is_as_the_plans_are(plans: Callable[..., Plan]) -> None:
    assert costpage.page({workspace: plans(workspace).shown for workspace in WORKSPACES}) == costpage.PAGE.read_text()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_estate_costs_what_its_nodes_do(plans: Callable[..., Plan]) -> None:
    parts = cost.parts(plans("production").shown, cost.USES["production"])
    assert round(parts["search"], 2) == round(730 * (2 * 0.167 + 3 * 0.128) + 2 * 50 * 0.122, 2)
    assert round(parts["cache"], 2) == round(730 * 4 * 0.032, 2)
    use = cost.USES["production"]
    assert cost.rds(use, cost.INSTANCES["production"]) == (2 * (730 * 0.225 + 200 * 0.115), 730 * 2 * 0.015)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("workspace", ["dev", "production"])
def test_an_instance_is_counted_as_the_size_map_has_it(
    plans: Callable[..., Plan], otherwise: Callable[[str], Plan], workspace: str
) -> None:
    plan = plans(workspace) if workspace == "dev" else otherwise(workspace)
    instance = plan.one("aws_db_instance.main[0]")
    assert {name: instance[name] for name in cost.INSTANCES[workspace]} == cost.INSTANCES[workspace]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("workspace", WORKSPACES)
def test_a_budget_is_what_is_planned_and_a_quarter_more(plans: Callable[..., Plan], workspace: str) -> None:
    planned = sum(cost.parts(plans(workspace).shown, cost.USES[workspace]).values())
    limit = float(plans(workspace).one("aws_budgets_budget.monthly[0]")["limit_amount"])
    assert limit == math.ceil(planned * 1.25 / 50) * 50


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_dev_keeps_within_the_budget_of_the_prd(plans: Callable[..., Plan]) -> None:
    assert sum(cost.parts(plans("dev").shown, cost.USES["dev"]).values()) < 200
