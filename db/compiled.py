"""Statements that are compiled once in a process, whichever of its engines meets them first."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from sqlalchemy.util import LRUCache

CAPACITY: Final = 2_000  # an evicted statement is compiled anew


class CompiledStatements(MutableMapping[Any, Any]):
    """SQLAlchemy's cache of compiled statements, by the kind of dialect instead of the very one.

    A dialect belongs to one engine, and on SQLite there are three of them to a file.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(CAPACITY)

    def __getitem__(self, key: Any) -> Any:
        return self._kept[_kind(key)]

    def __setitem__(self, key: Any, compiled: Any) -> None:
        self._kept[_kind(key)] = compiled

    def __delitem__(self, key: Any) -> None:
        del self._kept[_kind(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _kind(key: Any) -> Any:
    dialect, *rest = key
    return (dialect.name, dialect.driver, *rest)


COMPILED: Final = {"compiled_cache": CompiledStatements()}  # execution options of an engine
