"""The command line: `.venv/bin/brickgate COMMAND`, or `python -m gateway.cli COMMAND`; each command's work is in `gateway/dev`."""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from typing import TYPE_CHECKING, Any

from gateway.dev.commands import ELSEWHERE, GROUPS, OPERATIONS
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Command: (function, whether it reads the environment, help, {argument: its definition}). Functions are named, not
# imported: a token should not wait for a schema.
COMMANDS: dict[str, tuple[str, bool, str, dict[str, dict[str, Any]]]] = {
    "run": (
        "gateway.dev.stack:run",
        True,
        "run the API with all that it needs on this machine (PORT, STATE_DIR, DEMO_DATA=0, OPENSEARCH=0)",
        {"--with-parent": {"action": "store_true", "help": "end when the process that started this one does (Linux)"}},
    ),
    "token": (
        "gateway.dev.access:token",
        True,
        "print an access token of a demo user of the running stack",
        {"user": {"metavar": "USER", "help": "alice, bob or carol"}},
    ),
    "db": (
        "gateway.dev.access:psql",
        True,
        "psql on the running stack's database; takes SQL on standard input",
        {"arguments": {"nargs": "*", "metavar": "...", "help": "passed to psql"}},
    ),
    "reset": ("gateway.dev.state:reset", True, "forget what STATE_DIR keeps", {}),
    "migrate": (
        "gateway.dev.access:migrate",
        True,
        "bring the database of DATABASE_URL, else the running stack's, to the newest revision",
        {"--adopt": {"action": "store_true", "help": "take over a database of the legacy service first"}},
    ),
    "revision": (
        "gateway.dev.access:revision",
        True,
        "write the next revision: what the models have, and the database of DATABASE_URL, else the running stack's, has not",
        {"message": {"metavar": "MESSAGE", "help": "what it does, such as 'add checksums of files'"}},
    ),
    "outbox": (
        "gateway.dev.outbox:outbox",
        True,
        "show what is left to be done and what is dead; replay all, replay ID ..., drop ID ...",
        {
            "--workspace": ELSEWHERE,
            "arguments": {"nargs": "*", "metavar": "...", "help": "replay all, replay ID ..., drop ID ..."},
        },
    ),
    "reindex": (
        "gateway.dev.outbox:reindex",
        True,
        "make the indices of OpenSearch anew, while changes go on",
        {"--workspace": ELSEWHERE, "indices": {"nargs": "*", "metavar": "INDEX", "help": "these alone"}},
    ),
    "parity record": (
        "gateway.dev.parity.recorder:record",
        False,
        "record what passes between clients and the legacy service: as a proxy before it, or out of an access log",
        {
            "--out": {
                "required": True,
                "metavar": "FILE.jsonl",
                "help": "a new file; it holds what people wrote, so keep it private",
            },
            "--upstream": {"metavar": "URL", "help": "the legacy service"},
            "--listen": {"metavar": "HOST:PORT", "default": "127.0.0.1:8080", "help": "where to stand before it"},
            "--access-log": {
                "metavar": "FILE",
                "help": "instead: JSON lines, as docs/decisions/0026-parity-by-replay.md says",
            },
            "--bodies": {"metavar": "FOLDER", "help": "where the files are that the access log names"},
            "--user": {
                "action": "append",
                "default": [],
                "metavar": "SUB=NAME",
                "help": "what to call a user; else it is the sub of the token",
            },
            "--most": {"type": int, "default": 1_000_000, "metavar": "BYTES", "help": "of a body that are kept"},
        },
    ),
    "parity replay": (
        "gateway.dev.parity.replaying:replay",
        False,
        "send what was recorded to a running service, and compare; 1 where something differs that nobody has declared",
        {
            "file": {"metavar": "FILE.jsonl", "help": "a recording"},
            "--against": {"required": True, "metavar": "URL", "help": "the running service"},
            "--token": {
                "action": "append",
                "default": [],
                "metavar": "NAME=TOKEN",
                "help": "an access token of a recorded user",
            },
            "--as": {"dest": "tokens", "metavar": "FILE", "help": "tokens by name, as a JSON object"},
            "--differences": {
                "metavar": "FILE",
                "help": "more declared ones, as gateway/dev/parity/differences.toml has them",
            },
            "--known": {"metavar": "FILE", "help": "any text, such as a dump, whose ids both services have"},
            "--only": {
                "action": "append",
                "default": [],
                "metavar": "ROUTE",
                "help": "such as 'GET /api/mocs/{id}'; a pattern with *",
            },
            "--reads-only": {"action": "store_true", "help": "send no write: for a service with real data"},
            "--limits": {
                "metavar": "REDIS_URL",
                "help": "of the service: its counts towards rate limits are forgotten on the way",
            },
            "--concurrency": {
                "type": int,
                "default": 1,
                "metavar": "N",
                "help": "requests at a time; 1, as later ones depend on earlier ones",
            },
            "--report": {"metavar": "FOLDER", "help": "write parity.html and parity.json there"},
        },
    ),
    "package": (
        "gateway.dev.package:package",
        True,
        "write what Terraform deploys: dist/function.zip and dist/layer-*.zip",
        {},
    ),
    "schema": (
        "gateway.dev.manual:schema",
        False,
        "write schema.graphql, and what AppSync needs of it: terraform/schema.appsync.graphql, terraform/appsync.json",
        {"--check": {"action": "store_true", "help": "only fail if it is stale"}},
    ),
    "settings": (
        "gateway.dev.manual:settings_page",
        False,
        "write docs/settings.md",
        {"--check": {"action": "store_true", "help": "only fail if it is stale"}},
    ),
    "routes": (
        "gateway.dev.manual:routes",
        False,
        "write terraform/routes.json",
        {"--check": {"action": "store_true", "help": "only fail if it is stale"}},
    ),
    "metrics": (
        "gateway.dev.metricspage:metrics",
        False,
        "write terraform/metrics.json, and the table of metrics in docs/operations.md",
        {"--check": {"action": "store_true", "help": "only fail if one is stale"}},
    ),
    "manifest": (
        "gateway.dev.manifest:manifest",
        True,
        "write gateway/manifests/rest.json, and CLIENT.json of the documents in the folder DOCUMENTS; check all that are there",
        {"--check": {"action": "store_true", "help": "only fail if one is stale or no longer valid"}},
    ),
    "audit": (
        "gateway.dev.audit:audit",
        True,
        "say which packages have known weaknesses (OFFLINE=1 if nobody answers), and what looks like a secret (ACCEPT=1: none is)",
        {},
    ),
    "impact": (
        "gateway.dev.impact:impact",
        True,
        "say what changes of the schema since the commit BASE touch; fail if one is breaking, unless ALLOW_BREAKING=1",
        {},
    ),
    **OPERATIONS,
}
_GROUPS = {
    "parity": "compare the gateway with the legacy service: record what that one answers, replay it here",
    **GROUPS,
}


def parser() -> argparse.ArgumentParser:
    """What reads a command line: `command` is its name, the rest are its arguments."""
    made = argparse.ArgumentParser(prog="brickgate", description="The commands of Brickgate.")
    groups = {"": made.add_subparsers(required=True, metavar="COMMAND")}
    for name, (_, _, text, definitions) in COMMANDS.items():
        group, _, verb = name.rpartition(" ")
        if group not in groups:
            groups[group] = (
                groups[""]
                .add_parser(group, help=_GROUPS[group], description=_GROUPS[group])
                .add_subparsers(required=True, metavar="COMMAND")
            )
        # psql's options are psql's: nothing that follows `db` is an option here.
        ours: dict[str, Any] = {"prefix_chars": "\0", "add_help": False} if name == "db" else {}
        command = groups[group].add_parser(verb, help=text, description=text, **ours)
        command.set_defaults(command=name)
        for argument, definition in definitions.items():
            command.add_argument(argument, **definition)
    return made


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run one command and return its exit status; what went wrong is one sentence on standard error."""
    given = vars(parser().parse_args(arguments))
    function, reads_environment, _, _ = COMMANDS[given.pop("command")]
    try:
        result: int = pkgutil.resolve_name(function)(*([environ] if reads_environment else []), **given)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    return result


if __name__ == "__main__":
    sys.exit(main())
