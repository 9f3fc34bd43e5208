"""Channels in the chat: proved by the bot as administrator, or by a code that staff look for."""

from __future__ import annotations

from bot.callbacks.channels import ChannelAct, ChannelCard, ChannelDo, Channels
from bot.callbacks.offers import OfferCard, TakeOffer
from core.ids import PersonId
from core.offers import Eligibility
from core.people import Channel, Locale, Permission, Platform, Tier
from scripts.application import press
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.builders import a_brand, a_creator, an_offer

NAME = "Айгерім"


async def claimant(stage: Stage, url: str, followers: int, platform: Platform) -> Person:
    """A creator with one channel that is only claimed."""
    number = len(stage.sandbox.state.chats) + 820_000_000
    actor = await a_creator(
        stage.new_uow, stage.clock(), NAME, telegram_id=number, locale=Locale.EN
    )
    async with stage.new_uow() as uow:
        (made,) = (await uow.creators.get(actor.id)).channels
        assert made.id is not None
        await uow.creators.remove_channel(actor.id, made.id)
        await uow.creators.put_channel(
            actor.id, Channel(id=None, platform=platform, url=url, followers=followers)
        )
        await uow.commit()
    person = stage.sandbox.person(NAME, language_code="en", telegram_id=number)
    await person.send("/settings")
    await person.expect("My profile")
    return person


async def moderator(stage: Stage) -> Person:
    """Staff who look at channels."""
    person = await stage.person("Moderator", Locale.EN)
    async with stage.new_uow() as uow:
        found = await uow.people.by_telegram_ids([person.id])
        await uow.people.grant(found[person.id], [Permission.MODERATION])
        await uow.commit()
    await person.send("/menu")
    await person.expect("operator")
    return person


async def channels(stage: Stage, person: Person) -> tuple[Channel, ...]:
    """The person's channels as they are stored."""
    async with stage.new_uow(read_only=True) as uow:
        found = await uow.people.by_telegram_ids([person.id])
        return (await uow.creators.get(PersonId(found[person.id]))).channels


async def test_a_telegram_channel_is_proved_by_the_bot_and_opens_the_wanted_offer(
    stage: Stage,
) -> None:
    brand, _ = await a_brand(stage.new_uow, stage.clock())
    offer = await an_offer(
        stage.new_uow, stage.clock(), brand.id, eligibility=Eligibility(tiers=(Tier.MICRO,))
    )
    person = await claimant(stage, "https://t.me/aigerim", 9_000, Platform.TELEGRAM)
    channel = stage.sandbox.channel("Blog", username="Aigerim", members=12_345, owner=person)

    await person.tap(OfferCard(offer=offer.id or 0).pack())
    await person.expect("condition on the number of followers")
    await person.click("Verify a channel")
    await person.expect("not verified")
    await press(person, ChannelCard)
    await person.expect("make @ules_bot its administrator")
    await press(person, ChannelAct, act=ChannelDo.PROVE)
    await person.expect("The bot is not an administrator of the channel yet")
    channel.promote_bot(by=person)
    proved = await person.expect("is verified")
    assert "12,345" in proved.text
    await person.click("Back to the offer")
    card = await person.expect("Уход за лицом")

    assert any("Take the offer" in label for label in card.labels)
    (own,) = await channels(stage, person)
    assert (own.followers, own.chat_id, own.verified_at) == (12_345, channel.id, stage.clock())


async def test_nobody_proves_the_channel_of_another_person(stage: Stage) -> None:
    owner = await claimant(stage, "https://t.me/other", 100, Platform.TELEGRAM)
    thief = await claimant(stage, "https://t.me/aigerim", 9_000, Platform.TELEGRAM)
    channel = stage.sandbox.channel("Blog", username="aigerim", members=5_000, owner=owner)
    channel.promote_bot(by=owner)
    await owner.expect("is verified")

    await thief.tap(Channels().pack())

    # What was only claimed went over to the administrator.
    await thief.expect("None yet")
    assert not await channels(stage, thief)
    assert {own.url for own in await channels(stage, owner)} == {
        "https://t.me/other",
        "https://t.me/aigerim",
    }


async def test_a_bot_that_is_taken_out_counts_for_nothing(stage: Stage) -> None:
    person = await claimant(stage, "https://t.me/aigerim", 9_000, Platform.TELEGRAM)
    channel = stage.sandbox.channel("Blog", username="aigerim", members=5_000, owner=person)
    channel.promote_bot(by=person)
    await person.expect("is verified")

    channel.remove_bot(by=person)

    await person.expect("does not count as verified")
    (own,) = await channels(stage, person)
    assert (own.verified_at, own.chat_id) == (None, None)


async def test_members_are_counted_again_every_day(stage: Stage) -> None:
    person = await claimant(stage, "https://t.me/aigerim", 9_000, Platform.TELEGRAM)
    channel = stage.sandbox.channel("Blog", username="aigerim", members=5_000, owner=person)
    channel.promote_bot(by=person)
    await person.expect("is verified")
    channel.grow(25_000)
    channel.rename("aigerim_kz")

    await stage.running.jobs.sweep()
    before = await channels(stage, person)
    stage.clock.advance(hours=25)
    await stage.running.jobs.sweep()

    (own,) = await channels(stage, person)
    assert (before[0].followers, own.followers) == (5_000, 25_000)
    assert own.url == "https://t.me/aigerim_kz"


async def test_a_code_in_the_bio_is_looked_for_by_staff(stage: Stage) -> None:
    person = await claimant(stage, "https://instagram.com/ai", 9_000, Platform.INSTAGRAM)
    staff = await moderator(stage)
    await person.tap(Channels().pack())
    await press(person, ChannelCard)
    await person.click("Verify the channel")
    shown = await person.expect("Copy the code")
    await person.click("Copy the code")
    (code,) = person.copied
    assert code in shown.text
    await person.click("The code is there")
    await person.expect("Being checked since")

    await staff.expect("waits for a check")
    await staff.send("/channels")
    await staff.expect(code)
    await staff.click("Do not accept")
    await staff.click("The code is not in the profile")
    await staff.expect("not accepted")
    await person.expect("The code is not in the profile description")
    await person.tap(Channels().pack())
    await press(person, ChannelCard)
    await person.click("Verify the channel")
    await person.click("The code is there")
    await person.expect("Being checked since")
    await staff.send("/channels")
    await staff.expect("Earlier:")
    await staff.click("Another number")
    await staff.send("many")
    await staff.expect("not a number of followers")
    await staff.send("8 100")
    await staff.expect("verified")

    await person.expect("8,100 followers. Size: 5,000 to 20,000 followers")
    (own,) = await channels(stage, person)
    assert (own.followers, own.verified_at) == (8_100, stage.clock())


async def test_a_code_that_has_expired_is_replaced(stage: Stage) -> None:
    person = await claimant(stage, "https://instagram.com/ai", 9_000, Platform.INSTAGRAM)
    await person.tap(Channels().pack())
    await press(person, ChannelCard)
    await person.click("Verify the channel")
    await person.click("Copy the code")
    stage.clock.advance(days=4)

    await person.click("The code is there")
    await person.expect("That code has expired")

    await person.click("Copy the code")
    assert len(set(person.copied)) == 2


async def test_a_refused_offer_leads_to_the_proof_and_back(stage: Stage) -> None:
    brand, _ = await a_brand(stage.new_uow, stage.clock())
    offer = await an_offer(
        stage.new_uow, stage.clock(), brand.id, eligibility=Eligibility(min_followers=1_000)
    )
    person = await claimant(stage, "https://t.me/aigerim", 9_000, Platform.TELEGRAM)
    channel = stage.sandbox.channel("Blog", username="aigerim", members=2_000, owner=person)

    await person.tap(TakeOffer(offer=offer.id or 0).pack())  # an old button
    await person.expect("Verify a channel: then you can take the offer")
    await person.click("Verify a channel")
    await person.expect("not verified")
    channel.promote_bot(by=person)
    await person.click("Back to the offer")

    card = await person.expect("Уход за лицом")
    assert any("Take the offer" in label for label in card.labels)
