"""Budgets of offers: what is spent is counted, and an offer whose budget is used up stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.ids import OfferId
from core.notifications import NoteKind, Notification, named
from core.offers import Offer, OfferState
from core.people import Brand
from core.ports import UnitOfWork


async def hold_to_budgets(
    uow: UnitOfWork, brand: Brand, grown: Mapping[OfferId, int], now: datetime
) -> None:
    """Count what offers have grown by (tiyn) and stop those whose budget is used up.

    A stopped offer is paused, and orders placed from now on bring nothing until there is budget
    again; whatever was ordered before earns by its terms, whenever it is reported. Managers and
    creators are told at once.
    """
    if not grown:
        return
    await uow.changes.spend(grown)
    await stop_where_spent(
        uow, brand, sorted(offer for offer, minor in grown.items() if minor > 0), now
    )


async def stop_where_spent(
    uow: UnitOfWork, brand: Brand, wanted: Sequence[OfferId], now: datetime
) -> None:
    """Stop those of the offers that have no budget left; see `hold_to_budgets`."""
    offers = await uow.offers.many(wanted)
    for number, offer in offers.items():
        if offer.budget_left_minor != 0 or offer.state is OfferState.ENDED:
            continue
        if not await uow.changes.stop(number, since=now):
            continue  # it has stopped before
        await uow.offers.move(number, OfferState.ACTIVE, OfferState.PAUSED)
        facts = {
            **_about(offer),
            "brand": brand.name,
            "budget_minor": offer.terms.rule.budget_minor,
            "at": now.isoformat(),
        }
        managers = await uow.brands.managers(brand.id)
        creators = [
            person for person in await uow.enrolments.creators_of(number) if person not in managers
        ]
        readers = [(person, "brand") for person in managers]
        readers += [(person, "creator") for person in creators]
        await uow.outbox.add(
            [
                Notification(
                    person=person,
                    kind=NoteKind.BUDGET_SPENT,
                    key=f"{NoteKind.BUDGET_SPENT}:{number}:{int(now.timestamp())}:{person}",
                    facts={**facts, "reader": reader},
                )
                for person, reader in readers
            ],
            now=now,
        )
        await uow.audit.write(
            None,
            "offer.budget_spent",
            "offer",
            number,
            now=now,
            facts={"brand": brand.id, "spent_minor": offer.spent_minor},
        )


async def go_on(uow: UnitOfWork, offer: Offer, now: datetime) -> None:
    """Let orders earn again from now on where there is budget again; creators are told."""
    assert offer.id is not None
    if offer.budget_left_minor == 0 or not await uow.changes.go_on(offer.id, until=now):
        return
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=NoteKind.BUDGET_AGAIN,
                key=f"{NoteKind.BUDGET_AGAIN}:{offer.id}:{int(now.timestamp())}:{person}",
                facts={**_about(offer), "at": now.isoformat()},
            )
            for person in await uow.enrolments.creators_of(offer.id)
        ],
        now=now,
    )


def _about(offer: Offer) -> dict[str, Any]:
    return {"offer": offer.id, **named(offer.title)}
