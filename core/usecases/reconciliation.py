"""Reconciliation: a batch of orders becomes credits, commissions and ledger transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core import codes, ledger
from core.commissions import Commission, cost
from core.ids import EnrolmentId, OrderId
from core.ledger import Account, Transfer
from core.orders import NormalisedOrder, freshness
from core.ports import SecretBox, UnitOfWork
from core.reconciliation import (
    Decision,
    Facts,
    KnownOrder,
    decide,
    fundable,
    month_of,
    newest,
    with_kept_evidence,
)
from core.runs import Run, RunCounts, Source

PHONE = "phone"  # purpose of the digest under which buyers' phones are matched


async def reconcile(
    uow: UnitOfWork,
    box: SecretBox,
    *,
    source: Source,
    run: Run,
    orders: Sequence[NormalisedOrder],
    now: datetime,
) -> RunCounts:
    """Bring a batch of orders into the books; the caller commits it together with its position.

    A row that is known word for word costs one comparison; older news changes nothing; everything
    else is attributed, priced and posted with a few statements for the whole batch.
    """
    await uow.orders.lock_brand(source.brand)
    reports = newest(orders, run.seen_at)
    known = await uow.orders.known(source.brand, source.place, list(reports))
    unchanged = outdated = 0
    fresh: list[tuple[NormalisedOrder, KnownOrder | None]] = []
    for external_id, order in reports.items():
        held = known.get(external_id)
        if held and held.freshness.raw_hash == order.raw_hash:
            unchanged += 1
        elif held and freshness(order, run.seen_at) <= held.freshness:
            outdated += 1
        else:
            fresh.append((with_kept_evidence(order, held), held))
    counts = RunCounts(rows=len(orders), unchanged=unchanged, outdated=outdated)
    if not fresh:
        return counts

    decisions = await _decide(uow, source, run, fresh)
    brand = await uow.brands.get(source.brand)
    funds = await uow.ledger.balance_for_update(Account.BRAND_FUNDS, source.brand)
    ids = await uow.orders.save(
        source.brand,
        source.place,
        source.id,
        run.id,
        decisions,
        {
            order.external_id: box.digest(PHONE, order.phone)
            for order, _ in fresh
            if order.phone is not None
        },
    )
    changed, transfers = settle(
        decisions,
        ids,
        funds_minor=funds.minor,
        credit_limit_minor=brand.credit_limit_minor,
        now=now,
    )
    await uow.orders.save_commissions(changed, run.id)
    await uow.ledger.post(transfers)
    misses = await uow.orders.add_near_misses(
        source.brand, [(ids[d.order.external_id], d) for d in decisions if d.near_misses], now
    )
    new = sum(decision.known is None for decision in decisions)
    matched = sum(decision.creator is not None for decision in decisions)
    return counts.plus(
        RunCounts(
            new=new,
            changed=len(decisions) - new,
            matched=matched,
            unmatched=len(decisions) - matched,
            near_misses=misses,
        )
    )


async def _decide(
    uow: UnitOfWork,
    source: Source,
    run: Run,
    fresh: Sequence[tuple[NormalisedOrder, KnownOrder | None]],
) -> list[Decision]:
    """Read what the batch needs in a few queries, then decide order by order without another."""
    normals = {codes.normal(raw) for order, _ in fresh for raw in order.promo_codes}
    ownerships = await uow.enrolments.ownerships(source.brand, sorted(normals))
    stray = {codes.folded(code) for code in normals if code not in ownerships} - {""}
    folded = await uow.enrolments.ownerships_folded(source.brand, sorted(stray))
    skus = {item.sku for order, _ in fresh for item in order.items if item.sku}
    reservations = await uow.enrolments.reservations(source.brand, sorted(skus))
    click_ids = {click for order, _ in fresh for click in order.click_ids}
    clicks = await uow.links.touches(sorted(click_ids))
    wanted = {
        *(held.enrolment for helds in ownerships.values() for held in helds),
        *(held.enrolment for helds in reservations.values() for held in helds),
        *(touch.enrolment for touch in clicks.values()),
        *(held.enrolment for _, held in fresh if held and held.enrolment is not None),
    }
    enrolments = {
        key: facts
        for key, facts in (await uow.orders.enrolment_facts(sorted(wanted))).items()
        if facts.brand == source.brand  # a click id of another brand's offer proves nothing here
    }
    capped = [key for key, e in enrolments.items() if e.terms.rule.cap_month_minor]
    months = sorted({month_of(order.ordered_at) for order, _ in fresh}) if capped else []
    earned = await uow.orders.earned(capped, months) if capped else {}
    facts = Facts(
        ownerships=ownerships,
        folded=folded,
        reservations=reservations,
        clicks=clicks,
        enrolments=enrolments,
        earned=earned,
    )
    decisions = []
    for order, held in fresh:
        decision = decide(order, freshness(order, run.seen_at), held, facts)
        _count_earned(earned, held.commission if held else None, decision.commission)
        decisions.append(decision)
    return decisions


def _count_earned(
    earned: dict[tuple[EnrolmentId, str], int], old: Commission | None, new: Commission | None
) -> None:
    """Keep the month's sums right within a batch, so that a cap holds for its later orders."""
    for commission, sign in ((old, -1), (new, 1)):
        if commission is not None:
            key = (commission.enrolment, commission.month)
            earned[key] = earned.get(key, 0) + sign * commission.amount.minor


def settle(
    decisions: Sequence[Decision],
    ids: dict[str, OrderId],
    *,
    funds_minor: int,
    credit_limit_minor: int,
    now: datetime,
) -> tuple[list[Commission], list[Transfer]]:
    """The commissions that changed, with their next version, and the transfers that follow.

    A commission that the brand's funds and credit do not cover is accrued all the same, marked
    unfunded, and waits for money before it is released.
    """
    changed: list[Commission] = []
    transfers: list[Transfer] = []
    for decision in decisions:
        old = decision.known.commission if decision.known else None
        new = decision.commission
        if new is None or new == old:
            continue
        growth = cost(new).minor - (cost(old).minor if old else 0)
        funded = new.funded
        if growth > 0:
            funded = fundable(growth, funds_minor, credit_limit_minor) and funded
        elif not new.amount:
            funded = True
        funds_minor -= growth
        new = replace(
            new,
            order=ids[decision.order.external_id],
            version=(old.version + 1) if old else 1,
            funded=funded,
        )
        changed.append(new)
        if transfer := ledger.settle(old, new, now):
            transfers.append(transfer)
    return changed, transfers
