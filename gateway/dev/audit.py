"""What is known to be wrong with the packages of the lock file, and what in the checkout looks like a secret: `make audit`.

Both checkers are run by uv in environments of their own, which share nothing with the API's.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from gateway.dev.api import ROOT
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PIP_AUDIT, DETECT_SECRETS = "pip-audit@2.10.1", "detect-secrets@1.5.0"
BASELINE = ROOT / ".secrets.baseline"
# Hashes by their nature, and what others have written.
EXCLUDED = r"^(\.secrets\.baseline|uv\.lock|tests/conformance/package-lock\.json|gateway/manifests/.*|gateway/static/graphiql/.*)$"


def audit(environ: Mapping[str, str]) -> int:
    """Run both; 1 where one of them finds something, or where OFFLINE is not set and nobody answers for the packages."""
    uv = environ.get("UV", "uv")
    wrong = [*_packages(uv, allowed=bool(environ.get("OFFLINE"))), *_secrets(uv, accept=bool(environ.get("ACCEPT")))]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{len(wrong)} to look into." if wrong else "Nothing to look into.")
    return 1 if wrong else 0


def _packages(uv: str, *, allowed: bool) -> Iterable[str]:
    """Sentences about packages with known weaknesses."""
    listed = _ran([uv, "export", "-q", "--frozen", "--no-emit-project", "--format", "requirements-txt"])
    command = [uv, "tool", "run", "-q", PIP_AUDIT, "-r", "/dev/stdin", "--disable-pip", "--no-deps", "-f", "json"]
    done = subprocess.run(  # noqa: S603 - a command of our own
        command,
        cwd=ROOT,
        input=listed,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        found = []
    known = [one for one in found if "vulns" in one]
    if not known:
        print("Nobody answers for the packages: PyPI cannot be reached, or knows none of them.")
        return [] if allowed else ["The packages were not looked at: OFFLINE=1 lets that pass."]
    print(f"{len(known)} packages looked at, {len(found) - len(known)} unknown to PyPI.")
    return [_told(one, weakness) for one in known for weakness in one["vulns"]]


def _told(package: Mapping[str, Any], weakness: Mapping[str, Any]) -> str:
    mended = ", ".join(weakness["fix_versions"]) or "no version"
    return f"{package['name']} {package['version']}: {weakness['id']}, mended in {mended}"


def _secrets(uv: str, *, accept: bool) -> Iterable[str]:
    """Sentences about what looks like a secret and was not looked at: by its hash, so that lines may move."""
    scan = json.loads(_ran([uv, "tool", "run", "-q", DETECT_SECRETS, "scan", "--exclude-files", EXCLUDED]))
    known = json.loads(BASELINE.read_text())["results"] if BASELINE.exists() else {}
    audited = {(path, one["hashed_secret"]) for path, ones in known.items() for one in ones}
    if accept:
        for ones in scan["results"].values():
            for one in ones:
                one["is_secret"] = False
                del one["line_number"]
        BASELINE.write_text(json.dumps({"results": scan["results"]}, indent=2, sort_keys=True) + "\n")
        return []
    return [
        f"{path}:{one['line_number']}: {one['type']}; if it is none, ACCEPT=1 says so in {BASELINE.name}"
        for path, ones in scan["results"].items()
        for one in ones
        if (path, one["hashed_secret"]) not in audited
    ]


def _ran(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - commands of our own
    if done.returncode:
        raise StartError(f"{' '.join(command[:6])} failed: {done.stderr[-500:]}")
    return done.stdout
