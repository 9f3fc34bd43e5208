"""From a manager's form to an accepted post, through the chat: the form, the review, the proof."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.ids import OfferId
from core.people import Actor, BrandRole, Channel, Locale, Permission
from core.proofs import channel_link
from core.usecases.enrolments import take_offer
from scripts.sandbox import Person, Sandbox
from tests.bot.conftest import Stage
from tests.builders import a_brand, a_creator, a_person
from tests.sandbox.pictures import png

LABEL = "Жарнама / Реклама. «Айна» ЖШС"


@dataclass
class Scene:
    """A brand's two managers, a moderator and a creator in their chats, all reading English."""

    stage: Stage
    manager: Person
    second: Person
    moderator: Person
    creator: Person
    creator_actor: Actor

    @property
    def sandbox(self) -> Sandbox:
        """The local Telegram."""
        return self.stage.sandbox


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    now, new_uow = stage.clock(), stage.new_uow
    manager, second, moderator, creator = [
        stage.sandbox.person(name) for name in ("Manager", "Second", "Moderator", "Creator")
    ]
    english = Locale.EN
    brand, _ = await a_brand(new_uow, now, "Айна", manager_id=manager.id, locale=english)
    actors = [
        await a_person(new_uow, now, person.profile.name, telegram_id=person.id, locale=english)
        for person in (second, moderator)
    ]
    promoter = await a_creator(new_uow, now, telegram_id=creator.id, locale=english)
    async with new_uow() as uow:
        await uow.brands.set_manager(brand.id, actors[0].id, BrandRole.MEMBER)
        await uow.people.grant(actors[1].id, [Permission.MODERATION])
        link, platform = channel_link("@aigerim_kz")
        channel = Channel(id=None, platform=platform, url=link, followers=5_000)
        await uow.creators.put_channel(promoter.id, channel)
        await uow.commit()
    return Scene(
        stage=stage,
        manager=manager,
        second=second,
        moderator=moderator,
        creator=creator,
        creator_actor=promoter,
    )


async def fill_form(manager: Person) -> None:
    """Every question answered as a manager would, up to the preview."""
    await manager.send("/newoffer")
    await manager.expect("Title in Kazakh")
    for text, then in (
        ("Тері күтіміне 10% жеңілдік", "Description in Kazakh"),
        ("Кремді көрсетіңіз.", "Title in Russian"),
        ("Скидка 10 % на уход за кожей", "Description in Russian"),
        ("Покажите крем <b>&", "Title in English"),
    ):
        await manager.send(text)
        await manager.expect(then)
    await manager.click("Skip")
    await manager.expect("Picture")
    await manager.send_photo(png(640, 480))
    await manager.expect("Category")
    await manager.click("Beauty")
    await manager.expect("Where it is bought")
    await manager.click("Kaspi")
    await manager.expect("Address for the buyer")
    await manager.send("kaspi.kz/shop/p/1")
    await manager.expect("Buyer's discount")
    await manager.click("10%")
    await manager.expect("Kind of commission")
    await manager.click("A percentage of the order")
    await manager.expect("Commission")
    await manager.send("12,5 %")
    await manager.expect("Everything that is needed is there")
    await manager.click("Creators' reward")
    await manager.expect("usually 2,500")
    await manager.click("Most per order")
    await manager.send("5 000 ₸")
    await manager.expect("Most per order: 5,000")
    await manager.click("Back")
    await manager.click("Days")
    await manager.click("Last day")
    await manager.send("31.12")
    await manager.expect("Last day: 31.12.2026")
    await manager.click("Back")
    await manager.expect("Everything that is needed is there")
    await manager.click("Preview")
    await manager.expect_photo("Скидка 10 %")


async def publish(scene: Scene) -> OfferId:
    """The filled form handed in and approved."""
    await fill_form(scene.manager)
    await scene.manager.click("Publish")
    await scene.manager.expect("Publish the offer?")
    await scene.manager.click("Yes, send for review")
    await scene.manager.expect("Sent for review")
    await scene.moderator.send("/review")
    await scene.moderator.expect("Buyers are led to")
    await scene.moderator.click("Approve")
    await scene.moderator.expect("Creators will see it at once")
    await scene.moderator.click("Yes, publish")
    await scene.moderator.expect("is published")
    async with scene.stage.new_uow(read_only=True) as uow:
        (offer,) = await uow.offers.of_brand(
            (await uow.brands.page(after=None, limit=1))[0].id, after=None, limit=5
        )
    assert offer.id is not None
    return offer.id


async def test_a_manager_fills_in_previews_and_publishes_an_offer(scene: Scene) -> None:
    offer = await publish(scene)

    async with scene.stage.new_uow(read_only=True) as uow:
        stored = await uow.offers.get(offer)
    assert stored.state == "active"
    assert stored.terms.rule.percent_bps == 1250
    assert stored.terms.rule.cap_order_minor == 5_000_00
    assert stored.texts[Locale.RU].description == "Покажите крем <b>&"
    await scene.manager.send("/brandoffers")
    await scene.manager.click("10 %")
    await scene.manager.expect("active")
    await scene.manager.click("Pause")
    await scene.manager.expect("Pause the offer?")
    await scene.manager.click("Yes, pause")
    await scene.manager.expect("paused")
    assert scene.sandbox.unanswered == []


async def test_a_draft_outlives_the_menu_and_wrong_answers_are_asked_again(scene: Scene) -> None:
    manager = scene.manager
    await manager.send("/newoffer")
    await manager.expect("Title in Kazakh")
    await manager.send("а" * 100)
    await manager.expect("up to 80 characters")
    await manager.send("Атау")
    await manager.expect("Description in Kazakh")
    await manager.click("Back")
    await manager.expect("Now: Атау")
    await manager.click("Leave it as it is")
    await manager.expect("Description in Kazakh")
    await manager.send("/menu")
    await manager.expect("Publish offers")
    await manager.send("/newoffer")
    await manager.expect("unfinished offer")
    await manager.click("Go on")
    await manager.expect("Description in Kazakh")
    await manager.send("/cancel")
    await manager.expect("Leave the form?")
    await manager.click("Delete the draft")
    await manager.expect("The draft is deleted")
    await manager.send("/newoffer")
    await manager.expect("Title in Kazakh")


async def test_a_button_of_an_earlier_question_changes_nothing(scene: Scene) -> None:
    await fill_form(scene.manager)
    screen = scene.manager.last

    await scene.manager.tap("off:c:category:food", message=screen)

    await scene.manager.expect_alert("That question is over")
    await scene.manager.click("Product and shop")
    await scene.manager.expect("Category: Beauty")


async def test_a_declined_offer_comes_back_with_its_reason_and_is_corrected(scene: Scene) -> None:
    await fill_form(scene.manager)
    await scene.manager.click("Publish")
    await scene.manager.click("Yes, send for review")
    await scene.manager.expect("Sent for review")
    await scene.moderator.send("/review")
    await scene.moderator.click("Decline")
    await scene.moderator.expect("Why is the offer")
    await scene.moderator.send("The Kazakh text lacks the price")
    await scene.moderator.expect("is declined")

    await scene.manager.click("See the offer")
    await scene.manager.expect("The Kazakh text lacks the price")
    await scene.manager.click("Correct")
    await scene.manager.expect("Everything that is needed is there")
    await scene.manager.click("Texts and picture")
    await scene.manager.click("Description in Kazakh")
    await scene.manager.expect("Now: ")
    await scene.manager.send("Кремді көрсетіңіз. Бағасы 9 900 ₸.")
    await scene.manager.expect("Бағасы 9 900")
    await scene.manager.click("Back")
    await scene.manager.click("Publish")
    await scene.manager.click("Yes, send for review")
    await scene.manager.expect("Sent for review")
    await scene.moderator.send("/review")
    await scene.moderator.expect("9 900 ₸")


async def enrol(scene: Scene) -> None:
    """The offer is out and the creator has taken it."""
    offer = await publish(scene)
    await take_offer(scene.stage.new_uow, scene.stage.clock, actor=scene.creator_actor, offer=offer)


async def test_a_link_without_a_label_is_mended_sent_and_accepted(scene: Scene) -> None:
    await enrol(scene)
    creator = scene.creator
    await creator.send("/proof")
    await creator.expect("Send one of these")
    await creator.send("hello")
    await creator.expect("not a link to a post")
    await creator.send("https://tiktok.com/@other/video/1")
    await creator.expect("no channel on this platform")
    await creator.send("Look: https://www.instagram.com/p/Cabc/?igsh=1")
    await creator.expect("copy the text of the post")
    await creator.send("Nice cream, AIGERIM10")
    await creator.expect("label was not found")
    await creator.click("Copy the label")
    assert creator.copied == [LABEL]
    await creator.send(f"{LABEL}. Керемет <крем> & AIGERIM10")
    await creator.expect("Check and send")
    await creator.click("Add a screenshot")
    await creator.send_photo(png(300, 500))
    await creator.expect("Screenshot: attached")
    await creator.click("✅ Send")
    await creator.expect("Sent.")

    await scene.manager.send("/proofs")
    await scene.manager.expect_photo("The promo code is in the text")
    await scene.second.send("/proofs")
    await scene.second.expect_photo("Айгерім")
    await scene.manager.click("Accept")
    await scene.manager.expect("The creator has been told")
    await scene.second.click("Accept")
    await scene.second.expect_alert("Somebody has decided")
    await creator.click("See the proof")
    await creator.expect("Decided:")
    assert scene.sandbox.unanswered == []


async def test_a_forwarded_post_is_sent_back_and_corrected(scene: Scene) -> None:
    await enrol(scene)
    channel = scene.sandbox.channel("Айгерім", username="aigerim_kz")
    creator = scene.creator
    await creator.send("/proof")
    await creator.expect("Send one of these")
    await creator.forward_channel_post(channel, channel.post(f"{LABEL}. Крем"))
    await creator.expect("Check and send")
    await creator.click("✅ Send")
    await creator.expect("Sent.")
    await scene.manager.send("/proofs")
    await scene.manager.expect("The promo code is not in the text")
    await scene.manager.click("Ask for changes")
    await scene.manager.click("The promo code is missing or wrong")
    await scene.manager.expect("The creator has been told")

    await creator.click("See the proof")
    await creator.expect("The promo code is missing or wrong")
    scene.stage.clock.advance(minutes=1)
    await creator.click("Send the corrected post")
    await creator.expect("copy the text of the post")
    await creator.send(f"{LABEL}. Крем, AIGERIM10")
    await creator.expect("Check and send")
    await creator.click("✅ Send")
    await creator.expect("Sent.")
    await scene.manager.click("Next proof")
    await scene.manager.expect("The promo code is in the text")
    await scene.manager.click("Reject")
    await scene.manager.click("Back")
    await scene.manager.click("Accept")
    await scene.manager.expect("The creator has been told")
