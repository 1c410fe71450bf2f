from dataclasses import fields
from pathlib import Path

import pytest

from gateway import cli
from gateway.dev import manual
from gateway.dev.process import StartError
from settings import Settings


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("docs", "terraform"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(manual, "ROOT", tmp_path)
    return tmp_path


def test_the_page_has_a_row_for_every_setting(root: Path) -> None:
    assert cli.main(["settings"], {}) == 0

    rows = [line for line in (root / "docs/settings.md").read_text().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [one.name.upper() for one in fields(Settings)]


def test_the_page_writes_values_as_the_environment_has_them(root: Path) -> None:
    manual.settings_page()

    page = (root / "docs/settings.md").read_text()
    assert "| `RATE_LIMIT_UPLOAD` | Uploads of one caller. | `10/1h` | `10/1h` |  |" in page
    assert "| `true` | `true` |" in page
    assert "| `REDIS_URL_SECRET_ARN` |" in page
    assert "`http://localhost:5173`, `http://localhost:3000`" in page


def test_a_stale_page_fails_the_check_and_says_what_to_do(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manual.settings_page()
    manual.settings_page(check=True)
    (root / "docs/settings.md").write_text("old")
    capsys.readouterr()

    assert cli.main(["settings", "--check"], {}) == 1
    assert capsys.readouterr().err == "docs/settings.md is stale. Run: make settings\n"
    assert (root / "docs/settings.md").read_text() == "old"


def test_the_schema_is_written_and_checked(root: Path) -> None:
    with pytest.raises(StartError, match=r"^schema\.graphql is stale\. Run: make schema$"):
        manual.schema(check=True)

    manual.schema()

    assert "type Query" in (root / "schema.graphql").read_text()
    assert "AWSDateTime" in (root / "terraform" / "schema.appsync.graphql").read_text()
    assert manual.schema(check=True) == 0
