"""Facts that a batch has by the thousand: immutable to the type checker, cheap to make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    import dataclasses

    def record(**options: Any) -> Any:
        """A dataclass that counts as frozen and is not.

        A frozen one sets each field by a call, which takes six times as long; an import makes
        dozens of them for every order. That nobody assigns to a field is proved by mypy.
        """
        options.pop("frozen")
        return dataclasses.dataclass(unsafe_hash=True, **options)


__all__ = ["record"]
