"""Buyers say what they bought: by the order's number or by a fiscal receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core import claims
from core.claims import (
    Claim,
    ClaimKind,
    ClaimRules,
    ClaimState,
    ClaimTouch,
    NewClaim,
    Refusal,
)
from core.errors import ClaimRefused, NotFound, NoTouch, TooManyClaims
from core.ids import BrandId, ClaimId, EnrolmentId, PersonId
from core.notifications import NoteKind, Notification
from core.orders import Place
from core.people import Actor
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.receipts import FiscalReceipt
from core.usecases.redecision import redecide

RECEIPT: Final = "receipt"  # purpose of the digest by which a receipt is known again
LONGEST_WINDOW: Final = 180  # days, the most that terms allow
DAY: Final = timedelta(days=1)
PAGE: Final = 8  # claims on a screen
RECEIPTS: Final = 10_000  # of a brand that are looked for at once, the oldest first
BRANDS: Final = 50  # looked at by one sweep
MATCHED_AT_ONCE: Final = 50  # claims in one transaction
SETTLED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSubject:
    """What somebody can claim: orders of a brand at a place, to which they came by a link."""

    enrolment: EnrolmentId
    brand: BrandId
    brand_name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPage:
    """Some claims, newest first, and the id to go on after (None at the end)."""

    items: Sequence[Claim]
    next_after: int | None


async def claim_subjects(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, rules: ClaimRules
) -> list[ClaimSubject]:
    """What the actor may claim, by the newest link first; one for each brand and place."""
    async with new_uow(read_only=True) as uow:
        came = await _came(uow, actor, clock(), rules)
    found: dict[tuple[BrandId, Place], ClaimSubject] = {}
    for touch in came:
        if touch.creator != actor.id:
            found.setdefault((touch.brand, touch.place), _subject(touch))
    return list(found.values())


async def claim_subject(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    rules: ClaimRules,
) -> ClaimSubject:
    """What a claim under an enrolment would be of.

    Raises NoTouch where the actor did not come by it, ClaimRefused("own") where it is theirs.
    """
    async with new_uow(read_only=True) as uow:
        came = await _came(uow, actor, clock(), rules)
        return _subject(await _by(uow, enrolment, came, actor))


async def claim_order(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    text: str,
    rules: ClaimRules,
) -> Claim:
    """Keep the actor's word that an order is theirs; where it is known, it is decided at once.

    The same number again gives the same claim. Raises BadInput for a text without such a number,
    NoTouch, TooManyClaims, and ClaimRefused: the attempt is kept all the same.
    """
    async with new_uow() as uow:
        now = clock()
        brand, place, came = await _begin(uow, actor, enrolment, now, rules)
        number = claims.order_number(place, text)
        await uow.orders.lock_brand(brand)  # no batch of its orders passes by the claim
        standing = await uow.claims.standing(brand, place, number)
        if standing is not None and standing[1] == actor.id:
            return await uow.claims.get(standing[0])
        await _demand_room(uow, actor, now, rules)
        new = _new(actor, came, place, ClaimKind.NUMBER, now, rules, external_id=number)
        purchase = await uow.claims.purchase(brand, place, number)
        refusal = _own(came, actor)
        if refusal is None and standing is not None:
            refusal = Refusal.TAKEN
        if refusal is None and purchase is not None:
            shared = (await uow.claims.phones([actor.id])).get(actor.id)
            refusal = claims.against(
                purchase, actor.id, shared, _counting(came, actor.id), claimed_at=now
            )
        claim = None if refusal else await uow.claims.add(new)
        if claim is None:
            refusal = refusal or Refusal.TAKEN
            await uow.claims.add_refused(new, refusal)
            await uow.commit()
            raise ClaimRefused(refusal)
        if purchase is not None:
            await uow.claims.match(claim, purchase, now=now, told=True)
            await redecide(uow, orders=[purchase.order], now=now)
        await uow.claims.look_again(brand, actor.id)
        kept = await uow.claims.get(claim)
        await uow.commit()
    return kept


async def claim_receipt(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    receipt: FiscalReceipt,
    rules: ClaimRules,
) -> Claim:
    """Keep a receipt of the actor's until its order is found.

    The same receipt again gives the same claim. Raises NoTouch, TooManyClaims, and ClaimRefused:
    the attempt is kept all the same.
    """
    key = box.digest(RECEIPT, receipt.key)
    async with new_uow() as uow:
        now = clock()
        brand, place, came = await _begin(uow, actor, enrolment, now, rules)
        standing = await uow.claims.standing_receipt(key)
        if standing is not None and standing[1] == actor.id:
            return await uow.claims.get(standing[0])
        await _demand_room(uow, actor, now, rules)
        new = _new(
            actor, came, place, ClaimKind.RECEIPT, now, rules, receipt=receipt, receipt_key=key
        )
        refusal = _own(came, actor)
        if refusal is None and standing is not None:
            refusal = Refusal.RECEIPT_TAKEN
        if refusal is None:
            registers = frozenset(await uow.claims.registers(brand))
            refusal = claims.check_receipt(receipt, _counting(came, actor.id), registers, now=now)
        claim = None if refusal else await uow.claims.add(new)
        if claim is None:
            refusal = refusal or Refusal.RECEIPT_TAKEN
            await uow.claims.add_refused(new, refusal)
            await uow.commit()
            raise ClaimRefused(refusal)
        kept = await uow.claims.get(claim)
        await uow.commit()
    return kept


async def note_bad_receipt(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    reason: Refusal,
    rules: ClaimRules,
) -> None:
    """Keep that somebody sent a forged address or a receipt of a return; nothing of it is kept.

    Raises NoTouch and TooManyClaims.
    """
    async with new_uow() as uow:
        now = clock()
        _, place, came = await _begin(uow, actor, enrolment, now, rules)
        await _demand_room(uow, actor, now, rules)
        await uow.claims.add_refused(
            _new(actor, came, place, ClaimKind.RECEIPT, now, rules), reason
        )
        await uow.commit()


async def my_claims(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None = None, limit: int = PAGE
) -> ClaimPage:
    """What the actor has claimed."""
    async with new_uow(read_only=True) as uow:
        found = await uow.claims.page(actor.id, after=after, limit=limit + 1)
    return ClaimPage(
        items=found[:limit], next_after=found[limit - 1].id if len(found) > limit else None
    )


async def my_claim(new_uow: UnitOfWorkFactory, *, actor: Actor, claim: ClaimId) -> Claim:
    """One claim of the actor's; NotFound("claim") for anybody else's."""
    async with new_uow(read_only=True) as uow:
        found = await uow.claims.get(claim)
    if found.person != actor.id:
        raise NotFound("claim")
    return found


# --- sweeps


async def match_receipts(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Look for the orders of receipts that wait; how many were settled.

    One order that only this receipt fits is its order. Where several fit, or several receipts fit
    one, the buyers are asked for the number.
    """
    async with new_uow(read_only=True, background=True) as uow:
        brands = await uow.claims.brands_to_look(BRANDS)
    done = 0
    for brand in brands:
        async with new_uow(read_only=True, background=True) as uow:
            waiting = await uow.claims.waiting_receipts(brand, RECEIPTS)
            fitting = await uow.claims.fitting(brand, waiting)
        answers = claims.pair_up(waiting, fitting)
        for start in range(0, len(answers), MATCHED_AT_ONCE):
            done += await _settle(new_uow, clock, brand, answers[start : start + MATCHED_AT_ONCE])
        async with new_uow(background=True) as uow:
            await uow.claims.looked(brand, now=clock())
            await uow.commit()
    return done


async def _settle(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    brand: BrandId,
    answers: Sequence[claims.Answer],
) -> int:
    """Write what was found for some receipts, unless it has changed meanwhile."""
    async with new_uow(background=True) as uow:
        now = clock()
        await uow.orders.lock_brand(brand)
        orders, notes = [], []
        for answer in answers:
            claim, purchase = answer.claim, answer.purchase
            if purchase is None:
                notes.append(_note(await uow.claims.get(claim), "several"))
                continue
            if answer.double:
                await uow.claims.settle(
                    claim, Refusal.DOUBLE, now=now, told=True, order=purchase.order
                )
                continue
            taken = await uow.claims.standing(brand, purchase.place, purchase.external_id)
            if taken is None and await uow.claims.match(claim, purchase, now=now, told=False):
                orders.append(purchase.order)
        if orders:
            await redecide(uow, orders=orders, now=now)
        await uow.outbox.add(notes, now=now)
        await uow.commit()
    return len(orders)


async def end_claims(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Let claims go that have waited too long, and tell buyers how theirs have ended."""
    done = 0
    while True:
        async with new_uow(background=True) as uow:
            now = clock()
            await uow.claims.expire(now=now, limit=SETTLED_AT_ONCE)
            ended = await uow.claims.untold(SETTLED_AT_ONCE)
            if not ended:
                await uow.commit()
                return done
            notes = await _outcomes(uow, ended, now)
            await uow.outbox.add(notes, now=now)
            await uow.claims.told([claim.id for claim in ended], now=now)
            await uow.commit()
        done += len(ended)


async def _outcomes(uow: UnitOfWork, ended: Sequence[Claim], now: datetime) -> list[Notification]:
    """How claims have ended; one whose order no link counts for is refused after all."""
    since = min(claim.at for claim in ended) - timedelta(days=2 * LONGEST_WINDOW)
    people = [claim.person for claim in ended]
    phones = await uow.claims.phones(people)
    came: dict[tuple[PersonId, BrandId, Place], list[ClaimTouch]] = {}
    for touch in await uow.claims.touches(people, since=since):
        if touch.creator != touch.person:
            came.setdefault((touch.person, touch.brand, touch.place), []).append(touch)
    notes = []
    for claim in ended:
        outcome = "found" if claim.state is ClaimState.MATCHED else "not_found"
        if claim.state is ClaimState.REFUSED:
            outcome = claim.reason
        elif claim.state is ClaimState.MATCHED:
            purchase = await uow.claims.purchase(claim.brand, claim.place, claim.external_id)
            refusal = purchase and claims.against(
                purchase,
                claim.person,
                phones.get(claim.person),
                came.get((claim.person, claim.brand, claim.place), []),
                claimed_at=claim.at,
            )
            if refusal:
                await uow.claims.settle(claim.id, refusal, now=now, told=True)
                outcome = refusal
        notes.append(_note(claim, outcome))
    return notes


def _note(claim: Claim, outcome: str) -> Notification:
    return Notification(
        person=claim.person,
        kind=NoteKind.CLAIM_NEWS,
        key=f"claim:{claim.id}:{outcome}",
        facts={
            "claim": claim.id,
            "outcome": outcome,
            "brand": claim.brand_name,
            "number": claim.external_id,
            "amount_minor": None if claim.amount is None else claim.amount.minor,
            "paid_at": None if claim.paid_at is None else claim.paid_at.isoformat(),
        },
    )


# --- what a claim begins with


async def _came(
    uow: UnitOfWork, actor: Actor, now: datetime, rules: ClaimRules, brand: BrandId | None = None
) -> list[ClaimTouch]:
    """The actor's touches for which a purchase may still be told of, newest first."""
    margin = timedelta(days=rules.margin_days)
    since = now - timedelta(days=LONGEST_WINDOW) - margin
    found = await uow.claims.touches([actor.id], since=since, brand=brand)
    return [touch for touch in found if touch.until + margin >= now]


async def _by(
    uow: UnitOfWork, enrolment: EnrolmentId, came: Sequence[ClaimTouch], actor: Actor
) -> ClaimTouch:
    """The touch of an enrolment; creators leave none at their own, and are told why."""
    for touch in came:
        if touch.enrolment == enrolment:
            return touch
    known = (await uow.enrolments.many([enrolment])).get(enrolment)
    if known is not None and known.creator == actor.id:
        raise ClaimRefused(Refusal.OWN)
    raise NoTouch


def _subject(touch: ClaimTouch) -> ClaimSubject:
    return ClaimSubject(
        enrolment=touch.enrolment,
        brand=touch.brand,
        brand_name=touch.brand_name,
        place=touch.place,
    )


async def _begin(
    uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId, now: datetime, rules: ClaimRules
) -> tuple[BrandId, Place, list[ClaimTouch]]:
    """Where the purchase was made, and all the ways by which the actor came there."""
    came = await _came(uow, actor, now, rules)
    touch = await _by(uow, enrolment, came, actor)
    there = [one for one in came if (one.brand, one.place) == (touch.brand, touch.place)]
    return touch.brand, touch.place, there


async def _demand_room(uow: UnitOfWork, actor: Actor, now: datetime, rules: ClaimRules) -> None:
    if await uow.claims.sent_since(actor.id, now - DAY) >= rules.per_day:
        raise TooManyClaims(rules.per_day)


def _own(came: Sequence[ClaimTouch], actor: Actor) -> Refusal | None:
    return Refusal.OWN if all(touch.creator == actor.id for touch in came) else None


def _counting(came: Sequence[ClaimTouch], claimant: PersonId) -> list[ClaimTouch]:
    """Nobody is credited for what they buy themselves."""
    return [touch for touch in came if touch.creator != claimant]


def _new(
    actor: Actor,
    came: Sequence[ClaimTouch],
    place: Place,
    kind: ClaimKind,
    now: datetime,
    rules: ClaimRules,
    *,
    external_id: str = "",
    receipt: FiscalReceipt | None = None,
    receipt_key: bytes | None = None,
) -> NewClaim:
    others = _counting(came, actor.id) or list(came)
    until = max(now, *(touch.until for touch in others))
    return NewClaim(
        person=actor.id,
        brand=came[0].brand,
        place=place,
        enrolment=others[0].enrolment,
        kind=kind,
        external_id=external_id,
        receipt=receipt,
        receipt_key=receipt_key,
        at=now,
        expires_at=until + timedelta(days=rules.margin_days),
    )
