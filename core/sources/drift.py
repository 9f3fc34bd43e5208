"""A header that is nearly one that a brand has confirmed: what became of its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Final

from core.sources.letters import alike
from core.sources.mapping import (
    FIELDS,
    Mapping,
    base_name,
    field_of,
    fingerprint,
    is_foreign_money,
)

LIKE: Final = 0.6  # of two headers, from which one may be the other renamed
SHOWN: Final = 10  # new columns that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A field whose column is no longer there; `perhaps` is the one that may have taken its place.

    `was` and `perhaps` are headers; `perhaps` is None where nothing in the file looks like it.
    """

    field: str
    was: str
    perhaps: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a header differs from the one that a brand confirmed, whose fingerprint is `since`.

    `lost` must be asked about. `added` are the first of the new columns, by their headers; `moved`
    says that columns which are still there have changed places.
    """

    since: str
    lost: tuple[Lost, ...] = ()
    added: tuple[str, ...] = ()
    moved: bool = False

    def to_record(self) -> dict[str, Any]:
        """The drift as JSON has it."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Drift:
        """What `to_record` made, after JSON."""
        lost = tuple(Lost(**each) for each in record["lost"])
        added = tuple(record["added"])
        return cls(since=record["since"], lost=lost, added=added, moved=record["moved"])

    def answered(self, name: str) -> Drift:
        """The same without the question about a field."""
        return replace(self, lost=tuple(each for each in self.lost if each.field != name))


def adapted(header: Sequence[str], saved: Sequence[Mapping]) -> tuple[Mapping, Drift] | None:
    """The confirmed mapping that is nearest to a header, for that header; None if none is near.

    Columns that kept their names keep their meaning. What lost its column has none, until somebody
    says where it is now. Of mappings that are equally near the last one counts.
    """
    tried = [_adapted(header, mapping) for mapping in saved if mapping.header]
    near = [found for found in tried if found is not None]
    return max(reversed(near), key=_nearness, default=None)


def _nearness(found: tuple[Mapping, Drift]) -> tuple[int, int]:
    mapping, drift = found
    kept = sum(mapping.column(name) is not None for name in FIELDS)
    return kept - len(drift.lost), -len(drift.added)


def _adapted(header: Sequence[str], saved: Mapping) -> tuple[Mapping, Drift] | None:
    now = {_key(name): name for name in reversed(header)}
    before = {_key(name) for name in saved.header}
    doubtful = _recounted(header, saved.header)
    columns: dict[str, str] = {}
    gone: list[tuple[str, str]] = []
    for name in FIELDS:
        was = saved.column(name)
        if was is None:
            continue
        found = now.get(_key(was))
        if found is None or _base(was) in doubtful:
            gone.append((name, was))
        else:
            columns[name] = found
    if len(columns) < 2 or len(columns) < len(gone):
        return None
    free = [name for name in header if name not in columns.values()]
    added = new = [name for name in free if _key(name) not in before]
    lost = []
    for name, was in gone:
        perhaps = _successor(name, was, new, free)
        lost.append(Lost(field=name, was=was, perhaps=perhaps))
        new = [each for each in new if each != perhaps]
        free = [each for each in free if each != perhaps]
    mapping = replace(
        Mapping.of(columns, fingerprint(header), saved.status_words), header=tuple(header)
    )
    drift = Drift(
        since=saved.fingerprint,
        lost=tuple(lost),
        added=tuple(added[:SHOWN]),
        moved=_moved([_key(name) for name in saved.header], [_key(name) for name in header]),
    )
    return mapping, drift


def _key(header: str) -> str:
    return alike(header)


def _base(header: str) -> str:
    return alike(base_name(header))


def _recounted(header: Sequence[str], before: Sequence[str]) -> set[str]:
    """Names that several columns had or have, and not as many: nobody knows which is which.

    Columns without a name are known by their number only, so they are of this kind.
    """
    now, then = Counter(map(_base, header)), Counter(map(_base, before))
    return {
        name for name in now | then if now[name] != then[name] and max(now[name], then[name]) > 1
    }


def _successor(field: str, was: str, new: Sequence[str], free: Sequence[str]) -> str | None:
    """The column that most likely is a field now: by what its header means, or how it is spelt."""
    likely = [name for name in free if not is_foreign_money(field, name)]
    meant = [(found[1], name) for name in likely if (found := field_of(name)) and found[0] == field]
    if meant:
        return min(meant)[1]
    spelt = [
        (_likeness(was, name), name) for name in new if name in likely and field_of(name) is None
    ]
    ratio, name = max(spelt, default=(0.0, ""))
    return name if ratio >= LIKE else None


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _base(one), _base(other), autojunk=False).ratio()


def _moved(before: Sequence[str], now: Sequence[str]) -> bool:
    common = set(before) & set(now)
    return [name for name in before if name in common] != [name for name in now if name in common]
