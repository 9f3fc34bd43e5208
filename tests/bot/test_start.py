"""First contact, the profile, payout details, invitations: through the chat."""

from __future__ import annotations

import re

import pytest

from bot.callbacks.offers import OfferCard
from core.consents import CONSENT_VERSION
from core.identifiers import parse_iban
from core.people import CreatorState, Locale, Meeting, Permission
from core.usecases.creators import own_profile
from core.usecases.enrolments import take_offer
from core.usecases.people import meet
from scripts.sandbox import Person
from tests.bot.conftest import OPERATOR, Stage
from tests.builders import a_brand, a_creator, an_offer
from tests.sandbox.pictures import png

IIN = "950321300002"
IBAN = "KZ41 722C 0000 0000 0001"


async def meeting(stage: Stage, person: Person) -> Meeting:
    return await meet(
        stage.new_uow,
        stage.clock,
        telegram_id=person.id,
        name=person.profile.name,
        username=person.profile.username,
    )


async def newcomer(stage: Stage, name: str = "Айгерім") -> Person:
    """Somebody who has consented and stands before the first question."""
    person = stage.sandbox.person(name, language_code="ru")
    await person.start()
    await person.click("English")
    await person.expect("Who are you?")
    await person.click("I am a creator")
    await person.expect("Üles LLP")
    await person.click("I agree")
    await person.expect("Step 1 of 4")
    return person


async def first_of_staff(stage: Stage) -> Person:
    """The owner whom the settings name, at the menu of the staff."""
    person = stage.sandbox.person("Operator", telegram_id=OPERATOR)
    await person.start()
    await person.click("English")
    await person.expect("operator")
    return person


async def creator(stage: Stage, name: str = "Айгерім", account: str = "aigerim") -> Person:
    """A creator with a whole profile, at the settings."""
    person = await newcomer(stage, name)
    await person.click(name)
    await person.click("Almaty")
    await person.expect("Step 3 of 4")
    await person.click("Beauty")
    await person.expect("Step 3 of 4")
    await person.click("Done")
    await person.expect("Step 4 of 4")
    await person.send(f"https://www.instagram.com/{account}/")
    await person.expect("How many followers")
    await person.send("12,5к")
    await person.expect("All set")
    await person.send("/settings")
    await person.expect("My profile")
    return person


async def test_the_first_screen_speaks_all_languages_kazakh_first(stage: Stage) -> None:
    person = stage.sandbox.person("Айгерім", language_code="ru")

    await person.start()

    hello = await person.expect("Тілді таңдаңыз")
    assert "Выберите язык" in hello.text
    assert hello.labels[0] == "Қазақша"
    assert (await meeting(stage, person)).chosen_locale is None

    await person.click("Русский")
    await person.expect("Üles")
    assert (await meeting(stage, person)).chosen_locale is Locale.RU


async def test_words_before_start_are_answered_with_the_languages(stage: Stage) -> None:
    person = stage.sandbox.person("Айгерім")

    await person.send("Сәлем!")

    await person.expect("Тілді таңдаңыз")


async def test_a_newcomer_becomes_a_creator_by_buttons_and_words(stage: Stage) -> None:
    person = await creator(stage)

    shown = person.last.text
    for words in ("Айгерім", "Almaty", "Beauty", "instagram.com/aigerim", "12,500"):
        assert words in shown
    known = await meeting(stage, person)
    assert known.consented
    assert known.actor.creator is CreatorState.ACTIVE
    async with stage.new_uow(read_only=True) as uow:
        consent = await uow.people.consent(known.actor.id, CONSENT_VERSION)
    assert consent is not None
    assert consent.locale is Locale.EN


async def test_answers_that_do_not_fit_repeat_the_question(stage: Stage) -> None:
    person = await newcomer(stage)

    await person.send("🌷🌷")
    await person.expect("This name does not fit")
    await person.send_photo(png(40, 40))
    await person.expect("What is your name?")
    await person.send("<b>Айгерім</b> & Co")
    await person.expect("Which city")
    await person.send("12345")
    await person.expect("This is not the name of a city")
    await person.send("г. Караганда")
    await person.expect("Step 3 of 4")
    await person.send("about everything")
    await person.expect("Step 3 of 4")
    await person.click("Food")
    await person.click("Done")
    await person.expect("Step 4 of 4")
    await person.send("@aigerim")
    await person.expect("This is not a channel")
    await person.click("TikTok")
    await person.expect("Send your name there")
    await person.send("@aigerim")
    await person.expect("tiktok.com/@aigerim")
    await person.send("a lot")
    await person.expect("This is not a number of followers")
    await person.send("900")

    done = await person.expect("All set, <b>Айгерім</b> & Co!")
    assert done.labels


async def test_a_half_filled_profile_goes_on_where_it_was_left(stage: Stage) -> None:
    person = await newcomer(stage)
    await person.send("Айгерім")
    await person.expect("Which city")

    await person.start()
    await person.click("Finish my profile")
    await person.expect("Which city")
    await person.click("Back")
    await person.expect("What is your name?")
    await person.click("Keep: Айгерім")

    await person.expect("Which city")


async def test_without_the_consent_nothing_is_kept(stage: Stage) -> None:
    person = stage.sandbox.person("Айгерім")
    await person.start()
    await person.click("English")
    await person.click("I am a creator")
    await person.click("I do not agree")
    await person.expect("Without your consent")

    await person.tap("ask:n")

    await person.expect_alert("out of date")
    assert (await meeting(stage, person)).actor.creator is None


async def test_a_channel_of_somebody_else_is_refused_at_the_end(stage: Stage) -> None:
    await creator(stage, "Айгерім", "aigerim")
    person = await newcomer(stage, "Бибі")
    await person.click("Бибі")
    await person.click("Almaty")
    await person.click("Beauty")
    await person.click("Done")
    await person.send("instagram.com/AIGERIM")
    await person.expect("How many followers")
    await person.send("100")

    await person.expect("This channel belongs to another profile")

    assert (await meeting(stage, person)).actor.creator is CreatorState.NEW


async def test_the_profile_is_edited_from_the_settings(stage: Stage) -> None:
    person = await creator(stage)

    await person.click("Categories")
    await person.click("Sport")
    await person.click("Done")
    await person.expect("Beauty, Sport")
    await person.click("City")
    await person.send("Сарань")
    await person.expect("City: Сарань")
    await person.click("Channels")
    await person.click("Add a channel")
    await person.send("t.me/aigerim")
    await person.expect("How many followers")
    await person.send("500")
    await person.expect("Not verified")
    await person.click("Number of followers")
    await person.send("700")
    await person.expect("700 followers")
    await person.click("Delete the channel")
    await person.expect("Posts from it will not be accepted")
    await person.click("🗑 Delete")
    channels = await person.expect("instagram.com/aigerim")

    assert "t.me/aigerim" not in channels.text


async def test_numbers_are_deleted_from_the_chat_and_never_shown(stage: Stage) -> None:
    person = await creator(stage)
    await person.click("Payout details")
    await person.expect("Tax status: –")
    await person.click("Tax status")
    await person.click("Self-employed")
    await person.expect("Send your IIN")

    wrong = await person.send("950321300003")
    await person.expect("This is not an IIN")
    child = await person.send("150515500002")
    await person.expect("18 or older")
    iin = await person.send(IIN)
    await person.expect("Send your IBAN")
    bad = await person.send("KZ71722C000012345678")
    await person.expect("There is a mistake in the IBAN")
    iban = await person.send(IBAN)
    await person.expect("Kaspi Bank")
    await person.send("yes")
    await person.expect("Kaspi Bank")
    await person.click("Yes, it is right")
    await person.expect("Everything for a payout is there")

    assert all(message.deleted for message in (wrong, child, iin, bad, iban))
    for message in person.received:
        for secret in (IIN[:6], IIN[6:], "722C", "KZ417", "00000001"):
            if "For example" in message.text or "for example" in message.text:
                continue
            assert secret not in message.text
    kept = await own_profile(stage.new_uow, actor=(await meeting(stage, person)).actor)
    assert kept is not None
    assert kept.has_iin
    assert kept.iban_tail == "0001"
    async with stage.new_uow(read_only=True) as uow:
        secrets = await uow.creators.payout_secrets(kept.id)
        _, data = await uow.forms.load(f"{person.id}:{person.id}")
    assert secrets.iban_cipher is not None
    assert parse_iban(stage.running.box.decrypt(secrets.iban_cipher)).tail == "0001"
    assert "722C" not in str(data)


async def test_an_account_waits_for_its_confirmation_encrypted(stage: Stage) -> None:
    person = await creator(stage)
    await person.click("Payout details")
    await person.click("Account (IBAN)")
    await person.send(IBAN)
    await person.expect("Is it right?")

    file = stage.settings.database_url.removeprefix("sqlite+aiosqlite:///")
    for name in (file, f"{file}-wal"):
        with open(name, "rb") as stored:  # noqa: ASYNC230 - a small file of a test
            assert b"722C00000000" not in stored.read()

    await person.click("No, send another one")
    await person.expect("Send your IBAN")


async def test_an_operator_makes_a_brand_and_its_owner_joins_by_the_link(stage: Stage) -> None:
    operator = await first_of_staff(stage)
    await operator.send("/brands")
    await operator.click("Add a brand")
    await operator.expect("What do people call the brand?")
    await operator.send("Sulu & Co")
    await operator.expect("legal name")
    await operator.send("ТОО «Sulu»")
    await operator.expect("What is its BIN")
    await operator.send("260340000003")
    await operator.expect("This is not a BIN")
    await operator.send("260340 000002")
    await operator.expect("service fee")
    await operator.click("Back")
    await operator.expect("What is its BIN")
    await operator.send("260340000002")
    await operator.send("20 %")
    await operator.expect("Is everything right?")
    await operator.click("Add the brand")
    await operator.expect("Service fee: 20%")
    await operator.click("People and invitations")
    await operator.click("Invite an owner")
    invitation = await operator.expect("It works once")
    link = re.search(r"https://t\.me/\S+start=inv_[\w-]{22}", invitation.text)
    assert link is not None

    boss = stage.sandbox.person("Boss")
    boss.follow(link[0])
    await boss.click("English")
    await boss.expect("You now act for the brand Sulu & Co")
    late = await stage.person("Late", Locale.EN)
    late.follow(link[0])
    await late.expect("This invitation link does not work")

    ((brand, _),) = (await meeting(stage, boss)).actor.brands
    await boss.send("/settings")
    await boss.click("Sulu & Co")
    await boss.click("People and invitations")
    await boss.expect("People of Sulu & Co")
    await boss.expect("Boss")
    assert (await meeting(stage, late)).actor.brands == ()
    await late.tap(f"btm:{brand}")
    await late.expect_alert("You cannot do this")
    await late.tap(f"bti:{brand}:owner")
    await late.expect_alert("You cannot do this")


async def test_the_invitation_stays_when_its_buttons_are_tapped(stage: Stage) -> None:
    operator = await first_of_staff(stage)
    await a_brand(stage.new_uow, stage.clock(), "Sulu")
    await operator.send("/brands")
    await operator.click("Sulu")
    await operator.click("People and invitations")
    await operator.click("Invite a member")
    invitation = await operator.expect("It works once")

    await operator.click("Back", message=invitation)
    await operator.expect("People of Sulu")

    assert "start=inv_" in invitation.text


async def test_a_colleague_gets_the_rights_of_the_link_and_loses_them(stage: Stage) -> None:
    operator = await first_of_staff(stage)
    await operator.send("/menu")
    await operator.click("More")
    await operator.click("Operator's team")
    await operator.click("Invite a colleague")
    await operator.click("Moderation")
    await operator.click("Make the link")
    link = re.search(r"https://\S+inv_\S+", (await operator.expect("It works once")).text)
    assert link is not None
    colleague = await stage.person("Colleague", Locale.EN)
    colleague.follow(link[0])
    await colleague.expect("You are on the operator's team")

    known = await meeting(stage, colleague)
    assert known.actor.permissions == {Permission.MODERATION}
    await operator.click("Back")
    await operator.click("✏️ Colleague")
    await operator.click("Remove from the team")
    await operator.expect("They lose every right at once")
    assert (await meeting(stage, colleague)).actor.permissions  # nothing before the yes
    await operator.click("Remove")
    await operator.expect("Operator's team")

    await colleague.send("/creators")
    await colleague.expect("You cannot do this")


async def test_staff_review_suspend_and_restore_creators(stage: Stage) -> None:
    person = await creator(stage)
    operator = await first_of_staff(stage)
    await operator.send("/creators")
    card = await operator.expect("instagram.com/aigerim")
    assert "12,500 followers" in card.text
    await operator.click("Suspend")
    await operator.expect("Type the reason")
    await operator.send("x")
    await operator.expect("Write the reason")
    await operator.send("The followers do not match")
    await operator.expect("They go on earning")
    await operator.click("Suspend")
    await operator.expect("creator is suspended")
    await person.expect("The followers do not match")

    await operator.send("/creators")
    await operator.expect("All of them have been looked at")
    await operator.click("Suspended creators")
    await operator.click("Айгерім")
    await operator.expect("creator is suspended")
    await operator.click("Restore")
    await operator.expect("The suspension was for")
    await operator.click("Restore")
    await operator.expect("creator is active")


@pytest.mark.parametrize(
    "payload", ["inv_" + "A" * 22, "inv_" + "A" * 60, "inv_", "inv_x", "o_999999", "b_nothing"]
)
async def test_a_forged_link_gets_a_plain_refusal(stage: Stage, payload: str) -> None:
    person = await stage.person("Айгерім", Locale.EN)

    await person.start(payload)

    answer = await person.expect("")
    if payload != "o_999999":
        assert "does not work" in answer.text or "leads nowhere" in answer.text
    assert answer.labels


async def test_a_shared_offer_opens_after_the_profile_is_whole(stage: Stage) -> None:
    brand, _ = await a_brand(stage.new_uow, stage.clock())
    offer = await an_offer(stage.new_uow, stage.clock(), brand.id)
    person = stage.sandbox.person("Айгерім")
    await person.start(f"o_{offer.id}")
    await person.click("English")
    await person.click("I am a creator")
    await person.click("I agree")
    await person.send("Айгерім")
    await person.click("Almaty")
    await person.click("Beauty")
    await person.click("Done")
    await person.send("instagram.com/aigerim")
    await person.expect("How many followers")
    await person.send("12 500")
    back = await person.expect("Your profile is complete")

    assert "Қыран" in back.text or "Qyran" in back.text
    assert any("Take the offer" in label for label in back.labels)


async def test_questions_are_skipped_and_asked_again_when_they_are_needed(stage: Stage) -> None:
    brand, _ = await a_brand(stage.new_uow, stage.clock())
    offer = await an_offer(stage.new_uow, stage.clock(), brand.id)
    person = await newcomer(stage)
    await person.send("Айгерім")
    await person.expect("Which city")
    await person.click("Skip")
    await person.expect("Step 3 of 4")
    await person.click("Beauty")
    await person.click("Done")
    await person.expect("Step 4 of 4")
    await person.click("Skip")
    kept = await person.expect("we ask for the rest")
    assert "City: some offers" in kept.text
    assert "Name" not in kept.text

    await person.send("/offers")
    await person.tap(OfferCard(offer=offer.id or 0).pack())
    await person.expect("Missing: city, channel")
    await person.click("Finish my profile")
    await person.expect("Which city")
    await person.click("Almaty")
    await person.expect("Where do you post")
    await person.send("instagram.com/aigerim")
    await person.expect("How many followers")
    await person.send("12 500")

    back = await person.expect("Your profile is complete")
    assert any("Take the offer" in label for label in back.labels)


async def test_the_consent_is_withdrawn_and_given_again(stage: Stage) -> None:
    person = await creator(stage)
    await person.click("Personal data")
    await person.expect("You agreed to their processing")
    await person.click("Withdraw the consent")
    await person.expect("Withdraw the consent?")
    await person.click("Withdraw the consent")
    await person.expect("The consent is withdrawn")
    assert (await meeting(stage, person)).actor.creator is CreatorState.NEW

    await person.click("Back")
    await person.click("Finish my profile")
    await person.click("I agree")
    await person.expect("creator is active")


async def test_language_and_help_work_in_the_middle_of_a_form(stage: Stage) -> None:
    person = await newcomer(stage)
    await person.send("/help")
    await person.expect("Help")
    await person.send("/language")
    await person.expect("Тілді таңдаңыз")

    await person.send("Айгерім")  # the question is still open

    await person.expect("Which city")


async def test_a_buyer_gets_the_code_without_registering(stage: Stage) -> None:
    brand, _ = await a_brand(stage.new_uow, stage.clock())
    offer = await an_offer(stage.new_uow, stage.clock(), brand.id)
    actor = await a_creator(stage.new_uow, stage.clock())
    assert offer.id is not None
    taken = await take_offer(stage.new_uow, stage.clock, actor=actor, offer=offer.id)
    buyer = stage.sandbox.person("Сатып алушы", language_code="en")

    await buyer.start(f"b_{taken.enrolment.slug}")

    shown = await buyer.expect(taken.enrolment.code)
    assert shown.text.startswith("Жарнама / Реклама.")
    (shop,) = [button.url for button in shown.buttons if button.url]
    assert shop == f"http://127.0.0.1:8080/r/{taken.enrolment.slug}?lang=en"
    assert (await meeting(stage, buyer)).chosen_locale is None
