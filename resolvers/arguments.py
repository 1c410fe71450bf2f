"""Arguments that several root fields take: what each means, how far it reaches and which error tells that it is wrong, said once."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from resolvers import words
from resolvers.pagination import MAX_LIMIT, MAX_OFFSET
from resolvers.search.rules import LONGEST, MOST_WORDS

# -- pages ---------------------------------------------------------------------------------------------------------------------

Page = Annotated[
    int,
    strawberry.argument(
        description=f"Number of the page, from 1, within the first {MAX_OFFSET:,} items; VALIDATION_ERROR otherwise."
    ),
]
Limit = Annotated[
    int, strawberry.argument(description=f"Items of a page: 1 to {MAX_LIMIT}; VALIDATION_ERROR otherwise.")
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The nextCursor of the page before; the first page without one. VALIDATION_ERROR if that page had another order, and "
        "together with `search` or a `page` other than 1."
    ),
]

# -- searches and filters: an empty text is none -------------------------------------------------------------------------------

WORDS = (
    f'Words, beginnings of words, misspelt words, "phrases", -excluded, in at most {LONGEST} characters; words beyond {MOST_WORDS} do not '
    "count."
)
Search = Annotated[str | None, strawberry.argument(description=f"{WORDS} The best match comes first, by pages alone.")]
Tag = Annotated[str | None, strawberry.argument(description="Only what has this tag, letter case aside.")]
Category = Annotated[str | None, strawberry.argument(description="Only items of this category, letter case included.")]
Flagged = Annotated[
    bool | None,
    strawberry.argument(
        description="true: only images that somebody has complained about; false: only those that nobody has."
    ),
]
OfAlbum = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Only the images of this album of yours; none, where there is no such album. FORBIDDEN if it is another user's, "
        "NOT_FOUND if it is no UUID."
    ),
]

# -- ids -----------------------------------------------------------------------------------------------------------------------

Id = Annotated[
    strawberry.ID,
    strawberry.argument(description="Its id. NOT_FOUND if nothing has it, FORBIDDEN if it is another user's."),
]
MocId = Annotated[
    strawberry.ID,
    strawberry.argument(description="One of your MOCs. NOT_FOUND if there is none, FORBIDDEN if it is another user's."),
]
FileId = Annotated[
    strawberry.ID, strawberry.argument(description="A file of this MOC; NOT_FOUND if it has none of this id.")
]
PartsListId = Annotated[
    strawberry.ID, strawberry.argument(description="A parts list of this MOC; NOT_FOUND if it has none of this id.")
]
UserId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="Your own, the `sub` of your token; FORBIDDEN for any other, whether there is such a user or not."
    ),
]


def upload(kind: str) -> Any:
    """Describes an argument that takes the id of an upload of this `kind`."""
    return strawberry.argument(description=words.upload(kind))


# -- changes -------------------------------------------------------------------------------------------------------------------

NEW: Any = strawberry.argument(description="What it is to have; VALIDATION_ERROR names every field that is wrong.")
CHANGES: Any = strawberry.argument(
    description="What is to change; VALIDATION_ERROR names every field that is wrong, and then nothing changes."
)
ExpectedUpdatedAt = Annotated[
    datetime | None,
    strawberry.argument(
        description="The version that you saw: its updatedAt or lastUpdatedAt. PRECONDITION_FAILED if it was changed since, and nothing "
        "happens; null takes any version."
    ),
]
