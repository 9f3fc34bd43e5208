"""Looking whether proved posts are still there; money is never taken back by that alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.errors import NotFound, OutOfDate
from core.ids import PersonId, ProofId
from core.notifications import NoteKind, Notification, named
from core.people import Actor
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.telegram import TelegramEyes
from core.presence import GRACE, JUST_NOW, Look, PostWatch, Presence, after
from core.proofs import Proof, ProofState, ProofSubject

LOOKED_AT_ONCE: Final = 20  # posts of one sweep


@dataclass(frozen=True, slots=True)
class _Task:
    watch: PostWatch
    proof: Proof
    telegram_id: int  # of the creator


async def look_at_posts(
    new_uow: UnitOfWorkFactory, clock: Clock, eyes: TelegramEyes, *, limit: int = LOOKED_AT_ONCE
) -> int:
    """Look at the watched posts whose time has come; returns how many were looked at.

    A missing post is warned of first; only when it has not come back after the time of grace it is
    marked gone, and the brand's managers are told. What is earned is left alone.
    """
    async with new_uow(read_only=True) as uow:
        tasks = await _tasks(uow, await uow.watches.due(clock(), limit=limit))
    for task in tasks:
        look = await _seen(eyes, task)
        await _note(new_uow, clock, task, look)
    return len(tasks)


async def look_again(
    new_uow: UnitOfWorkFactory, clock: Clock, eyes: TelegramEyes, *, actor: Actor, proof: ProofId
) -> PostWatch:
    """Look at one post at once, for its creator or the brand's managers, once in a minute.

    NotFound("proof") for others, OutOfDate("proof") where the post is not watched.
    """
    async with new_uow(read_only=True) as uow:
        known = await uow.proofs.get(proof)
        subject = await uow.proofs.subject(known.enrolment)
        if subject.creator != actor.id and not actor.manages(subject.brand):
            raise NotFound("proof")
        watch = (await uow.watches.of([proof])).get(proof)
        if watch is None or watch.presence is Presence.GONE:
            raise OutOfDate("proof")
        if watch.presence is Presence.SEEN and watch.seen_at and clock() - watch.seen_at < JUST_NOW:
            return watch  # each look passes through the creator's chat
        (task,) = await _tasks(uow, [watch])
    look = await _seen(eyes, task)
    if look is Look.UNCLEAR:
        return watch
    return await _note(new_uow, clock, task, look)


async def _tasks(uow: UnitOfWork, watches: Sequence[PostWatch]) -> list[_Task]:
    proofs = await uow.proofs.many([watch.proof for watch in watches])
    people = await uow.people.many([proof.creator for proof in proofs.values()])
    return [
        _Task(watch, proofs[watch.proof], people[proofs[watch.proof].creator].telegram_id)
        for watch in watches
    ]


async def _seen(eyes: TelegramEyes, task: _Task) -> Look:
    watch = task.watch
    return await eyes.look(watch.chat_id, watch.message_id, by_way_of=task.telegram_id)


async def _note(new_uow: UnitOfWorkFactory, clock: Clock, task: _Task, look: Look) -> PostWatch:
    """Keep what a look has shown, with the messages that follow from it."""
    async with new_uow(background=True) as uow:
        now = clock()
        proof, before = task.proof, task.watch
        accepted_at = proof.reviewed_at or now
        known = after(before, look, accepted_at, now)
        if not await uow.watches.save(known, was=before):
            return before  # another worker looked, too
        if known.presence is not before.presence and proof.state is ProofState.ACCEPTED:
            if known.presence is Presence.MISSING:
                await _warn(uow, proof, now)
            elif known.presence is Presence.GONE:
                await _tell_gone(uow, proof, now)
        await uow.commit()
    return known


async def _warn(uow: UnitOfWork, proof: Proof, now: datetime) -> None:
    subject = await uow.proofs.subject(proof.enrolment)
    until = (now + GRACE).isoformat()
    await _tell(uow, [proof.creator], NoteKind.POST_MISSING, proof, subject, now, until=until)


async def _tell_gone(uow: UnitOfWork, proof: Proof, now: datetime) -> None:
    subject = await uow.proofs.subject(proof.enrolment)
    await _tell(uow, [proof.creator], NoteKind.POST_GONE, proof, subject, now)
    managers = await uow.brands.managers(subject.brand)
    name = subject.creator_name
    await _tell(uow, managers, NoteKind.POST_GONE_BRAND, proof, subject, now, creator=name)
    assert proof.id is not None
    await uow.audit.write(None, "post_gone", "proof", proof.id, now=now, facts={"link": proof.link})


async def _tell(
    uow: UnitOfWork,
    people: Sequence[PersonId],
    kind: NoteKind,
    proof: Proof,
    subject: ProofSubject,
    now: datetime,
    **facts: Any,
) -> None:
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=kind,
                key=f"proof:{proof.id}:{kind}:{now.timestamp():.6f}:{person}",
                facts={"proof": proof.id, **named(subject.title), **facts},
            )
            for person in people
        ],
        now=now,
    )
