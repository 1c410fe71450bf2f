"""What a user's search text means, whichever engine answers it."""

from __future__ import annotations

import re
from typing import NamedTuple

from resolvers.errors import FieldError, refuse
from resolvers.text import Text

LONGEST = 200  # characters of a text
MOST_WORDS = 16
_TEXT = Text(LONGEST)
_WORDS = re.compile(r'(-?)"([^"]+)"|(\S+)')
_LETTER = re.compile(r"[^\W_]|[^\x00-\x7f]")  # a digit too, and what of other alphabets may be one


class Word(NamedTuple):
    """One word of a text, or several in quotes.

    Args:
        text: the word, without its signs.
        phrase: whether it was in quotes: its words belong together, in this order.
    """

    text: str
    phrase: bool = False


class Typed(NamedTuple):
    """A search text taken apart: what a row must have, all of it, and what it must not."""

    wanted: list[Word]
    excluded: list[Word]


def typed(text: str, argument: str = "search") -> Typed:
    """Take apart what a user typed: `word`, `"two words"`, `-word`, `-"two words"`; words beyond `MOST_WORDS` do not count.

    Signs alone exclude nothing: no engine looks for them.

    Args:
        text: what was typed.
        argument: that brought it, for errors.

    Raises:
        ValidationFailed: the text is too long, or none that PostgreSQL takes.
    """
    refuse(FieldError((argument,), complaint) for complaint in _TEXT.complaints(text))
    wanted: list[Word] = []
    excluded: list[Word] = []
    for sign, phrase, plain in _WORDS.findall(text):
        word = phrase or plain.strip('"')
        if not phrase and word.startswith("-") and len(word) > 1:
            sign, word = "-", word[1:].strip('"')  # noqa: PLW2901 - the sign belongs to the word
        if sign and _LETTER.search(word):
            excluded.append(Word(word, phrase=bool(phrase)))
        elif word and not sign:
            wanted.append(Word(word, phrase=bool(phrase)))
    return Typed(wanted[:MOST_WORDS], excluded[:MOST_WORDS])
