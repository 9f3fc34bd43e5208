"""Changes of a published offer: planned, announced or applied, withdrawn, reviewed, carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from core.changes import (
    ChangeKind,
    ChangeState,
    Conditions,
    Field,
    OfferChange,
    Plan,
    Proposal,
    carried_out,
    plan,
)
from core.enrolments import GOING_ON
from core.errors import BadInput, ChangePending, OutOfDate
from core.ids import OfferId, PersonId
from core.notifications import NoteKind, Notification, named
from core.offer_forms import OfferForm
from core.offers import Offer, OfferState
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.brands import demand_working
from core.usecases.budgets import go_on, stop_where_spent

APPLIED_AT_ONCE: Final = 20  # changes looked for together
PUBLISHED: Final = (OfferState.ACTIVE, OfferState.PAUSED)


async def propose_change(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, form: OfferForm
) -> Proposal:
    """What the edited form of a published offer would do; OutOfDate("offer"), ChangePending."""
    async with new_uow(read_only=True) as uow:
        return await _proposal(uow, actor, form, clock())


async def change_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, form: OfferForm, key: str
) -> Proposal:
    """Do what `propose_change` tells and use up the kept form (`key`).

    What is better for creators holds at once, for the enrolled too; what is worse is announced to
    them and comes after the notice period; what people see waits for a moderator. Orders that are
    placed before a change keep the terms of their time. Raises OutOfDate("offer") for a second tap,
    ChangePending, BadInput.
    """
    now = clock()
    async with new_uow() as uow:
        if not await uow.forms.drop(key):
            raise OutOfDate("offer")
        assert form.offer is not None
        await uow.changes.lock(form.offer)
        proposal = await _proposal(uow, actor, form, now)
        known, wanted, planned = proposal.offer, proposal.wanted, proposal.plan
        standing = planned.now or planned.before
        changed = await uow.offers.rewrite(
            standing.over(
                replace(
                    known,
                    eligibility=wanted.eligibility,
                    admission=wanted.admission,
                    starts_at=wanted.starts_at,
                )
            ),
            now=now,
        )
        await _bring_over(uow, known, changed, since=now)
        if Field.BUDGET in planned.better:
            await go_on(uow, changed, now)
        if planned.later is not None:
            await uow.changes.add(
                form.offer,
                ChangeKind.TERMS,
                {"before": standing.to_json(), "after": planned.later.to_json()},
                effective_at=planned.effective_at,
                by=actor.id,
                now=now,
            )
        if proposal.content:
            change = await uow.changes.add(
                form.offer,
                ChangeKind.CONTENT,
                {"form": form.to_json()},
                effective_at=None,
                by=actor.id,
                now=now,
            )
            await _call_moderators(uow, known, change, now)
        creators = await _agreed(uow, form.offer)
        if planned.better or planned.worse:
            kind = NoteKind.TERMS_ANNOUNCED if planned.worse else NoteKind.TERMS_BETTER
            await _tell(uow, creators, kind, changed, now, _facts(planned, now))
        await uow.audit.write(
            actor.id,
            "offer.change",
            "offer",
            form.offer,
            now=now,
            facts={
                "brand": known.brand,
                "better": [str(field) for field in planned.better],
                "worse": [str(field) for field in planned.worse],
                "before": planned.before.to_json(),
                "now": planned.now and planned.now.to_json(),
                "later": planned.later and planned.later.to_json(),
                "effective_at": planned.effective_at and planned.effective_at.isoformat(),
                "review": proposal.content,
            },
        )
        await uow.commit()
    return proposal


async def _proposal(uow: UnitOfWork, actor: Actor, form: OfferForm, now: datetime) -> Proposal:
    assert form.offer is not None
    draft = form.draft()
    known = await uow.offers.get(form.offer)
    actor.demand_brand(known.brand)
    await demand_working(uow, known.brand)
    if known.state not in PUBLISHED:
        raise OutOfDate("offer")
    draft.demand_publishable(now)
    wanted = draft.offer(known.brand, known.state, offer=known.id)
    planned = plan(Conditions.of(known), Conditions.of(wanted), now)
    content = content_of(wanted) != content_of(known)
    pending = {change.kind for change in await _standing(uow, form.offer)}
    if ChangeKind.TERMS in pending and (planned.better or planned.worse):
        raise ChangePending
    if ChangeKind.CONTENT in pending and content:
        raise ChangePending
    return Proposal(
        offer=known,
        wanted=wanted,
        plan=planned,
        content=content,
        open=_for_newcomers(wanted) != _for_newcomers(known),
        creators=len(await _agreed(uow, form.offer)),
    )


def content_of(offer: Offer) -> tuple[object, ...]:
    """What people see of an offer or are led to: what a moderator has approved."""
    return (
        offer.texts,
        offer.picture,
        offer.category,
        offer.place,
        offer.url,
        offer.click_param,
        offer.media,
    )


def _for_newcomers(offer: Offer) -> tuple[object, ...]:
    """Who may take the offer from now on; those who have it are not touched by it."""
    return replace(offer.eligibility, platforms=()), offer.admission, offer.starts_at


async def standing_changes(
    new_uow: UnitOfWorkFactory, *, actor: Actor, offer: OfferId
) -> tuple[Offer, Sequence[OfferChange]]:
    """A brand's own offer with what is announced or in review of it."""
    async with new_uow(read_only=True) as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        return known, await _standing(uow, offer)


async def _agreed(uow: UnitOfWork, offer: OfferId) -> Sequence[PersonId]:
    """Everybody whom the offer's conditions bind: who applies, who is in it, who is suspended."""
    return await uow.enrolments.creators_of(offer, states=GOING_ON)


async def _standing(uow: UnitOfWork, offer: OfferId) -> list[OfferChange]:
    return list((await uow.changes.standing([offer])).get(offer, []))


async def withdraw_change(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, change: int
) -> OfferChange:
    """Take back what is announced or in review; creators who were told are told that it stays.

    Raises OutOfDate("change") when it has been carried out or withdrawn already.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.changes.get(change)
        offer = await uow.offers.get(known.offer)
        actor.demand_brand(offer.brand)
        if not await uow.changes.decide(change, ChangeState.WITHDRAWN, now=now):
            raise OutOfDate("change")
        if known.kind is ChangeKind.TERMS:
            creators = await _agreed(uow, known.offer)
            await _tell(uow, creators, NoteKind.TERMS_KEPT, offer, now, {"change": change})
        await _audit(uow, actor.id, "offer.change_withdrawn", offer, known, now)
        await uow.commit()
    return known


async def apply_due_changes(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Carry out announced changes whose time has come, each exactly once; returns how many."""
    count = 0
    while True:
        async with new_uow(read_only=True) as uow:
            due = await uow.changes.due(clock(), APPLIED_AT_ONCE)
        for change in due:
            async with new_uow(background=True) as uow:
                count += await _apply(uow, change, clock())
                await uow.commit()
        if len(due) < APPLIED_AT_ONCE:
            return count


async def _apply(uow: UnitOfWork, change: OfferChange, now: datetime) -> bool:
    """Bring an announced change into force as of its date; False where it is no more to be."""
    await uow.changes.lock(change.offer)
    known = await uow.offers.get(change.offer)
    ended = known.state not in PUBLISHED
    to = ChangeState.WITHDRAWN if ended else ChangeState.APPLIED
    if not await uow.changes.decide(change.id, to, now=now) or ended:
        return False
    assert change.effective_at is not None
    changed = await uow.offers.rewrite(carried_out(known, change).over(known), now=now)
    await _bring_over(uow, known, changed, since=change.effective_at)
    brand = await uow.brands.get(known.brand)
    await stop_where_spent(uow, brand, [change.offer], now)  # the budget may have become less
    creators = await _agreed(uow, change.offer)
    managers = [one for one in await uow.brands.managers(known.brand) if one not in creators]
    facts = {
        "before": change.content["before"],
        "now": None,
        "later": change.content["after"],
        "at": change.created_at.isoformat(),
        "effective_at": change.effective_at.isoformat(),
        "change": change.id,
    }
    await _tell(uow, creators, NoteKind.TERMS_IN_FORCE, changed, now, facts)
    await _tell(uow, managers, NoteKind.TERMS_IN_FORCE, changed, now, {**facts, "reader": "brand"})
    await _audit(uow, None, "offer.change_applied", changed, change, now)
    return True


async def review_change(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    change: int,
    approve: bool,
    note: str = "",
) -> Offer:
    """A moderator lets a new content out or declines it with a note; the managers are told.

    The offer stays as it is until then. Raises BadInput("review_note"), OutOfDate("change").
    """
    actor.demand(Permission.MODERATION)
    if not approve and not note.strip():
        raise BadInput("review_note")
    now = clock()
    async with new_uow() as uow:
        known = await uow.changes.get(change)
        await uow.changes.lock(known.offer)
        offer = await uow.offers.get(known.offer)
        to = ChangeState.APPLIED if approve else ChangeState.DECLINED
        if known.kind is not ChangeKind.CONTENT or not await uow.changes.decide(
            change, to, now=now, note=note.strip()
        ):
            raise OutOfDate("change")
        if approve:
            offer = await uow.offers.rewrite(with_content(offer, known), now=now)
        kind = NoteKind.CHANGE_APPROVED if approve else NoteKind.CHANGE_DECLINED
        people = await uow.brands.managers(offer.brand)
        facts = {"change": change, "reason": note.strip()}
        await _tell(uow, people, kind, offer, now, facts)
        await _audit(uow, actor.id, f"offer.change_{to}", offer, known, now)
        await uow.commit()
    return offer


def with_content(offer: Offer, change: OfferChange) -> Offer:
    """The offer with the content that waits for review, everything else as it stands."""
    wanted = OfferForm.from_json(change.content["form"]).draft().offer(offer.brand, offer.state)
    return replace(
        offer,
        texts=wanted.texts,
        picture=wanted.picture,
        category=wanted.category,
        place=wanted.place,
        url=wanted.url,
        click_param=wanted.click_param,
        media=wanted.media,
    )


async def changes_in_review(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None = None
) -> tuple[OfferChange, Offer, Offer] | None:
    """The next new content that waits for a moderator: the change, the offer now and then."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.changes.in_review(after=after, limit=1)
        if not found:
            return None
        offer = await uow.offers.get(found[0].offer)
    return found[0], offer, with_content(offer, found[0])


async def _bring_over(uow: UnitOfWork, known: Offer, changed: Offer, *, since: datetime) -> None:
    if changed.terms.id != known.terms.id:
        assert changed.id is not None
        assert changed.terms.id is not None
        await uow.changes.bring_over(changed.id, changed.terms.id, since=since)


def _facts(planned: Plan, now: datetime) -> dict[str, Any]:
    return {
        "before": planned.before.to_json(),
        "now": planned.now and planned.now.to_json(),
        "later": planned.later and planned.later.to_json(),
        "at": now.isoformat(),
        "effective_at": planned.effective_at and planned.effective_at.isoformat(),
    }


async def _call_moderators(
    uow: UnitOfWork, offer: Offer, change: OfferChange, now: datetime
) -> None:
    brand = await uow.brands.get(offer.brand)
    staff = await uow.people.staff(Permission.MODERATION)
    facts = {"change": change.id, "brand": brand.name}
    await _tell(uow, staff, NoteKind.CHANGE_SUBMITTED, offer, now, facts)


async def _tell(
    uow: UnitOfWork,
    people: Sequence[PersonId],
    kind: NoteKind,
    offer: Offer,
    now: datetime,
    facts: Mapping[str, Any],
) -> None:
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=kind,
                key=f"{kind}:{offer.id}:{facts.get('change', int(now.timestamp()))}:{person}",
                facts={"offer": offer.id, **named(offer.title), **facts},
            )
            for person in people
        ],
        now=now,
    )


async def _audit(
    uow: UnitOfWork,
    actor: PersonId | None,
    action: str,
    offer: Offer,
    change: OfferChange,
    now: datetime,
) -> None:
    assert offer.id is not None
    facts = {"brand": offer.brand, "change": change.id, "kind": str(change.kind)}
    await uow.audit.write(actor, action, "offer", offer.id, now=now, facts=facts)
