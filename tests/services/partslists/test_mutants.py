"""Damaged lists are refused or rightly read, in bounded time and memory."""

from __future__ import annotations

import pytest

from tests.services.images.test_mutants import told
from tests.services.partslists.mutants import SOURCES

COUNT = 2000


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SOURCES)
async def test_damaged_lists_are_refused_or_rightly_read(name: str) -> None:
    tally = await told("tests.services.partslists.mutants", name, "1", str(COUNT))
    assert tally["accepted"] + tally["refused"] == COUNT
    assert min(tally["accepted"], tally["refused"]) >= 5  # of JSON and XML, almost any accident spoils the whole
    assert tally["slowest"] < 5
    assert tally["peak"] < 300
