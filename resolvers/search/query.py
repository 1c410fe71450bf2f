"""What a user typed as a query of OpenSearch (PRD 2.8.2 to 2.8.6, 3.8.1, 3.8.2).

It finds what `resolvers.search.store` finds in PostgreSQL: either every word is somewhere, as such, as a beginning, or misspelt; or all of
them are, as English takes them, which ignores endings, signs and words like `the`. The user's text only ever becomes a value of a
query that knows no operators, never a query string.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from services.mappings import GALLERY, MOCS, STOP_WORDS, WISHLIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from resolvers.search.rules import Typed, Word

WINDOW = 10_000  # hits that can be paged through: an index's `max_result_window`
FIELDS = {
    MOCS: {"title": 3, "tags": 2, "description": 1},
    GALLERY: {"title": 3, "tags": 2, "description": 1},
    WISHLIST: {"title": 3, "category": 2, "description": 1},
}
# A filter, and the field that holds it. Where PostgreSQL ignores letter case, so does the field.
FILTERS = {
    "tag": "tags.exact",
    "type": "type",
    "theme": "theme",
    "category": "category.exact",
    "flagged": "flagged",
    "album_id": "album_id",
}
_ORDER = [{"_score": "desc"}, {"updated_at": "desc"}, {"id": "asc"}]
# OpenSearch replaces a misspelt word by words of the index, 50 at most by default, and refuses a query of more than 1,024 clauses. Each
# of the three fields has its own, so what all words may have together is bounded well below.
_EXPANSIONS, _MOST_EXPANSIONS = 50, 200
# Two wrong letters are what takes long: half a second for sixteen words, a tenth with one. A longer text has more words to be found by.
_FEW, _TWO_EDITS, _ONE_EDIT = 4, "AUTO", "AUTO:3,201"
_PIECE = re.compile(r"\w+")


def body(  # noqa: PLR0913 - what a search is made of
    index: str, user_id: str, typed: Typed, filters: Mapping[str, Any], *, limit: int, offset: int
) -> dict[str, Any]:
    """The body of a search for the ids of one page.

    Args:
        index: one of `FIELDS`.
        user_id: whose documents.
        typed: what is searched for.
        filters: values of `FILTERS`.
        limit: ids of a page.
        offset: ids before it.
    """
    chosen = [{"term": {"user_id": user_id}}, *({"term": {FILTERS[name]: value}} for name, value in filters.items())]
    stems = _boosted(index, ".stem")
    return {
        "query": {
            "bool": {
                "filter": chosen,
                "must": _matches(index, typed, stems),
                "must_not": [_phrase(word.text, stems) for word in typed.excluded],
            }
        },
        "sort": _ORDER,
        "from": offset,
        "size": limit,
        "track_total_hits": True,
        "_source": False,
    }


def _matches(index: str, typed: Typed, stems: list[str]) -> list[dict[str, Any]]:
    """What must hold for a document to match; with excluded words alone everything else does."""
    if not typed.wanted:
        return [{"match_all": {}} if typed.excluded else {"match_none": {}}]
    fields = _boosted(index)
    pieces = sum(len(_PIECE.findall(word.text)) for word in typed.wanted)
    tolerance = {
        "fuzziness": _TWO_EDITS if pieces <= _FEW else _ONE_EDIT,
        "max_expansions": max(1, min(_EXPANSIONS, _MOST_EXPANSIONS // max(1, pieces))),
    }
    telling = [word for word in typed.wanted if word.text.lower() not in STOP_WORDS] or typed.wanted
    every_word = {"bool": {"must": [_somewhere(word, fields, tolerance) for word in telling]}}
    return [_either(every_word, {"bool": {"must": list(_in_english(typed.wanted, stems))}})]


def _somewhere(word: Word, fields: list[str], tolerance: dict[str, Any]) -> dict[str, Any]:
    """One word in one of the fields: as a beginning, or misspelt. What is only signs is nowhere."""
    if word.phrase:
        return _phrase(word.text, fields)
    match = {"query": word.text, "fields": fields, "operator": "and"}
    misspelt = {"multi_match": {**match, **tolerance}}
    beginning = {"multi_match": {"query": word.text, "fields": fields, "type": "phrase_prefix"}}
    return _either(misspelt, beginning)


def _in_english(words: Iterable[Word], stems: list[str]) -> Iterable[dict[str, Any]]:
    """All words in the fields together, each in any of them."""
    plain = " ".join(word.text for word in words if not word.phrase)
    if plain:
        yield {"multi_match": {"query": plain, "fields": stems, "type": "cross_fields", "operator": "and"}}
    for word in words:
        if word.phrase:
            yield _phrase(word.text, stems)


def _phrase(text: str, fields: list[str]) -> dict[str, Any]:
    return {"multi_match": {"query": text, "fields": fields, "type": "phrase"}}


def _either(*queries: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def _boosted(index: str, subfield: str = "") -> list[str]:
    return [f"{name}{subfield}^{weight}" for name, weight in FIELDS[index].items()]
