"""Damages lists in a seeded way, and looks what is read out of them: `python -m tests.services.partslists.mutants TYPE SEED COUNT`."""

from __future__ import annotations

import json
import random
import resource
import sys
from time import perf_counter

from services.content import TYPES, Type
from services.partslists.files import parsed
from services.partslists.parts import MOST_ROWS, MOST_TOLD, ParsedList, PartsListError
from tests.services.content import samples
from tests.services.images.memory import peak
from tests.services.images.mutants import LIMIT, Tally, mutant
from tests.services.partslists.lists import LORRY, TRUCK
from tests.services.partslists.test_markup import INVENTORY

_ITEMS = [{"part": {"part_num": "3001", "name": "Brick"}, "color": {"name": "Red"}, "quantity": 4}] * 3
_QUOTED = 'Part;Name;Quantity\r\n3001;"Brick ""2x4"";\nnew";4\r\n3002;Tile 1" wide;2.0\r\n'
SOURCES: dict[str, list[bytes]] = {
    "CSV": [LORRY.read_bytes(), TRUCK.read_bytes(), samples.CSV, _QUOTED.encode(), _QUOTED.encode("utf-16")],
    "TXT": [samples.TXT, b"Part\tQuantity\n3001\t4\n"],
    "XML": [samples.XML, INVENTORY.encode(), INVENTORY.replace("UTF-8", "UTF-16").encode("utf-16")],
    "JSON": [samples.JSON, json.dumps(_ITEMS).encode(), json.dumps({"results": _ITEMS}).encode()],
}


def judge(content: bytes, type_: Type) -> bool:
    """Whether the file is read; what is read must be right, and what is wrong must be told."""
    try:
        found = parsed(content, type_)
    except PartsListError as error:
        faults = error.faults
    else:
        return right(found)
    assert 1 <= len(faults) <= MOST_TOLD
    assert all(10 < len(fault.message) < 600 for fault in faults)
    return False


def right(found: ParsedList) -> bool:
    """True; the list is one that a MOC can have."""
    assert 1 <= found.unique <= len(found.parts) <= MOST_ROWS
    assert found.total == sum(part.quantity for part in found.parts)
    assert all(part.part_id and part.quantity >= 1 for part in found.parts)
    return True


def main(name: str, seed: int, count: int) -> None:
    """Judge `count` mutants, and print the tally."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    type_ = next(one for one in TYPES if one.name == name)
    random_ = random.Random(f"{name} {seed}")  # noqa: S311 - that it can be repeated is the point
    tally = Tally()
    for number in range(count):
        content = mutant(random_, SOURCES[name])
        started = perf_counter()
        try:
            read = judge(content, type_)
        except Exception:
            sys.stderr.write(f"mutant {number}: {content.hex()}\n")
            raise
        tally.slowest = max(tally.slowest, perf_counter() - started)
        tally.accepted += read
        tally.refused += not read
    tally.peak = peak()
    sys.stdout.write(json.dumps(vars(tally)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
