"""A proved post in a Telegram channel is looked at now and then; a warning comes first."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.callbacks.proofs import ProofCard, ProofLook
from bot.telegram_eyes import Eyes
from core.ids import ProofId
from core.labels import label_text
from core.people import Actor, Locale
from core.presence import Presence
from core.proofs import ProofState
from core.usecases.enrolments import take_offer
from core.usecases.presence import look_again
from core.usecases.proofs import proof_card, review_proof, submit_proof
from scripts.application import press
from scripts.sandbox import Channel, Message, Person
from scripts.sandbox.faults import FaultKind
from tests.bot.conftest import Stage
from tests.builders import a_brand, a_creator, an_offer

CREATOR, MANAGER = 830_000_001, 830_000_002


@dataclass
class Scene:
    """A creator with a channel that the bot administers, and an accepted post there."""

    stage: Stage
    creator: Person
    manager: Person
    actor: Actor
    channel: Channel
    post: Message
    proof: ProofId

    async def sweep(self, **step: float) -> None:
        self.stage.clock.advance(**step)
        await self.stage.running.jobs.sweep()

    async def presence(self) -> Presence | None:
        view = await proof_card(self.stage.new_uow, actor=self.actor, proof=self.proof)
        return view.watch.presence if view.watch else None


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    new_uow, clock = stage.new_uow, stage.clock
    brand, managing = await a_brand(new_uow, clock(), "Айна", manager_id=MANAGER, locale=Locale.EN)
    actor = await a_creator(new_uow, clock(), telegram_id=CREATOR, locale=Locale.EN)
    creator = stage.sandbox.person("Айгерім", language_code="en", telegram_id=CREATOR)
    manager = stage.sandbox.person("Manager", language_code="en", telegram_id=MANAGER)
    for person in (creator, manager):
        await person.send("/menu")
        await person.expect("Üles")
    channel = stage.sandbox.channel("Blog", username="aigerim", members=5_000, owner=creator)
    channel.promote_bot(by=creator)
    await creator.expect("is verified")
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id is not None
    card = await take_offer(new_uow, clock, actor=actor, offer=offer.id)
    text = f"{label_text(brand.legal_name)}. {card.enrolment.code}"
    post = channel.post(text)
    proof = await submit_proof(
        new_uow,
        clock,
        actor=actor,
        enrolment=card.enrolment.id,
        link=f"https://t.me/aigerim/{post.message_id}",
        caption=text,
    )
    assert proof.id is not None
    await review_proof(new_uow, clock, actor=managing, proof=proof.id, to=ProofState.ACCEPTED)
    await creator.expect("has been accepted")
    return Scene(stage, creator, manager, actor, channel, post, proof.id)


async def test_a_look_leaves_no_trace(scene: Scene) -> None:
    before = len(scene.creator.received)

    await scene.sweep(hours=24)

    assert scene.stage.sandbox.calls("forwardMessage") == 1
    assert len(scene.creator.received) == before
    assert await scene.presence() is Presence.SEEN


async def test_a_deleted_post_is_warned_of_and_then_told_to_the_brand(scene: Scene) -> None:
    scene.channel.delete(scene.post)

    await scene.sweep(hours=24)
    await scene.creator.expect("We do not find your post")
    assert not scene.manager.count("is gone")
    await scene.sweep(hours=49)
    await scene.sweep(hours=49)  # again: nothing is told twice

    await scene.creator.expect("counts as gone")
    await scene.manager.expect("is gone")
    assert scene.manager.count("is gone") == 1
    assert await scene.presence() is Presence.GONE
    await scene.manager.click("Open")
    await scene.manager.expect("The post is gone")


async def test_a_false_alarm_is_cleared_by_the_creator(scene: Scene) -> None:
    scene.post.post.deleted = True
    await scene.sweep(hours=24)
    await scene.creator.expect("We do not find your post")
    scene.post.post.deleted = False

    await press(scene.creator, ProofCard)
    await scene.creator.expect("has not been found since")
    await press(scene.creator, ProofLook)

    await scene.creator.expect("The post was there")
    await scene.sweep(hours=49)
    assert await scene.presence() is Presence.SEEN


async def test_who_taps_again_and_again_looks_once(scene: Scene) -> None:
    scene.stage.clock.advance(hours=1)
    for _ in range(4):
        await look_again(
            scene.stage.new_uow,
            scene.stage.clock,
            Eyes(scene.stage.running.bot),
            actor=scene.actor,
            proof=scene.proof,
        )

    assert scene.stage.sandbox.calls("forwardMessage") == 1


async def test_what_telegram_does_not_let_us_see_blames_nobody(scene: Scene) -> None:
    scene.channel.protect()
    await scene.sweep(hours=24)
    assert await scene.presence() is Presence.UNKNOWN

    scene.stage.sandbox.fail(FaultKind.ERROR, "forwardMessage", status=500, times=9)
    await scene.sweep(hours=24)

    assert await scene.presence() is Presence.UNKNOWN
    assert not scene.creator.count("We do not find")
