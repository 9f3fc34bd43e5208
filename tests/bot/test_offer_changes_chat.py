"""Changing a published offer through the chat: terms with notice, new texts, material, copies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from core.ids import OfferId
from core.offers import MediaFile, MediaKit, OfferState
from core.people import BrandRole, Locale, Permission
from core.usecases.changes import apply_due_changes
from core.usecases.enrolments import take_offer
from core.usecases.offers import store_media
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.builders import DRAFT, a_brand, a_creator, a_person, an_offer


@dataclass
class Scene:
    """A published offer, its manager, an enrolled creator and a moderator, all reading English."""

    stage: Stage
    manager: Person
    creator: Person
    moderator: Person
    offer: OfferId


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    now, new_uow, english = stage.clock(), stage.new_uow, Locale.EN
    manager, creator, moderator = [
        stage.sandbox.person(name) for name in ("Manager", "Creator", "Moderator")
    ]
    brand, actor = await a_brand(new_uow, now, "Айна", manager_id=manager.id, locale=english)
    promoter = await a_creator(new_uow, now, telegram_id=creator.id, locale=english)
    staff = await a_person(new_uow, now, "Moderator", telegram_id=moderator.id, locale=english)
    async with new_uow() as uow:
        await uow.brands.set_manager(brand.id, actor.id, BrandRole.OWNER)
        await uow.people.grant(staff.id, [Permission.MODERATION])
        await uow.commit()
    upload = await store_media(
        new_uow, stage.clock, actor=actor, name="logo.png", data=b"a picture"
    )
    draft = replace(DRAFT, media=MediaKit(files=(MediaFile(upload=upload, name="logo.png"),)))
    offer = await an_offer(new_uow, now, brand.id, draft)
    assert offer.id is not None
    await take_offer(new_uow, stage.clock, actor=promoter, offer=offer.id)
    for person in (manager, creator, moderator):  # a bot may not write to who never wrote to it
        await person.send("/menu")
        await person.expect("")
    return Scene(stage, manager, creator, moderator, offer.id)


async def open_offer(manager: Person) -> None:
    await manager.send("/brandoffers")
    await manager.click("Уход за лицом")
    await manager.expect("active")


async def change_commission(manager: Person, to: str) -> None:
    await open_offer(manager)
    await manager.click("Change the terms or texts")
    await manager.expect("before anything happens you see what it does")
    await manager.click("Creators' reward")
    await manager.tap("off:g:commission:open", message=manager.last)
    await manager.expect("Now: 10%")
    await manager.send(to)
    await manager.expect(f"Commission: {to}")
    await manager.click("Back")
    await manager.click("See what changes")


async def test_a_worse_rate_is_announced_withdrawn_announced_again_and_comes(
    scene: Scene,
) -> None:
    manager, creator, stage = scene.manager, scene.creator, scene.stage
    await change_commission(manager, "5%")
    await manager.expect("Worse for creators – from 06.12.2026")
    await manager.click("Yes, change")
    await manager.expect("comes on 06.12.2026")
    await creator.expect("Until 06.12.2026 everything stays as it is")
    await creator.click("Open")
    await creator.expect("From 06.12.2026 for new orders")

    await manager.click("See the offer")
    await manager.click("Announced changes")
    await manager.expect("Reward: 10% → 5%")
    await manager.click("Withdraw the change of terms")
    await manager.expect("Withdraw the change of terms?")
    withdraw = manager.last
    await manager.click("Yes, withdraw")
    await manager.expect("Nothing is announced")
    await creator.expect("everything stays as it is")
    await manager.tap("ocm:" + f"{scene.offer}:wy:1", message=withdraw)
    await manager.expect_alert("out of date")

    await change_commission(manager, "5%")
    await manager.click("Yes, change")
    await manager.expect("comes on 06.12.2026")
    stage.clock.advance(days=20)
    assert await apply_due_changes(stage.new_uow, stage.clock) == 1
    await creator.expect("in force since 06.12.2026")
    assert stage.sandbox.unanswered == []


async def test_new_texts_are_reviewed_while_the_offer_goes_on(scene: Scene) -> None:
    manager, moderator = scene.manager, scene.moderator
    await open_offer(manager)
    await manager.click("Change the terms or texts")
    await manager.click("See what changes")
    await manager.expect("Nothing has changed yet")
    await manager.click("Back")
    await manager.click("Texts and picture")
    await manager.click("Title in Russian")
    await manager.send("Новый крем <b>")
    await manager.expect("Новый крем <b>")
    await manager.click("Back")
    await manager.click("See what changes")
    await manager.expect("wait for a moderator")
    await manager.click("Yes, change")
    await manager.expect("A moderator looks at the new texts")

    await moderator.expect("wants to change the offer")
    await moderator.click("Open")
    await moderator.expect("➕ Новый крем <b>")
    await moderator.click("Decline")
    await moderator.expect("Why is the change declined?")
    await moderator.send("No tags, please")
    await moderator.expect("The change is declined")
    await manager.expect("No tags, please")
    async with scene.stage.new_uow(read_only=True) as uow:
        offer = await uow.offers.get(scene.offer)
    assert (offer.state, offer.text(Locale.RU).title) == (OfferState.ACTIVE, "Уход за лицом")
    assert scene.stage.sandbox.unanswered == []


async def test_a_creator_fetches_the_material_from_the_card(scene: Scene) -> None:
    creator = scene.creator
    await creator.send("/offers")
    await creator.click("Уход за лицом")
    await creator.expect("Your code")

    await creator.click("Files for the post")

    file = await creator.expect_file("logo.png")
    assert file.download() == b"a picture"
    assert scene.stage.sandbox.unanswered == []


async def test_an_offer_is_copied_into_a_draft_of_its_own(scene: Scene) -> None:
    manager = scene.manager
    await open_offer(manager)
    await manager.click("New offer like this one")
    await manager.expect("Everything that is needed is there")
    await manager.click("Publish")
    await manager.expect("Publish the offer?")
    await manager.click("Yes, send for review")
    await manager.expect("Sent for review")
    async with scene.stage.new_uow(read_only=True) as uow:
        old = await uow.offers.get(scene.offer)
        new, _ = await uow.offers.of_brand(old.brand, after=None, limit=5)
    assert new.state is OfferState.REVIEW
    assert (new.texts, new.terms.rule, new.media) == (old.texts, old.terms.rule, old.media)


async def test_an_offer_is_ended_with_notice_and_its_creator_is_told_the_day(
    scene: Scene,
) -> None:
    manager = scene.manager
    await open_offer(manager)
    await manager.click("End")
    await manager.expect("its creators are told the day now")
    await manager.click("End on 05.12.2026")
    await manager.expect("05.12.2026 включительно")
    await scene.creator.expect("ends on 05.12.2026")
    assert scene.stage.sandbox.unanswered == []
