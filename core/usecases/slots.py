"""Slots: a brand sets them up, creators wait for one, are offered it and have it for a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from core import handles, slots
from core.enrolments import Enrolment, EnrolmentState
from core.errors import BadInput, HandleImpossible, NotFound, OutOfDate, SlotTaken
from core.handles import Handle, HandleKind, Refused, Term, demand_term
from core.ids import BoardId, BrandId, EnrolmentId, PersonId, TurnId
from core.notifications import NoteKind, Notification, named
from core.offers import Offer
from core.orders import Place
from core.people import Actor, Brand
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.slots import Board, Turn, TurnState

BOARDS: Final = 50  # looked for together


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """A board as the brand's managers see it; `free` are handles that somebody could have now."""

    brand: Brand
    place: Place
    now: datetime
    board: Board | None
    turns: Sequence[Turn] = ()
    standing: Mapping[str, Sequence[Handle]] | None = None

    def of(self, state: TurnState) -> list[Turn]:
        """The turns in a state, in order of asking."""
        return [turn for turn in self.turns if turn.state is state]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSlot:
    """A creator's place at a board: others are numbers and dates, and have no names.

    `position` counts from 1 in the list; `ends` are the days on which turns end, the soonest first.
    """

    offer: Offer
    brand: Brand
    enrolment: Enrolment
    board: Board
    turn: Turn | None
    position: int
    waiting: int
    ends: Sequence[datetime]
    free_on: date | None


# --- the brand


async def board_of(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, place: Place
) -> BoardView:
    """The slots of the brand at a place, with everybody's turn."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return await _view(uow, brand, place, clock())


async def _view(uow: UnitOfWork, brand: BrandId, place: Place, now: datetime) -> BoardView:
    if place not in slots.PLACES:
        raise NotFound("board")
    known = await uow.brands.get(brand)
    board = await uow.slots.find(brand, place)
    if board is None:
        return BoardView(brand=known, place=place, now=now, board=None)
    return BoardView(
        brand=known,
        place=place,
        now=now,
        board=board,
        turns=await uow.slots.open_turns(board.id),
        standing=await uow.handles.held(brand, board.handles),
    )


async def change_board(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    place: Place,
    **numbers: Any,
) -> BoardView:
    """Set up the slots of a place, or change their number, days, hours or kind of handle.

    Turns that are booked stay as they are. Raises BadInput named for the number;
    HandleImpossible("place"), and SlotTaken("kind") for another kind while handles go round.
    """
    actor.demand_brand(brand)
    now = clock()
    async with new_uow() as uow:
        if place not in slots.PLACES:
            raise NotFound("board")
        board = await uow.slots.ensure(brand, place, slots.usual_kind(place))
        board = await uow.slots.get(board.id, lock=True)
        changed = replace(board, **numbers)
        if changed.kind not in handles.kinds_at(place) or changed.kind is HandleKind.TAG:
            raise HandleImpossible("place")
        if changed.kind is not board.kind and board.handles:
            raise SlotTaken("kind")
        if changed != board:
            await uow.slots.change(changed)
        if changed != board or not numbers:
            await uow.audit.write(
                actor.id,
                "slots.change",
                "brand",
                brand,
                now=now,
                facts={"place": place, **{name: str(value) for name, value in numbers.items()}},
            )
        view = await _view(uow, brand, place, now)
        await uow.commit()
    return view


async def add_slot_handles(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    board: BoardId,
    texts: Sequence[str],
) -> tuple[BoardView, Sequence[str], Sequence[Refused]]:
    """Let handles go round; returns what was added, and what could not be one.

    Raises BadInput("handles") for an empty or too long list.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.slots.get(board, lock=True)
        actor.demand_brand(known.brand)
        wanted = handles.read(known.kind, texts)
        if not (wanted.good or wanted.refused):
            raise BadInput("handles")
        if len(known.handles) + len(wanted.good) > slots.POOL_MAX:
            raise BadInput("handles")
        added = await uow.slots.add_handles(board, wanted.good, now=now)
        refused = [
            *wanted.refused,
            *(
                Refused(text=handles.shown(value), why="repeated")
                for value in wanted.good
                if value not in added
            ),
        ]
        if added:
            await uow.audit.write(
                actor.id,
                "slots.handles",
                "brand",
                known.brand,
                now=now,
                facts={"skus": len(added), "sku": ", ".join(added[:10])},
            )
        view = await _view(uow, known.brand, known.place, now)
        await uow.commit()
    return view, added, refused


async def drop_slot_handle(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, board: BoardId, value: str
) -> BoardView:
    """Let a handle go round no more; whoever has it keeps it to the end of the turn.

    Raises OutOfDate("sku") where it does not go round.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.slots.get(board, lock=True)
        actor.demand_brand(known.brand)
        if not await uow.slots.drop_handle(board, value):
            raise OutOfDate("sku")
        await uow.audit.write(
            actor.id, "slots.handles", "brand", known.brand, now=now, facts={"sku": value}
        )
        view = await _view(uow, known.brand, known.place, now)
        await uow.commit()
    return view


async def book_slot(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    term: Term | None = None,
) -> BoardView:
    """Give a creator a slot for some days, past the list; from now for a usual turn unless told.

    Raises SlotTaken("slots") where all are taken then, SlotTaken("handles") where no handle has
    rested, SlotTaken("own") where the creator has a slot, BadInput("term") without an end or for a
    time that is over, OutOfDate("enrolment"), NotFound("board").
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.hold(enrolment)
        actor.demand_brand(known.brand)
        board = await _demand_board(uow, known)
        term = term or slots.turn_from(board, now)
        if term.until is None or term.until <= now:
            raise BadInput("term")
        demand_term(term, now)
        turns = await uow.slots.open_turns(board.id)
        own = next((turn for turn in turns if turn.enrolment == enrolment), None)
        if own is not None and own.state is TurnState.BOOKED:
            raise SlotTaken("own")
        others = [turn for turn in turns if turn is not own]
        if slots.taken(others, term) >= board.slots:
            raise SlotTaken("slots")
        if own is None:
            number = await uow.slots.ask(board.id, enrolment, now=now)
            assert number is not None
            own = await uow.slots.turn(number)
        await _book(uow, board, own, known, term, now, by=actor.id)
        view = await _view(uow, board.brand, board.place, now)
        await uow.commit()
    return view


async def end_turn(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, turn: TurnId
) -> BoardView:
    """End a creator's turn as of now, or take somebody off the list; they are told.

    Raises OutOfDate("turn") where it is over already.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.slots.turn(turn)
        board = await uow.slots.get(known.board, lock=True)
        actor.demand_brand(board.brand)
        known = await uow.slots.turn(turn)
        if known.state not in slots.OPEN:
            raise OutOfDate("turn")
        await _end(uow, board, known, now, by=actor.id)
        view = await _view(uow, board.brand, board.place, now)
        await uow.commit()
    return view


# --- the creator


async def own_slot(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> OwnSlot:
    """The creator's place at the brand's board; NotFound("board") where there is none."""
    async with new_uow(read_only=True) as uow:
        return await _own(uow, actor, enrolment, clock())


async def _own(uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId, now: datetime) -> OwnSlot:
    known = await uow.enrolments.get(enrolment)
    if known.creator != actor.id:
        raise NotFound("enrolment")
    offer = await uow.offers.get(known.offer)
    board = await uow.slots.find(known.brand, offer.place)
    if board is None:
        raise NotFound("board")
    turns = await uow.slots.open_turns(board.id)
    listed = [turn for turn in turns if turn.state is TurnState.WAITING]
    own = next((turn for turn in turns if turn.enrolment == enrolment), None)
    booked = [turn.until for turn in turns if turn.state is TurnState.BOOKED and turn.until]
    return OwnSlot(
        offer=offer,
        brand=await uow.brands.get(known.brand),
        enrolment=known,
        board=board,
        turn=own,
        position=listed.index(own) + 1 if own in listed else 0,
        waiting=len(listed),
        ends=sorted(booked),
        free_on=slots.next_free(board, turns, now),
    )


async def ask_for_slot(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> OwnSlot:
    """Join the list; a second tap changes nothing. Where a slot is free it is offered at once.

    Raises OutOfDate("enrolment") for a creator who is not active in the offer.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.hold(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        board = await _demand_board(uow, known)
        await uow.slots.ask(board.id, enrolment, now=now)
        await _offer_free(uow, board, now)
        shown = await _own(uow, actor, enrolment, now)
        await uow.commit()
    return shown


async def answer_slot(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    accept: bool,
) -> OwnSlot:
    """Take an offered slot from now on, or decline it: then the next one is offered it.

    Raises OutOfDate("turn") where nothing is offered any more, SlotTaken("handles") where the
    brand has given the last handle away meanwhile.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.hold(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        board = await _demand_board(uow, known)
        turn = await uow.slots.own(enrolment)
        if (
            turn is None
            or turn.state is not TurnState.OFFERED
            or turn.answer_by is None
            or turn.answer_by <= now
        ):
            raise OutOfDate("turn")
        if accept:
            await _book(uow, board, turn, known, slots.turn_from(board, now), now, by=None)
        else:
            await uow.slots.move(turn, TurnState.DECLINED, now=now)
            await _offer_free(uow, board, now)
        shown = await _own(uow, actor, enrolment, now)
        await uow.commit()
    return shown


async def leave_slot(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> OwnSlot:
    """Leave the list, or give a slot back before its end; orders placed before stay the creator's.

    Raises OutOfDate("turn") where there is nothing to leave.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        board = await _demand_board(uow, known, active=False)
        turn = await uow.slots.own(enrolment)
        if turn is None:
            raise OutOfDate("turn")
        await _end(uow, board, turn, now, by=actor.id)
        await _offer_free(uow, board, now)
        shown = await _own(uow, actor, enrolment, now)
        await uow.commit()
    return shown


# --- the sweep


async def run_slots(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """End turns and offers whose time is over, and offer free slots to those who wait.

    Each board is a transaction of its own; returns how many turns changed.
    """
    changed = 0
    after: BoardId | None = None
    while True:
        async with new_uow(read_only=True) as uow:
            found = await uow.slots.to_look_at(now=clock(), after=after, limit=BOARDS)
        for number in found:
            async with new_uow(background=True) as uow:
                changed += await _look(uow, number, clock())
                await uow.commit()
        if len(found) < BOARDS:
            return changed
        after = found[-1]


async def _look(uow: UnitOfWork, number: BoardId, now: datetime) -> int:
    board = await uow.slots.get(number, lock=True)
    changed = 0
    for turn in await uow.slots.open_turns(number):
        if not turn.active or (
            turn.state is TurnState.BOOKED and turn.until is not None and turn.until <= now
        ):
            await _end(uow, board, turn, now, by=None)
        elif turn.state is TurnState.OFFERED and turn.answer_by and turn.answer_by <= now:
            await uow.slots.move(turn, TurnState.LAPSED, now=now)
            await _tell(uow, NoteKind.SLOT_LAPSED, board, turn, now)
        else:
            continue
        changed += 1
    return changed + await _offer_free(uow, board, now)


async def _offer_free(uow: UnitOfWork, board: Board, now: datetime) -> int:
    """Offer free slots to the first of the list; returns to how many."""
    standing = await uow.handles.held(board.brand, board.handles)
    turns = list(await uow.slots.open_turns(board.id))
    offered = 0
    for index, turn in enumerate(turns):
        if turn.state is not TurnState.WAITING or not turn.active:
            continue
        if not slots.can_offer(board, turns, standing, turn.enrolment, now):
            break  # the list is kept: nobody is passed over for want of a handle
        answer_by = now + timedelta(hours=board.answer_hours)
        if not await uow.slots.move(turn, TurnState.OFFERED, now=now, answer_by=answer_by):
            continue
        turns[index] = replace(turn, state=TurnState.OFFERED, answer_by=answer_by)
        offered += 1
        await _tell(uow, NoteKind.SLOT_OFFERED, board, turns[index], now)
    return offered


async def _demand_board(uow: UnitOfWork, known: Enrolment, *, active: bool = True) -> Board:
    if active and known.state is not EnrolmentState.ACTIVE:
        raise OutOfDate("enrolment")
    offer = await uow.offers.get(known.offer)
    board = await uow.slots.find(known.brand, offer.place)
    if board is None:
        raise NotFound("board")
    return await uow.slots.get(board.id, lock=True)


async def _book(
    uow: UnitOfWork,
    board: Board,
    turn: Turn,
    known: Enrolment,
    term: Term,
    now: datetime,
    *,
    by: PersonId | None,
) -> None:
    """Give the slot with a handle that has rested; whoever is told depends on who did it."""
    await uow.handles.lock(board.brand)
    standing = await uow.handles.held(board.brand, board.handles)
    value = slots.free_handle(board, standing, turn.enrolment, term)
    if value is None:
        raise SlotTaken("handles")
    (handle,) = await uow.handles.add(
        board.brand, turn.enrolment, board.kind, [value], term, now=now
    )
    if not await uow.slots.move(turn, TurnState.BOOKED, now=now, term=term, handle=handle):
        raise OutOfDate("turn")
    booked = replace(
        turn,
        state=TurnState.BOOKED,
        since=term.since,
        until=term.until,
        handle=handle,
        value=value,
    )
    await _tell(uow, NoteKind.SLOT_BOOKED, board, booked, now)
    if by is None:
        await _tell_managers(uow, board, booked, known, now)
    await uow.audit.write(
        by or known.creator,
        "slots.book",
        "enrolment",
        turn.enrolment,
        now=now,
        facts={
            "sku": value,
            "at": term.since.isoformat(),
        },
    )


async def _end(
    uow: UnitOfWork, board: Board, turn: Turn, now: datetime, *, by: PersonId | None
) -> None:
    """End a turn: the handle is taken back, and the creator told unless it was their own step."""
    booked = turn.state is TurnState.BOOKED
    over = booked and turn.active
    if not await uow.slots.move(turn, TurnState.OVER if over else TurnState.LEFT, now=now):
        return
    if booked and turn.handle is not None:
        await uow.handles.close([turn.handle], at=now)
    if by != turn.creator and turn.active:
        await _tell(uow, NoteKind.SLOT_OVER, board, turn, now)
    if by is not None:
        await uow.audit.write(
            by,
            "slots.end",
            "enrolment",
            turn.enrolment,
            now=now,
            facts={"sku": turn.value},
        )


async def _tell(uow: UnitOfWork, kind: NoteKind, board: Board, turn: Turn, now: datetime) -> None:
    known = await uow.enrolments.get(turn.enrolment)
    offer = await uow.offers.get(known.offer)
    await uow.outbox.add(
        [
            Notification(
                person=turn.creator,
                kind=kind,
                key=f"{kind}:{turn.id}",
                facts={"enrolment": turn.enrolment, **named(offer.title), **_facts(board, turn)},
            )
        ],
        now=now,
    )


async def _tell_managers(
    uow: UnitOfWork, board: Board, turn: Turn, known: Enrolment, now: datetime
) -> None:
    creator = await uow.creators.get(known.creator)
    offer = await uow.offers.get(known.offer)
    await uow.outbox.add(
        [
            Notification(
                person=manager,
                kind=NoteKind.SLOT_TAKEN,
                key=f"{NoteKind.SLOT_TAKEN}:{turn.id}:{manager}",
                facts={
                    "brand": board.brand,
                    **named(offer.title),
                    "creator": creator.display_name,
                    **_facts(board, turn),
                },
            )
            for manager in await uow.brands.managers(board.brand)
        ],
        now=now,
    )


def _facts(board: Board, turn: Turn) -> dict[str, Any]:
    return {
        "place": board.place,
        "handles": [handles.shown(turn.value)] if turn.value else [],
        "turn_days": board.turn_days,
        "answer_by": turn.answer_by.isoformat() if turn.answer_by else "",
        "begins": turn.since.isoformat() if turn.since else "",
        "ends": turn.until.isoformat() if turn.until else "",
    }
