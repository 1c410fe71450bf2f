"""Compares what was answered with what was recorded, by the rules of `tests/parity/recordings/README.md`.

Each rule that lets two values pass for equal stands here, with its reason. Differences that somebody asked for stand in
`differences.toml` instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gateway.dev.parity.exchange import UUID

MISSING = "(missing)"
_SHOWN = 300  # characters of a value, in a sentence
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
HEX, SECRET = "<64 hex digits>", "<secret>"
"""What stands in a recording for a token of 64 hex digits, and for any other credential."""
_DIGITS = re.compile("[0-9a-f]{64}")
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
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


@dataclass
class Ids:
    """Which new id stands for which recorded one: bound when they first meet, also inside URLs and sentences.

    Args:
        known: ids that stand for themselves.
        new: what is bound.
    """

    known: frozenset[str] = frozenset()
    new: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Ids:
        """The same, to be bound on trial."""
        return Ids(self.known, self.new.copy())

    def same(self, recorded: str, answered: str) -> bool:
        """Whether the texts agree but for ids that stand for each other."""
        pairs = list(zip(UUID.findall(recorded), UUID.findall(answered), strict=False))
        return UUID.sub("*", recorded) == UUID.sub("*", answered) and all(self._pair(*pair) for pair in pairs)

    def _pair(self, recorded: str, answered: str) -> bool:
        if recorded in self.known:
            return recorded == answered
        if recorded not in self.new and answered in self.new.values():
            return False
        return self.new.setdefault(recorded, answered) == answered


@dataclass(frozen=True)
class Comparison:
    """How one exchange's bodies are compared."""

    ids: Ids
    began: str
    """Times from here on were "now" when they were recorded, or counted from it; fixed ones are older."""
    month: str
    """In which the recording was made, `YYYY-MM`."""
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
                trial = replace(self, ids=self.ids.copy())
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
        if _TIME.fullmatch(recorded) and recorded >= self.began:
            return bool(_TIME.fullmatch(answered)) and answered >= self.began
        if _MONTH.fullmatch(recorded) and _MONTH.fullmatch(answered):
            return _age(recorded, self.month) == _age(answered, f"{datetime.now(UTC):%Y-%m}")
        if recorded == HEX:
            return bool(_DIGITS.fullmatch(answered))
        if SECRET in recorded:
            return bool(re.fullmatch(re.escape(recorded).replace(SECRET, ".+"), answered))
        return self.ids.same(recorded, answered)


def _url(recorded: Any, answered: Any) -> bool:
    """The contract hands out presigned URLs, so that presence is all that can be compared."""
    return answered != MISSING and bool(recorded) == bool(answered) and isinstance(answered, type(recorded))


def _age(month: str, now: str) -> int:
    (year, number), (this_year, this_number) = (map(int, text.split("-")) for text in (month, now))
    return (this_year - year) * 12 + this_number - number


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
