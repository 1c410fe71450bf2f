"""Full-text search in PostgreSQL: the SQL that any searchable table shares (PRD 2.8.5, 2.8.7, 3.8.4).

A row matches when PostgreSQL's text search finds it (stemming, quotes, `-word`), or when every word of the query is somewhere in it:
as a word, as a part of one, or, where the server has `pg_trgm`, misspelt. The title counts three times, tags twice, as in the PRD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from db.query import Query, paged
from resolvers.search.rules import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from db.engine import Database

# Share of a word's trigrams that a misspelt one must have: .4 finds `casttle`, `caslte`, `drgon`, and keeps `moon` out of `motor`.
SIMILAR = 0.4
SHORTEST_MISSPELT = 3  # letters; OpenSearch's fuzziness AUTO starts there too
TITLE, TAGS, DESCRIPTION = 3, 2, 1

_HAS_TRIGRAMS = Query(select(func.to_regprocedure(literal_column("'word_similarity(text,text)'")).is_not(None)))


class Match(NamedTuple):
    """Whether a row matches, and how well."""

    criterion: ColumnElement[bool]
    rank: ColumnElement[float]


def match(
    *,
    title: ColumnElement[Any],
    tags: ColumnElement[Any],
    description: ColumnElement[Any],
    document: ColumnElement[Any],
    typos: bool,
) -> Match:
    """How rows of a table match the parameters `query`, `words` and `excludes`.

    Args:
        title: the column that counts most.
        tags: the column that counts twice: JSONB or text.
        description: the column that counts once.
        document: the table's generated `tsvector`.
        typos: whether the server has `pg_trgm`.
    """
    query = func.websearch_to_tsquery(literal_column("'english'"), bindparam("query", type_=Text))
    words = bindparam("words", type_=ARRAY(Text))
    word = func.lower(func.unnest(words).column_valued("word"))
    fields = {TITLE: func.lower(title), TAGS: func.lower(cast(tags, Text)), DESCRIPTION: func.lower(description)}
    within = {
        weight: func.coalesce(func.strpos(field, word) > 0, literal_column("false")) for weight, field in fields.items()
    }
    hits: list[ColumnElement[bool]] = [*within.values()]
    score: ColumnElement[Any] = sum(
        (cast(hit, Integer) * weight for weight, hit in within.items()), start=literal_column("0")
    )
    if typos:
        likeness = func.word_similarity(word, func.concat_ws(literal_column("' '"), fields[TITLE], fields[TAGS]))
        # Likeness knows no order of words, which is all that a phrase is about.
        single = func.strpos(word, literal_column("' '")) == literal_column("0")
        hits.append(and_(func.length(word) >= SHORTEST_MISSPELT, single, likeness >= SIMILAR))
        score = score + likeness
    missing = exists(select(literal_column("1")).where(not_(or_(*hits))))
    every_word = and_(not_(bindparam("excludes", type_=Boolean)), func.cardinality(words) > 0, not_(missing))
    scores = select(func.coalesce(func.sum(score), 0)).scalar_subquery()
    return Match(or_(document.op("@@")(query), every_word), func.ts_rank(document, query) + scores)


def best(
    columns: Iterable[ColumnElement[Any]],
    criteria: Sequence[ColumnElement[bool]],
    text: Match,
    at: ColumnElement[Any],
    identifier: ColumnElement[Any],
) -> Query:
    """A page of the rows that match, the best first, of equals the latest, of those by id.

    Args:
        columns: what a row shows.
        criteria: what else belongs to the list.
        text: the match.
        at: how late a row is.
        identifier: its id.
    """
    chosen = [*criteria, text.criterion]
    rows = (
        select(*columns, text.rank.label("rank"), at.label("at"), literal_column("''").label("sort_key"))
        .where(*chosen)
        .order_by(literal_column("rank").desc(), at.desc(), identifier)
    )
    return paged(columns, chosen, rows, "rank DESC", "at DESC", "id")


def parameters(text: str, argument: str = "search") -> dict[str, Any]:
    """The parameters of a `match` for what a user typed.

    `"two words"` is a phrase. A query that excludes words (`-moon`) is left to PostgreSQL's own text search.

    Args:
        text: what was typed.
        argument: that brought it, for errors.

    Raises:
        ValidationFailed: the text is too long.
    """
    words = typed(text, argument)
    return {"query": text, "words": [word.text for word in words.wanted], "excludes": bool(words.excluded)}


async def tolerates_typos(database: Database) -> bool:
    """Whether the server has `pg_trgm` where its functions are found; asked once per process."""
    return bool(await database.constant(_HAS_TRIGRAMS))
