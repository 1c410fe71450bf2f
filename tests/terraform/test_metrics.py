"""What the code counts, and who looks at it: the dashboard and the alarms, as they are written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gateway.cli import main
from gateway.dev import metricspage
from gateway.dev.terraform import MODULE
from services.metrics import DIMENSION, METRICS, NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HCL = "\n".join(path.read_text() for path in sorted(MODULE.glob("*.tf")))


def test_every_metric_is_looked_at_and_every_one_that_is_looked_at_is_counted() -> None:
    looked_at = set(re.findall(r"\blocal\.(?:lines|counted|split)\.(\w+)", HCL))
    assert looked_at == {metric.name for metric in METRICS}


def test_every_further_dimension_is_looked_at() -> None:
    assert set(re.findall(r"\blocal\.split\.(\w+)", HCL)) == {metric.name for metric in METRICS if metric.by}


def test_terraform_knows_the_metrics_by_the_table_alone() -> None:
    table = json.loads((MODULE / "metrics.json").read_text())
    assert (table["namespace"], table["dimension"]) == (NAMESPACE, DIMENSION)
    assert table["metrics"] == {metric.name: {"unit": metric.unit, "by": metric.by} for metric in METRICS}
    written = set(re.findall(r'\["([\w/-]+)", "[\w.]+", "\w+", ', HCL)) | set(
        re.findall(r'\bnamespace += "([^"]+)"', HCL)
    )
    assert {"AWS/Lambda", "AWS/SQS"} <= written
    assert NAMESPACE not in written


def test_a_stale_table_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["metrics", "--check"]) == 0
    copy = tmp_path / "metrics.json"
    copy.write_text(metricspage.TABLE.read_text().replace("OutboxAge", "OutboxEdge"))
    monkeypatch.setattr(metricspage, "TABLE", copy)
    monkeypatch.setattr("gateway.dev.manual.ROOT", tmp_path)
    assert main(["metrics", "--check"]) == 1
    assert capsys.readouterr().err == "metrics.json is stale. Run: make metrics\n"
