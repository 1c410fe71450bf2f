"""What OpenSearch is sent. That it understands it, and finds what it should, is shown by tests/gateway/search."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from resolvers.search.query import FIELDS, FILTERS, WINDOW, body
from resolvers.search.rules import MOST_WORDS, typed
from services import mappings


def queries(node: Any) -> list[dict[str, Any]]:
    """Every `multi_match` in a body."""
    if isinstance(node, list):
        return [found for part in node for found in queries(part)]
    if not isinstance(node, dict):
        return []
    own = [node["multi_match"]] if "multi_match" in node else []
    return own + [found for part in node.values() for found in queries(part)]


@pytest.mark.prd("2.8.2")
@pytest.mark.prd("2.8.3")
@pytest.mark.prd("3.8.1")
@pytest.mark.prd("3.8.2")
@pytest.mark.prd("3.8.6")
@pytest.mark.parametrize(
    ("index", "fields"),
    [
        (mappings.MOCS, ["title^3", "tags^2", "description^1"]),
        (mappings.GALLERY, ["title^3", "tags^2", "description^1"]),
        (mappings.WISHLIST, ["title^3", "category^2", "description^1"]),
    ],
)
def test_words_are_matched_with_the_boosts_of_the_prd(index: str, fields: list[str]) -> None:
    first = queries(body(index, "alice", typed("casttle"), {}, limit=20, offset=0))[0]
    assert first == {
        "query": "casttle",
        "fields": fields,
        "operator": "and",
        "fuzziness": "AUTO",
        "max_expansions": 50,
    }


@pytest.mark.prd("2.8.4")
@pytest.mark.prd("2.8.5")
@pytest.mark.prd("2.8.6")
def test_a_page_is_of_one_user_and_in_order() -> None:
    sent = body(mappings.MOCS, "alice", typed("castle"), {"tag": "Space", "type": "set"}, limit=20, offset=40)
    assert sent["query"]["bool"]["filter"] == [
        {"term": {"user_id": "alice"}},
        {"term": {"tags.exact": "Space"}},
        {"term": {"type": "set"}},
    ]
    assert sent["sort"] == [{"_score": "desc"}, {"updated_at": "desc"}, {"id": "asc"}]
    assert (sent["from"], sent["size"], sent["track_total_hits"], sent["_source"]) == (40, 20, True, False)


def test_every_field_that_is_asked_is_mapped() -> None:
    named = {index: set(mappings.body(index)["mappings"]["properties"]) for index in FIELDS}
    assert set(FIELDS) == set(mappings.INDICES)
    for index, fields in FIELDS.items():
        assert set(fields) | {"user_id", "updated_at", "id"} <= named[index]
    assert {field.split(".")[0] for field in FILTERS.values()} <= set(itertools.chain(*named.values()))
    assert all("max_result_window" not in mappings.body(index)["settings"]["index"] for index in FIELDS)
    assert WINDOW == 10_000  # the default


@pytest.mark.parametrize("text", [" ".join(["abcdef"] * MOST_WORDS), "abc.def-" * 25, "abc-" * 50, "a" * 200])
def test_misspelt_words_multiply_to_fewer_clauses_than_are_allowed(text: str) -> None:
    matches = queries(body(mappings.MOCS, "alice", typed(text), {}, limit=20, offset=0))
    pieces = [query["query"].replace("-", " ").replace(".", " ").split() for query in matches]
    clauses = sum(
        len(words) * len(query["fields"]) * query.get("max_expansions", 1)
        for query, words in zip(matches, pieces, strict=True)
    )
    assert clauses < 1024


def test_many_words_may_have_one_wrong_letter_each_so_that_they_take_no_longer() -> None:
    def fuzziness(text: str) -> set[Any]:
        sent = queries(body(mappings.MOCS, "alice", typed(text), {}, limit=20, offset=0))
        return {query["fuzziness"] for query in sent if "fuzziness" in query}

    assert fuzziness("castle of lion knights") == {"AUTO"}
    assert fuzziness("castle of lion knights in winter") == {"AUTO:3,201"}
