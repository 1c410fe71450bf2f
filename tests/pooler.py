"""PostgreSQL of Debian behind PgBouncer in transaction mode: a stand-in for Aurora behind RDS Proxy (`make test-pooled`).

The application comes by the pooler, as a role of its own whose statements PostgreSQL logs; tests arrange and look by themselves. Both
programs refuse to run as root, so they run as another user then.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from gateway.dev.postgres import FORGETFUL, Postgres
from gateway.dev.process import LOOPBACK, Child, answers, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "application"
SIZE = 3  # connections to the server for each database; a process of the gateway alone may hold as many
_PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_VERSIONS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
# Aurora's version where it is there, else the oldest.
_INITDB = next((path for path in _VERSIONS if path.parts[-3] == "15"), _VERSIONS[0] if _VERSIONS else None)
WANTED = os.environ.get("POOLER", "0") != "0"
MISSING = "there is no PgBouncer here, or no PostgreSQL: apt-get install pgbouncer postgresql-15"

# What RDS Proxy would keep a connection for, or what the next one to have it would stumble over.
_LEFT_BEHIND = (
    r"(?:SET|RESET|DISCARD|LISTEN|UNLISTEN|PREPARE(?!\s+TRANSACTION)|DEALLOCATE|DECLARE|LOAD)\b"
    r"|CREATE\s+(?:(?:GLOBAL|LOCAL)\s+)?TEMP|.*\bINTO\s+TEMP|.*\bpg_\w*advisory_|.*\bset_config\s*\("
)
_STATEMENT = re.compile(rf"^{ROLE} LOG:  (?:statement|execute ([^:]+)): (.*)")
_PINNING = re.compile(_LEFT_BEHIND, re.IGNORECASE | re.DOTALL)
# PgBouncer's own, before it hands a connection to a client that has named another encoding in other letters.
_OF_THE_POOLER = re.compile(r"SET client_encoding='+utf-8'+;")


class Debian(Postgres):
    """The server."""

    binaries = _INITDB.parent if _INITDB else Path()
    initial = ("--locale=C.UTF-8",)


class Pooled:
    """The server, and PgBouncer before it.

    Args:
        folder: for data, settings and logs.
    """

    def __init__(self, folder: Path) -> None:
        self._log = folder / "postgres.log"
        options = {**FORGETFUL, "log_line_prefix": "%u "}
        self.server = Debian(folder / "postgres", free_port(), log=self._log, options=options)
        self.port = free_port()
        self._password = secrets.token_hex(16)
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            "[databases]\n"
            f"* = host={LOOPBACK} port={self.server.port} user={ROLE} password={self._password}\n"
            "[pgbouncer]\n"
            f"listen_addr = {LOOPBACK}\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\ndefault_pool_size = {SIZE}\nmax_client_conn = 500\n"
        )
        user = "nobody" if os.geteuid() == 0 else "-"
        self.child = Child("PgBouncer", [str(_PROGRAM), settings], log=folder / "pgbouncer.log", user=user)

    async def wait(self) -> None:
        """Return once both answer, and the role is there."""
        self.server.wait()
        connection = await asyncpg.connect(self.server.url("postgres"))
        # Of the owner's, but not the owner: no superuser.
        await connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self._password}' IN ROLE brickgate")
        await connection.execute(f"ALTER ROLE {ROLE} SET log_statement = 'all'")
        await connection.close()
        self.child.wait_until(lambda: answers(self.port), 10)

    def through(self, url: str) -> str:
        """The URL of a database of the server's, by the pooler."""
        return f"postgresql://{ROLE}@{LOOPBACK}:{self.port}/{url.rpartition('/')[2]}"

    def stop(self) -> None:
        """End both."""
        self.child.stop()
        self.server.child.stop()

    def statements(self) -> list[str]:
        """All that the application has had executed, and PgBouncer for it."""
        return list(executed(self._log.read_text(errors="replace")))


def available() -> bool:
    """Whether both programs are here."""
    return _PROGRAM is not None and _INITDB is not None


def executed(log: str) -> Iterator[str]:
    """The application's statements in a log of PostgreSQL's; before those that have a name stands `PREPARE`."""
    statement = ""
    for line in log.splitlines():
        if line.startswith("\t"):
            statement += f"\n{line[1:]}"
            continue
        if statement:
            yield statement
        match = _STATEMENT.match(line)
        named = match and match[1] not in (None, "<unnamed>")
        statement = f"{'PREPARE ' if named else ''}{match[2]}" if match else ""
    if statement:
        yield statement


def left_behind(statements: list[str]) -> list[str]:
    """Those that leave something behind in the session that they ran in, or for which RDS Proxy would keep it for one client."""
    return [one for one in statements if _PINNING.match(one.lstrip()) and not _OF_THE_POOLER.fullmatch(one)]
