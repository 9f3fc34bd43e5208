"""Proofs: a creator sends a published post, the brand's managers decide on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.enrolments import EnrolmentState
from core.errors import (
    BadInput,
    NotFound,
    OfferNotActive,
    OutOfDate,
    ProofAlreadyReviewed,
    ProofRefused,
)
from core.ids import BrandId, EnrolmentId, ProofId
from core.labels import LabelCheck, LabelOutcome, check_label, label_text
from core.notifications import NoteKind, Notification, named
from core.people import Actor, Platform
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.presence import PostWatch, telegram_post, watch
from core.proofs import (
    CAPTION_MAX,
    DECISIONS,
    Proof,
    ProofState,
    ProofSubject,
    RejectReason,
    demand_own,
    post_link,
)

# Whoever was in the offer may still prove a post: held commissions may wait for it.
_PROVABLE = frozenset({EnrolmentState.ACTIVE, EnrolmentState.LEFT, EnrolmentState.ENDED})

_NOTES = {
    ProofState.ACCEPTED: NoteKind.PROOF_ACCEPTED,
    ProofState.CHANGES: NoteKind.PROOF_CHANGES,
    ProofState.REJECTED: NoteKind.PROOF_REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofCheck:
    """What the automatic checks say of a post that may be sent, perhaps with a warning."""

    subject: ProofSubject
    link: str
    platform: Platform | None
    label: LabelCheck
    corrects: ProofId | None = None

    @property
    def label_text(self) -> str:
        """The label for this brand, to copy."""
        return label_text(self.subject.legal_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """A proof with what it is about; `label` repeats the check, with the reason of a warning.

    `earlier` are the contents that corrected ones have superseded, newest first; `watch` is what is
    known of the post by now, where it can be looked at.
    """

    proof: Proof
    subject: ProofSubject
    label: LabelCheck
    earlier: tuple[Proof, ...] = ()
    watch: PostWatch | None = None

    @property
    def label_text(self) -> str:
        """The label for this brand, to copy."""
        return label_text(self.subject.legal_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPage:
    """Some proofs, the id to go on after (None at the end), and how many wait in all."""

    items: Sequence[ProofView]
    next_after: int | None
    waiting: int = 0


async def proof_subject(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> ProofSubject:
    """What a proof for the actor's enrolment would be about."""
    async with new_uow(read_only=True) as uow:
        return await _own_subject(uow, actor, enrolment)


async def check_proof(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    link: str | None,
    caption: str,
    screenshot_sha256: str = "",
    corrects: ProofId | None = None,
) -> ProofCheck:
    """Run every automatic check without sending anything; raises what `submit_proof` would."""
    async with new_uow(read_only=True) as uow:
        return await _check(
            uow,
            actor,
            enrolment,
            link=link,
            caption=caption,
            screenshot_sha256=screenshot_sha256,
            corrects=corrects,
        )


async def submit_proof(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    link: str | None,
    caption: str,
    screenshot_file_id: str = "",
    screenshot_sha256: str = "",
    corrects: ProofId | None = None,
) -> Proof:
    """Send a post to the brand's managers.

    `corrects` names the proof that was sent back for changes; the same link corrects it, too. The
    corrected content takes the place of the old one, which is kept as superseded. Raises
    BadInput("post_link"), ProofRefused, AlreadyUsed, OutOfDate("proof") where the
    proof to correct waits for no changes.
    """
    async with new_uow() as uow:
        now = clock()
        check = await _check(
            uow,
            actor,
            enrolment,
            link=link,
            caption=caption,
            screenshot_sha256=screenshot_sha256,
            corrects=corrects,
        )
        proof = Proof(
            id=check.corrects,
            enrolment=enrolment,
            creator=actor.id,
            state=ProofState.PENDING,
            link=check.link,
            platform=check.platform,
            caption=caption.strip(),
            label=check.label.outcome,
            sent_at=now,
            screenshot_file_id=screenshot_file_id,
            screenshot_sha256=screenshot_sha256,
        )
        if check.corrects is None:
            proof = await uow.proofs.add(proof, check.subject.brand)
        else:
            await uow.watches.supersede(await uow.proofs.get(check.corrects), now=now)
            await uow.proofs.resend(proof)
        await uow.outbox.add(
            [
                Notification(
                    person=manager,
                    kind=NoteKind.PROOF_SENT,
                    key=f"proof:{proof.id}:sent:{now.timestamp():.6f}:{manager}",
                    facts={
                        "proof": proof.id,
                        **named(check.subject.title),
                        "creator": check.subject.creator_name,
                    },
                )
                for manager in await uow.brands.managers(check.subject.brand)
            ],
            now=now,
        )
        await uow.commit()
    return proof


async def my_proofs(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None = None, limit: int = 6
) -> ProofPage:
    """The actor's own proofs, newest first."""
    async with new_uow(read_only=True) as uow:
        found = await uow.proofs.of_creator(actor.id, after=after, limit=limit + 1)
        return ProofPage(
            items=await _views(uow, found[:limit]),
            next_after=found[limit - 1].id if len(found) > limit else None,
        )


async def proof_card(new_uow: UnitOfWorkFactory, *, actor: Actor, proof: ProofId) -> ProofView:
    """One proof, for its creator and its brand's managers; NotFound("proof") for others."""
    async with new_uow(read_only=True) as uow:
        (view,) = await _views(uow, [await uow.proofs.get(proof)])
    if view.subject.creator != actor.id and not actor.manages(view.subject.brand):
        raise NotFound("proof")
    return view


async def proofs_to_review(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    after: int | None = None,
    limit: int = 1,
) -> ProofPage:
    """The brand's proofs that wait for a manager, oldest first."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        found = await uow.proofs.to_review(brand, after=after, limit=limit + 1)
        return ProofPage(
            items=await _views(uow, found[:limit]),
            next_after=found[limit - 1].id if len(found) > limit else None,
            waiting=(await uow.proofs.waiting([brand])).get(brand, 0),
        )


async def waiting_proofs(new_uow: UnitOfWorkFactory, *, actor: Actor) -> dict[BrandId, int]:
    """How many proofs wait for the actor, for each brand that has any."""
    async with new_uow(read_only=True) as uow:
        return await uow.proofs.waiting([brand for brand, _ in actor.brands])


async def review_proof(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    proof: ProofId,
    to: ProofState,
    reason: RejectReason | None = None,
    seen: datetime | None = None,
) -> ProofView:
    """Accept a proof, send it back for changes, or reject it; the creator is told.

    The first decision stands: a second one gets ProofAlreadyReviewed. `seen` is the `sent_at` of
    the content that the manager looked at (compared by the second): where the creator has sent
    another since, nothing is decided and OutOfDate("proof") is raised. The first accepted proof of
    an enrolment is dated there: releases may wait for it.
    """
    if to not in DECISIONS or (to is ProofState.ACCEPTED) != (reason is None):
        raise BadInput("reason")
    async with new_uow() as uow:
        now = clock()
        (view,) = await _views(uow, [await uow.proofs.get(proof)])
        actor.demand_brand(view.subject.brand)
        known = view.proof
        if known.state is not ProofState.PENDING:
            raise ProofAlreadyReviewed(known.state)
        if seen is not None and int(seen.timestamp()) != int(known.sent_at.timestamp()):
            raise OutOfDate("proof")
        word = reason or ""
        if not await uow.proofs.review(known, to=to, reason=word, by=actor.id, now=now):
            current = await uow.proofs.get(proof)
            if current.state is ProofState.PENDING:
                raise OutOfDate("proof")
            raise ProofAlreadyReviewed(current.state)
        if to is ProofState.ACCEPTED:
            await uow.proofs.mark_proved(known.enrolment, now=now)
            await _begin_watch(uow, known, now)
        facts = {"proof": proof, **named(view.subject.title)}
        if reason is not None:
            facts["reason"] = reason
        await uow.outbox.add(
            [
                Notification(
                    person=known.creator,
                    kind=_NOTES[to],
                    key=f"proof:{proof}:{to}:{now.timestamp():.6f}",
                    facts=facts,
                )
            ],
            now=now,
        )
        await uow.audit.write(
            actor.id, f"proof_{to}", "proof", proof, now=now, facts={"reason": word}
        )
        await uow.commit()
    decided = replace(known, state=to, reason=word, reviewed_by=actor.id, reviewed_at=now)
    return replace(view, proof=decided)


async def _check(
    uow: UnitOfWork,
    actor: Actor,
    enrolment: EnrolmentId,
    *,
    link: str | None,
    caption: str,
    screenshot_sha256: str,
    corrects: ProofId | None,
) -> ProofCheck:
    """Every check of a post; `corrects` of the result is the row that the content will replace."""
    actor.demand_creator()
    subject = await _own_subject(uow, actor, enrolment)
    if subject.state not in _PROVABLE:
        raise OfferNotActive
    if not link and not screenshot_sha256:
        raise ProofRefused("empty")
    if len(caption) > CAPTION_MAX:
        raise BadInput("caption", str(len(caption)))
    canonical, platform = post_link(link) if link else ("", None)
    if link:
        creator = await uow.creators.get(actor.id)
        demand_own(link, creator.channels, subject.platforms)
    if corrects is not None:
        known = await uow.proofs.get(corrects)
        if known.creator != actor.id or known.enrolment != enrolment:
            raise NotFound("proof")
        if known.state is not ProofState.CHANGES:
            raise OutOfDate("proof")
    elif canonical and (returned := await uow.proofs.returned(enrolment, canonical)):
        corrects = returned.id
    await uow.proofs.demand_unused(canonical, screenshot_sha256, by=corrects)
    label = check_label(caption)
    if label.outcome is LabelOutcome.FAIL:
        raise ProofRefused("label_missing" if label.reason == "empty" else label.reason)
    return ProofCheck(
        subject=subject, link=canonical, platform=platform, label=label, corrects=corrects
    )


async def _begin_watch(uow: UnitOfWork, proof: Proof, now: datetime) -> None:
    """From now on look whether the post is still there, where the bot administers its channel."""
    creator = await uow.creators.get(proof.creator)
    post = telegram_post(proof.link, creator.channels)
    if post is not None:
        assert proof.id is not None
        await uow.watches.begin(watch(proof.id, *post, now))


async def _own_subject(uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId) -> ProofSubject:
    subject = await uow.proofs.subject(enrolment)
    if subject.creator != actor.id:
        raise NotFound("enrolment")
    return subject


async def _views(uow: UnitOfWork, found: Sequence[Proof]) -> list[ProofView]:
    subjects = await uow.proofs.subjects([proof.enrolment for proof in found])
    ids = [proof.id for proof in found if proof.id is not None]
    earlier = await uow.watches.superseded(ids)
    watches = await uow.watches.of(ids)
    return [
        ProofView(
            proof=proof,
            subject=subjects[proof.enrolment],
            label=check_label(proof.caption),
            earlier=tuple(earlier.get(proof.id, ())) if proof.id else (),
            watch=watches.get(proof.id) if proof.id else None,
        )
        for proof in found
    ]
