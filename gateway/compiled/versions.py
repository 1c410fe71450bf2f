"""The versions of graphql-core and Strawberry that equality was proved with: the compiler follows their internals, which may change."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

PROVED = {"graphql-core": {"3.3.2"}, "strawberry-graphql": {"0.341.2"}}
"""By distribution. Add one when the tests of `tests/compiled/` pass with it on every Python."""


def unproved() -> str | None:
    """What is installed that nothing was proved with; None if all was."""
    for name, versions in PROVED.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            return f"{name} is of an unknown version"
        if installed not in versions:
            return f"{name} is {installed}, and equality was proved with {', '.join(sorted(versions))}"
    return None
