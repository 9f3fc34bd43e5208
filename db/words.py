"""The words that people, brands and offers are found by, kept beside their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import naming
from db.dialect import insert
from db.models import search_words

LAST = "\U0010ffff"  # sorts behind whatever continues a word


class Named(StrEnum):
    """What has a name; a person's own name and that of their creator's profile may differ."""

    PERSON = "person"
    CREATOR = "creator"
    BRAND = "brand"
    OFFER = "offer"


async def index_words(
    connection: AsyncConnection, kind: Named, number: int, *names: str | None
) -> None:
    """Let the object be found by these names and no others."""
    wanted = set(naming.words(*(name for name in names if name)))
    own = (search_words.c.kind == kind, search_words.c.object_id == number)
    known = set(await connection.scalars(sa.select(search_words.c.word).where(*own)))
    if gone := known - wanted:
        await connection.execute(sa.delete(search_words).where(*own, search_words.c.word.in_(gone)))
    if new := wanted - known:
        await connection.execute(
            insert(connection, search_words).on_conflict_do_nothing(),
            [{"kind": kind, "word": word, "object_id": number} for word in sorted(new)],
        )


async def index_new(
    connection: AsyncConnection, kind: Named, named: Iterable[tuple[int, Sequence[str | None]]]
) -> None:
    """The same for many objects at once that had no names before."""
    rows = [
        {"kind": kind, "word": word, "object_id": number}
        for number, names in named
        for word in naming.words(*(name for name in names if name))
    ]
    if rows:
        await connection.execute(insert(connection, search_words).on_conflict_do_nothing(), rows)


async def find_words(
    connection: AsyncConnection, kinds: Sequence[Named], words: Sequence[str], *, limit: int
) -> list[int]:
    """Objects with a word that begins with each of these, newest first among the first found."""
    if not words:
        return []
    driving, *others = sorted(words, key=len, reverse=True)
    found: list[int] = []
    for kind in kinds:
        query = sa.select(search_words.c.object_id).where(
            search_words.c.kind == kind, *_begins(search_words.c.word, driving)
        )
        for word in others:
            other = search_words.alias()
            query = query.where(
                sa.exists().where(
                    other.c.kind == kind,
                    other.c.object_id == search_words.c.object_id,
                    *_begins(other.c.word, word),
                )
            )
        found += await connection.scalars(query.distinct().limit(limit))
    return list(dict.fromkeys(found))[:limit]


def _begins(column: sa.ColumnElement[str], start: str) -> tuple[sa.ColumnElement[bool], ...]:
    return column >= start, column < start + LAST
