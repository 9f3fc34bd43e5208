"""Links per placement: each with a slug of its own, so that a creator sees what works where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.enrolments import SLUG_LENGTH, Enrolment, EnrolmentCard, EnrolmentState, Link
from core.errors import BadInput, NotFound, OutOfDate
from core.ids import EnrolmentId, LinkId, public_code
from core.people import Actor
from core.placements import LINKS_MAX, PlacementStats, clean_name
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.enrolments import cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Placements:
    """An enrolment with all its links and what each has brought."""

    card: EnrolmentCard
    links: Sequence[PlacementStats]

    def one(self, link: LinkId) -> PlacementStats:
        """One of the links; NotFound("link")."""
        for each in self.links:
            if each.link.id == link:
                return each
        raise NotFound("link")


async def placements(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> Placements:
    """The creator's links of an enrolment."""
    async with new_uow(read_only=True) as uow:
        return await _load(uow, await _own(uow, actor, enrolment))


async def placement(new_uow: UnitOfWorkFactory, *, actor: Actor, link: LinkId) -> Placements:
    """The same, from one of the links; NotFound("link") for somebody else's."""
    async with new_uow(read_only=True) as uow:
        _, known = await _own_link(uow, actor, link)
        return await _load(uow, known)


async def _load(uow: UnitOfWork, known: Enrolment) -> Placements:
    (card,) = await cards(uow, [known])
    return Placements(card=card, links=await uow.links.of_enrolment(known.id))


async def add_placement(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId, name: str
) -> LinkId:
    """Make a link for a place; a second tap gives the one that the first has made.

    `name` is a value of `core.placements.Placement` or a name of one's own. Raises
    BadInput("placement" or "placement_count"), OutOfDate("enrolment") unless active.
    """
    name = clean_name(name)
    now = clock()
    async with new_uow() as uow:
        known = await _own(uow, actor, enrolment)
        if known.state is not EnrolmentState.ACTIVE:
            raise OutOfDate("enrolment")
        links = await uow.links.of_enrolment(enrolment)
        same = [one.link for one in links if one.link.placement.casefold() == name.casefold()]
        if same:
            if same[0].off:
                await uow.links.switch(same[0].id, off_at=None)
                await uow.commit()
            return same[0].id
        if len(links) > LINKS_MAX:  # the main link is not counted
            raise BadInput("placement_count", str(LINKS_MAX))
        while not await uow.links.add(enrolment, public_code(SLUG_LENGTH), now=now, placement=name):
            pass  # the slug was taken: one chance in billions
        links = await uow.links.of_enrolment(enrolment)
        await uow.commit()
    return next(one.link.id for one in links if one.link.placement == name)


async def rename_placement(
    new_uow: UnitOfWorkFactory, *, actor: Actor, link: LinkId, name: str
) -> None:
    """Call a link otherwise; its address and what it has brought stay.

    Raises BadInput("placement"), AlreadyUsed("placement"), OutOfDate("link") for the main link.
    """
    name = clean_name(name)
    async with new_uow() as uow:
        known, _ = await _own_link(uow, actor, link)
        if not known.placement:
            raise OutOfDate("link")
        await uow.links.rename(link, name)
        await uow.commit()


async def switch_placement(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, link: LinkId, off: bool
) -> None:
    """Switch a link off or on. One that is off still leads buyers on, as the main link does.

    OutOfDate("link") for the main link, which is always on.
    """
    async with new_uow() as uow:
        known, _ = await _own_link(uow, actor, link)
        if not known.placement:
            raise OutOfDate("link")
        await uow.links.switch(link, off_at=clock() if off else None)
        await uow.commit()


async def _own(uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId) -> Enrolment:
    known = await uow.enrolments.get(enrolment)
    if known.creator != actor.id:
        raise NotFound("enrolment")
    return known


async def _own_link(uow: UnitOfWork, actor: Actor, link: LinkId) -> tuple[Link, Enrolment]:
    known = await uow.links.get(link)
    enrolment = await uow.enrolments.get(known.enrolment)
    if enrolment.creator != actor.id:
        raise NotFound("link")
    return known, enrolment
