"""Invitations, the top list and reminders of files, in the chat."""

from __future__ import annotations

import pytest

from bot.callbacks.circle import Invite, TopConsent, TopList
from bot.callbacks.reminders import FileRhythm, FileRhythms
from bot.settings import Settings
from core.orders import OrderStatus
from core.people import Category
from core.usecases.reminders import remind_of_files
from core.usecases.top import count_top
from scripts.sandbox import Person
from tests.bot.conftest import Open, Stage
from tests.bot.test_money_chat import enter
from tests.builders import a_creator
from tests.usecases.order_builders import Shop, a_shop, an_order, report
from tests.usecases.test_reminders import a_file


@pytest.fixture
async def shop(stage: Stage) -> Shop:
    return await a_shop(stage.new_uow, stage.clock)


async def test_a_newcomer_comes_by_the_link_and_is_counted_without_a_name(
    application: Open, settings: Settings
) -> None:
    paying = settings.model_copy(update={"referral_bps": 5_000, "referral_months": 3})
    async with application(settings=paying) as stage:
        inviter = await enter(
            stage, await a_creator(stage.new_uow, stage.clock(), "Inviter"), "Inviter"
        )
        await inviter.click("Invite creators")
        shown = await inviter.expect("Came by your link: 0")
        assert "50%" in shown.text
        assert "3 months after" in shown.text
        await inviter.click("Copy the link")
        link = inviter.copied[-1]

        guest = stage.sandbox.person("Secret Guest", language_code="en")
        guest.follow(link)
        await guest.expect("Please choose a language")
        await guest.click("English")
        await guest.expect("Üles")
        await inviter.send("/invite")
        shown = await inviter.expect("Came by your link: 1")

        assert "Of them active creators: 0" in shown.text
        assert "Secret" not in shown.text
        await guest.send("/invite")
        await guest.expect("not complete")


async def test_a_creator_agrees_to_be_seen_in_plain_words_and_leaves_at_once(
    stage: Stage, shop: Shop
) -> None:
    order = an_order("1", OrderStatus.APPROVED, shop.code, at=stage.clock())
    await report(stage.new_uow, stage.clock, shop, order)
    await count_top(stage.new_uow, stage.clock)
    creator = await enter(stage, shop.creator, "Айгерім")
    rival_actor = await a_creator(stage.new_uow, stage.clock(), "Rival")
    rival = await enter(stage, rival_actor, "Rival")

    await creator.click("Top list")
    await creator.expect("You would have place 1")
    await creator.click("Show me in the list")
    await creator.expect("They see no money")
    await creator.click("I agree")
    await creator.expect("Your place: 1")
    await rival.send("/top")
    assert "🥇 Айгерім – 1 approved order" in (await rival.expect("Top list")).text
    await creator.click("Leave the list")
    await creator.expect("You would have place 1")
    await rival.send("/top")
    assert "Айгерім" not in (await rival.expect("Nobody is in this list")).text
    await rival.click("Last month")
    await rival.expect("10.2026")
    await rival.click("Food")
    await rival.expect("Food")
    await rival.tap(TopList(category=Category.FOOD, back=7).pack())
    await rival.expect_alert()


async def test_a_manager_is_reminded_and_says_how_often(stage: Stage, shop: Shop) -> None:
    await a_file(stage.new_uow, stage.clock, shop)
    manager = await enter(stage, shop.manager, "Manager")
    stage.clock.advance(days=7)
    await remind_of_files(stage.new_uow, stage.clock)
    told = await manager.expect("It is time for a file")
    assert "21.11.2026" in told.text
    await manager.click("How often to remind")
    asked = await manager.expect("How often should we expect")
    assert "✅ as the last ones came: every week" in asked.labels
    await manager.click("do not remind")
    assert "✅ do not remind" in (await manager.expect("How often")).labels
    await manager.click("Back")
    await manager.expect("Reminders about order files")
    await manager.send("/settings")
    await manager.click("Reminders about order files")
    await manager.expect("on the day when the next file is due")


async def test_other_peoples_buttons_are_refused(stage: Stage, shop: Shop) -> None:
    source = await a_file(stage.new_uow, stage.clock, shop)
    stranger: Person = await stage.person("Stranger")
    await stranger.send("/menu")
    await stranger.expect("Üles")
    for button in (FileRhythm(source=source), FileRhythms(brand=shop.brand.id), FileRhythms()):
        await stranger.tap(button.pack())
        await stranger.expect_alert()
    for one in (Invite(), TopList(), TopConsent(seen=True, sure=True)):
        await stranger.tap(one.pack())
        await stranger.expect("толық емес")
