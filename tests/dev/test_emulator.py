"""A call that is attempted again, as Terraform does after an answer was lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from gateway.dev import emulator
from gateway.dev.aws import client
from gateway.dev.emulator import Calls
from gateway.dev.terraform import REGION, emulated_aws

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment


class Counter:
    """An application that answers how often it was asked, and fails at first as often as it is told."""

    def __init__(self, failing: int = 0) -> None:
        self.asked = 0
        self.failing = failing

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        text = f"{environ['REQUEST_METHOD']} {self.asked}"
        return Response(text, status=500 if self.asked <= self.failing else 201)(environ, start_response)


def attempt(client: Client, call: str | None) -> tuple[int, str]:
    headers = {"amz-sdk-invocation-id": call} if call else {}
    answer = client.post("/", headers=headers)
    return answer.status_code, answer.text


def test_a_second_attempt_has_the_answer_of_the_first() -> None:
    client = Client(Calls(Counter()))
    assert [attempt(client, call) for call in ("a", "b", "a", "a")] == [
        (201, "POST 1"),
        (201, "POST 2"),
        (201, "POST 1"),
        (201, "POST 1"),
    ]


def test_calls_without_a_name_are_all_done() -> None:
    client = Client(Calls(Counter()))
    assert [attempt(client, None)[1] for _ in range(2)] == ["POST 1", "POST 2"]


def test_what_failed_is_done_again() -> None:
    client = Client(Calls(Counter(failing=1)))
    assert [attempt(client, "a") for _ in range(3)] == [(500, "POST 1"), (201, "POST 2"), (201, "POST 2")]


def test_attempts_at_once_are_one_call() -> None:
    counter, together = Counter(), Barrier(8)
    calls = Calls(counter)

    def one(_: int) -> tuple[int, str]:
        together.wait()
        return attempt(Client(calls), "a")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {(201, "POST 1")}
    assert counter.asked == 1


def test_answers_are_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "KEPT", 2)
    client = Client(Calls(Counter()))
    assert [attempt(client, call)[1] for call in ("a", "b", "c", "a")] == ["POST 1", "POST 2", "POST 3", "POST 4"]


def test_what_was_deleted_is_so_however_often_it_is_asked(tmp_path: Path) -> None:
    with emulated_aws(tmp_path) as endpoint:
        ec2 = client("ec2", endpoint, REGION)
        network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

        def name(request: Any, **_: Any) -> None:
            request.headers["amz-sdk-invocation-id"] = "the-same"

        ec2.meta.events.register("before-send.ec2.DeleteVpc", name)
        for _ in range(2):
            assert ec2.delete_vpc(VpcId=network)["ResponseMetadata"]["HTTPStatusCode"] == 200
        with pytest.raises(ec2.exceptions.ClientError, match=r"InvalidVpcID\.NotFound"):
            client("ec2", endpoint, REGION).delete_vpc(VpcId=network)
