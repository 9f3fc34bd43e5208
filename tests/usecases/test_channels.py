"""Who may prove a channel, and what follows; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

import pytest

from core.channels import (
    ChannelView,
    CheckReason,
    CheckState,
    TelegramChannel,
)
from core.errors import (
    AlreadyUsed,
    BadInput,
    ChannelNotProved,
    NotAllowed,
    NotEligible,
    NotFound,
    OutOfDate,
    TelegramAway,
)
from core.ids import ChannelId, CheckId
from core.notifications import NoteKind
from core.offers import Eligibility
from core.people import Actor, Channel, CreatorState, Permission, Platform, Tier
from core.ports import UnitOfWorkFactory
from core.presence import Look
from core.usecases.channels import (
    accept_check,
    begin_check,
    check_telegram,
    checks_to_review,
    claim_check,
    count_members,
    creator_checks,
    keep_telegram,
    lose_telegram,
    my_channels,
    refuse_check,
    withdraw_check,
)
from core.usecases.creators import add_channel, remove_channel
from core.usecases.enrolments import take_offer
from tests.builders import a_brand, a_creator, a_moderator, a_person, an_offer, told
from tests.conftest import FrozenClock

BLOG = TelegramChannel(chat_id=-1001, username="Aigerim", members=12_345)


@dataclass
class Sight:
    """What Telegram shows, by chat; a chat that is not here has no administrator of ours."""

    channels: dict[int | str, TelegramChannel] = field(default_factory=dict)
    administrators: tuple[int, ...] = ()
    away: bool = False

    async def proved(self, chat: int | str, telegram_id: int) -> TelegramChannel:
        if self.away:
            raise TelegramAway
        if chat not in self.channels:
            raise ChannelNotProved("no_bot")
        if telegram_id not in self.administrators:
            raise ChannelNotProved("not_yours")
        return self.channels[chat]

    async def administered(self, chat_id: int) -> TelegramChannel | None:
        if self.away:
            raise TelegramAway
        return self.channels.get(chat_id)

    async def look(self, chat_id: int, message_id: int, *, by_way_of: int) -> Look:
        raise AssertionError("no post is looked at here")


async def claiming(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    link: str = "instagram.com/aigerim",
    followers: int = 12_500,
) -> tuple[Actor, ChannelId]:
    """A creator whose one channel is claimed and not proved."""
    actor = await a_creator(new_uow, clock())
    async with new_uow() as uow:
        (made,) = (await uow.creators.get(actor.id)).channels
        assert made.id is not None
        await uow.creators.remove_channel(actor.id, made.id)
        await uow.commit()
    creator = await add_channel(new_uow, clock, actor=actor, link=link, followers=followers)
    (own,) = creator.channels
    assert own.id is not None
    return actor, own.id


async def own(new_uow: UnitOfWorkFactory, actor: Actor) -> list[Channel]:
    """The actor's channels."""
    return [view.channel for view in await my_channels(new_uow, actor=actor)]


def number(view: ChannelView) -> CheckId:
    """The id of the check that is shown."""
    assert view.check is not None
    assert view.check.id is not None
    return view.check.id


async def outcomes(*calls: Awaitable[object]) -> list[str]:
    """How each of several calls at once ended."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    return sorted(type(result).__name__ for result in results)


async def test_a_claim_opens_no_offer_until_it_is_proved_and_what_is_taken_stays(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    wanted = Eligibility(tiers=(Tier.MICRO,), min_followers=10_000)
    first, second = [await an_offer(new_uow, clock(), brand.id, eligibility=wanted) for _ in "12"]
    assert first.id is not None
    assert second.id is not None
    actor, channel = await claiming(new_uow, clock, "t.me/aigerim")

    with pytest.raises(NotEligible) as refused:
        await take_offer(new_uow, clock, actor=actor, offer=first.id)
    assert refused.value.missing == ("verification",)
    await keep_telegram(new_uow, clock, actor=actor, found=BLOG)
    taken = await take_offer(new_uow, clock, actor=actor, offer=first.id)
    await lose_telegram(new_uow, clock, chat_id=BLOG.chat_id)

    with pytest.raises(NotEligible):
        await take_offer(new_uow, clock, actor=actor, offer=second.id)
    async with new_uow(read_only=True) as uow:
        assert (await uow.enrolments.get(taken.enrolment.id)).code
    assert (await own(new_uow, actor))[0].id == channel
    assert NoteKind.CHANNEL_LOST in await told(new_uow, actor)


async def test_a_code_goes_from_the_creator_to_staff_and_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor, channel = await claiming(new_uow, clock)
    staff = await a_moderator(new_uow, clock())

    given = await begin_check(new_uow, clock, actor=actor, channel=channel)
    again = await begin_check(new_uow, clock, actor=actor, channel=channel)
    assert given == again  # the code that is in the bio already stays good
    for _ in "12":  # a double tap
        await claim_check(new_uow, clock, actor=actor, check=number(given))
    view, following = await checks_to_review(new_uow, actor=staff)
    assert view is not None
    assert (view.waiting, following) == (1, None)
    assert view.check.code == given.check.code if given.check else False
    assert await told(new_uow, staff) == [NoteKind.CHANNEL_WAITING]

    decided = await accept_check(new_uow, clock, actor=staff, check=number(given), followers=9_800)
    assert decided.check.state is CheckState.ACCEPTED
    (proved,) = await own(new_uow, actor)
    assert (proved.followers, proved.verified_at) == (9_800, clock())
    assert await told(new_uow, actor) == [NoteKind.CHANNEL_VERIFIED]
    # A number that is typed afterwards changes nothing: it has to be seen.
    await add_channel(new_uow, clock, actor=actor, link="instagram.com/aigerim", followers=900_000)
    assert [one.followers for one in await own(new_uow, actor)] == [9_800]


async def test_of_two_decisions_one_stands(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    actor, channel = await claiming(new_uow, clock)
    staff = await a_moderator(new_uow, clock())
    check = number(await begin_check(new_uow, clock, actor=actor, channel=channel))
    await claim_check(new_uow, clock, actor=actor, check=check)

    ended = await outcomes(
        accept_check(new_uow, clock, actor=staff, check=check, followers=1_000),
        refuse_check(new_uow, clock, actor=staff, check=check, reason=CheckReason.CODE_MISSING),
        accept_check(new_uow, clock, actor=staff, check=check, followers=2_000),
    )

    assert ended == ["CheckView", "OutOfDate", "OutOfDate"]
    history = await creator_checks(new_uow, actor=staff, creator=actor.id)
    assert [one.id for one in history] == [check]


async def test_nobody_decides_without_the_right_or_on_a_channel_of_their_own(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor, channel = await claiming(new_uow, clock)
    check = number(await begin_check(new_uow, clock, actor=actor, channel=channel))
    await claim_check(new_uow, clock, actor=actor, check=check)
    finance = replace(actor, permissions=frozenset({Permission.FINANCE}))
    judge = replace(actor, permissions=frozenset({Permission.OWNER}))
    stranger, strange = await claiming(new_uow, clock, "instagram.com/dana")
    nobody = await a_person(new_uow, clock())

    for who in (actor, finance, judge):
        with pytest.raises(NotAllowed):
            await accept_check(new_uow, clock, actor=who, check=check, followers=1)
    with pytest.raises(NotAllowed):
        await checks_to_review(new_uow, actor=actor)
    with pytest.raises(NotFound):
        await begin_check(new_uow, clock, actor=stranger, channel=channel)
    with pytest.raises(NotFound):
        await withdraw_check(new_uow, clock, actor=stranger, check=check)
    with pytest.raises(NotAllowed):
        await begin_check(new_uow, clock, actor=nobody, channel=strange)
    with pytest.raises(NotAllowed):
        await keep_telegram(new_uow, clock, actor=nobody, found=BLOG)


async def test_a_code_expires_but_a_claim_waits_for_us_however_long(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor, channel = await claiming(new_uow, clock)
    staff = await a_moderator(new_uow, clock())
    old = await begin_check(new_uow, clock, actor=actor, channel=channel)
    clock.advance(days=4)

    late = await claim_check(new_uow, clock, actor=actor, check=number(old))
    assert late.check is not None
    assert late.check.state is CheckState.EXPIRED
    assert not await told(new_uow, staff)
    new = await begin_check(new_uow, clock, actor=actor, channel=channel)
    assert number(new) != number(old)
    await claim_check(new_uow, clock, actor=actor, check=number(new))
    clock.advance(days=30)

    await accept_check(new_uow, clock, actor=staff, check=number(new), followers=7_000)


async def test_a_channel_that_is_removed_leaves_the_queue(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor, channel = await claiming(new_uow, clock)
    staff = await a_moderator(new_uow, clock())
    await add_channel(new_uow, clock, actor=actor, link="vk.com/aigerim", followers=10)
    check = number(await begin_check(new_uow, clock, actor=actor, channel=channel))
    await claim_check(new_uow, clock, actor=actor, check=check)

    await remove_channel(new_uow, clock, actor=actor, channel=channel)

    assert await checks_to_review(new_uow, actor=staff) == (None, None)
    with pytest.raises(OutOfDate):
        await accept_check(new_uow, clock, actor=staff, check=check, followers=1)


async def test_a_telegram_channel_belongs_to_the_first_administrator_who_proves_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    claimer, _ = await claiming(new_uow, clock, "t.me/aigerim")
    owner, _ = await claiming(new_uow, clock, "vk.com/aigerim")
    other, _ = await claiming(new_uow, clock, "vk.com/dana")

    ended = await outcomes(
        *(keep_telegram(new_uow, clock, actor=who, found=BLOG) for who in (owner, other))
    )

    assert ended == ["AlreadyUsed", "Channel"]
    assert await own(new_uow, claimer) == []
    assert await told(new_uow, claimer) == [NoteKind.CHANNEL_TAKEN]
    with pytest.raises(AlreadyUsed):
        await keep_telegram(new_uow, clock, actor=claimer, found=BLOG)


async def test_asking_telegram_needs_both_administrators(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor, channel = await claiming(new_uow, clock, "t.me/aigerim")
    sight = Sight()

    with pytest.raises(ChannelNotProved, match="no_bot"):
        await check_telegram(new_uow, clock, sight, actor=actor, channel=channel)
    sight.channels["@aigerim"] = BLOG
    with pytest.raises(ChannelNotProved, match="not_yours"):
        await check_telegram(new_uow, clock, sight, actor=actor, channel=channel)
    sight.administrators = (actor.telegram_id,)
    for _ in "12":  # a second tap counts again
        await check_telegram(new_uow, clock, sight, actor=actor, channel=channel)
        sight.channels[BLOG.chat_id] = replace(BLOG, members=20_000)

    (proved,) = await own(new_uow, actor)
    assert (proved.chat_id, proved.followers) == (BLOG.chat_id, 20_000)
    with pytest.raises(BadInput):  # a code is for other platforms
        await begin_check(new_uow, clock, actor=actor, channel=channel)


async def test_the_daily_count_goes_on_after_telegram_was_away(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor, _ = await claiming(new_uow, clock, "t.me/aigerim")
    await keep_telegram(new_uow, clock, actor=actor, found=BLOG)
    sight = Sight({BLOG.chat_id: replace(BLOG, members=30_000)}, away=True)
    clock.advance(hours=25)

    assert await count_members(new_uow, clock, sight) == 0
    sight.away = False
    assert await count_members(new_uow, clock, sight) == 1
    assert await count_members(new_uow, clock, sight) == 0  # not twice a day
    assert [one.followers for one in await own(new_uow, actor)] == [30_000]
    clock.advance(hours=25)
    sight.channels.clear()
    assert await count_members(new_uow, clock, sight) == 1

    assert [one.verified_at for one in await own(new_uow, actor)] == [None]
    assert await told(new_uow, actor) == [NoteKind.CHANNEL_LOST]


async def test_a_proved_channel_can_be_the_last_answer_of_a_profile(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor, channel = await claiming(new_uow, clock)
    async with new_uow() as uow:
        await uow.creators.remove_channel(actor.id, channel)
        await uow.creators.move(actor.id, CreatorState.ACTIVE, CreatorState.NEW)
        await uow.commit()
    private = TelegramChannel(chat_id=-1009, username="", members=40)

    kept = await keep_telegram(
        new_uow, clock, actor=replace(actor, creator=CreatorState.NEW), found=private
    )

    assert (kept.platform, kept.url) == (Platform.TELEGRAM, "https://t.me/c/9")
    async with new_uow(read_only=True) as uow:
        assert (await uow.creators.get(actor.id)).state is CreatorState.ACTIVE
