"""What a change of the schema touches, told before it goes out."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from gateway import cli, trusted
from gateway.dev import impact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCHEMA = (trusted.MANIFESTS.parents[1] / "schema.graphql").read_text()
CARDS = "query Cards { mocs(limit: 2, type: set) { items { id title } } images(limit: 1) { total } }"
CREATE = "mutation Create($input: CreateMocInput!) { createMoc(input: $input) { id } }"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`checkout(("Moc {", "Moc {  gone: Int"), web=CARDS)`: a repository whose commit had another schema, and clients."""
    monkeypatch.setattr(impact, "ROOT", tmp_path)
    monkeypatch.setattr(trusted, "MANIFESTS", tmp_path / "gateway" / "manifests")
    trusted.MANIFESTS.mkdir(parents=True)

    def git(*arguments: str) -> None:
        options = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", "-C", str(tmp_path), *options, *arguments], check=True, capture_output=True)  # noqa: S607 - git, as the developer has it

    def commit(*replaced: tuple[str, str], **clients: str) -> None:
        text = SCHEMA
        for old, new in replaced:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (tmp_path / "schema.graphql").write_text(text)
        for name, body in clients.items():
            entry: dict[str, Any] = {
                "id": trusted.identifier(body),
                "name": body.split()[1].split("(")[0],
                "type": "query",
                "body": body,
            }
            entry |= {"routes": ["GET /api/cards"]} if name == "rest" else {}
            (trusted.MANIFESTS / f"{name}.json").write_text(json.dumps({**trusted.FORMAT, "operations": [entry]}))
        git("init", "-q")
        git("add", "-A")
        git("commit", "-q", "-m", "before")

    return commit


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line]


def test_a_field_that_is_gone_fails_and_names_who_used_it(
    checkout: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    checkout(
        ("type MocPage {", "type MocPage {\n  gone: Int"),
        web="query Cards { mocs { gone } }",
        rest="query ListCards { mocs { gone } }",
        other=CARDS,
    )
    assert cli.main(["impact"], {"BASE": "HEAD"}) == 1
    assert lines(capsys) == [
        "1 changes of the schema since HEAD, 1 of them breaking.",
        "breaking   Field MocPage.gone was removed.",
        "used by rest: ListCards (GET /api/cards)",
        "used by web: Cards",
        "No longer valid:",
        "rest: ListCards (GET /api/cards): Cannot query field 'gone' on type 'MocPage'.",
        "web: Cards: Cannot query field 'gone' on type 'MocPage'.",
        "Clients would notice. If that is meant: ALLOW_BREAKING=1",
    ]
    assert cli.main(["impact"], {"BASE": "HEAD", "ALLOW_BREAKING": "1"}) == 0


def test_a_client_that_is_still_out_there_counts_also_where_its_manifest_has_gone(
    checkout: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    checkout(("type MocPage {", "type MocPage {\n  gone: Int"), web="query Cards { mocs { gone } }")
    (trusted.MANIFESTS / "web.json").unlink()
    assert cli.main(["impact"], {"BASE": "HEAD"}) == 1
    assert "web: Cards: Cannot query field 'gone' on type 'MocPage'." in lines(capsys)


HEAD_OF_INPUT = 'input CreateMocInput {\n  """1 to 255 characters, unique among your MOCs."""\n  title: String!\n'


@pytest.mark.parametrize(
    ("now", "before", "expected", "status"),
    [
        (
            "enum MocType {\n",
            "enum MocType {\n  kit\n",
            ["breaking   Enum value MocType.kit was removed.", "used by create: Create"],
            1,
        ),
        (
            '  """A builder\'s own creation: it has an author."""\n  moc\n',
            "",
            ["dangerous  Enum value MocType.moc was added.", "used by cards: Cards", "used by create: Create"],
            0,
        ),
        (
            f'{HEAD_OF_INPUT}\n  """It cannot change afterwards."""\n  type: MocType!\n',
            HEAD_OF_INPUT,
            ["breaking   A required field CreateMocInput.type was added.", "used by create: Create"],
            1,
        ),
        (
            "  mocs(\n",
            "  mocs(\n    old: Int\n",
            ["breaking   Argument Query.mocs(old:) was removed."],
            1,
        ),
        (
            "    type: MocType = null",
            "    type: MocType = moc",
            ["dangerous  Query.mocs(type:) has changed defaultValue from moc to null.", "used by cards: Cards"],
            0,
        ),
        (
            'type MocPage {\n  """The items of this page."""\n  items: [Moc!]!\n',
            "type MocPage {\n",
            ["safe       Field MocPage.items was added.", "used by cards: Cards"],
            0,
        ),
        ('"""How many MOCs are in a category."""', '"""How many."""', [], 0),
    ],
)
def test_each_change_is_told_with_what_uses_it(
    checkout: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    now: str,
    before: str,
    expected: list[str],
    status: int,
) -> None:
    checkout((now, before), cards=CARDS, create=CREATE)
    assert cli.main(["impact"], {"BASE": "HEAD"}) == status
    told = [line for line in lines(capsys)[1:] if not line.startswith("Clients would notice")]
    assert told == expected


def test_without_a_base_the_last_change_of_the_schema_counts(
    checkout: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    checkout(web=CARDS)
    assert cli.main(["impact"], {}) == 0
    assert lines(capsys) == ["There is no earlier schema here to compare with."]


def test_a_base_that_is_none_is_told(checkout: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    checkout(web=CARDS)
    assert cli.main(["impact"], {"BASE": "nowhere"}) == 1
    assert capsys.readouterr().err == (
        "There is no schema.graphql at nowhere. BASE must be a commit of this clone, for example BASE=HEAD~1\n"
    )
