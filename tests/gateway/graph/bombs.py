"""Documents that are short to send and would take long to serve."""

from __future__ import annotations


def nested(levels: int) -> str:
    """An image in an album whose cover is an image, and so on."""
    pairs = (levels - 2) // 2
    return '{ image(id: "1") { ' + "album { cover { " * pairs + "id" + " } }" * pairs + " } }"


def aliases(number: int) -> str:
    """One field under many names."""
    return "{ " + " ".join(f"a{one}: __typename" for one in range(number)) + " }"


def roots(number: int) -> str:
    """One field, many times."""
    return "{ " + "__typename " * number + "}"


def directives(number: int) -> str:
    """One directive, many times."""
    return "{ __typename " + "@x " * number + "}"


def fragments(number: int) -> str:
    """Each fragment spreads the next one twice, so that the last one stands there 2 to the power of `number` times."""
    each = "fragment F{} on GalleryImage {{ a: album {{ cover {{ ...F{} }} }} b: album {{ cover {{ ...F{} }} }} }} "
    last = f"fragment F{number} on GalleryImage {{ id }}"
    return '{ image(id: "1") { ...F0 } } ' + "".join(each.format(one, one + 1, one + 1) for one in range(number)) + last


def flat_fragments(number: int) -> str:
    """The same without a level of fields, so that no depth gives it away."""
    each = "fragment F{} on Query {{ ...F{} ... on Query {{ ...F{} }} }} "
    last = f"fragment F{number} on Query {{ a: __typename }}"
    return "{ ...F0 } " + "".join(each.format(one, one + 1, one + 1) for one in range(number)) + last


def inner_fragments(number: int) -> str:
    """The same below a list, where what is no level of fields is no root field either."""
    each = "fragment F{} on Moc {{ ...F{} ...F{} }} "
    last = f"fragment F{number} on Moc {{ files {{ id }} }}"
    return "{ mocs { items { ...F0 } } } " + "".join(each.format(one, one + 1, one + 1) for one in range(number)) + last


def repeated(number: int) -> str:
    """One field with children, many times and well inside, each to be compared with each other."""
    return "{ mocs { items { " + "images { id } " * number + "} } }"


CIRCLE = "{ image(id: 1) { ...A } } fragment A on GalleryImage { album { ...B } } fragment B on GalleryAlbum { cover { ...A } }"
