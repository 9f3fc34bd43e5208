"""Storage of slots: boards, the handles that go round in them, and creators' turns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.handles import HandleKind, Term
from core.ids import BoardId, BrandId, EnrolmentId, HandleId, TurnId
from core.orders import Place
from core.slots import Board, Turn, TurnState


class Slots(Protocol):
    """Boards and turns."""

    async def find(self, brand: BrandId, place: Place) -> Board | None:
        """The brand's board at a place, if it has one."""

    async def get(self, board: BoardId, *, lock: bool = False) -> Board:
        """Raises NotFound("board"); locked, nobody else changes its turns meanwhile."""

    async def ensure(self, brand: BrandId, place: Place, kind: HandleKind) -> Board:
        """The brand's board at a place, made if there is none."""

    async def change(self, board: Board) -> None:
        """Keep its numbers and its kind."""

    async def add_handles(
        self, board: BoardId, values: Sequence[str], *, now: datetime
    ) -> Sequence[str]:
        """Let handles go round; returns those that did not already."""

    async def drop_handle(self, board: BoardId, value: str) -> bool:
        """Let a handle go round no more; False where it did not."""

    async def open_turns(self, board: BoardId) -> Sequence[Turn]:
        """Everybody who waits, is offered a slot or has one, in order of asking."""

    async def turn(self, turn: TurnId) -> Turn:
        """Raises NotFound("turn")."""

    async def own(self, enrolment: EnrolmentId) -> Turn | None:
        """The open turn of an enrolment."""

    async def ask(self, board: BoardId, enrolment: EnrolmentId, *, now: datetime) -> TurnId | None:
        """Put an enrolment at the end of the list; None where it has an open turn."""

    async def move(
        self,
        turn: Turn,
        to: TurnState,
        *,
        now: datetime,
        answer_by: datetime | None = None,
        term: Term | None = None,
        handle: HandleId | None = None,
    ) -> bool:
        """Change the state of a turn if it still is as it was loaded."""

    async def to_look_at(
        self, *, now: datetime, after: BoardId | None, limit: int
    ) -> Sequence[BoardId]:
        """Boards where a turn ends, an offer lapses, somebody has left, or somebody waits."""
