"""`make report`: docs/performance.md, after measuring what was never measured or is older than the code."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.page import Measured, page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
FIGURES = {"bench": "tests.bench", "coldstart": "tests.bench.coldstart", "load": "tests.load"}
"""The files in dist/, and the modules that write them."""
_CODE = ("gateway", "resolvers", "services", "db", "settings.py")


def changed() -> float:
    """When the code that is measured last changed, in seconds since 1970. The stack and the commands around it are not measured."""
    roots = [ROOT / name for name in _CODE]
    files = (path for root in roots for path in ([root] if root.is_file() else root.rglob("*")))
    measured = (
        path for path in files if path.suffix in {".py", ".graphql"} and "dev" not in path.relative_to(ROOT).parts
    )
    return max(path.stat().st_mtime for path in measured)


def machine() -> str:
    """What ran it."""
    models = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return f"{os.cpu_count()} cores ({model}) under {platform.system()}, Python {platform.python_version()}"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def main() -> int:
    """Measure what is missing or stale, then write."""
    found = {}
    for name, module in FIGURES.items():
        path = ROOT / "dist" / f"{name}.json"
        if not path.exists() or path.stat().st_mtime < changed():
            print(f"{path.relative_to(ROOT)} is missing or older than the code: measuring", flush=True)
            subprocess.run([sys.executable, "-m", module], check=True, cwd=ROOT)
        found[name] = json.loads(path.read_text())
        found[f"{name}_at"] = f"{datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d}"
    PAGE.write_text(page(Measured(**found, cost=(ROOT / "docs" / "cost.md").read_text(), machine=machine())))
    print(f"written to {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
