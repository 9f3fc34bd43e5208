"""What people of the market are in the middle of: applications, wishes, questions, changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from core.admissions import SuspendReason
from core.brand_requests import LegalData
from core.broadcasts import Button, ButtonKind
from core.commissions import OPEN
from core.consents import CONSENT_VERSION
from core.disputes import DeclineReason, DisputeKind, Side, Times, Verdict
from core.ids import BrandId, EnrolmentId, OfferId
from core.offer_forms import OfferForm, Step
from core.offers import Admission, MediaFile, MediaKit, OfferText
from core.orders import OrderStatus, Place
from core.people import Actor, Channel, Locale, Platform
from core.support import Said, Topic
from core.usecases.admissions import apply_to_offer, invite_to_offer, suspend_enrolment
from core.usecases.brand_requests import sign_up
from core.usecases.broadcasts import change_draft, schedule_broadcast, start_draft
from core.usecases.channels import begin_check, claim_check
from core.usecases.claims import claim_order
from core.usecases.codes import add_pool_codes, ask_for_code
from core.usecases.dispute_answers import answer_dispute
from core.usecases.disputes import (
    DisputeCard,
    add_numbers,
    appeal,
    dispute_order,
    submit_dispute,
)
from core.usecases.drafts import Purpose, publish_change, save_form, take_up
from core.usecases.enrolments import my_enrolments, take_offer
from core.usecases.offers import review_offer, submit_offer
from core.usecases.people import give_consent
from core.usecases.placements import add_placement
from core.usecases.registers import add_registers
from core.usecases.slots import add_slot_handles, answer_slot, ask_for_slot, change_board
from core.usecases.support import ask
from db.engine import create_engine
from tests.builders import DRAFT, a_person, reserve_sku
from tests.usecases.evidence_builders import touched
from tests.walk.house import Clock, House

ORDERS_LOOKED_AT = 100  # of the shop, for some that nobody is credited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who does it, and for which brand."""

    brand: BrandId
    owner: Actor
    admin: Actor
    creator: Actor
    other: Actor


async def everything(house: House, clock: Clock, cast: Cast) -> tuple[list[OfferId], str]:
    """Leave something of each kind undone; returns offers that people have a link to.

    Also returned is the slug of the link by which followers send order numbers.
    """
    shown = await _admissions(house, clock, cast)
    await _codes(house, clock, cast)
    await _channel(house, clock, cast)
    await _changes(house, clock, cast)
    await _words_to_staff(house, clock, cast)
    await _broadcasts(house, clock, cast)
    await _purchases(house, clock, cast)
    return shown, await _disputes(house, clock, cast)


async def _open_offer(
    house: House, clock: Clock, cast: Cast, name: str, **different: object
) -> OfferId:
    draft = replace(
        DRAFT,
        texts={
            Locale.KK: OfferText(title=f"Ұсыныс {name}", description="Құрғақ теріге"),
            Locale.RU: OfferText(title=f"Предложение {name}", description="Для кожи"),
            Locale.EN: OfferText(title=f"Offer number {name}", description="For skin"),
        },
        **different,  # type: ignore[arg-type]
    )
    offer = await submit_offer(
        house.new_uow, clock, actor=cast.owner, brand=cast.brand, draft=draft
    )
    assert offer.id is not None
    await review_offer(house.new_uow, clock, actor=cast.admin, offer=offer.id, approve=True)
    return offer.id


async def _admissions(house: House, clock: Clock, cast: Cast) -> list[OfferId]:
    """One may apply, has applied, is invited; another is suspended in an offer."""
    new_uow = house.new_uow
    for person in (cast.creator, cast.other):
        await give_consent(
            new_uow,
            clock,
            actor=person,
            locale=person.locale,
            version=CONSENT_VERSION,
            operator=house.settings.operator_name,
            bin=house.settings.operator_bin,
        )
    first = await _open_offer(house, clock, cast, "11", admission=Admission.APPROVAL)
    asked = await _open_offer(house, clock, cast, "12", admission=Admission.APPROVAL)
    for person in (cast.creator, cast.other):
        await apply_to_offer(new_uow, clock, actor=person, offer=asked, note="Мен туралы")
    closed = await _open_offer(house, clock, cast, "13", admission=Admission.INVITATION)
    await invite_to_offer(new_uow, clock, actor=cast.owner, offer=closed, places=10)
    async with new_uow() as uow:
        logo = await uow.uploads.put("logo.svg", b"<svg/>", sha256="0" * 64, now=clock())
        await uow.commit()
    files = (MediaFile(upload=logo, name="logo.svg"),)
    media = MediaKit(link="https://disk.yandex.kz/d/aisulu", files=files)
    shared = await _open_offer(house, clock, cast, "14", media=media)
    await take_offer(new_uow, clock, actor=cast.creator, offer=shared)
    card = await take_offer(new_uow, clock, actor=cast.other, offer=shared)
    await suspend_enrolment(
        new_uow,
        clock,
        actor=cast.owner,
        enrolment=EnrolmentId(card.enrolment.id),
        reason=SuspendReason.NO_LABEL,
    )
    return [first, asked, closed, shared]


async def _codes(house: House, clock: Clock, cast: Cast) -> None:
    """A wish for a code, a pool and a placement."""
    cards, _ = await my_enrolments(house.new_uow, actor=cast.creator, limit=20)
    mine = [card for card in cards if card.brand.id == cast.brand]
    enrolment = mine[0].enrolment
    await ask_for_code(
        house.new_uow, clock, actor=cast.creator, enrolment=enrolment.id, text="WALKER77"
    )
    await add_placement(
        house.new_uow, clock, actor=cast.creator, enrolment=enrolment.id, name="Сторис"
    )
    for text in ("WALK-1", "WALK-2"):
        await reserve_sku(house.new_uow, clock, actor=cast.owner, enrolment=enrolment.id, sku=text)
    await _slots(house, clock, cast)
    await add_pool_codes(
        house.new_uow, clock, actor=cast.owner, offer=enrolment.offer, data=b"POOL1\nPOOL2\n"
    )


async def _slots(house: House, clock: Clock, cast: Cast) -> None:
    """One has the only slot, another waits for it."""
    offer = await _open_offer(house, clock, cast, "17", place=Place.WILDBERRIES)
    taken = [
        (await take_offer(house.new_uow, clock, actor=one, offer=offer)).enrolment.id
        for one in (cast.creator, cast.other)
    ]
    view = await change_board(
        house.new_uow,
        clock,
        actor=cast.owner,
        brand=cast.brand,
        place=Place.WILDBERRIES,
        slots=1,
    )
    assert view.board
    await add_slot_handles(
        house.new_uow, clock, actor=cast.owner, board=view.board.id, texts=["W-1", "W-2"]
    )
    for one, enrolment in zip((cast.creator, cast.other), taken, strict=True):
        await ask_for_slot(house.new_uow, clock, actor=one, enrolment=enrolment)
    await answer_slot(house.new_uow, clock, actor=cast.creator, enrolment=taken[0], accept=True)


async def _channel(house: House, clock: Clock, cast: Cast) -> None:
    """A channel that staff are to look at."""
    async with house.new_uow() as uow:
        url = "https://instagram.com/second"
        channel = Channel(id=None, platform=Platform.INSTAGRAM, url=url, followers=5_100)
        await uow.creators.put_channel(cast.other.id, channel)
        known = await uow.creators.get(cast.other.id)
        await uow.commit()
    claimed = next(one for one in known.channels if one.url == url)
    assert claimed.id is not None
    view = await begin_check(house.new_uow, clock, actor=cast.other, channel=claimed.id)
    assert view.check is not None
    assert view.check.id is not None
    await claim_check(house.new_uow, clock, actor=cast.other, check=view.check.id)


async def _changes(house: House, clock: Clock, cast: Cast) -> None:
    """Worse terms are announced, new texts wait for a moderator."""
    offer = await _open_offer(house, clock, cast, "15")
    form = await take_up(house.new_uow, clock, actor=cast.owner, offer=offer, how=Purpose.CHANGE)
    answers = dict(form.answers) | {Step.HOLD: 30, Step.TITLE_KK: "Ұсыныс 16"}
    changed: OfferForm = replace(form, answers=answers)
    await save_form(house.new_uow, clock, actor=cast.owner, form=changed)
    await publish_change(house.new_uow, clock, actor=cast.owner)


async def _words_to_staff(house: House, clock: Clock, cast: Cast) -> None:
    """A question, and a brand that wants to join."""
    said = Said(key="walk:1", text="Тапсырысым көрінбейді")
    await ask(house.new_uow, clock, actor=cast.creator, topic=Topic.ORDERS, said=said)
    founder = await a_person(
        house.new_uow, clock(), "Құрылтайшы", telegram_id=7_003, locale=Locale.KK
    )
    data = LegalData(name="Жаңа бренд", legal_name="ЖШС «Жаңа бренд»", bin="180540000002")
    await sign_up(house.new_uow, clock, actor=founder, data=data)


async def _broadcasts(house: House, clock: Clock, cast: Cast) -> None:
    """One that is written, one that has a time."""
    words = {
        Locale.KK: "Жаңа ұсыныстар бар",
        Locale.RU: "Есть новые офферы",
        Locale.EN: "There are new offers",
    }
    for number in range(2):
        draft = await start_draft(house.new_uow, clock, actor=cast.admin)
        to_the_site = Button(kind=ButtonKind.URL, url="https://ules.example/")
        button = Button(kind=ButtonKind.CATALOGUE) if number else to_the_site
        await change_draft(
            house.new_uow,
            actor=cast.admin,
            broadcast=draft.id,
            change=partial(replace, texts=words, button=button),
        )
        if number:
            await schedule_broadcast(
                house.new_uow,
                clock,
                actor=cast.admin,
                broadcast=draft.id,
                at=clock() + timedelta(days=2),
            )


async def _purchases(house: House, clock: Clock, cast: Cast) -> None:
    """One came by another's link and tells of purchases; the brand has named a cash register."""
    cards, _ = await my_enrolments(house.new_uow, actor=cast.creator, limit=20)
    enrolment = next(card.enrolment for card in cards if card.brand.id == cast.brand)
    engine = create_engine(house.settings.database_url)
    await touched(engine, cast.other.id, enrolment, clock() - timedelta(days=1))
    await engine.dispose()
    rules = house.settings.claim_rules
    told = partial(claim_order, house.new_uow, clock, actor=cast.other, enrolment=enrolment.id)
    await told(text="990001", rules=rules)
    await add_registers(
        house.new_uow, clock, actor=cast.owner, brand=cast.brand, text="010101907421"
    )


async def _disputes(house: House, clock: Clock, cast: Cast) -> str:
    """Cases in each state: the creator's wait, the other's is answered, a third gathers."""
    new_uow, times = house.new_uow, Times()
    async with new_uow(read_only=True) as uow:
        free = [
            row.external_id
            for row in await uow.orders.of_brand(
                cast.brand, nobodys=True, after=None, limit=ORDERS_LOOKED_AT
            )
            if row.status in (OrderStatus.PENDING, OrderStatus.APPROVED)
        ]
        own = await uow.orders.of_creator(cast.creator.id, states=(), after=None, limit=9)
    assert len(free) > 3, "the shop sells without codes as well"
    asked, declined, objected = free[:3], free[3:4], free[4:5]

    async def sent(who: Actor, numbers: list[str]) -> DisputeCard:
        enrolment = await _own(house, cast, who)
        card, _, _ = await add_numbers(
            new_uow, clock, actor=who, enrolment=enrolment, text=" ".join(numbers), times=times
        )
        return await submit_dispute(new_uow, clock, actor=who, dispute=card.dispute.id, times=times)

    async def turned_down(who: Actor, numbers: list[str]) -> DisputeCard:
        card = await sent(who, numbers)
        return await answer_dispute(
            new_uow,
            clock,
            actor=cast.owner,
            dispute=card.dispute.id,
            side=Side.BRAND,
            verdict=Verdict.DECLINED,
            reason=DeclineReason.OTHER_WAY,
            times=times,
        )

    await turned_down(cast.creator, declined)
    card = await turned_down(cast.creator, objected)
    await appeal(new_uow, clock, actor=cast.creator, dispute=card.dispute.id)
    await sent(cast.creator, asked)
    open_ = next(row for row in own if row.commission_state in OPEN)
    await dispute_order(
        new_uow,
        clock,
        actor=cast.creator,
        order=open_.id,
        kind=DisputeKind.AMOUNT,
        claimed=open_.net + open_.net,
        times=times,
    )
    gathers, _, _ = await add_numbers(
        new_uow,
        clock,
        actor=cast.creator,
        enrolment=await _own(house, cast, cast.creator),
        text="12345",
        times=times,
    )
    return gathers.dispute.slug


async def _own(house: House, cast: Cast, who: Actor) -> EnrolmentId:
    """The offer of the brand that somebody has had for longest."""
    cards, _ = await my_enrolments(house.new_uow, actor=who, limit=20)
    own = [card.enrolment for card in cards if card.brand.id == cast.brand and card.enrolment.slug]
    return min(own, key=lambda enrolment: enrolment.accepted_at).id
