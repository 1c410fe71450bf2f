"""What the pages tell people to type exists: targets of make, commands of brickgate, their actions and options."""

import re
import shlex
from pathlib import Path

import pytest

from gateway import cli, errors
from gateway.dev.cutover.measures import Finding
from gateway.dev.cutover.watch import Look

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "gateway" / "compiled" / "README.md",
    *(ROOT / "terraform" / f"{folder}README.md" for folder in ("", "bootstrap/")),
]
RUNBOOKS = ROOT / "docs" / "runbooks"
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def typed(path: Path) -> list[str]:
    """The lines of code on a page, without comments and what is quoted; a line that goes on is one."""
    code = "\n".join(block.strip("`") for block in _CODE.findall(path.read_text()))
    code = re.sub(r"'[^'\n]*'", "", code)
    return [line.split(" #")[0] for line in code.replace("\\\n", " ").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_page_says_to_make_can_be_made(path: Path) -> None:
    for line in typed(path):
        for words in re.findall(r"(?:^|[\s(\"])make((?: +[\w./=~'-]+)*)", line):
            named = [word for word in words.split() if "=" not in word and not word.startswith(("-", "'", "."))]
            assert set(named) - TARGETS == set(), line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_page_says_to_brickgate_is_understood(path: Path) -> None:
    for line in typed(path):
        for first, words in re.findall(r"brickgate ([a-z]+)((?: +[^\s|&;`]+)*)", line):
            named = words.split()
            verbs = {name.partition(" ")[2] for name in cli.COMMANDS if name.startswith(f"{first} ")}
            if first not in cli.COMMANDS and not named:
                assert verbs, line  # a group of commands, by its name
                continue
            command = first if first in cli.COMMANDS else f"{first} {named[0]}"
            assert command in cli.COMMANDS, line
            assert {word for word in named if word.startswith("--")} <= cli.COMMANDS[command][3].keys(), line


def shown(path: Path) -> list[str]:
    """The whole commands of brickgate in blocks to be copied, and in tables."""
    blocks = re.findall(r"```sh\n(.*?)```", path.read_text(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    cells = re.findall(r"^\|.*`([^`]*brickgate [^`]+ -[^`]+)`", path.read_text(), re.MULTILINE)
    return [found for line in [*lines, *cells] for found in re.findall(r"brickgate ([^#;|&]+)", line)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_command_to_be_copied_is_complete(path: Path) -> None:
    for command in shown(path):
        cli.parser().parse_args(shlex.split(command))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_command_to_be_copied_runs_in_a_fresh_checkout(path: Path) -> None:
    """Which has what make installs, and of that nothing on the path: neither uv nor an environment that is active."""
    program = r"(?:^|[`\s(|;&])(?:uv|uvx|python3?|pip|pytest|ruff|mypy) (?:-\w|run|sync|lock|pip|install|tool)"
    copied = "\n".join(re.findall(r"```sh\n(.*?)```", path.read_text(), re.DOTALL))
    told = copied if path.parent.name == "decisions" else "\n".join(typed(path))  # those say what was chosen
    assert re.findall(program, told) == []
    assert re.findall(r"(?<!\.venv/bin/)brickgate [a-z]+ ", copied) == []


@pytest.mark.prd("5.5.9")
def test_the_page_of_the_cut_over_has_each_command_and_what_it_shows() -> None:
    """The screen of a command line is text: the page has the table of a watch, line by line."""
    page = RUNBOOKS / "cut-over.md"
    given = [" ".join(command.split()[:3]) for command in shown(page)]
    for command in ("baseline", "status", "shift 10", "shift 50", "shift 100", "watch"):
        assert any(one.startswith(f"cutover {command}") for one in given), command
    assert any(command.startswith("cutover back") for command in shown(RUNBOOKS / "rollback.md"))
    (screen,) = re.findall(r"```text\n(.*?)```", page.read_text(), re.DOTALL)
    step, *rows, verdict = screen.splitlines()
    assert re.fullmatch(r"\d+% since \d{4}-\d\d-\d\d \d\d:\d\d UTC", step)
    found = [re.split(" {2,}", row) for row in rows[1:]]
    look = Look([Finding(name, value, limit, what) for name, value, _, limit, what in found])
    assert look.table({name: value for name, _, value, _, _ in found}).splitlines() == [*rows, verdict]
    source = (ROOT / "gateway" / "dev" / "cutover" / "measures.py").read_text()
    assert [name for name, *_ in found[2:] if f'"{name}"' not in source] == []


@pytest.mark.parametrize("path", [*RUNBOOKS.glob("*.md"), ROOT / "docs" / "operations.md"], ids=lambda path: path.stem)
def test_what_a_runbook_says_runs_wherever_it_is_read(path: Path) -> None:
    """On a Mac, which has no GNU date; and in the workspace that is meant."""
    text = path.read_text()
    assert not re.findall(r"date [^|;)]*-d", text)
    assert re.findall(r"(?<!TF_WORKSPACE=production )terraform -chdir=terraform output", text) == []
    assert ("start-query" in text) == ("get-query-results" in text)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_of_a_page_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
        assert (path.parent / link).exists(), link


@pytest.mark.prd("1.1.8")
def test_the_readme_tells_what_each_folder_holds() -> None:
    readme = (ROOT / "README.md").read_text()
    told = dict(
        re.findall(r"^\| `([\w/]+)/` \| (.+) \|$", readme.partition("\n## Where things are\n")[2], re.MULTILINE)
    )
    assert all((ROOT / folder).is_dir() for folder in told)
    kept = {path.parent.name for path in ROOT.glob("[a-z]*/*") if path.suffix in {".py", ".tf", ".md"}}
    assert kept - {folder.partition("/")[0] for folder in told} <= {"dist"}
    assert min(map(len, told.values())) > 20


@pytest.mark.prd("1.1.8")
def test_the_readme_names_every_target() -> None:
    """But the one that lists them."""
    named = set(re.findall(r"\b[a-z][a-z-]*", " ".join(line for line in typed(ROOT / "README.md") if "make" in line)))
    assert TARGETS - named == {"help"}


def test_the_page_of_the_graph_has_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| ([A-Z_, ]+) \| (\d{3}) \| ", (ROOT / "docs" / "graphql.md").read_text(), re.MULTILINE)
    told = {code: int(status) for codes, status in rows for code in codes.split(", ")}
    assert told == errors.STATUS | errors._OF_GRAPHQL  # noqa: SLF001 - the rest of the same table


def test_the_contract_has_every_code_of_rest_with_its_status() -> None:
    section = (ROOT / "docs" / "contract.md").read_text().partition("\n## 2. ")[0]
    told = {
        code: int(status)
        for codes, status in re.findall(r"\| ([A-Z][A-Z_, ]+) \| (\d{3}) (?=\|)", section)
        for code in codes.split(", ")
    }
    assert told == errors.STATUS


def test_a_section_of_the_contract_that_is_cited_is_there() -> None:
    sections = set(re.findall(r"^## (\d)\. ", (ROOT / "docs" / "contract.md").read_text(), re.MULTILINE))
    folders = ("gateway", "resolvers", "services", "db", "tests", "docs", "terraform")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".md", ".tf"}]
    cited = {
        number for path in files for number in re.findall(r"contract,? section (\d)", path.read_text(), re.IGNORECASE)
    }
    assert cited
    assert cited <= sections
