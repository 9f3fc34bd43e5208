"""Support in the chat: a question with a picture, its answer, and how people want to be told."""

from __future__ import annotations

import pytest

from bot.callbacks.notices import Hours, NoticeGroup, NoticeHour
from bot.callbacks.support import TicketAct, TicketCard, TicketFile, TicketQueue, TicketStep
from core.notices import Group, Mode
from core.people import Locale
from core.support import Side
from core.usecases.enrolments import take_offer
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.bot.test_money_chat import enter
from tests.builders import DRAFT, a_brand, a_creator, a_moderator, an_offer
from tests.sandbox.pictures import png


@pytest.fixture
async def creator(stage: Stage) -> Person:
    return await enter(stage, await a_creator(stage.new_uow, stage.clock(), "Дана"), "Дана")


@pytest.fixture
async def staff(stage: Stage) -> Person:
    return await enter(stage, await a_moderator(stage.new_uow, stage.clock()), "Saule")


async def test_a_question_with_a_picture_is_answered_and_replied_to(
    stage: Stage, creator: Person, staff: Person
) -> None:
    await creator.send("/support")
    await creator.click("An order is missing")
    await creator.send_photo(png(60, 40), "Order <5> & co")
    asked = await creator.expect("Order <5> & co")
    assert "Waits for an answer since" in asked.text
    await staff.expect("Question of Дана")
    await staff.click("Open")
    card = await staff.expect("creator is active")
    assert "Order <5> & co" in card.text
    await staff.click("Photo")
    await staff.expect_photo("Order <5> & co")
    await staff.click("Back")
    await staff.click("Answer")
    await staff.expect("Language of the chat: English")
    await staff.send("We are <b>looking</b>")
    await staff.expect("Answered")

    await creator.expect("We are <b>looking</b>")
    await creator.click("Reply")
    await creator.send("Thanks")
    await creator.expect("Thanks")
    await staff.expect("Question of Дана")
    await staff.send("/support")
    await staff.expect("1 question waits")
    await staff.click("Дана")
    await staff.expect("Thanks")
    await staff.click("✔️ Close")
    await staff.expect("Closed on")
    await creator.expect("has closed the conversation")


async def test_what_cannot_be_kept_is_asked_for_again_and_a_command_leads_out(
    creator: Person,
) -> None:
    await creator.send("/support")
    await creator.click("Something else")
    await creator.send("x" * 2_001)
    await creator.expect("up to 2,000 characters")
    await creator.send_document("big.pdf", b"x", size=21 * 1024 * 1024)
    await creator.expect("too big")
    await creator.send("/menu")
    await creator.expect("main menu")
    await creator.send("/support")
    await creator.click("My conversations")
    await creator.expect("You have not asked anything yet")


async def test_a_strangers_buttons_open_no_conversation(
    stage: Stage, creator: Person, staff: Person
) -> None:
    other = await enter(stage, await a_creator(stage.new_uow, stage.clock(), "Other"), "Other")
    await creator.send("/support")
    await creator.click("Something else")
    await creator.send("Secret")
    await creator.expect("Secret")

    for step in TicketStep:
        await other.tap(TicketAct(ticket=1, side=Side.PERSON, step=step).pack())
        await other.expect_alert()
        await other.tap(TicketAct(ticket=1, side=Side.STAFF, step=step).pack())
        await other.expect_alert("cannot")
    for button in (
        TicketCard(ticket=1, side=Side.STAFF),
        TicketFile(message=1, side=Side.PERSON),
        TicketQueue(),
    ):
        await other.tap(button.pack())
        await other.expect_alert("cannot")
    assert "Secret" not in " ".join(message.text for message in other.received)


async def test_a_manager_chooses_a_daily_summary_and_gets_one(stage: Stage) -> None:
    new_uow, clock = stage.new_uow, stage.clock
    brand, manager = await a_brand(new_uow, clock(), locale=Locale.EN)
    offer = await an_offer(new_uow, clock(), brand.id, DRAFT)
    assert offer.id is not None
    person = await enter(stage, manager, "Manager")
    await person.send("/settings")
    await person.click("Notifications")
    await person.click("New creators")
    await person.click("once a day")
    shown = await person.expect("Quiet hours: 22:00–08:00")
    assert any("New creators: once a day" in label for label in shown.labels)
    await person.click("Daily summary")
    await person.click("13:00")
    await person.expect("Daily summary: 13:00")
    await person.click("Brand funds")
    assert "never" not in " ".join((await person.expect("cannot be switched off")).labels)
    await person.tap(NoticeGroup(group=Group.FUNDS, mode=Mode.NEVER).pack())
    await person.expect_alert()
    await person.tap(NoticeGroup(group=Group.REQUESTS, mode=Mode.DAILY).pack())
    await person.expect_alert("cannot")
    await person.tap(NoticeHour(which=Hours.DAILY, hour=99).pack())
    await person.expect_alert()

    for name in ("Айгерім", "Дана"):
        await take_offer(
            new_uow, clock, actor=await a_creator(new_uow, clock(), name), offer=offer.id
        )
    await person.expect_nothing()
    clock.advance(hours=1)

    told = await person.expect("Your daily summary")
    assert "2 creators have joined your offers" in told.text
    assert "Дана" in told.text
