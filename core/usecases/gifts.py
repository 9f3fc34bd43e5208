"""Rewards of buyers: what an offer promises, its gift codes, and handing them out once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core import gifts
from core.code_pools import LOW, PoolProblem
from core.errors import BadInput, FileRefused, GiftsMissing, OfferNotActive
from core.gifts import BuyerReward, DueReward, GiftCount, RewardKind
from core.ids import OfferId
from core.notifications import NoteKind, Notification, named
from core.offers import Offer, OfferState
from core.people import Actor, Locale
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.sources.code_list import lines_of

AT_ONCE: Final = 50  # claims in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardView:
    """What the buyers of an offer get, as its managers see it."""

    offer: Offer
    reward: BuyerReward
    count: GiftCount


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftReport:
    """What an upload did; `problems` are in the order of their lines."""

    added: int
    view: RewardView
    problems: tuple[PoolProblem, ...] = ()


async def reward_of(new_uow: UnitOfWorkFactory, *, actor: Actor, offer: OfferId) -> RewardView:
    """What the offer's buyers get now, and how many codes are left."""
    async with new_uow(read_only=True) as uow:
        return await _view(uow, actor, offer)


async def choose_reward(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    offer: OfferId,
    kind: RewardKind,
    texts: Mapping[Locale, str] | None = None,
) -> RewardView:
    """Promise buyers this from now on; whoever told of a purchase before gets what stood then.

    Texts that are not given stay. BadInput("thanks") where a text is wrong, or the Kazakh or the
    Russian one is missing; GiftsMissing for a gift without codes; OfferNotActive.
    """
    async with new_uow() as uow:
        view = await _view(uow, actor, offer)
        if view.offer.state is OfferState.ENDED:
            raise OfferNotActive
        words = dict(view.reward.texts)
        if texts is not None:
            words = {locale: gifts.text_for_buyers(text) for locale, text in texts.items() if text}
        whole = all(words.get(locale) for locale in gifts.OBLIGATORY)
        if not whole and (words or kind is RewardKind.THANKS):
            raise BadInput("thanks")
        if kind is RewardKind.GIFT and not view.count.free:
            raise GiftsMissing
        reward = BuyerReward(kind=kind, texts=words)
        if (view.reward.kind, dict(view.reward.texts)) != (kind, words):
            await _choose(uow, clock, actor, offer, reward)
            await uow.commit()
        return await _view(uow, actor, offer)


async def add_gifts(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId, data: bytes
) -> GiftReport:
    """Take the codes of a file; what gave none is told line by line. Buyers are promised a code.

    The same file again adds nothing. Raises FileRefused, OfferNotActive for an ended offer.
    """
    read = await asyncio.to_thread(lambda: gifts.read_gifts(lines_of(data)))
    if not read.found and not read.problems:
        raise FileRefused("empty")
    async with new_uow() as uow:
        now = clock()
        view = await _view(uow, actor, offer)
        if view.offer.state is OfferState.ENDED:
            raise OfferNotActive
        codes = list(read.found)
        known = await uow.gifts.known(view.offer.brand, codes)
        problems = [
            *read.problems,
            *(
                PoolProblem(line=line, text=code[:60], why="pooled")
                for code, line in read.found.items()
                if code in known
            ),
        ]
        fresh = [code for code in codes if code not in known]
        added = await uow.gifts.add(view.offer.brand, offer, fresh, now=now)
        if added:
            await uow.audit.write(
                actor.id, "gifts.add", "offer", offer, now=now, facts={"codes": added}
            )
        if added and view.reward.kind is not RewardKind.GIFT:
            reward = BuyerReward(kind=RewardKind.GIFT, texts=view.reward.texts)
            await _choose(uow, clock, actor, offer, reward)
        view = await _view(uow, actor, offer)
        await uow.commit()
    problems.sort(key=lambda problem: problem.line)
    return GiftReport(added=added, view=view, problems=tuple(problems))


async def clear_gifts(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> RewardView:
    """Delete the codes that nobody has got. Buyers who are owed one wait for new ones."""
    async with new_uow() as uow:
        await _view(uow, actor, offer)
        gone = await uow.gifts.clear(offer)
        if gone:
            await uow.audit.write(
                actor.id, "gifts.clear", "offer", offer, now=clock(), facts={"codes": gone}
            )
        await uow.commit()
        return await _view(uow, actor, offer)


async def give_rewards(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Give buyers what they were promised, once their order is approved; returns to how many.

    Claim, code and message are one transaction: a sweep that is killed has given whole portions.
    Where an offer has no code left its buyers wait, and its managers are told.
    """
    done = after = 0
    empty: defaultdict[OfferId, int] = defaultdict(int)
    while True:
        async with new_uow(read_only=True, background=True) as uow:
            due = await uow.gifts.due(after=after, limit=AT_ONCE)
            offers = sorted({one.offer for one in due})
            rewards = await uow.gifts.rewards(offers)
            known = await uow.offers.many(offers)
        if not due:
            break
        after = due[-1].claim
        async with new_uow(background=True) as uow:
            dealt: set[OfferId] = set()
            for one in due:
                reward = gifts.promised(rewards.get(one.offer, ()), one.claimed_at)
                given = await _give(uow, clock, one, reward, known[one.offer])
                done += given is True
                if given and reward.kind is RewardKind.GIFT:
                    dealt.add(one.offer)
                empty[one.offer] += given is None
            for offer in dealt:
                if not empty[offer]:
                    await _tell_low(uow, clock, known[offer])
            await uow.commit()
    async with new_uow(background=True) as uow:
        for offer, waiting in empty.items():
            if waiting:
                await _tell_waiting(uow, clock, offer, waiting)
        await uow.commit()
    return done


async def _give(
    uow: UnitOfWork, clock: Clock, due: DueReward, reward: BuyerReward, offer: Offer
) -> bool | None:
    """Give one; False where somebody was quicker or there is nothing to give, None without code."""
    now = clock()
    code = ""
    if not await uow.gifts.settle(due.claim, now=now) or reward.kind is RewardKind.NOTHING:
        return False
    if reward.kind is RewardKind.GIFT:
        taken = await uow.gifts.take(due.offer, due.claim, now=now)
        if taken is None:
            await uow.gifts.reopen(due.claim)
            return None
        code = taken
    await uow.outbox.add(
        [
            Notification(
                person=due.person,
                kind=NoteKind.BUYER_REWARD,
                key=f"{NoteKind.BUYER_REWARD}:{due.claim}",
                facts={
                    **named(offer.title),
                    "brand": (await uow.brands.get(due.brand)).name,
                    "code": code,
                    "texts": {str(locale): text for locale, text in reward.texts.items()},
                },
            )
        ],
        now=now,
    )
    return True


async def _tell_low(uow: UnitOfWork, clock: Clock, offer: Offer) -> None:
    """Tell the managers when few codes are left; once per step until new ones are uploaded."""
    assert offer.id is not None
    count = await uow.gifts.count(offer.id)
    reached = [step for step in LOW if count.free <= step]
    if reached:
        step = f"{count.last}:{min(reached)}"
        await _tell(uow, clock, offer, step, count=count.free, waiting=0)


async def _tell_waiting(uow: UnitOfWork, clock: Clock, offer: OfferId, waiting: int) -> None:
    """Tell the managers that buyers wait for codes; once until new ones are uploaded."""
    count = await uow.gifts.count(offer)
    known = await uow.offers.get(offer)
    await _tell(uow, clock, known, f"{count.last}:waiting", count=0, waiting=waiting)


async def _tell(
    uow: UnitOfWork, clock: Clock, offer: Offer, step: str, *, count: int, waiting: int
) -> None:
    await uow.outbox.add(
        [
            Notification(
                person=manager,
                kind=NoteKind.GIFTS_LOW,
                key=f"{NoteKind.GIFTS_LOW}:{offer.id}:{step}:{manager}",
                facts={
                    "offer": offer.id,
                    **named(offer.title),
                    "count": count,
                    "waiting": waiting,
                },
            )
            for manager in await uow.brands.managers(offer.brand)
        ],
        now=clock(),
    )


async def _choose(
    uow: UnitOfWork, clock: Clock, actor: Actor, offer: OfferId, reward: BuyerReward
) -> None:
    now = clock()
    await uow.gifts.choose(offer, reward, by=actor.id, now=now)
    await uow.audit.write(
        actor.id, "gifts.choose", "offer", offer, now=now, facts={"reward": reward.kind}
    )


async def _view(uow: UnitOfWork, actor: Actor, offer: OfferId) -> RewardView:
    known = await uow.offers.get(offer)
    actor.demand_brand(known.brand)
    history = (await uow.gifts.rewards([offer])).get(offer, ())
    return RewardView(
        offer=known,
        reward=history[-1] if history else BuyerReward(),
        count=await uow.gifts.count(offer),
    )
