"""The commands by which an estate in AWS is shipped to, moved to and left, as the command line has them (gateway/cli.py)."""

from __future__ import annotations

from typing import Any

# As in gateway/cli.py: (function, whether it reads the environment, help, {argument: its definition}).
_WORKSPACES = ("dev", "staging", "production")
# Production is meant where it is named, and nowhere else; a watch of another workspace's alarms would see nothing of what it should.
_WORKSPACE = {"default": "dev", "choices": _WORKSPACES, "help": "dev by default"}
_NAMED = {"required": True, "choices": _WORKSPACES, "help": "whose functions take over"}
ELSEWHERE = {"choices": _WORKSPACES, "help": "have the worker function of this workspace in AWS do it"}
_DRY_RUN = {"action": "store_true", "help": "say what would be changed, and change nothing"}
_YES = {"action": "store_true", "help": "do not ask before production or a domain is changed"}
_EVERY = {"type": float, "default": 10, "help": "seconds between two looks at CodeDeploy"}
_DOMAIN = {"required": True, "metavar": "NAME", "help": "the API's name, such as api.example.com"}

_AGAINST = {"required": True, "metavar": "URL", "help": "the API, such as https://api.example.com"}

OPERATIONS: dict[str, tuple[str, bool, str, dict[str, dict[str, Any]]]] = {
    "deploy": (
        "gateway.dev.release.deploy:deploy",
        True,
        "migrate, move the aliases to the newest versions, look at the API; go back if that fails (docs/operations.md)",
        {
            "--workspace": _WORKSPACE,
            "--against": _AGAINST,
            "--adopt": {"action": "store_true", "help": "take over a database of the legacy service first"},
            "--through-alarms": {
                "action": "store_true",
                "help": "let no alarm stop it, not even later ones: for a release that mends what rings",
            },
            "--every": _EVERY,
            "--dry-run": _DRY_RUN,
            "--yes": _YES,
        },
    ),
    "rollback": (
        "gateway.dev.release.deploy:rollback",
        True,
        "move the aliases to where they were before the last release, or to a version",
        {
            "--workspace": _WORKSPACE,
            "--to": {
                "action": "append",
                "default": [],
                "metavar": "VERSION",
                "help": "instead: version N of each function, or NAME=N of one, such as api=7",
            },
            "--every": _EVERY,
            "--dry-run": _DRY_RUN,
            "--yes": _YES,
        },
    ),
    "smoke": (
        "gateway.dev.release.smoke:smoke",
        True,
        "ask a deployed API a handful of things that change nothing (signed in, for more)",
        {"--against": _AGAINST},
    ),
    "integration": (
        "gateway.dev.release.integration:integration",
        True,
        "do to a deployed API what a user does, and undo it",
        {"--against": _AGAINST},
    ),
    "cutover status": (
        "gateway.dev.cutover.command:status",
        True,
        "say who gets how much of the API's traffic, and since when",
        {"--domain": _DOMAIN, "--workspace": _NAMED},
    ),
    "cutover baseline": (
        "gateway.dev.cutover.command:baseline",
        True,
        "keep what the functions' metrics are before the cut-over, to see each step beside it",
        {
            "--workspace": _NAMED,
            "--hours": {"type": float, "default": 24, "help": "that it is measured over, up to now; 24 by default"},
        },
    ),
    "cutover shift": (
        "gateway.dev.cutover.command:shift",
        True,
        "give the functions a share of the API's traffic; more only when the step before was watched to its end",
        {
            "weight": {"type": int, "metavar": "WEIGHT", "help": "percent: 10, 50, 100"},
            "--domain": _DOMAIN,
            "--workspace": _NAMED,
            "--against": {
                "metavar": "URL",
                "help": "where the functions answer, where it is not CloudFront's own name",
            },
            "--force": {"action": "store_true", "help": "whatever stands against it"},
            "--dry-run": _DRY_RUN,
            "--yes": _YES,
        },
    ),
    "cutover watch": (
        "gateway.dev.cutover.command:watch",
        True,
        "look until the step may be left (0) or has to be (1); 2 says wait, 3 that nobody watches any more",
        {
            "--domain": _DOMAIN,
            "--workspace": _NAMED,
            "--minutes": {"type": float, "help": "instead of 120 (10%%), 240 (50%%), 1440 (100%%)"},
            "--every": {"type": float, "default": 60, "help": "seconds between two looks"},
            "--once": {"action": "store_true", "help": "look once, and say wait where it is too early"},
            "--go-back": {"action": "store_true", "help": "take the traffic back when the verdict says so"},
            "--yes": _YES,
        },
    ),
    "cutover back": (
        "gateway.dev.cutover.command:back",
        True,
        "give all of the API's traffic back to the legacy service",
        {"--domain": _DOMAIN, "--workspace": _NAMED, "--dry-run": _DRY_RUN, "--yes": _YES},
    ),
    "decommission check": (
        "gateway.dev.cutover.decommission:check",
        True,
        "say what is left of it; this reads, and changes nothing",
        {
            "--domain": _DOMAIN,
            "--workspace": _NAMED,
            "--legacy": {
                "required": True,
                "metavar": "PART",
                "help": "what the names of the legacy estate have in them",
            },
            "--archive": {"metavar": "s3://BUCKET/PREFIX", "help": "where the images of containers were archived"},
            "--against": {"metavar": "URL", "help": "the API, where it is not https://NAME"},
        },
    ),
}
GROUPS = {
    "cutover": "move the API's traffic to the functions, watch it, take it back (docs/runbooks/cut-over.md)",
    "decommission": "the end of the legacy estate (docs/runbooks/decommission.md)",
}
