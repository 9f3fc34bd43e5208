"""Slots in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import slots
from core.enrolments import EnrolmentState
from core.errors import NotFound
from core.handles import HandleKind, Term
from core.ids import BoardId, BrandId, EnrolmentId, HandleId, PersonId, TurnId
from core.orders import Place
from core.slots import OPEN, Board, Turn, TurnState
from db.dialect import insert
from db.models import (
    creators,
    enrolments,
    sku_reservations,
    slot_boards,
    slot_handles,
    slot_turns,
)

_FULL = sa.select(
    slot_turns,
    enrolments.c.creator_id,
    enrolments.c.state.label("enrolment_state"),
    creators.c.display_name,
    sa.func.coalesce(sku_reservations.c.sku, "").label("value"),
).select_from(
    slot_turns.join(enrolments, enrolments.c.id == slot_turns.c.enrolment_id)
    .join(creators, creators.c.person_id == enrolments.c.creator_id)
    .outerjoin(sku_reservations, sku_reservations.c.id == slot_turns.c.handle_id)
)


class SqlSlots:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, brand: BrandId, place: Place) -> Board | None:
        """The brand's board at a place, if it has one."""
        row = (
            await self._connection.execute(
                sa.select(slot_boards).where(
                    slot_boards.c.brand_id == brand, slot_boards.c.place == place
                )
            )
        ).one_or_none()
        return None if row is None else await self._board(row)

    async def get(self, board: BoardId, *, lock: bool = False) -> Board:
        """Raises NotFound("board"); locked, nobody else changes its turns meanwhile."""
        wanted = sa.select(slot_boards).where(slot_boards.c.id == board)
        row = (
            await self._connection.execute(
                wanted.with_for_update(key_share=True) if lock else wanted
            )
        ).one_or_none()
        if row is None:
            raise NotFound("board")
        return await self._board(row)

    async def _board(self, row: Any) -> Board:
        values = await self._connection.scalars(
            sa.select(slot_handles.c.value)
            .where(slot_handles.c.board_id == row.id)
            .order_by(slot_handles.c.added_at, slot_handles.c.value)
        )
        return Board(
            id=BoardId(row.id),
            brand=BrandId(row.brand_id),
            place=Place(row.place),
            kind=HandleKind(row.kind),
            slots=row.slots,
            turn_days=row.turn_days,
            rest_days=row.rest_days,
            answer_hours=row.answer_hours,
            handles=tuple(values.all()),
        )

    async def ensure(self, brand: BrandId, place: Place, kind: HandleKind) -> Board:
        """The brand's board at a place, made if there is none."""
        await self._connection.execute(
            insert(self._connection, slot_boards)
            .values(
                brand_id=brand,
                place=place,
                kind=kind,
                slots=slots.SLOTS_USUAL,
                turn_days=slots.TURN_USUAL,
                rest_days=slots.REST_USUAL,
                answer_hours=slots.ANSWER_USUAL,
            )
            .on_conflict_do_nothing(index_elements=["brand_id", "place"])
        )
        board = await self.find(brand, place)
        assert board is not None
        return board

    async def change(self, board: Board) -> None:
        """Keep its numbers and its kind."""
        await self._connection.execute(
            sa.update(slot_boards)
            .where(slot_boards.c.id == board.id)
            .values(
                kind=board.kind,
                slots=board.slots,
                turn_days=board.turn_days,
                rest_days=board.rest_days,
                answer_hours=board.answer_hours,
            )
        )

    async def add_handles(
        self, board: BoardId, values: Sequence[str], *, now: datetime
    ) -> list[str]:
        """Let handles go round; returns those that did not already."""
        added: list[str] = []
        for value in values:
            new = await self._connection.scalar(
                insert(self._connection, slot_handles)
                .values(board_id=board, value=value, added_at=now)
                .on_conflict_do_nothing(index_elements=["board_id", "value"])
                .returning(slot_handles.c.value)
            )
            added += [new] if new is not None else []
        return added

    async def drop_handle(self, board: BoardId, value: str) -> bool:
        """Let a handle go round no more; False where it did not."""
        gone = await self._connection.execute(
            sa.delete(slot_handles).where(
                slot_handles.c.board_id == board, slot_handles.c.value == value
            )
        )
        return gone.rowcount == 1

    async def open_turns(self, board: BoardId) -> list[Turn]:
        """Everybody who waits, is offered a slot or has one, in order of asking."""
        rows = await self._connection.execute(
            _FULL.where(slot_turns.c.board_id == board, slot_turns.c.state.in_(OPEN)).order_by(
                slot_turns.c.id
            )
        )
        return [_turn(row) for row in rows]

    async def turn(self, turn: TurnId) -> Turn:
        """Raises NotFound("turn")."""
        row = (await self._connection.execute(_FULL.where(slot_turns.c.id == turn))).one_or_none()
        if row is None:
            raise NotFound("turn")
        return _turn(row)

    async def own(self, enrolment: EnrolmentId) -> Turn | None:
        """The open turn of an enrolment."""
        row = (
            await self._connection.execute(
                _FULL.where(slot_turns.c.enrolment_id == enrolment, slot_turns.c.state.in_(OPEN))
            )
        ).one_or_none()
        return None if row is None else _turn(row)

    async def ask(self, board: BoardId, enrolment: EnrolmentId, *, now: datetime) -> TurnId | None:
        """Put an enrolment at the end of the list; None where it has an open turn."""
        added = await self._connection.scalar(
            insert(self._connection, slot_turns)
            .values(board_id=board, enrolment_id=enrolment, state=TurnState.WAITING, asked_at=now)
            .on_conflict_do_nothing()
            .returning(slot_turns.c.id)
        )
        return None if added is None else TurnId(added)

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
        values: dict[str, Any] = {"state": to}
        if answer_by is not None:
            values["answer_by"] = answer_by
        if term is not None:
            values |= {"since": term.since, "until": term.until, "handle_id": handle}
        if to not in OPEN:
            values["settled_at"] = now
            if turn.until is not None:
                values["until"] = min(turn.until, now)
        moved = await self._connection.execute(
            sa.update(slot_turns)
            .where(slot_turns.c.id == turn.id, slot_turns.c.state == turn.state)
            .values(values)
        )
        return moved.rowcount == 1

    async def to_look_at(
        self, *, now: datetime, after: BoardId | None, limit: int
    ) -> list[BoardId]:
        """Boards where a turn ends, an offer lapses, somebody has left, or somebody waits."""
        state = slot_turns.c.state
        due = (
            sa.select(slot_turns.c.id)
            .join(enrolments, enrolments.c.id == slot_turns.c.enrolment_id)
            .where(
                slot_turns.c.board_id == slot_boards.c.id,
                state.in_(OPEN),
                sa.or_(
                    state == TurnState.WAITING,
                    sa.and_(state == TurnState.OFFERED, slot_turns.c.answer_by <= now),
                    sa.and_(state == TurnState.BOOKED, slot_turns.c.until <= now),
                    enrolments.c.state != EnrolmentState.ACTIVE,
                ),
            )
            .correlate(slot_boards)
        )
        query = sa.select(slot_boards.c.id).where(due.exists()).order_by(slot_boards.c.id)
        if after is not None:
            query = query.where(slot_boards.c.id > after)
        found = await self._connection.scalars(query.limit(limit))
        return [BoardId(board) for board in found]


def _turn(row: Any) -> Turn:
    return Turn(
        id=TurnId(row.id),
        board=BoardId(row.board_id),
        enrolment=EnrolmentId(row.enrolment_id),
        creator=PersonId(row.creator_id),
        state=TurnState(row.state),
        asked_at=row.asked_at,
        answer_by=row.answer_by,
        since=row.since,
        until=row.until,
        handle=None if row.handle_id is None else HandleId(row.handle_id),
        value=row.value,
        name=row.display_name,
        active=row.enrolment_state == EnrolmentState.ACTIVE,
    )
