"""`make outbox` and `make reindex` of a workspace, whose worker function does it."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway import cli
from tests.dev.operations.cloud import Cloud

NAME = "lego-api-production-worker"
pytestmark = pytest.mark.slow  # an account is made for each test


@pytest.fixture
def say(
    cloud: Cloud, operator: dict[str, str], package: Callable[[str], bytes], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """`say("outbox", answers=[...])`: status, output and errors, where the worker answers so."""
    role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": package("")},
        Publish=True,
    )
    functions.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")

    def run(command: str, *arguments: str, answers: list[Any]) -> tuple[int, str, str]:
        cloud.answer(*answers)
        status = cli.main([command, "--workspace", "production", *arguments], operator)
        return status, *capsys.readouterr()

    return run


def test_what_waits_and_what_is_dead_is_shown_as_at_home(say: Callable[..., Any], cloud: Cloud) -> None:
    waiting = {"topic": "changed", "count": 3, "seconds": 70, "error": "OpenSearch is away"}
    dead = {"id": 7, "topic": "odd", "payload": {"word": "три"}, "attempts": 10, "dead_at": "2026-11-26T09:55:00.000Z"}
    answer = {"waiting": [waiting], "dead": [dead | {"error": "there is no duty"}], "more": True}
    assert say("outbox", answers=[answer]) == (
        0,
        (
            "3 of changed wait, the oldest for 70 s; last error: OpenSearch is away\n"
            '7 is dead since 2026-11-26T09:55:00.000Z, after 10 attempts: odd {"word": "три"}\n'
            "    there is no duty\n... and more.\n"
        ),
        "",
    )
    assert cloud.invoked == [(NAME, {"operate": "outbox"})]


def test_what_is_dead_is_replayed_and_dropped(say: Callable[..., Any], cloud: Cloud) -> None:
    answers = [{"changed": [7], "unknown": [8]}]
    assert say("outbox", "drop", "7", "8", answers=answers) == (1, "Forgotten: 1.\n", "No dead one has the id 8.\n")
    assert say("outbox", "replay", "all", answers=[{"changed": [], "unknown": []}]) == (0, "Due again: 0.\n", "")
    assert [event for _, event in cloud.invoked] == [
        {"operate": "outbox drop", "ids": [7, 8]},
        {"operate": "outbox replay", "ids": "all"},
    ]


def test_indices_are_asked_for_until_all_of_them_are_made(say: Callable[..., Any], cloud: Cloud) -> None:
    further = {"operate": "reindex", "indices": ["wishlist_items"], "resume": True}
    answers = [{"refused": {"moc_instructions": 2}, "next": further}, {"refused": {"wishlist_items": 0}, "next": None}]
    assert say("reindex", "moc_instructions", "wishlist_items", answers=answers) == (
        0,
        "moc_instructions: OpenSearch refused 2 rows, which only searches in PostgreSQL find.\n",
        "moc_instructions: made anew\nwishlist_items: goes on\nwishlist_items: made anew\n",
    )
    first = {"operate": "reindex", "indices": ["moc_instructions", "wishlist_items"]}
    assert [event for _, event in cloud.invoked] == [first, further]


def test_what_the_worker_cannot_do_is_told_in_its_words(say: Callable[..., Any]) -> None:
    assert say("reindex", answers=[{"error": "Another process is at it."}]) == (1, "", "Another process is at it.\n")
    timeout = {"errorMessage": "Task timed out after 300.00 seconds"}
    assert say("outbox", answers=[timeout]) == (1, "", "Task timed out after 300.00 seconds\n")
