"""What a search text means."""

from __future__ import annotations

import pytest

from resolvers.errors import ValidationFailed
from resolvers.search.rules import LONGEST, MOST_WORDS, Typed, Word, typed


def phrase(text: str) -> Word:
    return Word(text, phrase=True)


@pytest.mark.parametrize(
    ("text", "wanted", "excluded"),
    [
        ("castle", [Word("castle")], []),
        ("  great   hall ", [Word("great"), Word("hall")], []),
        ('"great hall" castle', [phrase("great hall"), Word("castle")], []),
        ("castle -moon", [Word("castle")], [Word("moon")]),
        ('-"moon base" castle', [Word("castle")], [phrase("moon base")]),
        ('"-moon"', [phrase("-moon")], []),
        ('castle"', [Word("castle")], []),
        ('-"moon', [], [Word("moon")]),
        ("moon-base", [Word("moon-base")], []),
        ("-🚀", [], [Word("🚀")]),
        ("-", [Word("-")], []),
        ("castle -- -* -", [Word("castle"), Word("-")], []),
        ('""""', [], []),
        ("", [], []),
    ],
)
def test_a_text_is_taken_apart(text: str, wanted: list[Word], excluded: list[Word]) -> None:
    assert typed(text) == Typed(wanted, excluded)


def test_words_beyond_the_most_do_not_count() -> None:
    words = typed(" ".join(["a"] * 40 + ["-b"] * 40))
    assert (len(words.wanted), len(words.excluded)) == (MOST_WORDS, MOST_WORDS)


def test_a_long_text_is_refused() -> None:
    typed("x" * LONGEST)
    with pytest.raises(ValidationFailed, match="search: must have at most 200 characters, has 201"):
        typed("x" * (LONGEST + 1))


def test_a_text_that_the_database_cannot_take_is_refused_for_both_engines() -> None:
    with pytest.raises(ValidationFailed, match="search: must not contain the NUL character"):
        typed("castle\0")
