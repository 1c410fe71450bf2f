"""What is indexed, and how it is read: the three indices of OpenSearch as data (PRD 1.5.5, 2.8.2, 3.8.1, 3.8.2).

A text is indexed as its words without accents, which finds words, their beginnings and misspelt ones, and again under `stem` as
PostgreSQL's English search sees it, so that both engines find `buildings` by `building`, and neither misses a castle for a `the`.
Source: https://docs.opensearch.org/2.19/mappings/supported-field-types/text/
"""

from __future__ import annotations

from typing import Any

REFRESH = "1s"  # OpenSearch's own; an index that is told refreshes also while nobody searches
MOCS, GALLERY, WISHLIST = "moc_instructions", "gallery_images", "wishlist_items"

# Lucene takes terms of 32,766 bytes at most, and the legacy service bounds neither tags nor themes: a longer one cannot be filtered by.
_LONGEST_TERM = 8_191
# PostgreSQL's `english.stop`: words that tell nothing.
_ENGLISH = (
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself "
    "they them their theirs themselves what which who whom this that these those am is are was were be been being have has had "
    "having do does did doing a an the and but if or because as until while of at by for with about against between into through "
    "during before after above below to from up down in out on off over under again further then once here there when where why "
    "how all any both each few more most other some such no nor not only own same so than too very s t can will just don should now"
)
STOP_WORDS = tuple(_ENGLISH.split())
_ANALYSIS = {
    "filter": {
        "stop_words": {"type": "stop", "stopwords": STOP_WORDS},
        "stems": {"type": "stemmer", "language": "english"},
    },
    "analyzer": {
        "words": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "asciifolding"]},
        "stems": {
            "type": "custom",
            "tokenizer": "standard",
            "filter": ["lowercase", "stop_words", "asciifolding", "stems"],
        },
    },
    "normalizer": {"lower": {"type": "custom", "filter": ["lowercase"]}},
}
_SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "analysis": _ANALYSIS,
}

_STEM = {"type": "text", "analyzer": "stems"}
_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST_TERM}
_LOWER_CASE = {**_KEYWORD, "normalizer": "lower"}
# A prefix is looked up, not expanded to the first fifty words of all users that begin so.
_TEXT = {
    "type": "text",
    "analyzer": "words",
    "index_prefixes": {"min_chars": 1, "max_chars": 10},
    "fields": {"stem": _STEM},
}
_TAGS = {**_TEXT, "fields": {"stem": _STEM, "exact": _LOWER_CASE}}
_CATEGORY = {**_TEXT, "fields": {"stem": _STEM, "exact": _KEYWORD}}
_COMMON = {
    "id": _KEYWORD,
    "user_id": _KEYWORD,
    "title": _TEXT,
    "description": _TEXT,
    "updated_at": {"type": "date"},
    "deleted_at": {"type": "date"},  # all that a tombstone has
}
_FIELDS: dict[str, dict[str, Any]] = {
    MOCS: {**_COMMON, "tags": _TAGS, "type": _KEYWORD, "theme": _LOWER_CASE},
    GALLERY: {
        **_COMMON,
        "tags": _TAGS,
        "type": _KEYWORD,  # image or album
        "flagged": {"type": "boolean"},
        "album_id": _KEYWORD,
    },
    WISHLIST: {**_COMMON, "category": _CATEGORY},
}
INDICES = tuple(_FIELDS)


def body(index: str, refresh: str = REFRESH) -> dict[str, Any]:
    """The settings and mappings of one of `INDICES`: what creates it."""
    return {
        "settings": {"index": {**_SETTINGS, "refresh_interval": refresh}},
        "mappings": {"dynamic": "strict", "properties": _FIELDS[index]},
    }


def template(index: str, prefix: str = "", refresh: str = REFRESH) -> dict[str, Any]:
    """The body of the index template that makes every index named `<prefix><index>-*` one of this kind.

    Args:
        index: one of `INDICES`.
        prefix: what the names of the indices begin with.
        refresh: how soon what is written is found.
    """
    return {"index_patterns": [f"{prefix}{index}-*"], "priority": 100, "template": body(index, refresh)}
