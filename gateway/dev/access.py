"""Ways into a running stack from another terminal: a token, psql, the migrations."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from gateway.dev.process import StartError
from gateway.dev.state import folder_of, running
from gateway.dev.terminal import shown
from settings import SECRET_ARN_SUFFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IRRELEVANT = {"S3_BUCKET": "unused", "COGNITO_USER_POOL_ID": "local_unused", "COGNITO_CLIENT_ID": "unused"}


def token(environ: Mapping[str, str], user: str) -> int:
    """Print an access token of one of the demo users, from a sign-in at the stack's user pool.

    Raises:
        StartError: no stack is running, its user pool is a real one, or the user is unknown.
    """
    register = running(folder_of(environ))
    emails: dict[str, str] = register["emails"]
    told: dict[str, str] = register["environment"]
    if not emails:
        raise StartError(f"The stack uses the user pool {told['COGNITO_USER_POOL_ID']}: sign in there.")
    if user not in emails:
        raise StartError(f"There is no demo user {user!r}; there are {', '.join(emails)}.")
    from gateway.dev import aws  # noqa: PLC0415 - a quarter of a second that a refusal need not take

    print(
        aws.sign_in(told["AWS_ENDPOINT_URL"], told["AWS_REGION"], told["COGNITO_CLIENT_ID"], emails[user], aws.PASSWORD)
    )
    return 0


def psql(environ: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Become psql on the database of the running stack.

    Raises:
        StartError: no stack is running.
    """
    command, environment = psql_command(environ, arguments, interactive=sys.stdin.isatty())
    os.execve(command[0], command, environment)  # noqa: S606 - no shell wanted


def psql_command(
    environ: Mapping[str, str], arguments: Sequence[str], *, interactive: bool
) -> tuple[list[str], dict[str, str]]:
    """The command and its environment; SQL that nobody types stops at its first error, and the exit status says so.

    Raises:
        StartError: no stack is running.
    """
    from gateway.dev.postgres import BINARIES  # noqa: PLC0415 - as above

    url = urlsplit(_read(running(folder_of(environ))["environment"]).database_url)
    program = shutil.which("psql", path=f"{BINARIES}{os.pathsep}{environ.get('PATH', '')}") or "psql"
    login, _, place = url.netloc.rpartition("@")
    user, _, password = login.partition(":")
    command = [program, "-d", url._replace(netloc=f"{user}@{place}").geturl()]  # a password would show in `ps`
    if not interactive:
        command += ["-X", "-v", "ON_ERROR_STOP=1"]
    return [*command, *arguments], {**environ, "PGPASSWORD": unquote(password)}


def migrate(environ: Mapping[str, str], *, adopt: bool = False) -> int:
    """Bring the database of DATABASE_URL to the newest revision; without that setting, the running stack's.

    Raises:
        StartError: the migration was refused, or there is no database.
        SettingsError: DATABASE_URL is malformed.
    """
    url = _database_url(environ)
    from db import migrate as migrations  # noqa: PLC0415 - half a second

    try:
        with shown("db.migrate"):
            (migrations.adopt if adopt else migrations.upgrade)(url)
    except migrations.MigrationError as error:
        raise StartError(f"Not migrated: {error}") from None
    print(f"The database is at revision {migrations.head()}.")
    return 0


def revision(environ: Mapping[str, str], message: str) -> int:
    """Write the next revision out of what the models have and the database of DATABASE_URL, else the running stack's, has not (PRD 1.7.5).

    Raises:
        StartError: that database is not at the newest revision, or there is none.
        SettingsError: DATABASE_URL is malformed.
    """
    url = _database_url(environ)
    from db import migrate as migrations  # noqa: PLC0415 - as above

    try:
        written = migrations.generate(url, message)
    except migrations.MigrationError as error:
        raise StartError(f"No revision was written: {error}") from None
    print(
        f"{written}: read it, and complete it"
        if written
        else "The models and the database do not differ: there is nothing to write."
    )
    return 0


def _database_url(environ: Mapping[str, str]) -> str:
    """That of DATABASE_URL, else the running stack's."""
    given = environ.get("DATABASE_URL") or environ.get("DATABASE_URL" + SECRET_ARN_SUFFIX)
    told = {} if given else running(folder_of(environ))["environment"]
    return _read({**told, **environ}).database_url


def _read(environ: Mapping[str, str]) -> Settings:
    """Settings whose database counts; the rest may be missing."""
    return Settings.read({"ENVIRONMENT": "dev", **_IRRELEVANT, **environ})
