"""The command line: `uv run brickgate COMMAND`, or `python -m gateway.cli COMMAND`; each command's work is in `gateway/dev`."""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from typing import TYPE_CHECKING, Any

from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Command: (function, whether it reads the environment, help, {argument: its definition}). Functions are named, not
# imported: a token should not wait for a schema.
_COMMANDS: dict[str, tuple[str, bool, str, dict[str, dict[str, Any]]]] = {
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
    "outbox": (
        "gateway.dev.outbox:outbox",
        True,
        "show what is left to be done and what is dead; replay all, replay ID ..., drop ID ...",
        {"arguments": {"nargs": "*", "metavar": "...", "help": "replay all, replay ID ..., drop ID ..."}},
    ),
    "reindex": (
        "gateway.dev.outbox:reindex",
        True,
        "make the indices of OpenSearch anew, while changes go on",
        {"indices": {"nargs": "*", "metavar": "INDEX", "help": "these alone"}},
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
    "manifest": (
        "gateway.dev.manifest:manifest",
        True,
        "write gateway/manifests/rest.json, and CLIENT.json of the documents in the folder DOCUMENTS; check all that are there",
        {"--check": {"action": "store_true", "help": "only fail if one is stale or no longer valid"}},
    ),
    "impact": (
        "gateway.dev.impact:impact",
        True,
        "say what changes of the schema since the commit BASE touch; fail if one is breaking, unless ALLOW_BREAKING=1",
        {},
    ),
}


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run one command and return its exit status; what went wrong is one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="brickgate", description="The commands of Brickgate.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, _, text, definitions) in _COMMANDS.items():
        # psql's options are psql's: nothing that follows `db` is an option here.
        ours: dict[str, Any] = {"prefix_chars": "\0", "add_help": False} if name == "db" else {}
        command = commands.add_parser(name, help=text, description=text, **ours)
        for argument, definition in definitions.items():
            command.add_argument(argument, **definition)
    given = vars(parser.parse_args(arguments))
    function, reads_environment, _, _ = _COMMANDS[given.pop("command")]
    try:
        result: int = pkgutil.resolve_name(function)(*([environ] if reads_environment else []), **given)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    return result


if __name__ == "__main__":
    sys.exit(main())
