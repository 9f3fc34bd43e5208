"""A decoded JSON document, read strictly: one pass finds every problem and names its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from core.money import Money, tenge
from core.typed import day_end, day_start

TENGE_MAX: Final = 10_000_000_000

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: `path` is like "$.codes[3].creator"."""

    path: str
    what: str


@dataclass(slots=True)
class JsonNode:
    """An object of a document: reads its keys and notes what is wrong with them and what is left.

    Every reader returns something harmless after it has noted a problem, so that one pass finds
    all of them.
    """

    value: object
    path: str
    problems: list[Problem]
    read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not isinstance(self.value, dict):
            self.problem("must be an object")
            self.value = {}

    @property
    def _fields(self) -> Mapping[str, Any]:
        assert isinstance(self.value, dict)
        return self.value

    def problem(self, what: str, key: str = "") -> None:
        """Note what is wrong with the object or with one of its keys."""
        self.problems.append(Problem(f"{self.path}.{key}" if key else self.path, what))

    def has(self, key: str) -> bool:
        """Whether the key has a value."""
        return self._fields.get(key) is not None

    def _get(self, key: str) -> object:
        self.read.add(key)
        return self._fields.get(key)

    def text(self, key: str, default: str | None = None, *, most: int) -> str:
        """A text of at most so many characters; obligatory where there is no default."""
        value = self._get(key)
        if value is None and default is not None:
            return default
        if value is None:
            self.problem("is missing", key)
            return ""
        if not isinstance(value, str):
            self.problem("must be a text", key)
            return ""
        text = value.strip()
        if default is None and not text:
            self.problem("is empty", key)
        if len(text) > most:
            self.problem(f"longer than {most} characters", key)
        return text

    def number(
        self,
        key: str,
        default: int | None = None,
        *,
        at_least: int = 0,
        at_most: int = 2**52,
    ) -> int | None:
        """A whole number; obligatory where there is no default."""
        value = self._get(key)
        if value is None and default is not None:
            return default
        if value is None:
            self.problem("is missing", key)
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.problem("must be a whole number", key)
            return None
        if not at_least <= value <= at_most:
            self.problem(f"must be from {at_least} to {at_most}", key)
            return None
        return value

    def tenge(self, key: str, default: int | None = None) -> Money:
        """An amount in whole tenge."""
        return tenge(self.number(key, default, at_most=TENGE_MAX) or 0)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem("must be true or false", key)
            return default
        return value

    def choice(self, key: str, enum: type[E], default: E | None) -> Any:
        """One of an enumeration; where there is no default it is obligatory, None if wrong."""
        value = self._get(key)
        if value is None and default is not None:
            return default
        try:
            return enum(str(value))
        except ValueError:
            self.problem(f"must be one of {', '.join(enum)}", key)
            return default

    def choices(self, key: str, enum: type[E]) -> tuple[E, ...]:
        """A list of an enumeration's values; may be absent."""
        found = []
        for index, value in enumerate(self._list(key)):
            try:
                found.append(enum(value))
            except ValueError:
                self.problem(f"must be one of {', '.join(enum)}", f"{key}[{index}]")
        return tuple(dict.fromkeys(found))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; may be absent."""
        values = self._list(key)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                self.problem("must be a text", f"{key}[{index}]")
        return tuple(value.strip() for value in values if isinstance(value, str))

    def moment(self, key: str, *, end: bool = False) -> datetime | None:
        """A time with its offset, "2026-11-21T10:00:00+05:00", or a day in Almaty, "2026-11-21".

        A day stands for its first moment, with `end` for the first moment after it. In UTC.
        """
        value = self._get(key)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError
            if len(value) == 10:
                day = date.fromisoformat(value)
                return (day_end(day) if end else day_start(day)).astimezone(UTC)
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise ValueError
            return at.astimezone(UTC)
        except ValueError:
            self.problem('must be a day like "2026-11-21" or a time with its offset', key)
            return None

    def child(self, key: str, *, optional: bool = False) -> JsonNode | None:
        """An object inside."""
        value = self._get(key)
        if value is None:
            if not optional:
                self.problem("is missing", key)
            return None
        return JsonNode(value, f"{self.path}.{key}", self.problems)

    def each(self, key: str) -> Iterator[JsonNode]:
        """The objects of a list; may be absent."""
        for index, value in enumerate(self._list(key)):
            yield JsonNode(value, f"{self.path}.{key}[{index}]", self.problems)

    def entries(self, key: str, enum: type[E]) -> Iterator[tuple[E, JsonNode]]:
        """The objects of an object whose keys are of an enumeration."""
        node = self.child(key)
        for name, value in (node._fields if node else {}).items():
            try:
                yield enum(name), JsonNode(value, f"{self.path}.{key}.{name}", self.problems)
            except ValueError:
                self.problem(f"must be one of {', '.join(enum)}", f"{key}.{name}")

    def _list(self, key: str) -> list[Any]:
        value = self._get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem("must be a list", key)
            return []
        return value

    def done(self) -> None:
        """Note keys that nobody asked for: a misspelt key must not be lost in silence."""
        for key in self._fields:
            if key not in self.read and not str(key).startswith("_"):
                self.problem("is not a key of this format", str(key))
