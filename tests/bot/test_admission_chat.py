"""Applications, invitations, codes, placements and leaving, through the chat."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.callbacks.admission import LeaveOffer
from bot.callbacks.brand_admission import ApplicationCard, Ruling
from core.enrolments import EnrolmentState
from core.ids import OfferId
from core.offers import Admission
from core.people import Brand, Locale
from core.usecases.codes import change_due_codes
from core.usecases.enrolments import take_offer
from core.usecases.people import meet
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.bot.test_offers_and_codes import TITLES
from tests.builders import DRAFT, a_brand, a_creator, an_offer


async def market(
    stage: Stage, admission: Admission, locale: Locale = Locale.EN
) -> tuple[Brand, Person, Person, OfferId]:
    """A brand, its manager and a creator who chat, and an offer that lets people in so."""
    person = stage.sandbox.person("Manager", language_code=str(locale))
    brand, _ = await a_brand(stage.new_uow, stage.clock(), manager_id=person.id, locale=locale)
    draft = replace(DRAFT, texts=TITLES, admission=admission)
    offer = await an_offer(stage.new_uow, stage.clock(), brand.id, draft)
    assert offer.id
    creator = stage.sandbox.person("Айгерім", language_code=str(locale))
    await a_creator(stage.new_uow, stage.clock(), "Айгерім", telegram_id=creator.id, locale=locale)
    await person.send("/menu")  # a bot may write only to whom has written before
    await person.expect("Üles")
    return brand, person, creator, offer.id


async def test_a_creator_applies_with_a_note_and_the_manager_lets_them_in(stage: Stage) -> None:
    _, manager, aigerim, offer = await market(stage, Admission.APPROVAL)
    await aigerim.start(f"o_{offer}")
    await aigerim.expect("send an application")
    await aigerim.click("Apply")
    await aigerim.expect("Apply for the offer")
    await aigerim.send("x" * 301)
    await aigerim.expect("too long")
    await aigerim.send("I film <b>creams</b>")
    await aigerim.expect("The application has been sent")

    await manager.expect("applies for the offer")
    await manager.click("Open")
    card = await manager.expect("I film <b>creams</b>")
    assert "10,000" not in card.text
    assert "With other brands: no results yet." in card.text
    await manager.click("Accept", message=card)
    await manager.expect("Accepted. Code: AIGERIM10")

    await aigerim.expect("The brand has accepted you")
    await aigerim.click("Open")
    await aigerim.expect("Your code: AIGERIM10")
    await manager.tap(ApplicationCard(enrolment=1, ruling=Ruling.ACCEPT).pack(), message=card)
    await manager.expect_alert("out of date")


async def test_a_newcomer_follows_an_invitation_and_takes_the_offer(stage: Stage) -> None:
    _, manager, aigerim, offer = await market(stage, Admission.INVITATION)
    await aigerim.start(f"o_{offer}")
    shown = await aigerim.expect("only for creators whom the brand has invited")
    assert not any("Take" in label for label in shown.labels)
    await manager.send("/creators")
    await manager.expect("Creators of Qyran")
    await manager.send("/brandoffers")
    await manager.expect("Offers of Qyran")
    await manager.click("Face care")
    await manager.expect("Face care")
    await manager.click("Creators of the offer")
    await manager.expect("Nobody has taken the offer yet")
    await manager.click("Invite")
    await manager.expect("A link lives 30 days")
    await manager.click("For one")
    link = await manager.expect("For one creator")
    (payload,) = re.findall(r"start=(\S+)", link.text)

    await aigerim.start(payload)
    await aigerim.expect("The brand has invited you")
    await aigerim.click("Take the offer")
    await aigerim.expect_photo("AIGERIM10")
    dana = await stage.person("Дана", Locale.EN)
    await dana.start(payload)
    await dana.expect("does not work")


async def test_a_wish_and_an_announced_change_run_their_course(stage: Stage) -> None:
    _, manager, aigerim, offer = await market(stage, Admission.OPEN)
    await aigerim.start(f"o_{offer}")
    await aigerim.expect("Face care")
    await aigerim.click("Take the offer")
    await aigerim.expect("The offer is yours")
    await aigerim.click("Another code")
    await aigerim.expect("Now: AIGERIM10")
    await aigerim.send("a!")
    await aigerim.expect("3 to 16 letters")
    await aigerim.send("Әсел 7")
    await aigerim.expect("Ask for the code ASEL7?")
    await aigerim.click("Yes, ask for it")
    await aigerim.expect("The wish has been sent")

    await manager.expect("would like the code ASEL7")
    await manager.click("Open")
    await manager.expect("Wished: ASEL7")
    await manager.click("Accept")
    await manager.expect("Set the code up in your shop first")
    await manager.click("Yes, it is set up")
    await manager.expect("has the code now")
    await aigerim.expect("Your new code in the offer Face care: ASEL7")

    await manager.send("/creators")
    await manager.expect("Creators of Qyran")
    await manager.click("Айгерім")
    await manager.expect("Code: ASEL7")
    await manager.click("Change or withdraw the code")
    await manager.expect("at least 14 days")
    await manager.send("SALE-7")
    await manager.expect("The creator reads the reason")
    await manager.click("coupon sites")
    await manager.expect("When?")
    await manager.send("22.11.2026")
    await manager.expect("Send a date from 14 to 180 days ahead")
    await manager.click("in 14 days")
    await manager.expect("06.12.2026, 00:00")
    await manager.click("Yes, announce")
    await manager.expect("the code ASEL7 becomes SALE-7")
    await aigerim.expect("works until 06.12.2026, 00:00")
    await aigerim.click("Open")
    await aigerim.expect("From then on your code is SALE-7")

    stage.clock.advance(days=15)
    assert await change_due_codes(stage.new_uow, stage.clock) == 1
    await aigerim.expect("is now SALE-7")


async def test_codes_are_uploaded_as_a_file_and_as_a_message(stage: Stage) -> None:
    _, manager, aigerim, offer = await market(stage, Admission.OPEN)
    await manager.send("/brandoffers")
    await manager.expect("Offers of Qyran")
    await manager.click("Face care")
    await manager.expect("Face care")
    await manager.click("Creators of the offer")
    await manager.expect("Creators of the offer")
    await manager.click("Pool of codes")
    await manager.expect("Free: 0")
    await manager.click("Upload codes")
    await manager.expect("Send a file")
    await manager.send_document("codes.csv", "code;value\nALMA-1;10\nA;5\n".encode("cp1251"))
    report = await manager.expect("1 code added")
    assert "line 3: A – shorter than 3 characters" in report.text
    await manager.click("Back")
    await manager.expect("From the pool, then of the name")

    await aigerim.start(f"o_{offer}")
    await aigerim.expect("Face care")
    await aigerim.click("Take the offer")
    await aigerim.expect("Your code: ALMA-1")
    await manager.expect("The pool of Face care is empty")


@pytest.mark.parametrize("locale", list(Locale))
async def test_links_by_placement_and_leaving_in_every_language(
    stage: Stage, locale: Locale
) -> None:
    _, manager, aigerim, offer = await market(stage, Admission.OPEN, locale)
    meeting = await meet(
        stage.new_uow,
        stage.clock,
        telegram_id=aigerim.id,
        name="Айгерім",
        username=None,
        admin_ids=frozenset(),
    )
    taken = await take_offer(stage.new_uow, stage.clock, actor=meeting.actor, offer=offer)
    await aigerim.send("/codes")
    await aigerim.expect("AIGERIM10")
    await aigerim.click("AIGERIM10 · Qyran")
    await aigerim.expect("http://127.0.0.1:8080/r/")
    await aigerim.click("🔗")
    await aigerim.click("＋")
    await aigerim.click({"kk": "Сторис", "ru": "Сторис", "en": "Stories"}[locale])
    await aigerim.expect("http://127.0.0.1:8080/r/")
    await aigerim.click("🖨")
    drawn = await aigerim.expect_file("qr-")
    assert drawn.download().startswith(b"<?xml")

    await aigerim.tap(LeaveOffer(enrolment=taken.enrolment.id).pack())
    asked = await aigerim.expect("AIGERIM10")
    await aigerim.click("🚪", message=asked)
    await manager.expect("🚪")
    async with stage.new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(taken.enrolment.id)
    assert known.state is EnrolmentState.LEFT
