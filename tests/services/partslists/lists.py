"""Reading lists in tests, and what is wrong with those that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.content import CSV, Type
from services.partslists.files import parsed
from services.partslists.parts import Part, PartsListError

if TYPE_CHECKING:
    from services.partslists.parts import Fault

SAMPLES = Path(__file__).parent / "samples"
LORRY = SAMPLES / "lego-pab-parts-moc-159717-us-delivery-lorry.csv"
TRUCK = SAMPLES / "lego-pab-parts-moc-210134-coffee-truck.csv"


def parts(content: str | bytes, type_: Type = CSV) -> list[Part]:
    found = parsed(content.encode() if isinstance(content, str) else content, type_)
    assert found.total == sum(part.quantity for part in found.parts)
    return list(found.parts)


def refused(content: str | bytes, type_: Type = CSV) -> tuple[Fault, ...]:
    with pytest.raises(PartsListError) as error:
        parts(content, type_)
    return error.value.faults


def places(content: str | bytes, type_: Type = CSV) -> list[tuple[int | None, str | None]]:
    """Row and column of each fault."""
    return [(fault.row, fault.column) for fault in refused(content, type_)]
