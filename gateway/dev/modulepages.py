"""The tables of variables and outputs in the README of each Terraform module: `python -m gateway.dev.modulepages [--check]`.

Written by hand because terraform-docs, which does this, is a program that none of our registries of packages has. It reads HCL as
`terraform fmt` leaves it, and no other: one block at a time, attributes by their two spaces.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from gateway.dev.terraform import MODULE

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN, _END = "<!-- written by `make format` from variables.tf and outputs.tf -->", "<!-- end -->"
_BLOCK = re.compile(r'^(variable|output) "([^"]+)" \{\n(.*?)^\}$', re.MULTILINE | re.DOTALL)


def modules() -> list[Path]:
    """The folders that hold a module, the root first."""
    return [MODULE, MODULE / "bootstrap", *sorted(path.parent for path in (MODULE / "modules").glob("*/main.tf"))]


def table(folder: Path) -> str:
    """What a module takes and gives."""
    blocks = [found for name in ("variables.tf", "outputs.tf") for found in _BLOCK.findall((folder / name).read_text())]
    takes = [f"| `{name}` | {_text(body)} | {_default(body)} |" for kind, name, body in blocks if kind == "variable"]
    gives = [f"| `{name}` | {_text(body)} |" for kind, name, body in blocks if kind == "output"]
    return "\n".join(
        [
            *("| Variable | Meaning | Default |", "| --- | --- | --- |", *takes),
            *("", "| Output | Meaning |", "| --- | --- |", *gives),
        ]
    )


def _text(body: str) -> str:
    found = re.search(r'^  description += "(.*)"$', body, re.MULTILINE)
    return found[1].replace('\\"', '"').replace("|", "\\|") if found else ""


def _default(body: str) -> str:
    found = re.search(r"^  default += (.*)$", body, re.MULTILINE)
    if not found:
        return "required"
    return "see variables.tf" if found[1] in {"{", "["} else f"`{found[1]}`"


def page(folder: Path) -> str:
    """A module's README with its tables as they should be; what a person wrote around them stays."""
    before, _, rest = _kept(folder).partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before.rstrip()}\n\n{_BEGIN}\n\n{table(folder)}\n\n{_END}{after or chr(10)}"


def _kept(folder: Path) -> str:
    there = folder / "README.md"
    return there.read_text() if there.exists() else f"# {folder.name}\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are stale."""
    stale = [folder for folder in modules() if page(folder) != _kept(folder)]
    if "--check" not in arguments:
        for folder in stale:
            (folder / "README.md").write_text(page(folder))
        return 0
    for folder in stale:
        print(f"{folder.relative_to(MODULE.parent)}/README.md is stale: run `make format`")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
