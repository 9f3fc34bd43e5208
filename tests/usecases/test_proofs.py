"""Proofs from the creator's post to the manager's decision, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import (
    AlreadyUsed,
    BadInput,
    NotAllowed,
    NotFound,
    OfferNotActive,
    OutOfDate,
    ProofAlreadyReviewed,
    ProofRefused,
)
from core.ids import BrandId, EnrolmentId, OfferId
from core.labels import label_text
from core.notifications import NoteKind
from core.people import Actor, BrandRole, Channel, Platform
from core.ports import UnitOfWorkFactory
from core.proofs import Proof, ProofState, RejectReason, channel_link
from core.usecases.enrolments import take_offer
from core.usecases.offers import end_offer
from core.usecases.proofs import (
    check_proof,
    my_proofs,
    proof_card,
    proofs_to_review,
    review_proof,
    submit_proof,
    waiting_proofs,
)
from db.models import enrolments, outbox, proofs
from tests.builders import a_brand, a_creator, a_person, an_offer
from tests.conftest import FrozenClock

POST = "https://www.instagram.com/p/Cabc123/?igsh=tail"
CAPTION = "Жарнама / Реклама. «Айна» ЖШС. Мен бұл кремді ұнатамын, код AIGERIM10"


@dataclass(frozen=True)
class Market:
    """A brand with an offer, two managers, and a creator who took it."""

    brand: BrandId
    offer: OfferId
    manager: Actor
    second: Actor
    creator: Actor
    enrolment: EnrolmentId
    stranger: Actor
    strange_enrolment: EnrolmentId


@pytest.fixture
async def market(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Market:
    brand, manager = await a_brand(new_uow, clock(), "Айна")
    second = replace(await a_person(new_uow, clock(), "Second"), brands=manager.brands)
    creator = await a_creator(new_uow, clock(), "Айгерім")
    stranger = await a_creator(new_uow, clock(), "Дана")
    async with new_uow() as uow:
        await uow.brands.set_manager(brand.id, second.id, BrandRole.MEMBER)
        for url in ("instagram.com/aigerim", "@aigerim_kz"):
            link, platform = channel_link(url)
            channel = Channel(id=None, platform=platform, url=link, followers=5_000)
            await uow.creators.put_channel(creator.id, channel)
        await uow.commit()
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id is not None
    cards = [
        await take_offer(new_uow, clock, actor=one, offer=offer.id) for one in (creator, stranger)
    ]
    return Market(
        brand=brand.id,
        offer=offer.id,
        manager=manager,
        second=second,
        creator=creator,
        enrolment=cards[0].enrolment.id,
        stranger=stranger,
        strange_enrolment=cards[1].enrolment.id,
    )


async def send(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    market: Market,
    *,
    link: str | None = POST,
    caption: str = CAPTION,
    sha256: str = "",
) -> Proof:
    """The creator's post, sent as it is."""
    return await submit_proof(
        new_uow,
        clock,
        actor=market.creator,
        enrolment=market.enrolment,
        link=link,
        caption=caption,
        screenshot_file_id="file" if sha256 else "",
        screenshot_sha256=sha256,
    )


async def review(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    actor: Actor,
    proof: Proof,
    to: ProofState,
    *,
    seen: datetime | None = None,
) -> None:
    """A manager's decision, with a reason where one is due."""
    assert proof.id is not None
    await review_proof(
        new_uow,
        clock,
        actor=actor,
        proof=proof.id,
        to=to,
        reason=None if to is ProofState.ACCEPTED else RejectReason.CODE_MISSING,
        seen=seen,
    )


async def notes(engine: AsyncEngine, kind: NoteKind) -> list[tuple[int, dict[str, object]]]:
    """Whom a kind of notification goes to, and its facts."""
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.select(outbox.c.person_id, outbox.c.facts)
            .where(outbox.c.kind == kind)
            .order_by(outbox.c.id)
        )
        return [(row.person_id, row.facts) for row in rows]


async def proved_at(engine: AsyncEngine, enrolment: EnrolmentId) -> datetime | None:
    """When the enrolment's first proof was accepted."""
    async with engine.connect() as connection:
        found: datetime | None = await connection.scalar(
            sa.select(enrolments.c.proof_accepted_at).where(enrolments.c.id == enrolment)
        )
    return found


async def count(engine: AsyncEngine) -> int:
    """How many proofs there are."""
    async with engine.connect() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(proofs)) or 0


async def test_a_sent_post_waits_for_every_manager_of_the_brand(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)

    page = await proofs_to_review(new_uow, actor=market.manager, brand=market.brand)
    (view,) = page.items
    assert (proof.link, proof.platform) == ("https://instagram.com/p/Cabc123", Platform.INSTAGRAM)
    assert view.proof == proof
    assert (view.subject.creator_name, view.subject.code) == ("Айгерім", "AIGERIM10")
    assert view.label_text == label_text("«Айна» ЖШС")
    assert (page.waiting, page.next_after) == (1, None)
    assert await waiting_proofs(new_uow, actor=market.second) == {market.brand: 1}
    told = await notes(engine, NoteKind.PROOF_SENT)
    assert [who for who, _ in told] == [market.manager.id, market.second.id]
    assert told[0][1]["creator"] == "Айгерім"


async def test_a_check_says_what_sending_would_and_sends_nothing(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    check = await check_proof(
        new_uow, actor=market.creator, enrolment=market.enrolment, link=POST, caption=CAPTION
    )

    assert check.label.outcome == "pass"
    assert await count(engine) == 0


async def test_accepting_dates_the_first_proof_and_tells_the_creator(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    first = await send(new_uow, clock, market)
    second = await send(new_uow, clock, market, link="t.me/aigerim_kz/5")
    await review(new_uow, clock, market.manager, first, ProofState.ACCEPTED)
    accepted = clock()
    clock.advance(hours=1)

    await review(new_uow, clock, market.second, second, ProofState.ACCEPTED)

    assert await proved_at(engine, market.enrolment) == accepted
    told = await notes(engine, NoteKind.PROOF_ACCEPTED)
    assert [who for who, _ in told] == [market.creator.id] * 2
    assert told[0][1]["titles"] == {
        "kk": "Бет күтімі",
        "ru": "Уход за лицом",
        "en": "Уход за лицом",
    }


async def test_two_managers_at_once_make_one_decision(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)
    decisions = [
        review(new_uow, clock, market.manager, proof, ProofState.ACCEPTED),
        review(new_uow, clock, market.second, proof, ProofState.REJECTED),
        review(new_uow, clock, market.manager, proof, ProofState.ACCEPTED),
    ]

    outcomes = await asyncio.gather(*decisions, return_exceptions=True)

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ProofAlreadyReviewed) for outcome in outcomes) == 2
    told = await notes(engine, NoteKind.PROOF_ACCEPTED) + await notes(
        engine, NoteKind.PROOF_REJECTED
    )
    assert len(told) == 1


async def test_a_proof_sent_back_is_corrected_in_its_place(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)
    await review(new_uow, clock, market.manager, proof, ProofState.CHANGES)
    clock.advance(minutes=5)

    again = await send(new_uow, clock, market, caption=CAPTION + " — түзетілді")

    assert again.id == proof.id
    assert await count(engine) == 1
    (view,) = (await my_proofs(new_uow, actor=market.creator)).items
    assert (view.proof.state, view.proof.reason) == (ProofState.PENDING, "")
    assert view.proof.caption.endswith("түзетілді")
    assert len(await notes(engine, NoteKind.PROOF_SENT)) == 4


async def test_what_was_corrected_is_kept_as_superseded(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)
    assert proof.id is not None
    for reason in (RejectReason.NO_LABEL, RejectReason.CODE_MISSING):
        await review_proof(
            new_uow,
            clock,
            actor=market.manager,
            proof=proof.id,
            to=ProofState.CHANGES,
            reason=reason,
        )
        clock.advance(hours=1)
        await send(new_uow, clock, market, caption=f"{CAPTION} {reason}")

    for reader in (market.creator, market.manager):
        view = await proof_card(new_uow, actor=reader, proof=proof.id)
        assert view.proof.state is ProofState.PENDING
        assert [one.reason for one in view.earlier] == ["code_missing", "no_label"]
        assert view.earlier[-1].caption == CAPTION
        assert view.earlier[-1].sent_at == proof.sent_at


async def test_a_correction_may_bring_another_post(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)
    await review(new_uow, clock, market.manager, proof, ProofState.CHANGES)

    again = await submit_proof(
        new_uow,
        clock,
        actor=market.creator,
        enrolment=market.enrolment,
        link="https://instagram.com/p/Cother",
        caption=CAPTION,
        corrects=proof.id,
    )

    assert (again.id, again.link) == (proof.id, "https://instagram.com/p/Cother")
    assert await count(engine) == 1
    with pytest.raises(OutOfDate):
        await submit_proof(
            new_uow,
            clock,
            actor=market.creator,
            enrolment=market.enrolment,
            link="https://instagram.com/p/Cthird",
            caption=CAPTION,
            corrects=proof.id,
        )


async def test_a_manager_cannot_accept_a_post_that_was_replaced_unseen(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)
    await review(new_uow, clock, market.manager, proof, ProofState.CHANGES)
    clock.advance(minutes=5)
    again = await send(new_uow, clock, market, caption=CAPTION + "!")

    with pytest.raises(OutOfDate):
        await review(new_uow, clock, market.second, proof, ProofState.ACCEPTED, seen=proof.sent_at)

    await review(new_uow, clock, market.second, proof, ProofState.ACCEPTED, seen=again.sent_at)


@pytest.mark.parametrize(
    "link",
    [POST, "instagram.com/p/Cabc123#x", "https://instagram.com/aigerim/p/Cabc123"],
    ids=["same", "bare", "with name"],
)
async def test_one_post_is_sent_once_however_its_address_is_written(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market, link: str
) -> None:
    await send(new_uow, clock, market)

    with pytest.raises(AlreadyUsed) as refusal:
        await send(new_uow, clock, market, link=link)

    assert refusal.value.field == "proof_link"


async def test_one_screenshot_is_sent_once_even_by_another_creator(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    await send(new_uow, clock, market, link=None, sha256="a" * 64)

    with pytest.raises(AlreadyUsed) as refusal:
        await submit_proof(
            new_uow,
            clock,
            actor=market.stranger,
            enrolment=market.strange_enrolment,
            link=None,
            caption=CAPTION,
            screenshot_sha256="a" * 64,
        )

    assert refusal.value.field == "screenshot"


async def test_five_taps_send_one_proof(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    taps = [send(new_uow, clock, market, sha256="b" * 64) for _ in range(5)]

    outcomes = await asyncio.gather(*taps, return_exceptions=True)

    assert sum(isinstance(outcome, Proof) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyUsed) for outcome in outcomes) == 4
    assert await count(engine) == 1


@pytest.mark.parametrize(
    ("link", "caption", "reason"),
    [
        (POST, "Мен бұл кремді ұнатамын", "label_missing"),
        (POST, "", "label_missing"),
        (POST, "#ad I love this cream", "label_not_kk_ru"),
        ("tiktok.com/@aigerim/video/7", CAPTION, "platform"),
        ("t.me/somebody_else/7", CAPTION, "channel"),
        (None, CAPTION, "empty"),
    ],
    ids=["no label", "no text", "english", "platform", "channel", "nothing"],
)
async def test_a_post_that_fails_a_check_is_refused_with_its_reason(
    new_uow: UnitOfWorkFactory,
    engine: AsyncEngine,
    clock: FrozenClock,
    market: Market,
    link: str | None,
    caption: str,
    reason: str,
) -> None:
    with pytest.raises(ProofRefused) as refusal:
        await send(new_uow, clock, market, link=link, caption=caption)

    assert refusal.value.reason == reason
    assert await count(engine) == 0


async def test_a_doubtful_label_goes_to_the_manager_with_a_flag(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    caption = "Керемет крем! " * 12 + "Жарнама"

    proof = await send(new_uow, clock, market, caption=caption)

    assert proof.label == "warn"
    assert proof.id is not None
    view = await proof_card(new_uow, actor=market.manager, proof=proof.id)
    assert view.label.reason


async def test_what_is_not_a_post_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    with pytest.raises(BadInput):
        await send(new_uow, clock, market, link="https://example.com/1")


async def test_nobody_proves_or_reviews_for_others(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)
    assert proof.id is not None

    with pytest.raises(NotFound):
        await submit_proof(
            new_uow,
            clock,
            actor=market.stranger,
            enrolment=market.enrolment,
            link="https://instagram.com/p/Cdana",
            caption=CAPTION,
        )
    with pytest.raises(NotAllowed):
        await review(new_uow, clock, market.creator, proof, ProofState.ACCEPTED)
    with pytest.raises(NotAllowed):
        await proofs_to_review(new_uow, actor=market.creator, brand=market.brand)
    with pytest.raises(NotFound):
        await proof_card(new_uow, actor=market.stranger, proof=proof.id)
    with pytest.raises(NotAllowed):
        await submit_proof(
            new_uow,
            clock,
            actor=market.manager,
            enrolment=market.enrolment,
            link=POST,
            caption=CAPTION,
        )


async def test_a_refusal_needs_a_reason_and_an_acceptance_has_none(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    proof = await send(new_uow, clock, market)
    assert proof.id is not None

    for to, reason in (
        (ProofState.REJECTED, None),
        (ProofState.CHANGES, None),
        (ProofState.ACCEPTED, RejectReason.NO_LABEL),
        (ProofState.PENDING, RejectReason.NO_LABEL),
    ):
        with pytest.raises(BadInput):
            await review_proof(
                new_uow, clock, actor=market.manager, proof=proof.id, to=to, reason=reason
            )


async def test_a_post_can_still_be_proved_after_the_offer_has_ended(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    await end_offer(new_uow, clock, actor=market.manager, offer=market.offer)

    proof = await send(new_uow, clock, market)

    assert proof.state is ProofState.PENDING


async def test_a_suspended_enrolment_proves_nothing(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, market: Market
) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.update(enrolments).values(state="suspended"))

    with pytest.raises(OfferNotActive):
        await send(new_uow, clock, market)


async def test_lists_are_paged_without_gaps(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, market: Market
) -> None:
    sent = []
    for number in range(5):
        clock.now += timedelta(seconds=1)
        proof = await send(new_uow, clock, market, link=f"t.me/aigerim_kz/{number + 1}")
        sent.append(proof.id)

    mine: list[int | None] = []
    after: int | None = None
    while True:
        page = await my_proofs(new_uow, actor=market.creator, after=after, limit=2)
        mine += [view.proof.id for view in page.items]
        after = page.next_after
        if after is None:
            break
    first = await proofs_to_review(new_uow, actor=market.manager, brand=market.brand, limit=3)
    rest = await proofs_to_review(
        new_uow, actor=market.manager, brand=market.brand, after=first.next_after, limit=3
    )

    assert mine == sent[::-1]
    assert [view.proof.id for view in [*first.items, *rest.items]] == sent
    assert rest.next_after is None
