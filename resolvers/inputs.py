"""Inputs of mutations as plain values."""

from __future__ import annotations

from typing import Any

from strawberry import UNSET


def sent(input_: object) -> dict[str, Any]:
    """The fields of an input that the client sent, by their Python names; null is a value, what was left out is none."""
    return {name: value for name, value in vars(input_).items() if value is not UNSET}
