"""The embedded stack: every service that the API needs, on this machine, without a container.

A service is started unless its setting is in the environment already (`DATABASE_URL`, `REDIS_URL`, ...): then that one is
used, as it is. Nothing is ever migrated or seeded in a database that the stack did not make.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, NoReturn

from gateway.dev import aws, launch, postgres, valkey
from gateway.dev.api import Api
from gateway.dev.opensearch import jars
from gateway.dev.opensearch.arrival import Arrival
from gateway.dev.process import Child, StartError, port_is_free
from gateway.dev.state import State, folder_of
from gateway.dev.terminal import say, shown, timed, welcome
from settings import SECRET_ARN_SUFFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

_LIMITS = dict.fromkeys(("RATE_LIMIT_GENERAL", "RATE_LIMIT_AUTH", "RATE_LIMIT_UPLOAD"), "1000000/1m")
DEFAULTS = {"ENVIRONMENT": "dev", **_LIMITS}
"""What the stack says where the environment says nothing: nobody who explores meets a limit."""
_OWN_DATABASE = {"DATABASE_POOL_SIZE": "10", "DATABASE_STATEMENT_CACHE": "256"}  # no proxy stands in front of it
_AWS_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
_OWN_AWS = ("AWS_ENDPOINT_URL", "COGNITO_USER_POOL_ID")
_S3_NAMES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3_BUCKET"}
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(BaseException):
    """Somebody asked the stack to end; a BaseException so that nothing takes it for a failure."""


def run(environ: Mapping[str, str], *, with_parent: bool = False) -> int:
    """Run the stack until it is told to end, and return the exit status.

    Args:
        environ: PORT, STATE_DIR, DEMO_DATA, OPENSEARCH and any of the API's settings.
        with_parent: end when the process that started this one does (Linux).

    Raises:
        StartError: it could not start, or a part of it ended by itself.
        SettingsError: a setting is malformed.
    """
    if with_parent:
        launch.end_with(os.getppid(), signal.SIGTERM)
    port = _port(environ)
    state = State(folder_of(environ))
    stack = Stack({name: value for name, value in environ.items() if value}, port, state)
    before = {number: signal.signal(number, _stop) for number in _STOP_SIGNALS}
    try:
        stack.start()
        stack.watch()
    except _Stopped:
        print("\nStopping ...", flush=True)
        return 0
    finally:
        for number in _STOP_SIGNALS:  # a second Ctrl-C must not leave half of it behind
            signal.signal(number, signal.SIG_IGN)
        stack.stop()
        state.release()
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Stopped


def _port(environ: Mapping[str, str]) -> int:
    text = environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004 - TCP's range
        raise StartError(f"PORT={text} is no port: write a number from 1 to 65535, for example PORT=8001.")
    return int(text)


class Stack:
    """The parts of one running stack; `environment` is what the API is told."""

    def __init__(self, environ: Mapping[str, str], port: int, state: State) -> None:
        self._given = environ
        self._port = port
        self._state = state
        self._children: list[Child] = []
        region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self.environment = {**DEFAULTS, "AWS_REGION": region, **environ}
        self.environment["NO_PROXY"] = ",".join(filter(None, (environ.get("NO_PROXY"), "127.0.0.1", "localhost")))
        self._postgres: postgres.Postgres | None = None
        self._aws: aws.Aws | None = None
        self._opensearch: Arrival | None = None

    def start(self) -> None:
        """Start what is not given, migrate, seed, start the API and say where everything is.

        Raises:
            StartError: a part could not start.
            SettingsError: a setting is malformed.
        """
        began = time.monotonic()
        if not port_is_free(self._port):
            raise StartError(f"Port {self._port} is taken. Stop what listens there, or choose: make run PORT=8001")
        self._check_settings()
        self._state.record(port=self._port)
        print(f"Starting in {self._state.folder} (logs in {self._state.logs})", flush=True)
        self._start_aws()  # first: it is the slowest, and the others start while it loads
        self._await_opensearch()
        self._start_valkey()
        self._start_postgres()
        api = self._start_api() if "COGNITO_USER_POOL_ID" in self.environment else None
        api = self._finish_aws(api) or api or self._start_api()
        self._seed()
        self._fill()
        with timed("API", f"healthy on {api.url}"):
            api.wait()
        self._record()
        say("Ready", f"in {time.monotonic() - began:.1f} s")
        welcome(api.url, self._given, self._aws.token("alice") if self._aws else None)

    def watch(self) -> NoReturn:
        """Wait, and see to it that no part ends unnoticed.

        Raises:
            StartError: a part ended by itself.
        """
        while True:
            for child in self._children:
                if not child.running:
                    raise child.failure()
            if self._opensearch:
                self._opensearch.look()
            time.sleep(0.2)

    def stop(self) -> None:
        """End all parts, the API first."""
        last = [self._opensearch.child] if self._opensearch and self._opensearch.child else []
        children = [*reversed(self._children), *last]
        for child in children:
            child.ask_to_end()
        for child in children:
            child.stop()

    def _given_one_of(self, *names: str) -> bool:
        return any(name in self._given or name + SECRET_ARN_SUFFIX in self._given for name in names)

    def _keep(self, child: Child) -> None:
        self._children.append(child)
        self._state.record_child(child)

    def _check_settings(self) -> None:
        """Refuse a malformed setting before anything starts; what the stack will fill in stands for itself."""
        filled = {"DATABASE_URL": "postgresql://localhost/filled"}
        if not self._given_one_of(*_OWN_AWS):
            filled |= {"S3_BUCKET": "filled", "COGNITO_USER_POOL_ID": "filled_in", "COGNITO_CLIENT_ID": "filled"}
        given = {name: value for name, value in self.environment.items() if not name.endswith(SECRET_ARN_SUFFIX)}
        Settings.read({**filled, **given})

    def _start_aws(self) -> None:
        if self._given_one_of(*_OWN_AWS):
            say("AWS", "as given by AWS_ENDPOINT_URL or COGNITO_USER_POOL_ID")
            return
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):  # the developer's own account stays out of it
            self.environment.pop(name, None)
        region = self.environment["AWS_REGION"]
        server = self._aws = aws.Aws(self._state.port("aws"), log=self._state.log("aws"), region=region)
        self._keep(server.child)
        server.pool_id, server.client_id = self._state.kept("cognito") or ("", "")
        if server.pool_id:  # as at the last start, in all likelihood: the API need not wait
            self._use(server)

    def _use(self, server: aws.Aws) -> None:
        """Point the API at the emulated AWS; an S3 server of the user's own keeps its keys and bucket."""
        own = _S3_NAMES & self._given.keys() if "AWS_ENDPOINT_URL_S3" in self._given else set()
        self.environment |= {name: value for name, value in server.environment.items() if name not in own}

    def _finish_aws(self, api: Api | None) -> Api | None:
        """Wait for AWS; an API that was told other ids than it has now starts anew."""
        if not self._aws:
            return None
        with timed(f"AWS (moto {aws.VERSION})", f"S3, Cognito, Secrets Manager ready on {self._aws.endpoint_url}"):
            self._aws.wait()
        told = dict(self.environment)
        self._use(self._aws)
        self._state.keep("cognito", (self._aws.pool_id, self._aws.client_id))
        if not api or told == self.environment:
            return None
        self._children.remove(api.child)
        api.child.stop()
        return self._start_api()

    def _start_valkey(self) -> None:
        if self._given_one_of("REDIS_URL"):
            say("Redis", "as given by REDIS_URL")
            return
        port = self._state.port("valkey")
        with timed(f"Valkey {valkey.VERSION}", f"ready on 127.0.0.1:{port}"):
            server = valkey.Valkey(port, log=self._state.log("valkey"))
            self._keep(server.child)
            server.wait()
        self.environment["REDIS_URL"] = server.url

    def _await_opensearch(self) -> None:
        """Tell the API where OpenSearch will be; it starts when all else is ready, and nobody waits for it."""
        if self._given_one_of("OPENSEARCH_URL"):
            say("OpenSearch", "as given by OPENSEARCH_URL")
        elif self._given.get("OPENSEARCH") == "0":
            say("OpenSearch", "none, as OPENSEARCH=0 says: PostgreSQL answers searches")
        elif reason := jars.missing():
            say("OpenSearch", f"none: PostgreSQL answers searches. {reason}")
        else:
            self._opensearch = Arrival(self._state)
            self.environment["OPENSEARCH_URL"] = self._opensearch.url

    def _start_postgres(self) -> None:
        if self._given_one_of("DATABASE_URL"):
            say("PostgreSQL", "as given by DATABASE_URL: not migrated (make migrate), not seeded")
            return
        port = self._state.port("postgres")
        with timed(f"PostgreSQL {postgres.VERSION}", f"ready on 127.0.0.1:{port}"):
            server = postgres.Postgres(self._state.folder / "postgres", port, log=self._state.log("postgres"))
            self._keep(server.child)
            server.wait()
            asyncio.run(server.ensure(postgres.DATABASE))
        self._postgres = server
        self.environment = _OWN_DATABASE | self.environment | {"DATABASE_URL": server.url()}
        with timed("Schema", "migrated"), shown("db.migrate"):
            from db.migrate import MigrationError, upgrade  # noqa: PLC0415 - half a second, in which PostgreSQL and AWS start

            try:
                upgrade(server.url())
            except MigrationError as error:
                raise StartError(
                    f"Not migrated: {error}. `make reset` forgets the data in {self._state.folder}"
                ) from None

    def _seed(self) -> None:
        if not self._postgres or not self._aws:
            return
        from gateway.dev import demo  # noqa: PLC0415 - only a new database needs it

        if self.environment.get("DEMO_DATA") == "0":
            say("Demo data", "none, as DEMO_DATA=0 says")
            return
        subs = {login: user.sub for login, user in self._aws.users.items()}
        seeded = self._state.folder / "postgres" / "seeded"  # it goes with the data
        if not seeded.exists():
            with timed("Demo data", f"written for {', '.join(subs)}"):
                asyncio.run(demo.seed(self._postgres.url(), subs, bucket=self._aws.bucket, region=self._aws.region))
                seeded.touch()

    def _fill(self) -> None:
        """Begin to give the rows of an own database their objects back, which an own bucket forgets; nobody waits for it."""
        if not self._postgres or not self._aws or "AWS_ENDPOINT_URL_S3" in self._given:
            return
        from gateway.dev import objects  # noqa: PLC0415 - as above

        url, s3, bucket = self._postgres.url(), self._aws.client("s3"), self._aws.bucket

        def draw() -> None:
            with suppress(Exception):  # the stack may end meanwhile, and the next start draws the rest
                asyncio.run(objects.fill(url, s3, bucket))

        threading.Thread(target=draw, daemon=True).start()

    def _start_api(self) -> Api:
        Settings.read(self.environment)  # with the secrets; says in a sentence what a traceback would bury
        api = Api(self._port, self.environment)
        self._keep(api.child)
        return api

    def _record(self) -> None:
        """Let other terminals find the stack (`gateway.dev.access`)."""
        names = {*(one.name.upper() for one in fields(Settings)), "NO_PROXY", *_AWS_NAMES}
        self._state.record(
            environment={name: value for name, value in self.environment.items() if name in names},
            emails={login: user.email for login, user in self._aws.users.items()} if self._aws else {},
        )
