"""Compares what was answered with what was recorded, by the rules of `recordings/README.md`.

Each rule that lets two values pass for equal stands here, with its reason. Differences that somebody asked for stand in
`differences.py` instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.parity.exchange import USERS

MISSING = "(missing)"
RECORDED_IN = (2026, 11)
# Times from here on were "now" when they were recorded, or counted from it; the seed's fixed ones are older.
NOW_BEGINS = "2025-10"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FIXED = re.compile(r"[1-9]0000000-0000-4000-8000-\d{12}")
_MASK = "<64 hex digits>"
_HEX = re.compile("[0-9a-f]{64}")
# The frame around a payload: the contract has one of its own (README, "Differences everywhere").
_FRAME = frozenset({"success", "status", "statusCode", "message", "timestamp", "error", "details"})
_NESTED = frozenset({"item", "items"})  # the legacy wishlist put these keys inside `data`
_CODE = re.compile("[A-Z]+(_[A-Z]+)*")


@dataclass(frozen=True)
class Difference:
    """Where an answer is not as it was: `status`, `code`, `header NAME` or `body PATH`."""

    where: str
    expected: object
    answered: object

    def __str__(self) -> str:
        return f"{self.where}: expected {_short(self.expected)}, answered {_short(self.answered)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}... ({len(text)} characters)"


@dataclass
class Ids:
    """Which new id stands for which recorded one: bound when they first meet, also inside URLs and sentences."""

    new: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Ids:
        return Ids(self.new.copy())

    def same(self, recorded: str, answered: str) -> bool:
        """Whether the texts agree but for ids that stand for each other."""
        pairs = list(zip(_UUID.findall(recorded), _UUID.findall(answered), strict=False))
        return _UUID.sub("*", recorded) == _UUID.sub("*", answered) and all(self._pair(*pair) for pair in pairs)

    def _pair(self, recorded: str, answered: str) -> bool:
        if _FIXED.fullmatch(recorded) or recorded in USERS.values():
            return recorded == answered
        if recorded not in self.new and answered in self.new.values():
            return False
        return self.new.setdefault(recorded, answered) == answered


@dataclass(frozen=True)
class Comparison:
    """How one exchange's bodies are compared."""

    ids: Ids
    unordered: bool = False
    """Arrays are sets: the legacy query had no ORDER BY."""
    more: bool = False
    """Arrays may hold more, and totals be larger: text searches find more than substrings, in another order."""

    def differences(self, recorded: Any, answered: Any, where: str) -> list[Difference]:
        """What of `recorded` is not in `answered`; new keys may be added."""
        if isinstance(recorded, dict) and isinstance(answered, dict):
            return [
                difference
                for key, value in recorded.items()
                for difference in self.differences(value, answered.get(key, MISSING), f"{where}.{key}")
            ]
        if isinstance(recorded, list) and isinstance(answered, list):
            return self._lists(recorded, answered, where)
        return [] if self._same(recorded, answered, where) else [Difference(where, recorded, answered)]

    def _lists(self, recorded: list[Any], answered: list[Any], where: str) -> list[Difference]:
        if self.unordered or self.more:
            return self._sets(recorded, answered, where)
        if len(recorded) != len(answered):
            return [Difference(where, recorded, answered)]
        pairs = enumerate(zip(recorded, answered, strict=True))
        return [found for place, pair in pairs for found in self.differences(*pair, f"{where}[{place}]")]

    def _sets(self, recorded: list[Any], answered: list[Any], where: str) -> list[Difference]:
        left, differences = list(answered), []
        for item in recorded:
            for candidate in left:
                trial = Comparison(self.ids.copy(), unordered=self.unordered, more=self.more)
                if not trial.differences(item, candidate, where):
                    self.ids.new.update(trial.ids.new)
                    left.remove(candidate)
                    break
            else:
                differences.append(Difference(f"{where}[]", item, MISSING))
        if left and not self.more:
            differences += [Difference(f"{where}[]", MISSING, item) for item in left]
        return differences

    def _same(self, recorded: Any, answered: Any, where: str) -> bool:
        if where.lower().endswith("url"):
            return _url(recorded, answered)
        if self.more and where.endswith("total"):
            return isinstance(answered, int) and answered >= recorded
        if isinstance(recorded, str) and isinstance(answered, str):
            return self._text(recorded, answered)
        return type(recorded) is type(answered) and bool(recorded == answered)

    def _text(self, recorded: str, answered: str) -> bool:
        if _TIME.fullmatch(recorded) and recorded >= NOW_BEGINS:
            return bool(_TIME.fullmatch(answered)) and answered >= NOW_BEGINS
        if _MONTH.fullmatch(recorded) and _MONTH.fullmatch(answered):
            now = datetime.now(UTC)
            return _age(recorded, RECORDED_IN) == _age(answered, (now.year, now.month))
        if recorded == _MASK:
            return bool(_HEX.fullmatch(answered))
        return self.ids.same(recorded, answered)


def _url(recorded: Any, answered: Any) -> bool:
    """The contract hands out presigned URLs, so that presence is all that can be compared."""
    return answered != MISSING and bool(recorded) == bool(answered) and isinstance(answered, type(recorded))


def _age(month: str, now: tuple[int, int]) -> int:
    year, number = map(int, month.split("-"))
    return (now[0] - year) * 12 + now[1] - number


def payload(recorded: dict[str, Any]) -> dict[str, Any]:
    """What the legacy answer carried, out of its frame, by the key under which its clients read it."""
    found = {key: value for key, value in recorded.items() if key not in _FRAME}
    data = found.get("data")
    return data if isinstance(data, dict) and _NESTED & data.keys() else found


def carried(answered: dict[str, Any], key: str) -> Any:
    """The same out of a new answer: under its alias, in `data`, or as `data`."""
    data = answered.get("data", MISSING)
    inner = data.get(key, data) if isinstance(data, dict) else data
    return answered.get(key, inner)


def code(recorded: Any) -> str | None:
    """The legacy answer's error code; where it had none, `error` was a sentence."""
    candidates = (recorded.get("code"), recorded.get("error")) if isinstance(recorded, dict) else ()
    return next((text for text in candidates if isinstance(text, str) and _CODE.fullmatch(text)), None)


def look_up(answered: dict[str, Any], path: str) -> Any:
    """The value that a recorded path such as `moc.id` or `data.item.id` leads to, under the alias or under `data`."""
    steps = path.split(".")
    for way in (steps, ["data", *steps[1:]], steps[1:], ["data", *steps[2:]]):
        value: Any = answered
        for step in way:
            if isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None
