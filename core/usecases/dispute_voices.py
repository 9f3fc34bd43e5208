"""Followers of a creator who tell of their orders for a case; nobody learns who they are.

What is kept of them is a keyed digest, so that one person counts once for a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.claims import Refusal, WaitingReceipt
from core.disputes import (
    FOLLOWER_MAX,
    GATHERED_MAX,
    Dispute,
    DisputeState,
    Typed,
    read_numbers,
)
from core.errors import BadInput, ClaimRefused, NotAllowed, OutOfDate, TooManyNumbers
from core.ids import ClaimId
from core.people import Actor, Locale
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.receipts import FiscalReceipt

VOICE: Final = "dispute_voice"  # purpose of the digest
CLOCKS_DIFFER: Final = timedelta(hours=1)  # a register's and ours


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
        dispute = await _gathering(uow, actor, slug, now)
        await _speak(uow, box, dispute, actor, typed.numbers, None, now)
        call = await _call(uow, box, dispute, actor, now)
        await uow.commit()
    return call, typed


async def send_receipt(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    actor: Actor,
    slug: str,
    receipt: FiscalReceipt,
) -> tuple[Call, Typed]:
    """Add the order of a follower's fiscal receipt: the one that cost so much, at about that time.

    Of the receipt nothing is kept but a digest, so that it counts once. Raises what `send_numbers`
    raises, BadInput("dispute_receipt") where not exactly one order fits, and ClaimRefused for a
    receipt of another shop, of the future, or that somebody else has sent.
    """
    async with new_uow() as uow:
        now = clock()
        dispute = await _gathering(uow, actor, slug, now)
        if receipt.at > now + CLOCKS_DIFFER:
            raise ClaimRefused(Refusal.FUTURE)
        registers = await uow.claims.registers(dispute.brand)
        if registers and receipt.register not in registers:
            raise ClaimRefused(Refusal.OTHER_SHOP)
        waiting = WaitingReceipt(
            id=ClaimId(0),
            person=actor.id,
            place=dispute.place,
            amount=receipt.amount,
            paid_at=receipt.at,
        )
        fitting = (await uow.claims.fitting(dispute.brand, [waiting])).get(waiting.id, ())
        if len(fitting) != 1:
            raise BadInput("dispute_receipt")
        numbers = (fitting[0].external_id,)
        await _speak(uow, box, dispute, actor, numbers, receipt, now)
        call = await _call(uow, box, dispute, actor, now)
        await uow.commit()
    return call, Typed(numbers, ())


async def _gathering(uow: UnitOfWork, actor: Actor, slug: str, now: datetime) -> Dispute:
    dispute = await uow.disputes.by_slug(slug, lock=True)
    if dispute.creator == actor.id:
        raise NotAllowed
    if not _open(dispute, now):
        raise OutOfDate("dispute_call")
    return dispute


async def _speak(
    uow: UnitOfWork,
    box: SecretBox,
    dispute: Dispute,
    actor: Actor,
    numbers: Sequence[str],
    receipt: FiscalReceipt | None,
    now: datetime,
) -> None:
    """Keep that the follower speaks for these orders; nothing is kept where it is too much."""
    voice = _voice(box, dispute, actor)
    known = {each.number for each in await uow.disputes.orders(dispute.id)}
    if len(known.union(numbers)) > GATHERED_MAX:
        raise TooManyNumbers(GATHERED_MAX)
    paper = None
    if receipt is not None:
        paper = box.digest(VOICE, f"{dispute.id}:receipt:{receipt.key}")
        theirs = await uow.disputes.spoken(dispute.id, voice)
        if not set(await uow.disputes.spoken(dispute.id, paper)) <= set(theirs):
            raise ClaimRefused(Refusal.RECEIPT_TAKEN)
    ids = await uow.disputes.put_orders(dispute, numbers, typed=False)
    for number in numbers:
        await uow.disputes.speak(dispute.id, voice, ids[number], receipt=paper, now=now)
    if len(await uow.disputes.spoken(dispute.id, voice)) > FOLLOWER_MAX:
        raise TooManyNumbers(FOLLOWER_MAX)


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
        sent=len(await uow.disputes.spoken(dispute.id, _voice(box, dispute, actor))),
    )
