"""Followers of a creator who send the number of their order to a case; nobody learns who they are.

What is kept of them is a keyed digest, so that one person counts once for a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.disputes import (
    FOLLOWER_MAX,
    GATHERED_MAX,
    Dispute,
    DisputeState,
    Typed,
    read_numbers,
)
from core.errors import NotAllowed, OutOfDate, TooManyNumbers
from core.people import Actor, Locale
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory

VOICE = "dispute_voice"  # purpose of the digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a follower is asked: for orders of which brand, by whom, until when (UTC)."""

    slug: str
    brand_name: str
    creator_name: str
    titles: dict[Locale, str]
    until: datetime | None
    open: bool
    own: bool  # the creator's own link, followed by the creator
    sent: int  # numbers that this follower has sent

    def title(self, locale: Locale) -> str:
        """The offer's title in the language, or in Russian."""
        return self.titles.get(locale) or self.titles.get(Locale.RU, "")


async def follower_call(
    new_uow: UnitOfWorkFactory, clock: Clock, box: SecretBox, *, actor: Actor, slug: str
) -> Call:
    """What the link of a case asks for; NotFound("dispute") for one that leads nowhere."""
    async with new_uow(read_only=True) as uow:
        dispute = await uow.disputes.by_slug(slug)
        return await _call(uow, box, dispute, actor, clock())


async def send_numbers(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    actor: Actor,
    slug: str,
    text: str,
) -> tuple[Call, Typed]:
    """Add a follower's order numbers to a case as evidence; the same ones again change nothing.

    Raises NotFound("dispute"), OutOfDate("dispute_call") where nothing is gathered any more,
    NotAllowed for the creator, BadInput("dispute_numbers"), TooManyNumbers.
    """
    typed = read_numbers(text)
    async with new_uow() as uow:
        now = clock()
        dispute = await uow.disputes.by_slug(slug, lock=True)
        if dispute.creator == actor.id:
            raise NotAllowed
        if not _open(dispute, now):
            raise OutOfDate("dispute_call")
        voice = _voice(box, dispute, actor)
        known = {each.number for each in await uow.disputes.orders(dispute.id)}
        if len(known.union(typed.numbers)) > GATHERED_MAX:
            raise TooManyNumbers(GATHERED_MAX)
        ids = await uow.disputes.put_orders(dispute, typed.numbers, typed=False)
        for number in typed.numbers:
            await uow.disputes.speak(dispute.id, voice, ids[number], now=now)
        if await uow.disputes.said(dispute.id, voice) > FOLLOWER_MAX:
            raise TooManyNumbers(FOLLOWER_MAX)  # nothing of it is kept
        call = await _call(uow, box, dispute, actor, now)
        await uow.commit()
    return call, typed


def _open(dispute: Dispute, now: datetime) -> bool:
    return dispute.state is DisputeState.OPEN and (dispute.until is None or now < dispute.until)


def _voice(box: SecretBox, dispute: Dispute, actor: Actor) -> bytes:
    return box.digest(VOICE, f"{dispute.id}:{actor.id}")


async def _call(
    uow: UnitOfWork, box: SecretBox, dispute: Dispute, actor: Actor, now: datetime
) -> Call:
    enrolment = await uow.enrolments.get(dispute.enrolment)
    offer = await uow.offers.get(enrolment.offer)
    return Call(
        slug=dispute.slug,
        brand_name=(await uow.brands.get(dispute.brand)).name,
        creator_name=(await uow.creators.get(dispute.creator)).display_name,
        titles={locale: text.title for locale, text in offer.texts.items()},
        until=dispute.until,
        open=_open(dispute, now),
        own=dispute.creator == actor.id,
        sent=await uow.disputes.said(dispute.id, _voice(box, dispute, actor)),
    )
