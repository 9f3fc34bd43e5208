"""What the people of the demo have done lately, each thing through the door that real people use.

The programme (scripts/seed.py) says who is there; this says that they live: channels are proved,
links are clicked, somebody applies, asks, saves, withdraws, and the operator has work.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Final

from core.brand_requests import LegalData
from core.broadcasts import Audience, Broadcast, Button, ButtonKind, DeliveryState, Role, Settled
from core.consents import CONSENT_VERSION
from core.drafts import OfferDraft
from core.enrolments import EnrolmentCard, EnrolmentState
from core.errors import InvalidIin
from core.identifiers import parse_iin
from core.ids import BrandId, OfferId, ProofId
from core.labels import label_text
from core.links import Click
from core.money import tenge
from core.notices import Group, Mode
from core.offer_forms import Step
from core.offers import Admission, Forbidden, MediaKit, OfferText, Promotion
from core.orders import ALMATY, Place
from core.payouts import MINIMUM
from core.people import Actor, Category, Channel, LegalStatus, Locale, Platform
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.pricing import Rule, Rung
from core.proofs import ProofState, RejectReason
from core.support import Said, Topic
from core.usecases.admissions import apply_to_offer, invite_to_offer
from core.usecases.brand_requests import sign_up
from core.usecases.broadcasts import (
    change_draft,
    count_tap,
    schedule_broadcast,
    start_draft,
    start_due_broadcasts,
)
from core.usecases.catalogue import save_offer
from core.usecases.channels import accept_check, begin_check, claim_check, my_channels
from core.usecases.codes import add_pool_codes, ask_for_code
from core.usecases.creators import set_iban, set_iin, set_legal_status
from core.usecases.drafts import Purpose, publish_change, save_form, take_up
from core.usecases.earnings import send_month_summaries
from core.usecases.enrolments import my_enrolments
from core.usecases.funds import warn_of_ending_funds
from core.usecases.links import store_clicks
from core.usecases.market import count_market
from core.usecases.notices import set_hours, set_mode
from core.usecases.offers import brand_offers, review_offer, submit_offer
from core.usecases.payouts import approve_payout, request_payout, settle_payout, wallet
from core.usecases.people import choose_locale, give_consent, meet, recognise
from core.usecases.placements import add_placement
from core.usecases.proofs import review_proof, submit_proof
from core.usecases.reminders import remind_of_files
from core.usecases.support import answer, ask
from core.usecases.top import count_top, set_seen
from core.usecases.track_records import count_records
from scripts import seed

OPERATOR: Final = "ТОО «Үлес»"
FOUNDER: Final = 5901  # Telegram id of somebody whose brand waits for the operator
SHOWN: Final = seed.DEMO_CREATOR + 1
IBAN: Final = "KZ41722C000000000001"
PLACES: Final = ("story", "bio", "packaging", "video")

Texts = Mapping[Locale, OfferText]


def texts(kk: tuple[str, str], ru: tuple[str, str], en: tuple[str, str]) -> dict[Locale, OfferText]:
    """Titles and descriptions in the three languages."""
    return {
        locale: OfferText(title=title, description=text)
        for locale, (title, text) in zip(Locale, (kk, ru, en), strict=True)
    }


TOUR: Final = OfferDraft(
    texts=texts(
        (
            "Ара шаруашылығына саяхат",
            "Көкшедегі ара шаруашылығына бір күндік саяхат: балауыз, дәм тату, түскі ас.",
        ),
        (
            "Поездка на пасеку",
            "Один день на пасеке под Кокшетау: соты, дегустация и обед у хозяев.",
        ),
        (
            "A day at the apiary",
            "One day with the bees near Kokshetau: honeycomb, tasting and lunch.",
        ),
    ),
    category=Category.TRAVEL,
    place=Place.OWN_SHOP,
    url="https://kokshe.example.kz/tour",
    rule=Rule(fixed_minor=tenge(4_000).minor),
    hold_days=14,
    window_days=30,
    proof_required=True,
    discount_bps=500,
    admission=Admission.APPROVAL,
    forbidden=Forbidden(ways=(Promotion.PAID_ADS, Promotion.COUPON_SITES)),
    media=MediaKit(link="https://kokshe.example.kz/media/tour"),
)
CLUB: Final = OfferDraft(
    texts=texts(
        (
            "Жаңа жылдық бал: жабық серия",
            "Желтоқсанда шығатын шағын серия. Шақыру алған блогерлерге ғана.",
        ),
        (
            "Новогодний мёд: закрытая серия",
            "Небольшая серия к декабрю. Только для приглашённых блогеров.",
        ),
        (
            "New Year honey: a closed series",
            "A small series for December. For invited creators only.",
        ),
    ),
    category=Category.FOOD,
    place=Place.KASPI,
    url="https://kaspi.kz/shop/p/bal-jana-jyl/",
    rule=Rule(percent_bps=1_800, ladder=(Rung(orders=5, worth=2_200),)),
    hold_days=14,
    window_days=30,
    proof_required=True,
    discount_bps=1_500,
    admission=Admission.INVITATION,
)
WAITING: Final = OfferDraft(
    texts=texts(
        ("Шаш майы", "Аргыш және жусан сығындысы бар шаш майы, 100 мл."),
        ("Масло для волос", "С экстрактом можжевельника и полыни, 100 мл."),
        ("Hair oil", "With juniper and wormwood, 100 ml."),
    ),
    category=Category.BEAUTY,
    place=Place.OWN_SHOP,
    url="https://aisulu.example.kz/hair-oil",
    rule=Rule(percent_bps=1_700),
    hold_days=14,
    window_days=30,
    proof_required=True,
    discount_bps=1_000,
    forbidden=Forbidden(ways=(Promotion.FALSE_CLAIMS,)),
)
NEWS: Final = {
    Locale.KK: "<b>Күзгі жаңа ұсыныстар</b>\nБал, итмұрын сарысуы, ертегілер: 25 пайызға дейін.",
    Locale.RU: "<b>Новые офферы осени</b>\nМёд, сыворотка, сказки: вознаграждение до 25 %.",
    Locale.EN: "<b>New offers this autumn</b>\nHoney, serum, fairy tales: rewards of up to 25 %.",
}
MEETING: Final = {
    Locale.KK: "<b>Жұма күні кездесу</b>\n18:00-де жарнама белгісі мен тексеру туралы айтамыз.",
    Locale.RU: "<b>Встреча в пятницу</b>\nВ 18:00 расскажем о рекламной пометке и проверках.",
    Locale.EN: "<b>We meet on Friday</b>\nAt 18:00 we talk about the advertising label.",
}


@dataclass(frozen=True)
class Life:
    """People act in it, some days ago or now."""

    new_uow: UnitOfWorkFactory
    clock: Clock
    box: SecretBox
    admin: Actor

    def ago(self, days: float) -> Clock:
        """The clock as it was."""
        return lambda: self.clock() - timedelta(days=days)

    async def actor(self, telegram_id: int) -> Actor:
        """Somebody of the market."""
        meeting = await recognise(self.new_uow, telegram_id=telegram_id)
        assert meeting is not None, telegram_id
        return meeting.actor

    async def stranger(self, telegram_id: int, name: str, locale: Locale) -> Actor:
        """Somebody who has opened the bot and is nothing yet."""
        meeting = await meet(
            self.new_uow, self.ago(2), telegram_id=telegram_id, name=name, username=None
        )
        return await choose_locale(self.new_uow, self.clock, actor=meeting.actor, locale=locale)

    async def creators(self) -> list[Actor]:
        """Those who have given their consent; the others have not opened the bot yet."""
        found = []
        for number in range(1, len(seed.NAMES)):
            actor = await self.actor(seed.DEMO_CREATOR + number)
            if number % 8 == 7:
                continue
            await give_consent(
                self.new_uow,
                self.ago(95),
                actor=actor,
                version=CONSENT_VERSION,
                locale=actor.locale,
                operator=OPERATOR,
                bin=seed.OPERATOR_BIN,
            )
            found.append(await self.actor(actor.telegram_id))
        return found

    async def brand_of(self, key: str) -> tuple[BrandId, Actor]:
        """A brand and its owner."""
        number = [known for known, *_ in seed.BRANDS].index(key)
        telegram_id = seed.DEMO_MANAGER + (10 + number if number else 0)
        manager = await self.actor(telegram_id)
        return manager.brands[0][0], manager

    async def offers(self, key: str) -> dict[str, OfferId]:
        """The offers of a brand by their Kazakh titles."""
        brand, manager = await self.brand_of(key)
        page, _ = await brand_offers(self.new_uow, actor=manager, brand=brand, limit=20)
        return {one.texts[Locale.KK].title: one.id for one in page if one.id}

    async def enrolments(self, actor: Actor) -> Sequence[EnrolmentCard]:
        """What somebody promotes, newest first."""
        found, _ = await my_enrolments(self.new_uow, actor=actor, limit=20)
        return [card for card in found if card.enrolment.state is EnrolmentState.ACTIVE]

    # what has been so for long

    async def prove_channels(self, creators: Sequence[Actor]) -> None:
        """Most channels were looked at by staff; some wait, the rest is only claimed."""
        for number, actor in enumerate(creators):
            for channel in await self._channels(actor):
                if channel.platform is Platform.TELEGRAM or number % 5 == 4:
                    continue
                waits = number % 11 == 6
                days = 0.4 if waits else 80.0
                assert channel.id is not None
                begun = await begin_check(
                    self.new_uow, self.ago(days + 0.1), actor=actor, channel=channel.id
                )
                assert begun.check is not None
                assert begun.check.id is not None
                check = begun.check.id
                await claim_check(self.new_uow, self.ago(days), actor=actor, check=check)
                if not waits:
                    await accept_check(
                        self.new_uow,
                        self.ago(days - 0.5),
                        actor=self.admin,
                        check=check,
                        followers=channel.followers,
                    )

    async def post(self, creators: Sequence[Actor]) -> None:
        """Posts were sent and accepted long ago; a few wait for a manager, one came back."""
        managers = {
            (await self.brand_of(key))[0]: (await self.brand_of(key))[1] for key, *_ in seed.BRANDS
        }
        for number, actor in enumerate(creators):
            if number % 6 == 5:
                continue
            for card in await self.enrolments(actor):
                allowed = set(card.offer.eligibility.platforms)
                here = {view.platform for view in await self._channels(actor)}
                if not card.offer.terms.proof_required or (allowed and not allowed & here):
                    continue
                days = 75 - number % 9
                proof = await self._send(card, actor, 0, days)
                await review_proof(
                    self.new_uow,
                    self.ago(days - 1),
                    actor=managers[card.enrolment.brand],
                    proof=proof,
                    to=ProofState.ACCEPTED,
                )

    async def _channels(self, actor: Actor) -> list[Channel]:
        return [view.channel for view in await my_channels(self.new_uow, actor=actor)]

    async def _send(self, card: EnrolmentCard, actor: Actor, number: int, days: float) -> ProofId:
        """A post of the creator about an offer; `number` tells several of one enrolment apart."""
        label = label_text(card.brand.legal_name)
        title = card.offer.text(actor.locale).title
        allowed = card.offer.eligibility.platforms
        own = [
            channel
            for channel in await self._channels(actor)
            if not allowed or channel.platform in allowed
        ]
        proof = await submit_proof(
            self.new_uow,
            self.ago(days),
            actor=actor,
            enrolment=card.enrolment.id,
            link=post_address(own[0], card.enrolment.id * 10 + number),
            caption=f"{label}. {title}. {card.enrolment.code}",
        )
        assert proof.id is not None
        return proof.id

    async def place_links(self, creators: Sequence[Actor]) -> None:
        """Links per placement, and who has opened them over ten weeks."""
        chance = random.Random(11)
        clicks: list[Click] = []
        for number, actor in enumerate(creators):
            for card in await self.enrolments(actor):
                if card.brand.name not in ("Көкше бал", "Aisulu Cosmetics"):
                    continue
                links = [
                    await add_placement(
                        self.new_uow,
                        self.ago(75),
                        actor=actor,
                        enrolment=card.enrolment.id,
                        name=place,
                    )
                    for place in PLACES[: 1 + number % 3 if actor.telegram_id != SHOWN else 3]
                ]
                for link in links:
                    for _ in range(chance.randrange(15, 70)):
                        at = self.clock() - timedelta(days=chance.uniform(0.1, 74))
                        clicks.append(
                            Click(
                                id=f"demo{len(clicks):012}",
                                link_id=link,
                                at=at,
                                visitor=f"{chance.getrandbits(64):016x}",
                                lang=actor.locale,
                                counted=True,
                            )
                        )
        await store_clicks(self.new_uow, clicks)

    # lately

    async def widen_offers(self) -> dict[str, OfferId]:
        """Two newer offers of the shown brand, a change of terms that was announced, a pool."""
        brand, manager = await self.brand_of("kokshe")
        added = {}
        for key, draft, days in (("tour", TOUR, 9), ("club", CLUB, 4)):
            offer = await submit_offer(
                self.new_uow, self.ago(days), actor=manager, brand=brand, draft=draft
            )
            assert offer.id is not None
            added[key] = offer.id
            await review_offer(
                self.new_uow, self.ago(days - 0.5), actor=self.admin, offer=offer.id, approve=True
            )
        await invite_to_offer(
            self.new_uow, self.ago(3), actor=manager, offer=added["club"], places=5
        )
        beauty, beautician = await self.brand_of("aisulu")
        await submit_offer(
            self.new_uow, self.ago(0.3), actor=beautician, brand=beauty, draft=WAITING
        )
        gift = (await self.offers("kokshe"))["Сыйлыққа арналған бал жинағы"]
        form = await take_up(
            self.new_uow, self.ago(3), actor=manager, offer=gift, how=Purpose.CHANGE
        )
        today = self.ago(3)().astimezone(ALMATY).date()
        form = form.at(Step.COMMISSION).answer(Step.COMMISSION, "13 %", today=today)
        await save_form(self.new_uow, self.ago(3), actor=manager, form=form)
        await publish_change(self.new_uow, self.ago(3), actor=manager)
        spf = (await self.offers("aisulu"))["SPF 50 күннен қорғайтын крем"]
        lines = "\n".join(f"SPF-{number * 7919 % 9000 + 1000}" for number in range(1, 41))
        await add_pool_codes(
            self.new_uow, self.ago(20), actor=beautician, offer=spf, data=lines.encode()
        )
        return added

    async def approach_brands(
        self, creators: Sequence[Actor], added: Mapping[str, OfferId]
    ) -> None:
        """Applications, a wish for a code, proofs that wait, offers kept for later."""
        notes = (
            "Отбасыммен Көкшеге жиі барамын, маусым сайын влог түсіремін.",
            "Снимаю короткие видео о поездках по Казахстану, аудитория 25–40 лет.",
            "",
        )
        waiting = [one for one in creators if one.telegram_id != SHOWN][2:10:3]
        for number, actor in enumerate(waiting):
            await apply_to_offer(
                self.new_uow,
                self.ago(2 - number * 0.6),
                actor=actor,
                offer=added["tour"],
                note=notes[number],
            )
        brand, _ = await self.brand_of("kokshe")
        wishes = iter(("BALQAIMAQ", "KOKSHE7"))
        sent = 0
        for actor in creators:
            mine = [one for one in await self.enrolments(actor) if one.enrolment.brand == brand]
            mine = [one for one in mine if one.offer.terms.proof_required]
            if actor.telegram_id == SHOWN or not mine:
                continue
            if (wish := next(wishes, None)) is not None:
                await ask_for_code(
                    self.new_uow,
                    self.ago(1),
                    actor=actor,
                    enrolment=mine[0].enrolment.id,
                    text=wish,
                )
            elif sent < 3:
                await self._send(mine[0], actor, 1, 0.8 - sent * 0.2)
                sent += 1
        shown = await self.actor(SHOWN)
        back = (await self.enrolments(shown))[0]
        proof = await self._send(back, shown, 2, 1.5)
        await review_proof(
            self.new_uow,
            self.ago(1),
            actor=(await self.actor_of(back.enrolment.brand)),
            proof=proof,
            to=ProofState.CHANGES,
            reason=RejectReason.CODE_MISSING,
        )
        for title, key in (
            ("Қазақ ертегілері, 3 томдық", "qalam"),
            ("Құрақ көрпе", "aqui"),
            ("SPF 50 күннен қорғайтын крем", "aisulu"),
        ):
            offer = (await self.offers(key))[title]
            await save_offer(self.new_uow, self.ago(2), actor=shown, offer=offer, keep=True)
        for one in creators[1:6]:
            await save_offer(self.new_uow, self.ago(2), actor=one, offer=added["tour"], keep=True)

    async def actor_of(self, brand: BrandId) -> Actor:
        """The owner of a brand."""
        for key, *_ in seed.BRANDS:
            known, owner = await self.brand_of(key)
            if known == brand:
                return owner
        raise LookupError(brand)

    async def settle_habits(self, creators: Sequence[Actor]) -> None:
        """Who wants to be seen in the top list, and how the shown creator wants to be told."""
        for number, actor in enumerate(creators):
            if number % 3 != 2:
                await set_seen(self.new_uow, self.ago(70), actor=actor, seen=True)
        shown = await self.actor(SHOWN)
        await set_mode(self.new_uow, self.clock, actor=shown, group=Group.ORDERS, mode=Mode.DAILY)
        await set_hours(self.new_uow, self.clock, actor=shown, quiet_from=22, quiet_until=8)

    async def draw_money(self, creators: Sequence[Actor]) -> None:
        """Some have been paid, some wait for it."""
        paid = 0
        for number, actor in enumerate(creators):
            if actor.telegram_id != SHOWN and number % 5 != 2:
                continue
            await set_legal_status(
                self.new_uow, self.clock, actor=actor, status=LegalStatus.SELF_EMPLOYED
            )
            await set_iin(self.new_uow, self.clock, actor=actor, text=iin(number), box=self.box)
            await set_iban(self.new_uow, self.clock, actor=actor, text=IBAN, box=self.box)
            have = (await wallet(self.new_uow, actor=actor)).available
            part = tenge(have.minor // 250)  # two fifths, in whole tenge
            if part < MINIMUM:
                continue
            first = await request_payout(
                self.new_uow, self.ago(9), actor=actor, amount=part, iban_tail=IBAN[-4:]
            )
            payout = first.id
            assert payout is not None
            if actor.telegram_id == SHOWN or paid % 2 == 0:
                await approve_payout(self.new_uow, self.ago(8), actor=self.admin, payout=payout)
                await settle_payout(self.new_uow, self.ago(7), actor=self.admin, payout=payout)
            paid += 1

    async def write_to_support(self, creators: Sequence[Actor]) -> None:
        """One question was answered, one waits."""
        shown = await self.actor(SHOWN)
        asked = await ask(
            self.new_uow,
            self.ago(3),
            actor=shown,
            topic=Topic.ORDERS,
            said=Said(key="demo:1", text="Кеше бір тапсырыс қайтарылды. Сыйақысы қайда кетті?"),
        )
        await answer(
            self.new_uow,
            self.ago(2.8),
            actor=self.admin,
            ticket=asked.ticket.id,
            said=Said(
                key="demo:2",
                text="Сәлеметсіз бе! Қайтарылған тапсырыс сыйақы әкелмейді, себебі "
                "«Тапсырыстар» бөлімінде жазулы.",
            ),
        )
        await ask(
            self.new_uow,
            self.ago(0.2),
            actor=creators[1],
            topic=Topic.MONEY,
            said=Said(key="demo:3", text="Здравствуйте! Можно ли получать выплаты на счёт ИП?"),
        )

    async def broadcast(self) -> None:
        """A broadcast that has gone out with its result, and one that is planned for tomorrow."""
        done = await self.draft(NEWS, Button(kind=ButtonKind.CATALOGUE), days=12)
        await schedule_broadcast(self.new_uow, self.ago(12), actor=self.admin, broadcast=done.id)
        await start_due_broadcasts(self.new_uow, self.ago(12))
        now, written = self.ago(12)() + timedelta(seconds=2), count(1)
        while True:
            async with self.new_uow() as uow:
                due = await uow.broadcasts.claim(
                    now=now,
                    limit=100,
                    lease_until=now + timedelta(minutes=2),
                    paid=False,
                    by_day=True,
                )
                settled = [
                    Settled(
                        delivery=one,
                        state=DeliveryState.SENT if next(written) % 13 else DeliveryState.BLOCKED,
                    )
                    for one in due
                ]
                await uow.broadcasts.settle(settled, now=now)
                await uow.commit()
            for one, how in zip(due, settled, strict=True):
                if how.state is DeliveryState.SENT and one.telegram_id % 3:
                    reader = await self.actor(one.telegram_id)
                    await count_tap(self.new_uow, self.ago(11.5), actor=reader, broadcast=done.id)
            if not due:
                break
        planned = await self.draft(MEETING, None, days=0.5)
        tomorrow = self.clock().astimezone(ALMATY).date() + timedelta(days=1)
        await schedule_broadcast(
            self.new_uow,
            self.clock,
            actor=self.admin,
            broadcast=planned.id,
            at=datetime.combine(tomorrow, time(11), ALMATY),
        )

    async def draft(
        self, words: Mapping[Locale, str], button: Button | None, *, days: float
    ) -> Broadcast:
        draft = await start_draft(self.new_uow, self.ago(days), actor=self.admin)

        def written(one: Broadcast) -> Broadcast:
            return replace(
                one, texts=dict(words), audience=Audience(role=Role.CREATOR), button=button
            )

        return await change_draft(
            self.new_uow, actor=self.admin, broadcast=draft.id, change=written
        )

    async def found_brand(self) -> None:
        """Somebody wants to bring a brand."""
        founder = await self.stranger(FOUNDER, "Гүлжан Әбенова", Locale.KK)
        await sign_up(
            self.new_uow,
            self.ago(0.6),
            actor=founder,
            data=LegalData(
                name="Сары май", legal_name="«Сары май» ЖШС", bin="220740000007", licence=""
            ),
        )

    async def read_everything(self) -> None:
        """What was told until now has reached its readers: their chats begin empty."""
        now = self.clock()
        while True:
            async with self.new_uow() as uow:
                due = await uow.outbox.claim(
                    now=now, limit=500, lease_until=now + timedelta(minutes=2)
                )
                for one in due:
                    await uow.outbox.sent(one.id, now=now)
                await uow.commit()
            if not due:
                return


def post_address(channel: Channel, number: int) -> str:
    """Where a post of the channel could be."""
    match channel.platform:
        case Platform.INSTAGRAM:
            return f"https://instagram.com/p/C8xYz{number:06}"
        case Platform.TIKTOK:
            return f"{channel.url}/video/74000000000{number:06}"
        case Platform.YOUTUBE:
            return f"https://youtu.be/aB3x_{number:06}"
        case Platform.THREADS:
            return f"{channel.url}/post/DA9x{number:06}"
        case _:
            return f"{channel.url}/{number}"


def iin(number: int) -> str:
    """A valid IIN of an adult, another one for each number."""
    stem = f"95{1 + number % 12:02}{1 + number % 27:02}3{number:04}"
    for control in range(10):
        try:
            return parse_iin(f"{stem}{control}", date(2026, 1, 1)).number
        except InvalidIin:
            continue
    return iin(number + 100)


async def before_orders(life: Life) -> None:
    """What orders are to find: people who have agreed, proved channels, posts, links, visits."""
    creators = await life.creators()
    await life.prove_channels(creators)
    await life.post(creators)
    await life.place_links(creators)


async def after_orders(life: Life) -> None:
    """What came of the orders, and what waits for somebody today."""
    creators = [
        await life.actor(seed.DEMO_CREATOR + number)
        for number in range(1, len(seed.NAMES))
        if number % 8 != 7
    ]
    added = await life.widen_offers()
    await life.approach_brands(creators, added)
    await life.settle_habits(creators)
    await life.draw_money(creators)
    await life.write_to_support(creators)
    await life.broadcast()
    await life.found_brand()
    await count_records(life.new_uow, life.clock)
    await count_top(life.new_uow, life.clock)
    await send_month_summaries(life.new_uow, life.clock)
    await remind_of_files(life.new_uow, life.clock)
    await warn_of_ending_funds(life.new_uow, life.clock)
    await count_market(life.new_uow, life.clock)
    await life.read_everything()
