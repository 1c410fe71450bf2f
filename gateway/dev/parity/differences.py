"""The declared differences, read from `differences.toml` and from files like it: data, with the reason for each."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gateway.dev.process import StartError

if TYPE_CHECKING:
    from gateway.dev.parity.comparison import Difference

_FILE = Path(__file__).with_name("differences.toml")
_ERRORS_BEGIN = 400


class Declared(BaseModel):
    """A difference that somebody asked for; the head of `differences.toml` explains the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    where: str
    reason: str
    routes: tuple[str, ...] = ("*",)
    methods: tuple[str, ...] = ()
    success: bool | None = None

    @property
    def general(self) -> bool:
        """Whether answers of every route show it."""
        return self.routes == ("*",)

    def covers(self, difference: Difference, route: str, status: int) -> bool:
        """Whether this is why a route's answer of that status differs so."""
        return (
            fnmatchcase(difference.where, self.where)
            and (not self.methods or route.partition(" ")[0] in self.methods)
            and any(fnmatchcase(route, pattern) for pattern in self.routes)
            and self.success in {None, status < _ERRORS_BEGIN}
        )


_ENTRIES = TypeAdapter(tuple[Declared, ...])


@cache
def declared(path: Path = _FILE) -> tuple[Declared, ...]:
    """The entries of a file; without one, those of the gateway itself.

    Raises:
        StartError: it cannot be read, or an entry is malformed.
    """
    try:
        return _ENTRIES.validate_python(tomllib.loads(path.read_text()).get("difference", []))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StartError(f"{path} cannot be read: {error}") from None
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise StartError(f"{path} declares differences that are none: {wrong}") from None
