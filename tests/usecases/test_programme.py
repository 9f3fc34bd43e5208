"""Loading a programme that ran elsewhere before."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.enrolments import EnrolmentState
from core.ids import BrandId
from core.ledger import Account
from core.money import tenge
from core.offers import Admission, Forbidden, OfferState, Promotion
from core.people import Actor, BrandRole, CreatorState, LegalStatus, Locale
from core.ports import UnitOfWorkFactory
from core.pricing import Rate, RateBy, Rule, Rung
from core.programme import Loaded, ProgrammeInvalid, parse
from core.usecases.enrolments import enrolment_card, my_enrolments, take_offer
from core.usecases.links import link_target
from core.usecases.programme import load_programme
from tests.builders import a_creator
from tests.conftest import FrozenClock

BIN = "120340000004"
MANUAL = Path(__file__).parents[2] / "docs" / "programme.md"
PICTURES = {"pictures/cream.png": b"\x89PNG\r\n\x1a\n" + b"0" * 32}


def example() -> dict[str, Any]:
    """The example of the manual: what it promises is what is tested."""
    text = MANUAL.read_text(encoding="utf-8").split("```json")[1].split("```")[0]
    data: dict[str, Any] = json.loads(text)
    return data


def problems(data: object) -> list[str]:
    """What is found wrong with a document, each with its path."""
    with pytest.raises(ProgrammeInvalid) as raised:
        parse(data)
    return str(raised.value).split("\n")


async def brand_of(new_uow: UnitOfWorkFactory) -> BrandId:
    async with new_uow(read_only=True) as uow:
        return (await uow.brands.by_bins([BIN]))[BIN]


async def test_the_example_of_the_manual_becomes_a_running_programme(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    data["offers"][0]["picture"] = "pictures/cream.png"
    progress: list[int] = []

    loaded = await load_programme(
        new_uow, clock, programme=parse(data), pictures=PICTURES, on_progress=progress.append
    )

    assert loaded == Loaded(
        brands=1, top_ups=1, creators=1, offers=1, enrolments=1, codes=1, skus=1
    )
    assert progress[-1] == 5
    brand = await brand_of(new_uow)
    async with new_uow(read_only=True) as uow:
        people = await uow.people.by_telegram_ids([1001, 9001])
        creator = await uow.creators.get(people[1001])
        assert await uow.lookups.people(("айгер",), limit=5) == [people[1001]]
        assert (creator.state, creator.claimed) == (CreatorState.ACTIVE, 12_400)
        assert creator.followers == 0  # a number in a file proves nothing
        assert await uow.brands.role(brand, people[9001]) is BrandRole.OWNER
        assert await uow.ledger.balance(Account.BRAND_FUNDS, brand) == tenge(1_500_000)
        (held,) = (await uow.enrolments.ownerships(brand, ["AIGERIM10"]))["AIGERIM10"]
        (lent,) = (await uow.enrolments.reservations(brand, ["CR-50-A"]))["CR-50-A"]
    assert (held.since, held.until) == (datetime(2026, 8, 31, 19, tzinfo=UTC), None)
    assert lent.until == datetime(2026, 10, 31, 19, tzinfo=UTC)
    actor = Actor(id=people[1001], telegram_id=1001, locale=Locale.KK, creator=creator.state)
    ((card,), _) = await my_enrolments(new_uow, actor=actor)
    assert (card.enrolment.code, card.enrolment.accepted_at) == ("AIGERIM10", held.since)
    assert card.enrolment.state is EnrolmentState.ACTIVE
    assert card.offer.state is OfferState.ACTIVE
    target = await link_target(new_uow, clock, card.enrolment.slug)
    assert target
    assert target.active


async def test_everything_that_an_offer_can_promise_comes_along(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    data["offers"][0] |= {
        "commission": {
            "percent_bps": 1_000,
            "budget_tenge": 500_000,
            "first_order_bps": 1_500,
            "ladder": [{"orders": 5, "percent_bps": 1_200}],
            "rates": [
                {"category": "Жинақтар", "percent_bps": 1_800},
                {"sku": "CR-50", "percent_bps": 0},
            ],
        },
        "admission": "approval",
        "forbidden": {"ways": ["paid_ads"], "own": "Емдейді деп айтпаңыз"},
        "media_link": "https://qyran.kz/kit",
        "notice_days": 21,
        "auto_approve_days": 45,
        "eligibility": {"legal_statuses": ["self_employed"]},
    }
    await load_programme(new_uow, clock, programme=parse(data), pictures={})

    brand = await brand_of(new_uow)
    async with new_uow(read_only=True) as uow:
        (offer,) = await uow.offers.of_brand(brand, after=None, limit=2)
    assert offer.terms.rule == Rule(
        percent_bps=1_000,
        budget_minor=tenge(500_000).minor,
        first_order=1_500,
        ladder=(Rung(orders=5, worth=1_200),),
        rates=(
            Rate(by=RateBy.CATEGORY, name="Жинақтар", percent_bps=1_800),
            Rate(by=RateBy.SKU, name="CR-50", percent_bps=0),
        ),
    )
    assert (offer.admission, offer.terms.notice_days) == (Admission.APPROVAL, 21)
    assert offer.terms.auto_approve_days == 45
    assert offer.forbidden == Forbidden(ways=(Promotion.PAID_ADS,), own="Емдейді деп айтпаңыз")
    assert offer.media.link == "https://qyran.kz/kit"
    assert offer.eligibility.legal_statuses == (LegalStatus.SELF_EMPLOYED,)


def test_a_commission_that_contradicts_itself_is_named_by_its_part() -> None:
    data = example()
    commission = data["offers"][0]["commission"]
    commission["ladder"] = [{"orders": 5, "percent_bps": 900}]  # lower than the base
    assert problems(data) == ["$.offers[0].commission.ladder: contradicts the rest"]
    commission["ladder"] = []
    commission |= {"first_order_bps": 1_500, "first_order_tenge": 300}
    assert problems(data) == [
        "$.offers[0].commission.first_order_tenge: cannot stand beside first_order_bps"
    ]


async def test_loading_twice_changes_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    programme = parse(example())
    await load_programme(new_uow, clock, programme=programme, pictures={})
    clock.advance(days=1)

    again = await load_programme(new_uow, clock, programme=programme, pictures={})

    assert again == Loaded()


async def test_what_people_changed_since_is_left_and_what_is_new_is_added(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    await load_programme(new_uow, clock, programme=parse(data), pictures={})
    brand = await brand_of(new_uow)
    async with new_uow() as uow:
        creator = (await uow.people.by_telegram_ids([1001]))[1001]
        await uow.creators.save(creator, city="Астана")
        await uow.commit()
    data["brands"][0]["top_ups"].append({"key": "2026-10", "amount_tenge": 100})
    data["creators"].append({"telegram_id": 1002, "name": "Марат"})
    data["codes"][0]["until"] = "2026-11-30"
    data["codes"].append(
        {
            "brand": BIN,
            "offer": "face-cream",
            "creator": 1002,
            "code": "aigerim 10",
            "since": "2026-12-01",
        }
    )

    loaded = await load_programme(new_uow, clock, programme=parse(data), pictures={})

    assert loaded == Loaded(top_ups=1, creators=1, enrolments=1, codes=1, closed=1)
    async with new_uow(read_only=True) as uow:
        assert (await uow.creators.get(creator)).city == "Астана"
        held = (await uow.enrolments.ownerships(brand, ["AIGERIM10"]))["AIGERIM10"]
    assert [one.until is None for one in held] == [False, True]
    assert held[0].until == held[1].since
    again = await load_programme(new_uow, clock, programme=parse(data), pictures={})
    assert again == Loaded()


async def test_an_ended_programme_holds_its_codes_only_in_the_past(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    data["offers"][0] |= {"state": "ended", "ends": "2026-10-31"}

    await load_programme(new_uow, clock, programme=parse(data), pictures={})

    brand = await brand_of(new_uow)
    async with new_uow(read_only=True) as uow:
        (held,) = (await uow.enrolments.ownerships(brand, ["AIGERIM10"]))["AIGERIM10"]
        person = (await uow.people.by_telegram_ids([1001]))[1001]
        enrolment = await uow.enrolments.get(held.enrolment)
    assert held.until == datetime(2026, 10, 31, 19, tzinfo=UTC)
    assert enrolment.state is EnrolmentState.ENDED
    assert enrolment.creator == person
    again = await load_programme(new_uow, clock, programme=parse(data), pictures={})
    assert again == Loaded()


async def test_a_code_that_somebody_holds_already_stops_the_load_before_it_begins(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    data["codes"] = data["skus"] = []
    await load_programme(new_uow, clock, programme=parse(data), pictures={})
    brand = await brand_of(new_uow)
    taker = await a_creator(new_uow, clock(), "Айгерім")
    async with new_uow(read_only=True) as uow:
        offer = (await uow.programmes.offers(brand, ["face-cream"]))["face-cream"]
    await take_offer(new_uow, clock, actor=taker, offer=offer)
    clashing = example()
    clashing["creators"].append({"telegram_id": 1003, "name": "Жаңа"})

    with pytest.raises(ProgrammeInvalid) as raised:
        await load_programme(new_uow, clock, programme=parse(clashing), pictures={})

    assert str(raised.value) == "$.codes[0].code: AIGERIM10 is held by somebody else at that time"
    async with new_uow(read_only=True) as uow:
        assert await uow.people.by_telegram_ids([1003]) == {}


async def test_a_code_taken_in_the_bot_is_known_as_the_same(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    data["codes"] = data["skus"] = []
    await load_programme(new_uow, clock, programme=parse(data), pictures={})
    brand = await brand_of(new_uow)
    taker = await a_creator(new_uow, clock(), "Айгерім")
    async with new_uow(read_only=True) as uow:
        offer = (await uow.programmes.offers(brand, ["face-cream"]))["face-cream"]
    taken = await take_offer(new_uow, clock, actor=taker, offer=offer)
    data["creators"].append({"telegram_id": taker.telegram_id, "name": "Айгерім"})
    data["codes"] = [example()["codes"][0] | {"creator": taker.telegram_id}]

    loaded = await load_programme(new_uow, clock, programme=parse(data), pictures={})

    assert loaded == Loaded()
    card = await enrolment_card(new_uow, actor=taker, enrolment=taken.enrolment.id)
    assert card.enrolment == taken.enrolment


async def test_missing_and_wrong_pictures_are_named(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    data["offers"].append(copy.deepcopy(data["offers"][0]) | {"key": "second"})
    data["offers"][0]["picture"] = "cream.png"
    data["offers"][1]["picture"] = "page.html"

    with pytest.raises(ProgrammeInvalid) as raised:
        await load_programme(
            new_uow, clock, programme=parse(data), pictures={"page.html": b"<html>"}
        )

    assert [problem.path for problem in raised.value.problems] == [
        "$.offers[0].picture",
        "$.offers[1].picture",
    ]


async def test_a_programme_of_thousands_of_codes_loads_in_batches(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    data = example()
    data["skus"] = []
    data["creators"] = [{"telegram_id": 10_000 + n, "name": f"Creator {n}"} for n in range(1_200)]
    data["codes"] = [
        example()["codes"][0] | {"creator": 10_000 + n, "code": f"CODE{n}"} for n in range(1_200)
    ]
    programme = parse(data)

    loaded = await load_programme(new_uow, clock, programme=programme, pictures={})
    again = await load_programme(new_uow, clock, programme=programme, pictures={})

    assert (loaded.creators, loaded.enrolments, loaded.codes) == (1_200, 1_200, 1_200)
    assert again == Loaded()


def test_every_problem_is_found_in_one_pass_and_named_by_its_path() -> None:
    data = example()
    data["version"] = 2
    data["brands"][0] |= {"bin": "123", "feebps": 1}
    data["brands"][0]["managers"][0]["role"] = "boss"
    data["creators"][0]["channels"][0]["url"] = "https://example.com/x"
    data["creators"][0]["telegram_id"] = "1001"
    data["offers"][0] |= {"url": "http://kaspi.kz", "commission": {}, "ends": "soon"}
    data["offers"][0]["texts"]["fr"] = {"title": "Crème", "description": ""}
    data["codes"][0] |= {"since": "2026-09-01T10:00:00", "code": 7}
    data["extra"] = []

    found = {problem.split(": ")[0] for problem in problems(data)}

    assert found == {
        "$.version",
        "$.brands[0].bin",
        "$.brands[0].feebps",
        "$.brands[0].managers[0].role",
        "$.creators[0].channels[0].url",
        "$.creators[0].telegram_id",
        "$.offers[0].commission",
        "$.offers[0].ends",
        "$.offers[0].texts.fr",
        "$.codes[0].since",
        "$.codes[0].code",
        "$.extra",
    }


def test_references_to_nothing_and_doubles_are_named() -> None:
    data = example()
    data["brands"].append(data["brands"][0])
    data["creators"].append(data["creators"][0])
    data["offers"].append(data["offers"][0])
    data["codes"][0] |= {"offer": "nonesuch", "creator": 77}

    found = [problem.split(": ")[0] for problem in problems(data)]

    assert found == [
        "$.brands[1].bin",
        "$.creators[1].telegram_id",
        "$.offers[1].key",
        "$.creators[1].channels[0].url",
        "$.brands[1].top_ups[0].key",
        "$.codes[0].offer",
        "$.codes[0].creator",
    ]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        (("2026-09-01", None), ("2026-10-01", None), True),
        (("2026-09-01", "2026-10-01"), ("2026-10-01", None), True),
        (("2026-09-01", "2026-09-30"), ("2026-10-01", None), False),
        (("2026-10-01", None), ("2026-09-01", "2026-09-30"), False),
    ],
)
def test_a_code_has_one_holder_at_a_time(
    first: tuple[str, str | None], second: tuple[str, str | None], clash: bool
) -> None:
    data = example()
    data["creators"].append({"telegram_id": 1002, "name": "Марат"})
    base = data["codes"][0]
    data["codes"] = [
        base | {"since": first[0], "until": first[1]},
        base | {"since": second[0], "until": second[1], "creator": 1002, "code": "Aigerim 10"},
    ]

    if clash:
        (problem,) = problems(data)
        assert "is still held by" in problem
    else:
        assert len(parse(data).codes) == 2


@pytest.mark.parametrize(
    "data", [None, [], "x", 7, {"brands": {}}, {"version": 1, "codes": [None]}]
)
def test_a_document_of_another_shape_is_refused(data: object) -> None:
    assert problems(data)


def test_a_path_may_not_leave_the_folder_of_the_file() -> None:
    for path in ("/etc/passwd", "../secret.png", "a/../../b.png", "..\\b.png"):
        data = example()
        data["offers"][0]["picture"] = path
        assert problems(data)[0].startswith("$.offers[0].picture")


def test_a_time_with_an_offset_is_exact() -> None:
    data = example()
    data["codes"][0] |= {
        "since": "2026-09-01T10:00:00+05:00",
        "until": "2026-09-02T10:00:00+05:00",
    }

    (code,) = parse(data).codes

    assert code.since == datetime(2026, 9, 1, 5, tzinfo=UTC)
    assert code.until == code.since + timedelta(days=1)
