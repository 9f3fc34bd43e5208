"""Other ways through the main job: left half-way, sent back, other terms, odd names, a crowd."""

from __future__ import annotations

from dataclasses import replace

import aiohttp

from bot.callbacks.brand_proofs import ProofReview, Verdict, Why
from bot.callbacks.offers import OfferCard, TakeOffer
from bot.callbacks.onboarding import FirstStep, GiveConsent, Onboarding
from bot.callbacks.orders import OrderCard
from bot.callbacks.people import Language
from bot.callbacks.profile import Field, Pick, Picked
from bot.callbacks.proofs import FormAction, ProofAgain, ProofCard, ProofForm
from core.commissions import CommissionState, Rule
from core.labels import label_text
from core.money import tenge
from core.orders import OrderStatus, Place
from core.people import Category, CreatorState, Locale
from core.proofs import ProofState
from core.usecases.imports import execute_run, start_import, upload_orders
from core.usecases.people import meet
from scripts.application import Application, press
from tests.builders import DRAFT, a_brand, a_creator, an_offer
from tests.journeys.conftest import Market, a_market

BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"}


async def test_an_onboarding_left_half_way_goes_on_after_a_restart(app: Application) -> None:
    person = app.sandbox.person("Айгерім <Сұлу> & Co 🌷", language_code="kk")
    await person.start()
    await press(person, Language, locale=Locale.KK)
    await press(person, Onboarding, step=FirstStep.CREATOR)
    await press(person, GiveConsent)
    await app.settle()
    await person.send("Айгерім <Сұлу>")
    await press(person, Pick, field=Field.CITY, value="0")
    await press(person, Pick, field=Field.CATEGORIES, value=Category.BEAUTY)
    await app.settle()

    await app.restart()
    app.clock.advance(days=1)
    await press(person, Picked, field=Field.CATEGORIES)  # the tick is there still
    await app.settle()
    await app.restart()
    await person.start()
    await press(person, Onboarding, step=FirstStep.CREATOR)
    await app.settle()
    await person.send("instagram.com/aigerim")
    await app.settle()
    await app.restart()
    await person.send("12 500")
    await app.settle()

    meeting = await meet(
        app.new_uow,
        app.clock,
        telegram_id=person.id,
        name=person.profile.name,
        username=None,
        admin_ids=frozenset(),
    )
    assert meeting.actor.creator is CreatorState.ACTIVE
    async with app.new_uow(read_only=True) as uow:
        creator = await uow.creators.get(meeting.actor.id)
    assert creator.display_name == "Айгерім <Сұлу>"
    assert creator.categories == (Category.BEAUTY,)
    assert any("Айгерім <Сұлу>" in message.text for message in person.received)


async def test_a_half_written_offer_is_there_after_a_restart_and_a_week(market: Market) -> None:
    app, manager = market.app, market.manager
    await manager.send("/newoffer")
    for text, then in (("Тақырып", "Description in Kazakh"), ("Мәтін", "Title in Russian")):
        await app.settle()
        await manager.send(text)
        await manager.expect(then)
    await app.restart()
    await app.advance(days=7)

    await manager.send("Заголовок")
    await manager.expect("Description in Russian")
    await app.restart()
    await manager.send("/newoffer")
    await manager.expect("unfinished offer")
    await manager.click("Go on")

    await manager.expect("Description in Russian")


async def test_a_refused_proof_comes_back_corrected(market: Market) -> None:
    app, manager, creator = market.app, market.manager, market.creator
    await manager.send("/proofs")
    await press(manager, ProofReview, verdict=Verdict.CHANGES, why=None)
    await press(manager, ProofReview, verdict=Verdict.CHANGES, why=Why.CODE_MISSING)
    await creator.expect("needs a correction")
    await app.settle()
    await press(creator, ProofCard)
    await creator.expect("The promo code is missing or wrong")
    app.clock.advance(minutes=1)
    await press(creator, ProofAgain)
    await creator.expect("copy the text of the post")
    await creator.send(f"{label_text(market.brand.legal_name)}. ❤️ {market.card.enrolment.code}")
    await press(creator, ProofForm, action=FormAction.SEND)
    await app.settle()
    await press(manager, ProofReview, verdict=Verdict.SHOW)
    await press(manager, ProofReview, verdict=Verdict.ACCEPT)
    await creator.expect("accepted")

    async with app.new_uow(read_only=True) as uow:
        (proof,) = await uow.proofs.of_creator(market.actor(creator).id, after=None, limit=5)
    assert proof.state is ProofState.ACCEPTED


async def test_a_fixed_reward_without_proof_from_a_shop_that_knows_the_click(
    app: Application,
) -> None:
    draft = replace(
        DRAFT,
        rule=Rule(fixed_minor=tenge(3_000).minor),
        place=Place.OWN_SHOP,
        url="https://shop.example/krem?utm_source=ules",
        click_param="sub_id",
        proof_required=False,
        hold_days=7,
    )
    market = await a_market(app, draft)
    link = f"{app.settings.public_url}/r/{market.card.enrolment.slug}"
    async with (
        aiohttp.ClientSession(headers=BROWSER) as session,
        session.get(link, allow_redirects=False) as answer,
    ):
        address = answer.headers["Location"]
    assert answer.status == 302
    assert address.startswith("https://shop.example/krem?utm_source=ules&sub_id=")
    await app.running.jobs.sweep()

    app.clock.advance(hours=1)
    table = (
        "order id;order date;status;amount;sub_id\n"
        f"Z-1;21.11.2026 12:30;delivered;25 000;{address.rpartition('=')[2]}\n"
    )
    manager = market.actor(market.manager)
    view = await upload_orders(
        app.new_uow,
        app.clock,
        app.running.box,
        actor=manager,
        brand=market.brand.id,
        name="z.csv",
        data=table.encode(),
    )
    run = await start_import(
        app.new_uow,
        app.clock,
        actor=manager,
        brand=market.brand.id,
        upload=view.upload,
        name=view.name,
        kind=view.preview.kind,
        place=Place.OWN_SHOP,
        mapping=view.preview.mapping,
        default_status=None,
        total=1,
    )
    await execute_run(app.new_uow, app.clock, app.running.box, run=run.id)
    await app.settle()
    await market.creator.expect("3,000")
    await app.advance(days=8)

    await market.creator.send("/wallet")
    await market.creator.expect("Available: 3,000")
    await market.creator.send("/orders")
    await press(market.creator, OrderCard)
    card = await market.creator.expect("Z-1")
    assert "click" in card.text
    async with app.new_uow(read_only=True) as uow:
        (row,) = await uow.orders.of_brand(market.brand.id, after=None, limit=5)
    assert (row.status, row.commission_state) == (OrderStatus.APPROVED, CommissionState.AVAILABLE)


async def test_names_with_markup_and_emoji_are_shown_as_they_are(app: Application) -> None:
    name = "<b>Жұлдыз</b> & 'Co' 👩‍👩‍👧"
    brand, _ = await a_brand(app.new_uow, app.clock(), "<i>R&D</i> 🍯")
    draft = replace(
        DRAFT,
        texts={
            locale: replace(text, title="5 < 7 & <script>", description="<a href='x'>бал</a>")
            for locale, text in DRAFT.texts.items()
        },
    )
    await an_offer(app.new_uow, app.clock(), brand.id, draft)
    person = app.sandbox.person(name, language_code="kk")
    await a_creator(app.new_uow, app.clock(), name, telegram_id=person.id)

    await person.send("/offers")
    await person.expect("5 < 7 & <script>")
    await press(person, OfferCard)
    await person.expect("<a href='x'>бал</a>")
    await press(person, TakeOffer)
    qr = await person.expect_photo("<i>R&D</i> 🍯")
    await app.settle()

    assert "ZHULDYZ" in qr.text or "B10" in qr.text or "ULES" in qr.text
    await person.send("/settings")
    assert name in (await person.expect("👧")).text


async def test_who_has_blocked_the_bot_is_not_written_to_until_they_are_back(
    market: Market,
) -> None:
    app, creator, manager = market.app, market.creator, market.manager
    creator.block()
    await app.settle()
    delivered = app.sandbox.delivered(creator)
    await manager.send("/proofs")
    await press(manager, ProofReview, verdict=Verdict.ACCEPT)
    await app.settle()
    async with app.new_uow(read_only=True) as uow:
        blocked = (await uow.people.get(market.actor(creator).id)).blocked_bot
    assert blocked
    assert app.sandbox.delivered(creator) == delivered

    await creator.send("/codes")

    await creator.expect(market.card.enrolment.code)
    async with app.new_uow(read_only=True) as uow:
        assert not (await uow.people.get(market.actor(creator).id)).blocked_bot


async def test_a_block_that_nobody_reported_is_noticed_at_the_next_message(
    market: Market,
) -> None:
    app, creator, manager = market.app, market.creator, market.manager
    app.sandbox.fail("error", "sendMessage", status=403, chat_id=creator.id)

    await manager.send("/proofs")
    await press(manager, ProofReview, verdict=Verdict.ACCEPT)
    await app.settle()

    async with app.new_uow(read_only=True) as uow:
        assert (await uow.people.get(market.actor(creator).id)).blocked_bot


async def test_a_crowd_takes_one_offer_at_the_same_moment(market: Market) -> None:
    app = market.app
    people = [app.sandbox.person("Айгерім", telegram_id=6_000_000 + n) for n in range(12)]
    for person in people:
        await a_creator(app.new_uow, app.clock(), "Айгерім", telegram_id=person.id)
        await person.send("/offers")
    await app.settle()

    for person in people:
        for _ in range(2):
            await person.tap(TakeOffer(offer=market.offer).pack())
    await app.settle()

    async with app.new_uow(read_only=True) as uow:
        taken = await uow.enrolments.of_offer(market.offer, after=None, limit=50)
    codes = [each.enrolment.code for each in taken]
    assert len(codes) == len(set(codes)) == 13
    for person in people:
        (qr,) = [message for message in person.received if message.has_photo]
        assert any(code in qr.text for code in codes)
    assert not app.sandbox.unanswered
