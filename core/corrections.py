"""Corrections: what people settle of an order against the merchant's report, and for how long.

A merchant's system that has an order wrong goes on reporting it wrong. So a correction stands for
as long as reports say what they said when it was made; one that says something else is news and
counts as itself. Whichever report stands, it is read through the correction, so that it does not
matter in which order reports and correction came.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.money import Money
from core.orders import NormalisedOrder, OrderStatus
from core.records import record


@record(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was reported, and what counts instead; None where that is as it was reported.

    `net_minor` and `refunded_minor` are tiyn. A corrected status has nothing refunded.
    """

    was_status: OrderStatus
    was_net_minor: int
    was_refunded_minor: int
    status: OrderStatus | None = None
    net_minor: int | None = None

    def to_json(self) -> list[Any]:
        """As it is stored."""
        return [
            str(self.was_status),
            self.was_net_minor,
            self.was_refunded_minor,
            None if self.status is None else str(self.status),
            self.net_minor,
        ]

    @classmethod
    def from_json(cls, data: list[Any]) -> Correction:
        """Read what is stored."""
        was_status, was_net, was_refunded, status, net = data
        return cls(
            was_status=OrderStatus(was_status),
            was_net_minor=was_net,
            was_refunded_minor=was_refunded,
            status=None if status is None else OrderStatus(status),
            net_minor=net,
        )


def correct(
    order: NormalisedOrder,
    earlier: Correction | None,
    *,
    net: Money | None = None,
    status: OrderStatus | None = None,
) -> Correction:
    """A correction of an order as it counts now; what an earlier one said goes on holding.

    What was reported is what the earlier one remembers, as far as it still holds.
    """
    was = Correction(
        was_status=order.status,
        was_net_minor=order.net.minor,
        was_refunded_minor=order.refunded.minor,
        status=status,
        net_minor=None if net is None else net.minor,
    )
    if earlier is None:
        return was
    if earlier.net_minor is not None and order.net.minor == earlier.net_minor:
        was = replace(
            was,
            was_net_minor=earlier.was_net_minor,
            net_minor=earlier.net_minor if net is None else net.minor,
        )
    if earlier.status is not None and order.status is earlier.status:
        was = replace(
            was,
            was_status=earlier.was_status,
            was_refunded_minor=earlier.was_refunded_minor,
            status=status or earlier.status,
        )
    return was


def corrected(order: NormalisedOrder, correction: Correction | None) -> NormalisedOrder:
    """A report as it counts: what it repeats of what was corrected is corrected."""
    if correction is None:
        return order
    net, status, refunded = order.net, order.status, order.refunded
    if correction.net_minor is not None and net.minor == correction.was_net_minor:
        net = Money(correction.net_minor, net.currency)
    if correction.status is not None and status is correction.was_status:
        status = correction.status
        if refunded.minor == correction.was_refunded_minor:
            refunded = Money(0, refunded.currency)
    if (net, status, refunded) == (order.net, order.status, order.refunded):
        return order
    return replace(order, net=net, status=status, refunded=min(refunded, net))
