"""What is counted, and the lines that CloudWatch makes metrics of (PRD 5.1.3)."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from gateway import worker
from gateway.gateway import Gateway
from services import metrics
from tests.gateway.conftest import MOC
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import asyncpg
    import httpx

    from settings import Settings

SCHEMA = json.loads((Path(__file__).parent / "emf.json").read_text())
Told = dict[tuple[str, ...], float]


def told(lines: Iterable[dict[str, Any]]) -> Told:
    """What CloudWatch makes of lines: the sum of each metric, by its name and the values of each of its sets of dimensions."""
    sums: Told = defaultdict(float)
    for line in lines:
        if "_aws" not in line:
            continue
        jsonschema.validate(line, SCHEMA)
        for directive in line["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "LEGO-API"
            for dimensions in directive["Dimensions"]:
                assert all(isinstance(line[name], str) for name in dimensions)
                for metric in directive["Metrics"]:
                    sums[metric["Name"], *(line[name] for name in dimensions)] += line[metric["Name"]]
    return dict(sums)


@pytest.mark.prd("5.1.3")
async def test_mocs_images_and_searches_are_counted(
    process: Callable[..., httpx.AsyncClient], printed: Callable[[], list[dict[str, Any]]]
) -> None:
    alice = process(metrics="emf")
    assert (await alice.post("/api/mocs", json=MOC)).status_code == 201
    assert told(printed()) == {("MocsCreated", "dev"): 1}
    assert (await alice.post("/api/mocs", json=MOC)).status_code == 409  # one of that title is there
    assert told(printed()) == {("Errors", "dev"): 1, ("Errors", "dev", "CONFLICT"): 1}
    sent = await alice.post("/api/images", files={"image": ("a.jpg", picture(), "image/jpeg")}, data={"title": "A"})
    assert sent.status_code == 201, sent.text
    assert told(printed()) == {("ImagesUploaded", "dev"): 1}  # and not its thumbnail
    for engine, cache in (("database", "CacheMisses"), ("cache", "CacheHits")):
        assert (await alice.get("/api/mocs", params={"search": "windmill"})).json()["total"] == 1
        assert told(printed()) == {
            ("SearchesPerformed", "dev"): 1,
            ("SearchesPerformed", "dev", engine): 1,
            (cache, "dev"): 1,
        }


async def test_a_moc_with_files_counts_with_each_of_its_pictures(
    process: Callable[..., httpx.AsyncClient], printed: Callable[[], list[dict[str, Any]]]
) -> None:
    alice = process(metrics="emf")
    files = [
        ("instructionsFile", ("a.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")),
        ("images", ("a.jpg", picture(), "image/jpeg")),
        ("images", ("b.jpg", picture(), "image/jpeg")),
    ]
    data = {"type": "moc", "title": "With files", "author": "Alice", "partsCount": "5", "description": "A long one"}
    made = await alice.post("/api/mocs/with-files", data=data, files=files)
    assert made.status_code == 201, made.text
    counted = told(printed())
    assert (counted["MocsCreated", "dev"], counted["ImagesUploaded", "dev"]) == (1, 2)


async def test_errors_are_counted_by_the_code_that_was_told(
    process: Callable[..., httpx.AsyncClient], printed: Callable[[], list[dict[str, Any]]]
) -> None:
    alice = process(metrics="emf", rate_limit_general="3/1m")
    unknown = "00000000-0000-4000-8000-000000000000"
    assert (await alice.patch(f"/api/mocs/{unknown}", json={"title": ""})).status_code == 404  # which comes before 400
    graph = await alice.post("/graphql", json={"query": f'{{ deleteMoc(id: "{unknown}") {{ id }} }}'})
    assert graph.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert (await alice.get("/api/nowhere")).status_code == 404
    assert (await alice.get("/api/mocs")).status_code == 429
    assert told(printed()) == {
        ("Errors", "dev"): 4,
        ("Errors", "dev", "NOT_FOUND"): 2,
        ("Errors", "dev", "BAD_REQUEST"): 1,
        ("Errors", "dev", "TOO_MANY_REQUESTS"): 1,
        ("RateLimited", "dev"): 1,
    }


async def test_requests_that_overlap_are_all_counted(
    process: Callable[..., httpx.AsyncClient], printed: Callable[[], list[dict[str, Any]]]
) -> None:
    alice = process(metrics="emf", cache_list_seconds=300)
    await asyncio.gather(*(alice.get("/api/mocs", params={"limit": number}) for number in range(1, 9)))
    assert told(printed()) == {("CacheMisses", "dev"): 8}


async def test_nothing_is_written_where_nobody_asked_for_metrics(
    process: Callable[..., httpx.AsyncClient], printed: Callable[[], list[dict[str, Any]]]
) -> None:
    alice = process()
    await alice.get("/api/nowhere")
    assert told(printed()) == {}
    assert not metrics.counting()


async def test_the_worker_tells_what_waits_and_what_is_dead(
    settings_for: Callable[..., Settings],
    database: asyncpg.Connection[asyncpg.Record],
    printed: Callable[[], list[dict[str, Any]]],
) -> None:
    metrics.configure("dev")
    services = Gateway.of(settings_for(redis_url="")).services
    ago = "(now() at time zone 'utc') - interval"
    later = "(now() at time zone 'utc') + interval"
    for columns in (
        f"{ago} '90 s', {ago} '60 s', NULL, NULL",  # due, and was not tried
        f"{ago} '500 s', {later} '50 s', 'S3 was away', NULL",  # put off
        f"{ago} '900 s', {later} '900 s', NULL, NULL",  # to be done later
        f"{ago} '9000 s', {ago} '9000 s', 'broken', {ago} '1 s'",
    ):
        await database.execute(
            "INSERT INTO outbox (topic, payload, created_at, due_at, error, dead_at)"
            f""" SELECT 'delete-objects', '{{"keys": []}}', {columns}"""
        )
    await worker.drain(services)
    metrics.flush()
    counted = told(printed())
    assert counted["OutboxDead", "dev"] == 1
    assert 499 <= counted["OutboxAge", "dev"] <= 502
    await services.close()
    metrics.configure(None)


def test_the_latest_of_a_measure_counts_and_the_sum_of_a_count(printed: Callable[[], list[dict[str, Any]]]) -> None:
    metrics.configure("dev")
    for value in (7, 3):
        metrics.count(metrics.OUTBOX_AGE, value)
        metrics.count(metrics.MOCS_CREATED, value)
        metrics.count(metrics.ERRORS, by="NOT_FOUND")
        metrics.count(metrics.SEARCHES_PERFORMED, by="NOT_FOUND")  # a value that another dimension has, too
    metrics.flush()
    assert told(printed()) == {
        ("OutboxAge", "dev"): 3,
        ("MocsCreated", "dev"): 10,
        ("Errors", "dev"): 2,
        ("Errors", "dev", "NOT_FOUND"): 2,
        ("SearchesPerformed", "dev"): 2,
        ("SearchesPerformed", "dev", "NOT_FOUND"): 2,
    }
    metrics.flush()
    assert printed() == []
    metrics.configure(None)
