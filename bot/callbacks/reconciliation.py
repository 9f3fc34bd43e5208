"""Buttons of the state of reconciliation, as a brand and as a creator see it."""

from aiogram.filters.callback_data import CallbackData


class BrandReconciliation(CallbackData, prefix="rcb"):
    """Place by place, what was read last and what waits; `brand` 0 takes the only one or asks."""

    brand: int = 0


class MyReconciliation(CallbackData, prefix="rcm"):
    """Offer by offer, what the last reading brought the creator, from the enrolment `after` on."""

    after: int = 0
