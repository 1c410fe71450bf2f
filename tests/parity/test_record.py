"""`brickgate parity record`: nothing that passes is changed, no credential is written down, and a replay finds all of it equal."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest

from gateway.cli import main
from gateway.dev.parity.observation import Body, Headers, Observation
from gateway.dev.parity.recorder import Recorder
from gateway.dev.parity.transcript import Transcript
from gateway.dev.process import answers, free_port
from tests.parity import upstream
from tests.parity.test_command import replay
from tests.served import ROOT, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import asyncpg

    from gateway.dev.aws import Aws

MOC = {"type": "moc", "title": "Windmill", "author": "Alice Brick", "partsCount": 812}


@contextmanager
def recording(url: str, out: Path, *options: str) -> Iterator[str]:
    """The URL of a proxy before `url` that writes to `out`."""
    port = free_port()
    command = [sys.executable, "-m", "gateway.cli", "parity", "record", "--upstream", url, "--out", str(out)]
    command += ["--listen", f"127.0.0.1:{port}", *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout is not None
            assert "Recording" in process.stdout.readline()
            while not answers(port):
                assert process.poll() is None
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[0]
    assert "0 could not be written down" in said


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def observed(method: str, target: str, content: bytes = b"", answer: bytes = b"", **changes: Any) -> Observation:
    headers = Headers(changes.pop("headers", {}))
    request, response = Body(1_000_000), Body(1_000_000)
    request.keep(content)
    response.keep(answer)
    return Observation(method, target, headers, request, response, **{"status": 200, **changes})


JSON = Headers({"content-type": "application/json"})


@pytest.mark.slow
def test_what_passes_is_not_changed(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    large = b"x" * 3_000_000
    with (
        served({}, tmp_path / "log", "tests.parity.upstream:create_app") as service,
        recording(service.url, out) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        with client.stream("GET", "/packed") as packed:
            assert b"".join(packed.iter_raw()) == upstream.PACKED
            assert (packed.headers["content-encoding"], packed.headers["etag"]) == ("gzip", upstream.TAG)
        unchanged = client.get("/packed", headers={"If-None-Match": upstream.TAG})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        head = client.head("/packed")
        assert (head.headers["content-length"], head.content) == (str(len(upstream.PACKED)), b"")
        pieces = client.post(
            "/echo?a=%20b", content=(piece for piece in (b"in ", b"pieces")), headers={"Content-Type": "text/plain"}
        )
        assert pieces.text == "in pieces"
        assert pieces.headers["transfer-encoding"] == "chunked"
        assert len(pieces.headers.get_list("set-cookie")) == 2
        assert pieces.headers["x-seen"] == f"127.0.0.1 {service.url.removeprefix('http://')} a=%20b"
        assert client.post("/echo", content=large).content == large
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/broken")
        service.child.stop()
        refused = client.get("/packed")
        assert (refused.status_code, refused.json()["code"]) == (502, "BAD_GATEWAY")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    first, tagged, head_line, chunked, long, broken, gone = lines(out)
    assert first["response"] == {"data": {"title": "Žižkov", "token": "<64 hex digits>"}}
    assert first["response_headers"]["vary"] == "Origin"
    assert (tagged["status"], tagged["headers"]["If-None-Match"]) == (304, f"{{{{{next(iter(first['save']))}}}}}")
    assert (head_line["method"], head_line["response_text"]) == ("HEAD", "")
    assert (chunked["path"], chunked["raw"]) == ("/echo?a=%20b", {"content_type": "text/plain", "text": "in pieces"})
    assert (
        chunked["response_headers"]["set-cookie"]
        == "XSRF-TOKEN=<64 hex digits>; Path=/, session=<secret>; Path=/; HttpOnly"
    )
    assert (long["cut"], "raw" in long, "response_base64" in long) == (["request", "response"], False, False)
    assert "RemoteProtocolError" in broken["failure"]
    assert (gone["status"], "ConnectError" in gone["failure"]) == (502, True)


def traffic(client: httpx.Client, alice: str, bob: str) -> str:
    """What a frontend does with a MOC; the token that kept others from doing it."""
    hers = {"Authorization": f"Bearer {alice}"}
    made = client.post("/api/mocs", json=MOC, headers=hers).json()["data"]
    detail = client.get(f"/api/mocs/{made['id']}", headers=hers)
    again = client.get(f"/api/mocs/{made['id']}", headers={**hers, "If-None-Match": detail.headers["etag"]})
    assert again.status_code == 304
    csrf: str = client.get("/api/csrf").json()["token"]
    cookies = {"Cookie": f"token={alice}; XSRF-TOKEN={csrf}"}
    changed = {"title": "Mill", "description": f"after {made['id']}"}
    patched = client.patch(f"/api/mocs/{made['id']}", json=changed, headers={**cookies, "X-CSRF-Token": csrf})
    assert patched.status_code == 200, patched.text
    assert client.patch(f"/api/mocs/{made['id']}", json=changed, headers=cookies).status_code == 403
    assert client.get(f"/api/mocs/{made['id']}", headers={"Authorization": f"Bearer {bob}"}).status_code == 403
    parts = {"file": ("Žluté.csv", b"part,quantity\n3001,4\n", "text/csv")}
    files = f"/api/mocs/{made['id']}/files"
    uploaded = client.post(files, headers=hers, data={"fileType": "parts-list"}, files=parts)
    assert uploaded.status_code == 201, uploaded.text
    assert client.get("/api/mocs?search=mill", headers=hers).json()["total"] == 1
    assert client.head("/api/mocs", headers=hers).status_code == 200
    assert client.delete(f"/api/mocs/{made['id']}", headers=hers).status_code == 200
    assert client.get("/api/mocs").status_code == 401
    return csrf


@pytest.mark.slow
async def test_a_replay_finds_what_was_recorded_equal(
    environment: dict[str, str],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    token: Callable[[str], str],
    forget: Callable[[], None],
    tmp_path: Path,
) -> None:
    """New ids, times and tags in each run; files, refusals and cookies; nothing of it is anybody's credential."""
    out, alice, bob = tmp_path / "out.jsonl", token("alice"), token("bob")
    with served(environment, tmp_path / "log") as service:
        users = [option for name in ("alice", "bob") for option in ("--user", f"{aws.users[name].sub}={name}")]
        with (
            recording(service.url, out, *users) as url,
            httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
        ):
            csrf = traffic(client, alice, bob)
        text = out.read_text()
        assert not [secret for secret in (alice, bob, csrf, aws.users["alice"].sub + '", "auth"') if secret in text]
        await database.execute("DELETE FROM moc_instructions")
        forget()
        done = replay(out, "--against", service.url, "--token", f"alice={alice}", "--token", f"bob={bob}")
        lower = tmp_path / "lower.jsonl"
        lower.write_text(text.replace('"partsCount": 812, "', '"partsCount": 811, "', 1))
        await database.execute("DELETE FROM moc_instructions")
        forget()
        other = replay(lower, "--against", service.url, "--token", f"alice={alice}", "--token", f"bob={bob}")
    assert done.returncode == 0, done.stdout + done.stderr
    recorded = lines(out)
    total = next(line for line in done.stdout.splitlines() if line.startswith("all that was sent"))
    assert total.split()[-1] == str(len(recorded)), done.stdout
    assert recorded[1]["path"] == f"/api/mocs/{{{{{next(iter(recorded[0]['save']))}}}}}"
    assert [line["auth"] for line in recorded[3:6]] == [None, "cookie", "cookie"]
    assert [line.get("csrf") for line in recorded[3:6]] == [None, "valid", "cookie-only"]
    assert recorded[7]["multipart"][1]["filename"] == "Žluté.csv"
    assert other.returncode == 1
    assert "812" in other.stdout


def test_credentials_are_not_written_down() -> None:
    told = jwt.encode({"sub": "1"}, "key of thirty-two bytes, at least.", "HS256")
    transcript = Transcript({"1": "alice"})
    answer = json.dumps(
        {
            "url": "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=0f0f&x=1",
            "fields": {"policy": "cG9saWN5", "x-amz-security-token": "FwoG"},
            "text": f"it was {told}",
        }
    ).encode()
    line = transcript.line(
        observed(
            "POST",
            f"/api/uploads?next={told}",
            headers={
                "authorization": f"Bearer {told}",
                "cookie": f"token={told}; theme=dark",
                "x-api-key": "k3y",
                "accept": "*/*",
            },
            answer=answer,
            response_headers=JSON,
        )
    )
    assert not [secret for secret in (told, "AKIA", "0f0f", "cG9saWN5", "FwoG", "k3y", "dark") if secret in line]
    recorded = json.loads(line)
    assert (recorded["user"], recorded["auth"], recorded["bearer_user"]) == ("alice", "both", "alice")
    assert recorded["headers"] == {"Accept": "*/*"}
    assert recorded["response"]["url"].endswith("X-Amz-Signature=<secret>&x=1")


def test_bodies_that_are_not_what_they_say_are_kept_as_they_are() -> None:
    transcript = Transcript({})
    form = {"content-type": "multipart/form-data; boundary=x"}
    broken = json.loads(transcript.line(observed("POST", "/api/images", b"--x\r\nno form", headers=form)))
    assert broken["raw"] == {"content_type": form["content-type"], "base64": "LS14DQpubyBmb3Jt"}
    half = json.loads(transcript.line(observed("POST", "/api/mocs", b'{"a":', headers=JSON)))
    assert half["raw"] == {"content_type": "application/json", "text": '{"a":'}
    picture = Headers({"content-type": "image/png", "content-encoding": "br"})
    unread = json.loads(transcript.line(observed("GET", "/p.png", answer=b"\x89PNG", response_headers=picture)))
    assert (unread["cut"], "response_base64" in unread) == (["response"], False)
    plain = json.loads(
        transcript.line(
            observed("GET", "/p.png", answer=b"\x89PNG", response_headers=Headers({"content-type": "image/png"}))
        )
    )
    assert plain["response_base64"] == "iVBORw=="


def test_a_recording_that_fails_is_counted_and_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    with suppress(OSError), Path("/dev/full").open("w") as full:  # a device that refuses every byte
        recorder = Recorder(full, Transcript({}))
        recorder.keep(observed("GET", "/api/mocs"))
        recorder.keep(observed("GET", "/api/mocs"))
    assert (recorder.kept, recorder.lost) == (0, 2)
    assert capsys.readouterr().err.count("Not recorded: GET /api/mocs") == 1


def test_an_access_log_becomes_a_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bodies = tmp_path / "bodies"
    bodies.mkdir()
    (bodies / "1").write_bytes(json.dumps(MOC).encode())
    (bodies / "2").write_bytes(b'{"message": "created", "moc": {"id": "4aa75c13-fd81-4e5d-bec0-0c9c4fdba38b"}}')
    json_type = {"Content-Type": "application/json"}
    entries = [
        {"method": "POST", "path": "/api/mocs", "status": 201, "request_headers": json_type, "request_body": "1"}
        | {"response_headers": json_type, "response_body": "2", "at": "2026-11-22T13:11:42.695Z"},
        {"method": "GET", "path": "/api/mocs/4aa75c13-fd81-4e5d-bec0-0c9c4fdba38b", "status": 401},
    ]
    log, out = tmp_path / "access.log", tmp_path / "out.jsonl"
    log.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert record("--access-log", log, "--bodies", bodies, "--out", out) == 0
    assert capsys.readouterr().out == f"2 exchanges are in {out}; 0 could not be written down.\n"
    first, second = lines(out)
    assert (first["json"], first["status"], first["at"]) == (MOC, 201, "2026-11-22T13:11:42.695Z")
    assert first["save"] == {"id1_1": "moc.id"}
    assert second["path"] == "/api/mocs/{{id1_1}}"
    assert record("--access-log", log, "--bodies", bodies, "--out", out) == 1
    assert f"{out} is there already" in capsys.readouterr().err
    log.write_text('{"method": "GET", "path": "/api/mocs", "status": 200, "response_body": "../access.log"}')
    assert record("--access-log", log, "--bodies", bodies, "--out", tmp_path / "other") == 1
    assert "is not in" in capsys.readouterr().err


def record(*arguments: str | Path) -> int:
    return main(["parity", "record", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param((), "Say --upstream URL", id="nothing to record"),
        pytest.param(("--access-log", "log"), "--bodies FOLDER", id="no bodies"),
        pytest.param(("--upstream", "legacy:9000"), "is no URL of a service", id="no URL"),
        pytest.param(("--upstream", "http://legacy", "--listen", "8080"), "write HOST:PORT", id="no address"),
        pytest.param(("--upstream", "http://legacy", "--user", "alice"), "written SUB=NAME", id="no name"),
    ],
)
def test_what_cannot_be_recorded_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    assert record("--out", tmp_path / "out", *arguments) == 1
    assert told in capsys.readouterr().err
