"""What buyers do in the bot, by the doors that the bot itself uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.buyers import SharedContact
from core.claims import ClaimRules, ClaimState
from core.consents import BUYER_CONSENT
from core.errors import BadInput, ClaimRefused, NoTouch, TooManyClaims
from core.ids import ClaimId, LinkId
from core.links import Click
from core.people import Actor, Locale
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.receipts import parse
from core.usecases.buyers import agree_to_share, share_phone, visit_link
from core.usecases.claims import claim_order, claim_receipt, my_claim
from core.usecases.links import store_clicks
from core.usecases.people import meet
from scripts.bench.truth.story import Claim, Share, Touch, Visit
from scripts.bench.truth.world import World

RULES: Final = ClaimRules()
PATIENCE: Final = timedelta(days=10)


class Hands:
    """Everybody's hands; `refused` counts what the product would not take, by its reason."""

    def __init__(
        self,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        box: SecretBox,
        world: World,
    ) -> None:
        self._new_uow = new_uow
        self._clock = clock
        self._box = box
        self._world = world
        self._people: dict[int, Actor] = {}
        self._receipts: list[tuple[Claim, ClaimId]] = []
        self.refused: Counter[str] = Counter()

    async def _actor(self, telegram_id: int) -> Actor:
        """Who that is to us, met now if not before."""
        if telegram_id not in self._people:
            meeting = await meet(
                self._new_uow,
                self._clock,
                telegram_id=telegram_id,
                name=f"P{telegram_id}",
                username=None,
            )
            self._people[telegram_id] = meeting.actor
        return self._people[telegram_id]

    async def touch(self, act: Touch) -> None:
        """Open a creator's link of the bot."""
        slug = self._world.enrolment(act.enrolment).slug
        actor = await self._actor(act.person)
        seen = await visit_link(self._new_uow, self._clock, actor=actor, slug=slug, at=act.at)
        assert seen.target is not None, slug

    async def visit(self, acts: Sequence[Visit]) -> None:
        """Open web links."""
        clicks = [
            Click(
                id=act.click_id,
                link_id=LinkId(act.enrolment),
                at=act.at,
                visitor=act.visitor,
                lang=Locale.RU,
                counted=True,
            )
            for act in acts
        ]
        await store_clicks(self._new_uow, clicks)

    async def share(self, act: Share) -> None:
        """Agree, and share the own phone by Telegram's button."""
        actor = await self._actor(act.person)
        await agree_to_share(
            self._new_uow,
            self._clock,
            actor=actor,
            version=BUYER_CONSENT,
            locale=Locale.KK,
            speaks=True,
            operator="ТОО «Үлес»",
            bin="210440000009",
        )
        await share_phone(
            self._new_uow,
            self._clock,
            self._box,
            actor=actor,
            contact=SharedContact(owner=act.person, number=act.phone),
        )

    async def claim(self, act: Claim) -> None:
        """Say that an order is one's own."""
        actor = await self._actor(act.person)
        try:
            if act.receipt:
                kept = await claim_receipt(
                    self._new_uow,
                    self._clock,
                    self._box,
                    actor=actor,
                    enrolment=act.enrolment,
                    receipt=parse(_printed(act)),
                    rules=RULES,
                )
                self._receipts.append((act, kept.id))
            else:
                await self._name(actor, act)
        except ClaimRefused as refused:
            self.refused[str(refused.reason)] += 1
        except (BadInput, NoTouch, TooManyClaims) as error:
            self.refused[type(error).__name__] += 1

    async def _name(self, actor: Actor, act: Claim) -> None:
        await claim_order(
            self._new_uow,
            self._clock,
            actor=actor,
            enrolment=act.enrolment,
            text=act.text,
            rules=RULES,
        )

    async def insist(self) -> None:
        """Send the number where the receipt was not enough: the bot has asked for it."""
        waiting = []
        for act, claim in self._receipts:
            if self._clock() - act.at < PATIENCE:
                waiting.append((act, claim))
            elif act.insists:
                actor = await self._actor(act.person)
                state = (await my_claim(self._new_uow, actor=actor, claim=claim)).state
                if state is ClaimState.WAITING:
                    try:
                        await self._name(actor, act)
                    except ClaimRefused as refused:
                        self.refused[str(refused.reason)] += 1
        self._receipts = waiting


def _printed(act: Claim) -> str:
    """What the QR on the receipt says; it is printed when the order is handed over."""
    order = act.order
    at = order.life[1][0] + timedelta(hours=5)  # Almaty
    register = f"01010190742{act.shop.brand}"
    return (
        f"http://consumer.oofd.kz/?i={_sign(order.number) % 10**10:010}&f={register}"
        f"&s={order.minor // 100}.{order.minor % 100:02}&t={at:%Y%m%dT%H%M%S}"
    )


def _sign(number: str) -> int:
    """A fiscal sign, always the same for an order."""
    return int.from_bytes(number.encode(), "big") * 2_654_435_761
