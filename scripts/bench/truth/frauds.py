"""Frauds seeded among honest creators, and how many of them were noticed.

They are in a market of their own, where they are many: in one as it is there would be too few of a
kind to say anything of a share.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.ids import PersonId
from core.orders import OrderStatus
from scripts.bench.truth.measures import Line
from scripts.bench.truth.rates import REALISTIC, Rates
from scripts.bench.truth.story import Reason, Story, Teller
from scripts.bench.truth.world import DAYS, OPENED, Creator, Enrolment, World

SHARE: Final = 0.04  # of the creators commit each kind of fraud; six kinds, nobody commits two
RATES: Final[Rates] = replace(REALISTIC, leaks=0.0, own_purchases=0.0)  # all are seeded here


class Fraud(StrEnum):
    """What is done."""

    OWN_PURCHASES = "own purchases"
    LEAK = "leaked code"  # not by the creator's fault, who has to hear of it
    CLAIM_SERIES = "claims in series"
    BURST = "burst of made-up orders"
    SHARED_ACCOUNT = "one payout account"
    RETURNS = "orders that come back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """One creator's fraud."""

    fraud: Fraud
    creator: PersonId


class Crooks:
    """Who commits what: drawn before the story is told, added to it after."""

    def __init__(self, world: World) -> None:
        self._chance = random.Random(f"frauds {world.seed}")
        self._world = world
        self.seeded: list[Seeded] = []
        self.accounts: dict[PersonId, PersonId] = {}  # whose payout account somebody uses
        free = list(world.creators)
        self._chance.shuffle(free)
        count = max(2, round(len(free) * SHARE))
        for fraud in Fraud:
            chosen = 0
            for creator in list(free):
                if chosen < count and self._enrolment(creator, fraud) is not None:
                    free.remove(creator)
                    self.seeded.append(Seeded(fraud=fraud, creator=creator.id))
                    chosen += 1
        shared = [one.creator for one in self.seeded if one.fraud is Fraud.SHARED_ACCOUNT]
        for first, second in zip(shared[::2], shared[1::2], strict=False):
            self.accounts[second] = first
        if len(shared) % 2:  # the odd one shares with the first pair
            self.accounts[shared[-1]] = shared[0]
        for one in self.seeded:
            if one.fraud is Fraud.LEAK:
                enrolment = self._of(one)
                enrolment.leaked_at = OPENED + timedelta(days=self._chance.uniform(10, 30))

    def _of(self, one: Seeded) -> Enrolment:
        creator = next(each for each in self._world.creators if each.id == one.creator)
        enrolment = self._enrolment(creator, one.fraud)
        assert enrolment is not None
        return enrolment

    def _enrolment(self, creator: Creator, fraud: Fraud) -> Enrolment | None:
        """Where the creator can do it: codes are needed for some, numbers to be claimed for one."""
        for one in self._world.enrolments:
            if one.creator is creator and {
                Fraud.LEAK: one.shop.codes,
                Fraud.BURST: one.shop.codes,
                Fraud.RETURNS: one.shop.codes,
                Fraud.CLAIM_SERIES: one.shop.receipts and not one.shop.codes,
            }.get(fraud, True):
                return one
        return None

    def act(self, teller: Teller) -> None:
        """Let them do it."""
        for one in self.seeded:
            enrolment = self._of(one)
            at = OPENED + timedelta(days=self._chance.uniform(15, DAYS - 12))
            match one.fraud:
                case Fraud.OWN_PURCHASES:
                    enrolment.creator.known = True
                    for _ in range(4):
                        moment = at + timedelta(days=self._chance.uniform(0, 10))
                        teller.own_purchase(enrolment, moment, family=False)
                case Fraud.CLAIM_SERIES:
                    self._claim_series(teller, enrolment, at)
                case Fraud.BURST:
                    self._burst(teller, enrolment, at)
                case Fraud.RETURNS:
                    self._returns(teller, enrolment)
                case Fraud.LEAK | Fraud.SHARED_ACCOUNT:
                    pass  # it is there already

    def _claim_series(self, teller: Teller, enrolment: Enrolment, at: datetime) -> None:
        """Two accounts claim orders of strangers, whose numbers somebody in the shop reads out."""
        around = timedelta(days=4)
        strangers = [
            order
            for order in teller.story.orders
            if order.shop is enrolment.shop
            and order.reason is Reason.NEED
            and at - around < order.at < at + around
        ]
        chosen = self._chance.sample(strangers, min(14, len(strangers)))
        for number, order in enumerate(chosen):
            account = 5_000_000 + enrolment.id * 10 + number % 2
            if number < 2:
                teller.touch(account, enrolment, at - around)
            claimed = at + around + timedelta(minutes=3 * number)
            teller.claim(account, enrolment, order, claimed)

    def _burst(self, teller: Teller, enrolment: Enrolment, at: datetime) -> None:
        """Thirty orders within two days, to be paid on delivery, of which most are never taken."""
        for _ in range(30):
            moment = at + timedelta(hours=self._chance.uniform(0, 40))
            order = teller.made_up(enrolment, moment)
            if self._chance.random() < 0.8:
                gone = moment + timedelta(hours=self._chance.uniform(40, 200))
                order.life = [(moment, OrderStatus.PENDING), (gone, OrderStatus.REJECTED)]

    def _returns(self, teller: Teller, enrolment: Enrolment) -> None:
        """Friends buy by the code and send most of it back."""
        for _ in range(25):
            moment = OPENED + timedelta(days=self._chance.uniform(5, DAYS - 5))
            order = teller.made_up(enrolment, moment)
            if self._chance.random() < 0.7:
                had = moment + timedelta(days=self._chance.uniform(1, 4))
                order.life = [
                    (moment, OrderStatus.PENDING),
                    (had, OrderStatus.APPROVED),
                    (had + timedelta(days=self._chance.uniform(2, 12)), OrderStatus.RETURNED),
                ]


def noticed(
    seeded: Sequence[Seeded], story: Story, flagged: Mapping[PersonId, Collection[str]]
) -> list[Line]:
    """The share of frauds noticed, by kind and together, and of honest creators suspected.

    `flagged` are creators with the signals on them that still stood or were confirmed in the end.
    """
    crooks = {one.creator for one in seeded}
    honest = [one for one in story.world.creators if one.id not in crooks]
    found = [one for one in seeded if flagged.get(one.creator)]
    lines = [
        Line(
            measure=f"frauds noticed ({len(seeded)} seeded)",
            product=len(found) / len(seeded) if seeded else None,
            least=0.90,
        ),
        Line(
            measure=f"honest creators suspected (of {len(honest)})",
            product=sum(bool(flagged.get(one.id)) for one in honest) / len(honest),
            most=0.02,
        ),
    ]
    for fraud in Fraud:
        own = [one for one in seeded if one.fraud is fraud]
        caught = [one for one in found if one.fraud is fraud]
        if own:
            lines.append(Line(measure=f"– {fraud} ({len(own)})", product=len(caught) / len(own)))
    return lines
