"""`make coverage-prd`: runs the tests that carry a criterion's mark, and says of each story of docs/prd.md what they prove.

`make test-all` runs all tests, and says the same in the end. Arguments go to pytest: `make coverage-prd ARGS=tests/gateway` looks at the
tests of one folder. The exit status is that of the tests, or 1 for a mark that names no criterion.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.prd import evidence
from tests.prd.document import required
from tests.prd.marks import in_folder

EVERYTHING = "--everything"  # the tests without a mark, too
ROOT = Path(__file__).parents[2]
REPORT = ROOT / "dist" / "coverage-prd.json"


def main(arguments: list[str]) -> int:
    """Print the report and write it as JSON."""
    stories = required()
    criteria = {criterion for story in stories for criterion in story.criteria}
    if unknown := [mark for mark in in_folder(ROOT / "tests") if mark.criterion not in criteria]:
        for mark in unknown:
            print(f"tests/{mark.place} names {mark.criterion!r}, which is no criterion of docs/prd.md")
        return 1
    found = evidence.Evidence()
    # Slow ones, too: a criterion is proved by all of its tests or not at all.
    options = [] if EVERYTHING in arguments else ["-m", "prd"]
    options += ["-q", "--no-header", "--tb=short", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    status = pytest.main([*options, *(each for each in arguments if each != EVERYTHING)], plugins=[found])
    for story in stories:
        print("\n".join(evidence.lines(story, found.outcomes)))
    count = sum(evidence.proved(found.outcomes.get(criterion)) for criterion in criteria)
    print(f"{count} of {len(criteria)} criteria in {len(stories)} stories are proved by passing tests")
    REPORT.parent.mkdir(exist_ok=True)
    records = [evidence.record(story, found.outcomes) for story in stories]
    REPORT.write_text(json.dumps({"proved": count, "of": len(criteria), "stories": records}, indent=1) + "\n")
    print(f"written to {REPORT.relative_to(ROOT)}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
