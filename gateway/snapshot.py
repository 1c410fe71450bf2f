"""What a function does around a snapshot of it, from which Lambda starts many copies (SnapStart).

Before, it does whatever every copy would have to do: importing, compiling, parsing. After, each copy gets what two must not share. No
connection is open then: clients open theirs when they are first used.
Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from __future__ import annotations

import random
from importlib import import_module
from typing import TYPE_CHECKING

from snapshot_restore_py import register_after_restore, register_before_snapshot

from db.query import compile_all
from gateway.execute import named, names
from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from gateway.gateway import Gateway

# Imported late where each start pays for it; a snapshot pays once.
_LATE = ("aioboto3", "aiobotocore.session", "PIL.Image", "pydantic.networks", "stamina")


def prepare(gateway: Gateway) -> None:
    """Have the hooks called; without SnapStart nobody calls them."""
    register_before_snapshot(warm, gateway)
    register_after_restore(renew)


def warm(gateway: Gateway) -> None:
    """Do once what every copy would do at its first request."""
    for name in names():
        if operation := named(name).compiling.of(GRAPHQL):
            operation.prepare()
    compile_all()
    for module in _LATE:
        import_module(module)
    for client in (gateway.services.cache, gateway.services.search):
        if client:
            client.load()


def renew() -> None:
    """Draw numbers of one's own: the waits between attempts, which are to scatter, come from this generator."""
    random.seed()
