"""The kept form of an offer: stored after each answer, previewed, and handed in once."""

from __future__ import annotations

from enum import StrEnum

from core.catalogue import OfferCard
from core.changes import Proposal
from core.drafts import kept_at
from core.errors import OutOfDate
from core.ids import BrandId, OfferId, UploadId
from core.offer_forms import OfferForm
from core.offers import Offer, OfferState
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.changes import PUBLISHED, change_offer
from core.usecases.offers import submit_offer, update_offer


class Purpose(StrEnum):
    """Why an offer is taken into the form: it was rejected, it is published, or for another one."""

    CORRECT = "correct"
    CHANGE = "change"
    COPY = "copy"


def form_key(actor: Actor) -> str:
    """Where the actor's form is kept: one at a time, whatever else they do in the chat."""
    return kept_at(actor.id)


async def load_form(new_uow: UnitOfWorkFactory, *, actor: Actor) -> OfferForm | None:
    """The actor's kept form; one for a brand that they no longer manage counts as none."""
    async with new_uow(read_only=True) as uow:
        _, data = await uow.forms.load(form_key(actor))
    if not data or not actor.manages(BrandId(data["brand"])):
        return None
    return OfferForm.from_json(data)


async def save_form(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, form: OfferForm
) -> None:
    """Keep the form in place of any other of the actor."""
    actor.demand_brand(form.brand)
    async with new_uow() as uow:
        await uow.forms.save(form_key(actor), state=None, data=form.to_json(), now=clock())
        await uow.commit()


async def drop_form(new_uow: UnitOfWorkFactory, *, actor: Actor) -> None:
    """Delete the actor's kept form, if any."""
    async with new_uow() as uow:
        await uow.forms.drop(form_key(actor))
        await uow.commit()


async def take_up(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId, how: Purpose
) -> OfferForm:
    """Take an offer of the brand into the form in place of any other.

    OutOfDate("offer") where it is not in the state that the purpose needs.
    """
    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        match how:
            case Purpose.CORRECT if known.state is OfferState.REJECTED:
                form = OfferForm.from_offer(known)
            case Purpose.CHANGE if known.state in PUBLISHED:
                form = OfferForm.from_offer(known, published=True)
            case Purpose.COPY:
                form = OfferForm.from_offer(known).copied()
            case _:
                raise OutOfDate("offer")
        await uow.forms.save(form_key(actor), state=None, data=form.to_json(), now=clock())
        await uow.commit()
    return form


async def preview_form(new_uow: UnitOfWorkFactory, *, actor: Actor, form: OfferForm) -> OfferCard:
    """The offer that the form makes, as a creator who may take it will see it; DraftIncomplete."""
    actor.demand_brand(form.brand)
    offer = form.draft().offer(form.brand, OfferState.ACTIVE)
    async with new_uow(read_only=True) as uow:
        brand = await uow.brands.get(form.brand)
        picture = (await uow.uploads.get(UploadId(offer.picture)))[1] if offer.picture else None
    return OfferCard(offer=offer, brand=brand, picture=picture)


async def publish_form(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor) -> Offer:
    """Hand the kept form in for review and delete it; OutOfDate("offer") where there is none."""
    form = await load_form(new_uow, actor=actor)
    if form is None:
        raise OutOfDate("offer")
    if form.published:
        raise OutOfDate("offer")  # `publish_change` hands that in
    draft, key = form.draft(), form_key(actor)
    if form.offer is not None:
        return await update_offer(
            new_uow, clock, actor=actor, offer=form.offer, draft=draft, form=key
        )
    return await submit_offer(new_uow, clock, actor=actor, brand=form.brand, draft=draft, form=key)


async def publish_change(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor) -> Proposal:
    """Hand in the kept form of a published offer and delete it; OutOfDate, ChangePending."""
    form = await load_form(new_uow, actor=actor)
    if form is None or not form.published or form.offer is None:
        raise OutOfDate("offer")
    return await change_offer(new_uow, clock, actor=actor, form=form, key=form_key(actor))
