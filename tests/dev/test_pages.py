"""What the pages tell people to type exists: targets of make, commands of brickgate, their actions and options."""

import re
from pathlib import Path

import pytest

from gateway import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "terraform" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
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
    """But those that people need once, or by other names."""
    named = set(re.findall(r"\b[a-z][a-z-]*", " ".join(line for line in typed(ROOT / "README.md") if "make" in line)))
    assert TARGETS - named == {"format", "help", "routes"}
