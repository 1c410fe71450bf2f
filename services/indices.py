"""The indices of OpenSearch, as their writer sees them (PRD 1.5.5; docs/decisions/0015).

The name of an index is an alias, for reading. What it stands for is a concrete index, `<alias>-<moment of its making>`; while it is rebuilt
there are two, and both are written to. A concrete index has an alias of its own for that: a request that insists on an alias makes no index
anew where it has been deleted a moment ago.
Source: https://docs.opensearch.org/2.19/api-reference/document-apis/bulk/
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from services import mappings
from services.breaker import Breaker, Refused, Unreachable
from services.search import asked, connect
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from opensearchpy import AsyncOpenSearch

_T = TypeVar("_T")

TIMEOUT = 10.0  # seconds that an answer may take
_LONGEST = 60.0  # seconds of one write; more than a few megabytes go in several requests
_LARGEST = 5_000_000  # bytes of one request; small domains of AWS take 10 MiB
_AT_ONCE = 500  # documents of one request
_DONE = frozenset({200, 201, 409})  # 409: what is there is as new, or newer
_GONE, _TOO_LARGE = 404, 413
_OF_ITS_OWN = frozenset({400, _TOO_LARGE})  # faults of a document; any other is the server's, or passes
_KEPT = "1d"  # for which a tombstone stays: longer than any write can be under way


class NameTaken(Refused):
    """An index of somebody else's has the name that ours is read by."""


class Document(NamedTuple):
    """One document of the index `name` under its version; without contents, a tombstone.

    That keeps late writes of older versions out, and nobody finds it.
    """

    name: str
    id: str
    version: int
    contents: dict[str, Any] | None


class Indices:
    """One process's connections to OpenSearch for writing; opens none until first used.

    Every method raises `services.breaker.Unreachable` where there is no answer, and `Refused` where the request was wrong.

    Args:
        url: the domain's endpoint.
        region: the region that signatures are made for.
        prefix: what the names of the indices begin with.
        refresh: how soon what is written is found.
        readers: IAM roles to admit to searching, where the domain has fine-grained access; by ARN, wildcards allowed.
    """

    def __init__(
        self, url: str, region: str, prefix: str = "", refresh: str = mappings.REFRESH, readers: Sequence[str] = ()
    ) -> None:
        self._url, self._region, self._prefix, self._refresh = url, region, prefix, refresh
        self.readers = readers
        self._breaker = Breaker("OpenSearch, for writing", _LONGEST)
        self.rests: dict[str, float] = {}
        """Until when a chore rests, on the monotonic clock; kept by whoever does the chores."""

    @cached_property
    def _client(self) -> AsyncOpenSearch:
        return connect(self._url, self._region, timeout=TIMEOUT)

    async def targets(self) -> dict[str, dict[str, bool]]:
        """The concrete indices of each index, and whether it is the one that is read.

        Raises:
            NameTaken: an index of somebody else's is in the way.
        """
        names = {index: self._prefix + index for index in mappings.INDICES}
        patterns = ",".join(f"{name}*" for name in names.values())
        found = await self._asked(lambda: self._client.indices.get_alias(index=patterns))
        if taken := sorted(found.keys() & set(names.values())):
            raise NameTaken(f"{', '.join(taken)} is an index of somebody else's: set OPENSEARCH_INDEX_PREFIX")
        return {
            index: {
                concrete: name in facts["aliases"]
                for concrete, facts in sorted(found.items())
                if re.fullmatch(rf"{name}-\d{{20}}", concrete)
            }
            for index, name in names.items()
        }

    async def missing(self) -> list[str]:
        """The indices that cannot be read yet."""
        return [index for index, targets in (await self.targets()).items() if not any(targets.values())]

    async def write(
        self, documents: Sequence[Document], targets: Mapping[str, Iterable[str]], *, visible: bool
    ) -> dict[int, str]:
        """Write documents, each unless something as new is there.

        A target that was deleted meanwhile is passed over: who deletes one has another one written to.

        Args:
            documents: in any number.
            targets: the concrete indices of each index.
            visible: whether to return only when searches see them.

        Returns:
            Why documents were refused for their contents, by their places among `documents`.
        """
        wanted = [
            (place, document, target)
            for place, document in enumerate(documents)
            for target in targets.get(document.name, ())
        ]
        if not wanted:
            return {}
        found: list[tuple[int, dict[str, Any]]] = []

        async def ask() -> None:
            from opensearchpy.helpers import async_streaming_bulk  # noqa: PLC0415 - with the client, not with this module

            answers = async_streaming_bulk(
                self._client,
                [_action(document, target) for _, document, target in wanted],
                chunk_size=_AT_ONCE,
                max_chunk_bytes=_LARGEST,
                raise_on_error=False,
                ignore_status=(_TOO_LARGE,),
                refresh="wait_for" if visible else "false",
                require_alias="true",
            )
            places = iter(wanted)
            async for _, answer in answers:
                found.append((next(places)[0], answer["index"]))

        await self._asked(ask)
        return _rejected(found)

    async def create(self, index: str) -> str:
        """Make a new, empty concrete index that is written to from now on, and not read yet; its name."""
        name = f"{self._prefix}{index}"
        concrete = f"{name}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        template = mappings.template(index, self._prefix, self._refresh)
        await self._asked(lambda: self._client.indices.put_index_template(name=name, body=template))
        aliases: dict[str, Any] = {_door(concrete): {}}
        await self._asked(lambda: self._client.indices.create(index=concrete, body={"aliases": aliases}))
        return concrete

    async def swap(self, index: str, concrete: str) -> None:
        """From now on, at one stroke, an index is read from this concrete one, and every other of its concrete indices is gone."""
        others = [name for name in (await self.targets())[index] if name != concrete]
        actions: list[dict[str, Any]] = [{"add": {"index": concrete, "alias": self._prefix + index}}]
        actions += [{"remove_index": {"index": name}} for name in others]
        await self._asked(lambda: self._client.indices.refresh(index=concrete))
        await self._asked(lambda: self._client.indices.update_aliases(body={"actions": actions}))

    async def clean(self, index: str) -> None:
        """Delete what rebuilds that died have left."""
        left = ",".join(name for name, read in (await self.targets())[index].items() if not read)
        if left:
            await self._asked(lambda: self._client.indices.delete(index=left))

    async def leave(self, concrete: str, place: list[Any]) -> None:
        """Note in an index that is not read yet how far it is made, in whatever JSON."""
        await self._asked(lambda: self._client.indices.put_mapping(index=concrete, body={"_meta": {"place": place}}))

    async def unfinished(self, index: str) -> tuple[str, Any] | None:
        """A concrete index that is not read yet, with what was noted in it; None where there is none, or none with a note."""
        for concrete, read in (await self.targets())[index].items():
            if not read:
                found = await self._asked(partial(self._client.indices.get_mapping, index=concrete))
                if place := found[concrete]["mappings"].get("_meta", {}).get("place"):
                    return concrete, place
        return None

    async def admit(self) -> None:
        """Let the readers search these indices, and no others, and ask how the cluster is. Whoever asks is the domain's master.

        Source: https://docs.opensearch.org/2.19/security/access-control/api/
        """
        role = f"{self._prefix}brickgate-readers"
        patterns = [f"{self._prefix}{index}*" for index in mappings.INDICES]
        permissions = {
            "cluster_permissions": ["cluster_composite_ops_ro", "cluster_monitor"],
            "index_permissions": [{"index_patterns": patterns, "allowed_actions": ["read"]}],
        }
        security = self._client.security
        await self._asked(lambda: security.create_role(role=role, body=permissions))
        mapping = {"backend_roles": list(self.readers)}
        await self._asked(lambda: security.create_role_mapping(role=role, body=mapping))

    async def sweep(self) -> None:
        """Delete the tombstones that are old enough."""
        concrete = ",".join(name for targets in (await self.targets()).values() for name in targets)
        if concrete:
            old = {"query": {"range": {"deleted_at": {"lt": f"now-{_KEPT}"}}}}
            await self._asked(
                lambda: self._client.delete_by_query(index=concrete, body=old, params={"conflicts": "proceed"})
            )

    async def _asked(self, call: Callable[[], Awaitable[_T]]) -> _T:
        with span("search", "opensearch"):
            return await asked(self._breaker, call)

    async def close(self) -> None:
        """Close every connection that was opened."""
        if "_client" in self.__dict__:
            await self._client.close()


def _door(concrete: str) -> str:
    """The alias that a concrete index is written by."""
    return f"{concrete}.write"


def _action(document: Document, target: str) -> dict[str, Any]:
    tombstone = {"deleted_at": datetime.now(UTC).isoformat()}
    return {
        "_index": _door(target),
        "_id": document.id,
        "version": document.version,
        "version_type": "external",
        "_source": tombstone if document.contents is None else document.contents,
    }


def _rejected(found: Iterable[tuple[int, dict[str, Any]]]) -> dict[int, str]:
    rejected: dict[int, str] = {}
    for place, answer in found:
        status, error = answer["status"], answer.get("error") or {}
        if status in _DONE or (status == _GONE and error.get("type") == "index_not_found_exception"):
            continue
        reason = f"{error['type']}: {error['reason']}" if isinstance(error, dict) else str(error)
        if status not in _OF_ITS_OWN:  # a full disk, a lack of rights, too much to do: for an operator, or for later
            raise Unreachable(f"OpenSearch takes no documents now: {reason}")
        rejected[place] = reason
    return rejected
