"""docs/runbooks/: a page for each alarm, and nothing on it that is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gateway.dev.api import ROOT
from gateway.dev.terraform import MODULE
from services.metrics import METRICS

if TYPE_CHECKING:
    from pathlib import Path

RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = sorted(path for path in RUNBOOKS.glob("*.md") if path.name != "README.md")
ON_PURPOSE = {"cut-over", "rollback", "decommission", "database-move"}  # no alarm asks for these
HCL = {path.name: path.read_text() for path in MODULE.glob("*.tf")}
ALL = "\n".join(HCL.values())
every_page = pytest.mark.parametrize(
    "page", [*PAGES, RUNBOOKS / "README.md", ROOT / "docs" / "operations.md"], ids=lambda page: page.stem
)


@pytest.mark.prd("5.2.4")
def test_every_alarm_has_its_page_and_every_page_its_alarm() -> None:
    linked = set(re.findall(r'^ +runbook += "([a-z0-9-]+)"$', HCL["alarms.tf"], re.MULTILINE))
    assert linked == {page.stem for page in PAGES} - ON_PURPOSE
    listed = re.findall(r"^\| \[([a-z0-9-]+)\]\(\1\.md\) \|", (RUNBOOKS / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(linked)
    assert (
        '"${each.value.severity}: ${each.value.summary} What to do: ${local.runbooks}/${each.value.runbook}.md"' in ALL
    )


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / link).exists(), link


@every_page
def test_what_terraform_is_told_and_asked_for_exists(page: Path) -> None:
    text = page.read_text()
    declared = HCL["variables.tf"] + (MODULE / "bootstrap" / "variables.tf").read_text()
    variables = set(re.findall(r'^variable "(\w+)"', declared, re.MULTILINE))
    assert set(re.findall(r"-var '?(\w+)=", text)) <= variables
    outputs = set(re.findall(r'^output "(\w+)"', HCL["outputs.tf"], re.MULTILINE))
    assert set(re.findall(r"terraform output (?:-raw )?(\w+)", text)) <= outputs


@every_page
def test_names_exist(page: Path) -> None:
    """Settings of the estate, log groups, fields of the access log, widgets of the dashboard."""
    text = page.read_text()
    of_terraform = "database_\\w+|cache_\\w+|search_\\w+|waf_\\w+|provisioned_\\w+|reserved_\\w+"
    assert [name for name in re.findall(rf"`({of_terraform})`", text) if name not in ALL] == []
    widgets = re.findall(r'title = "([^"]+)"', HCL["dashboard.tf"])
    for line in text.splitlines():
        if "ashboard" in line:
            for title in re.findall(r'"([^"]+)"', line.partition("ashboard")[2]):
                assert any(title.lower() in widget.lower() for widget in widgets), title
    if "/aws/apigateway/" in text:
        fields = set(re.findall(r"by ([\w, ]+)'", text)[0].split(", ")) | set(re.findall(r"filter (\w+)", text))
        assert [name for name in fields if not re.search(rf"\b{name}\b +=", HCL["api.tf"])] == []


@every_page
def test_what_is_asked_for_is_shown(page: Path) -> None:
    """A query of Logs Insights is asked for its results; SQL has a way in, and what it asks is there."""
    text = page.read_text()
    assert text.count("aws logs start-query") <= text.count("aws logs get-query-results")
    if "```sql" in text:
        assert "operations.md#psql-for-people" in text
    if "from pg_stat_statements" in text:
        assert "create extension if not exists pg_stat_statements" in text
    assert "awscurl" not in text  # the domain of OpenSearch lets no people in


def test_the_way_in_names_what_there_is() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    section = text.partition("\n## psql, for people\n")[2].partition("\n## ")[0]
    assert "`bastion = true`" in section
    assert "`database_secret_arn`" in section
    user = re.search(r"postgresql://(\w+)@localhost:15432/(\w+)\?sslmode=require", section)
    assert user
    assert f'database_name  = "{user[1]}" # of the database and of its user' in HCL["database.tf"]
    assert user[1] == user[2]


def test_the_operators_page_shows_every_metric() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    assert re.findall(r"^\| `(\w+)` \| (?:Count|Seconds) \|", text, re.MULTILINE) == [metric.name for metric in METRICS]
