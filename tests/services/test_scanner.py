"""A real clamd, asked over the wire (PRD 2.7.4)."""

from __future__ import annotations

import os

import pytest

from gateway.dev.process import LOOPBACK, free_port
from services.scanner import Clamd, Infected, ScannerUnavailable
from tests.clamd import EICAR


async def test_what_it_knows_is_told_by_name_and_the_rest_passes(clamd: int) -> None:
    scanner = Clamd(LOOPBACK, clamd)
    await scanner.scan(b"harmless")
    await scanner.scan(bytes(700_000))
    for content in (EICAR, b"%PDF-1.4\n" + EICAR + b"\n%%EOF"):
        with pytest.raises(Infected, match="Eicar-Test"):
            await scanner.scan(content)


async def test_what_it_cannot_scan_is_not_let_in(clamd: int) -> None:
    with pytest.raises(ScannerUnavailable):
        await Clamd(LOOPBACK, clamd).scan(os.urandom(3_000_000))


async def test_a_scanner_that_is_away_or_hangs_lets_nothing_in(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ScannerUnavailable):
        await Clamd(LOOPBACK, free_port()).scan(b"x")
    monkeypatch.setattr("services.scanner.TIMEOUT", 0.2)
    host, _, port = silent.partition(":")
    with pytest.raises(ScannerUnavailable):
        await Clamd(host, int(port)).scan(b"x")
