"""A connection to a real Valkey that ends, hangs and refuses (PRD 4.8.3)."""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hiredis import ReplyError

from gateway.dev.process import free_port
from services.breaker import Unreachable
from services.connections import Connections, Lost, UnknownScript

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

PAUSE = "redis.call('SET', KEYS[1], ARGV[1]) for i = 1, 3e6 do end return redis.call('GET', KEYS[1])"  # some ten milliseconds
SOON = 5.0  # seconds, for machines that have much to do
NEVER = ("BLPOP", "nothing", 0)  # what Redis answers to when somebody puts something there


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Connections]:
    connections = Connections(url)
    try:
        yield connections
    finally:
        await connections.aclose()


@pytest.fixture
async def connections(valkey_url: str) -> AsyncIterator[Connections]:
    async with opened(valkey_url) as made:
        yield made


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(valkey_url) as client:
        yield client


async def own_id(connections: Connections) -> int:
    return int(await connections.send("CLIENT", "ID"))


async def test_text_bytes_and_numbers_go_out_and_answers_come_as_bytes_and_numbers(connections: Connections) -> None:
    assert await connections.send("SET", "ü", b"\x00\xff") == b"OK"
    assert await connections.send("GET", "ü") == b"\x00\xff"
    assert await connections.send("APPEND", "ü", 7) == 3
    assert await connections.send("GET", "none such") is None


async def test_answers_of_any_size_find_those_who_asked(connections: Connections) -> None:
    sizes = [1_000_000, 0, 1, 3_000_000, 17]
    for size in sizes:
        await connections.send("SET", f"size {size}", b"x" * size)
    answers = await asyncio.gather(*(connections.send("GET", f"size {size}") for size in sizes * 3))
    assert [len(answer) for answer in answers] == sizes * 3


async def test_all_commands_share_a_connection(connections: Connections) -> None:
    assert len(set(await asyncio.gather(*(own_id(connections) for _ in range(3))))) == 1
    assert await own_id(connections) == await own_id(connections)


async def test_what_is_sent_first_is_done_first(connections: Connections) -> None:
    for _ in range(2):  # before there is a connection, and with one
        sent = [connections.send("SET", "turn", "first"), connections.send("GETSET", "turn", "second")]
        assert await connections.send("GET", "turn") == b"second"
        assert [answer.result() for answer in sent] == [b"OK", b"first"]


async def test_a_command_is_sent_before_anything_is_awaited(connections: Connections, server: Any) -> None:
    await connections.send("DEL", "at once")
    answer = connections.send("SET", "at once", 1)
    until = time.monotonic() + SOON
    while not server.exists("at once"):  # the event loop stands still
        assert time.monotonic() < until
    assert await answer == b"OK"


async def test_a_connection_that_the_server_has_closed_is_opened_again(connections: Connections, server: Any) -> None:
    first = await own_id(connections)
    server.client_kill_filter(_id=first)
    await asyncio.sleep(0.01)
    assert await own_id(connections) != first


async def test_one_that_was_closed_while_this_process_stood_still_too(connections: Connections, server: Any) -> None:
    for _ in range(10):
        first = await own_id(connections)
        server.client_kill_filter(_id=first)
        time.sleep(0.01)  # noqa: ASYNC251 - as a function that is frozen: the event loop cannot hear of it
        assert await own_id(connections) != first


async def test_an_answer_that_came_before_the_end_is_heard_by_whoever_waits(
    connections: Connections, server: Any
) -> None:
    first = await own_id(connections)
    answer = connections.send("ECHO", "before")
    time.sleep(0.01)  # noqa: ASYNC251 - as above
    server.client_kill_filter(_id=first)
    time.sleep(0.01)  # noqa: ASYNC251 - as above
    assert await own_id(connections) != first
    assert await answer == b"before"


async def test_a_lost_connection_is_told_to_all_who_wait(connections: Connections, server: Any) -> None:
    first = await own_id(connections)
    waiting = [connections.send(*NEVER), connections.send("PING")]
    server.client_kill_filter(_id=first)
    assert [type(told) for told in await asyncio.gather(*waiting, return_exceptions=True)] == [Lost, Lost]
    assert await own_id(connections) != first


async def test_a_refusal_is_an_answer_and_costs_no_connection(connections: Connections) -> None:
    first = await own_id(connections)
    with pytest.raises(ReplyError, match="wrong number of arguments"):
        await connections.send("GET")
    with pytest.raises(UnknownScript):
        await connections.send("EVALSHA", "0" * 40, 0)
    assert await own_id(connections) == first


async def test_the_answer_of_one_who_gave_up_is_nobody_elses(connections: Connections) -> None:
    for _ in range(10):
        asked = connections.send("EVAL", PAUSE, 1, "late", "theirs")
        await asyncio.sleep(0.002)
        asked.cancel()
        assert await connections.send("ECHO", "mine") == b"mine"


async def test_a_connection_that_was_given_up_is_closed_for_all(connections: Connections) -> None:
    first = await own_id(connections)
    hung, behind = connections.send(*NEVER), connections.send("PING")
    hung.cancel()
    connections.give_up(hung)
    with pytest.raises(Unreachable):
        await behind
    second = await own_id(connections)
    assert second != first
    connections.give_up(hung)
    assert await own_id(connections) == second, "that was another one's"


@pytest.mark.parametrize("user", ["", ":secret@"])
async def test_a_server_that_does_not_even_greet_is_given_up(silent: str, user: str) -> None:
    async with opened(f"redis://{user}{silent}") as connections:
        for _ in range(2):
            hung, behind = connections.send("PING"), connections.send("PING")
            await asyncio.sleep(0.01)
            hung.cancel()
            connections.give_up(hung)
            with pytest.raises(Unreachable):
                await behind


async def test_a_server_that_is_away_is_told_and_looked_for_again() -> None:
    async with opened(f"redis://127.0.0.1:{free_port()}") as away:
        for _ in range(2):
            with pytest.raises(Lost, match="not connected: ConnectionRefusedError"):
                await away.send("PING")


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"+first\r\n+second\r\n", b""])
async def test_what_is_no_answer_to_what_was_asked_ends_the_connection(said: bytes) -> None:
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        if said:
            await reader.read()  # until the client ends it
        ended.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, opened(f"redis://127.0.0.1:{port}") as connections:
        told = (await asyncio.gather(connections.send("PING"), return_exceptions=True))[0]
        assert told == b"first" if b"first" in said else isinstance(told, Lost)
        await asyncio.wait_for(ended.wait(), SOON)


@pytest.fixture
def bob(valkey_url: str, server: Any) -> Iterator[str]:
    """A URL of a user's own, whose password has to be quoted in it."""
    server.execute_command("ACL", "SETUSER", "bob", "on", ">p@ss:/", "~*", "+@all")
    yield valkey_url.replace("//", "//bob:p%40ss%3A%2F@").removesuffix("/0")
    server.execute_command("ACL", "DELUSER", "bob")


async def test_the_url_says_who_and_which_database(bob: str, valkey_url: str) -> None:
    async with opened(bob) as connections:
        assert await connections.send("ACL", "WHOAMI") == b"bob"
    async with opened(f"{bob}/3") as connections:
        await connections.send("SET", "place", "third")
    with redis.Redis.from_url(valkey_url.removesuffix("0") + "3") as third:
        assert third.getdel("place") == b"third"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda url: url.replace("p%40ss", "wrong"), "WRONGPASS"),
        (lambda url: url.replace("bob", ""), "without any password configured"),
        (lambda url: f"{url}/99", "DB index is out of range"),
        (lambda url: f"{url}/x", "not an integer"),
    ],
    ids=["password", "user", "database", "number"],
)
async def test_one_who_is_not_let_in_is_told_why_and_nothing_of_theirs_is_done(
    bob: str, server: Any, change: Callable[[str], str], reason: str
) -> None:
    async with opened(change(bob)) as connections:
        with pytest.raises(Lost, match=reason):
            await connections.send("SET", "let in", 1)
    assert not server.exists("let in")


@pytest.fixture
async def tls(valkey_url: str, tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """The URL of the server behind TLS, and the certificate that speaks for it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(hours=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, port = serialization.Encoding.PEM, urlsplit(valkey_url).port
    own, trusted = tmp_path / "own.pem", tmp_path / "trusted.pem"
    trusted.write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    own.write_bytes(private + trusted.read_bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_connection("127.0.0.1", port)

        async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
            sink.close()

        await asyncio.gather(forward(reader, ahead), forward(behind, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"rediss://localhost:{server.sockets[0].getsockname()[1]}", trusted


async def test_rediss_is_tls_with_certificates_checked(tls: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    url, trusted = tls
    async with opened(url) as connections:
        with pytest.raises(Lost, match="CERTIFICATE_VERIFY_FAILED"):
            await connections.send("PING")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with opened(url) as connections:
        first = await own_id(connections)
        assert await connections.send("ECHO", b"x" * 1_000_000) == b"x" * 1_000_000
        assert await own_id(connections) == first
    async with opened(url.replace("localhost", "127.0.0.1")) as connections:
        with pytest.raises(Lost, match="mismatch"):
            await connections.send("PING")
