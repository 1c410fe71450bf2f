"""docs/cost.md: what a month costs, by the plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.dev import cost, costpage
from gateway.dev.terraform import WORKSPACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.conftest import Plan


@pytest.mark.prd("5.7.7")
def test_the_page_tells_how_to_spend_less() -> None:
    page = costpage.PAGE.read_text()
    for lever in ("**Reserved capacity.**", "**S3.**", "**Lambda memory.**"):
        assert page.count(lever) == 1


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
    assert cost.instance(cost.USES["production"], production=True) == 2 * (730 * 0.225 + 200 * 0.115)
