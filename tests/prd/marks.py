"""Finds the marks `pytest.mark.prd("story.criterion")` in the tests, without running them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Mark:
    """A mark and where it stands; None names nothing that could be read."""

    criterion: str | None
    place: str


def in_folder(folder: Path) -> Iterator[Mark]:
    """The marks of all tests below `folder`."""
    for path in sorted(folder.rglob("*.py")):
        yield from in_source(path.read_text(), path.relative_to(folder).as_posix())


def in_source(source: str, name: str) -> Iterator[Mark]:
    """The marks of one file."""
    if "mark.prd" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.prd":
            place = f"{name}:{node.lineno}"
            match node.args:
                case [ast.Constant(value=str(criterion))] if not node.keywords:
                    yield Mark(criterion, place)
                case _:
                    yield Mark(None, place)
