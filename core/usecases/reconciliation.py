"""Reconciliation: a batch of orders becomes credits, commissions and ledger transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core import codes, ledger, results
from core.commissions import Commission, cost
from core.ids import EnrolmentId, OrderId
from core.ledger import Account, Transfer
from core.orders import Freshness, NormalisedOrder, OrderStatus, freshness
from core.ports import SecretBox, UnitOfWork
from core.reconciliation import (
    Decision,
    Facts,
    News,
    Standing,
    decide,
    fundable,
    month_of,
    newest,
    news,
)
from core.results import Change
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

    A row that is known word for word costs one comparison; of older news only what the standing
    report did not know counts; everything else is attributed, priced and posted with a few
    statements for the whole batch.
    """
    await uow.orders.lock_brand(source.brand)
    reports = newest(orders, run.seen_at)
    standing = await uow.orders.standing(source.brand, source.place, list(reports))
    interesting: list[NormalisedOrder] = []
    seen_again: list[tuple[OrderId, Freshness]] = []
    for external_id, order in reports.items():
        held = standing.get(external_id)
        reported = freshness(order, run.seen_at)
        if held is None or _may_tell(order, reported, held):
            interesting.append(order)
        elif reported.day > held.freshness.day:  # what is still so today is news of today
            seen_again.append((held.id, reported))
    await uow.orders.renew(seen_again)
    counts = RunCounts(rows=len(orders), unchanged=len(reports) - len(interesting))
    if not interesting:
        return counts

    brand = await uow.brands.get(source.brand)
    # Before the commissions, as whoever books money of the brand: two that lock in different
    # orders would wait for each other for ever.
    funds = await uow.ledger.balance_for_update(Account.BRAND_FUNDS, source.brand)
    known = await uow.orders.known(
        source.brand,
        source.place,
        [order.external_id for order in interesting if order.external_id in standing],
    )
    told = [news(order, run.seen_at, known.get(order.external_id)) for order in interesting]
    decided = await _decide(uow, source, told)
    counts = counts.plus(RunCounts(outdated=sum(each.outdated for each in decided)))
    decisions = [each for each in decided if not each.idle]
    if not decisions:
        return counts
    ids = await uow.orders.save(
        source.brand,
        source.place,
        source.id,
        run.id,
        decisions,
        {
            each.order.external_id: box.digest(PHONE, each.order.phone)
            for each in decisions
            if each.order.phone is not None
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
    await uow.results.record(_changes(decisions, ids, changed))
    await uow.ledger.post(transfers)
    misses = await uow.orders.add_near_misses(
        source.brand, [(ids[d.order.external_id], d) for d in decisions if d.near_misses], now
    )
    fresh = [decision for decision in decisions if not decision.outdated]
    new = sum(decision.known is None for decision in fresh)
    matched = sum(decision.creator is not None for decision in fresh)
    return counts.plus(
        RunCounts(
            new=new,
            changed=len(fresh) - new,
            matched=matched,
            unmatched=len(fresh) - matched,
            near_misses=misses,
        )
    )


def _may_tell(order: NormalisedOrder, reported: Freshness, held: Standing) -> bool:
    """Whether a report can change what is held; the same row again cannot, save one thing.

    Read out of turn, it may tell that the order was approved earlier than we knew.
    """
    if order.raw_hash != held.freshness.raw_hash:
        return True
    return (
        order.status is OrderStatus.APPROVED
        and held.approved_at is not None
        and reported.at < held.approved_at
    )


async def _decide(uow: UnitOfWork, source: Source, told: Sequence[News]) -> list[Decision]:
    """Read what the batch needs in a few queries, then decide order by order without another."""
    reports = [each.order for each in told] + [each.other for each in told if each.other]
    normals = {codes.normal(raw) for order in reports for raw in order.promo_codes}
    ownerships = await uow.enrolments.ownerships(source.brand, sorted(normals))
    stray = {codes.folded(code) for code in normals if code not in ownerships} - {""}
    folded = await uow.enrolments.ownerships_folded(source.brand, sorted(stray))
    skus = {item.sku for order in reports for item in order.items if item.sku}
    reservations = await uow.enrolments.reservations(source.brand, sorted(skus))
    click_ids = {click for order in reports for click in order.click_ids}
    clicks = await uow.links.touches(sorted(click_ids))
    wanted = {
        *(held.enrolment for helds in ownerships.values() for held in helds),
        *(held.enrolment for helds in reservations.values() for held in helds),
        *(touch.enrolment for touch in clicks.values()),
        *(n.known.enrolment for n in told if n.known and n.known.enrolment is not None),
    }
    enrolments = {
        key: facts
        for key, facts in (await uow.orders.enrolment_facts(sorted(wanted))).items()
        if facts.brand == source.brand  # a click id of another brand's offer proves nothing here
    }
    capped = [key for key, e in enrolments.items() if e.terms.rule.cap_month_minor]
    months = sorted({month_of(each.order.ordered_at) for each in told}) if capped else []
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
    for each in told:
        decision = decide(each, facts)
        _count_earned(earned, each.known.commission if each.known else None, decision.commission)
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


def _changes(
    decisions: Sequence[Decision], ids: dict[str, OrderId], changed: Sequence[Commission]
) -> list[Change]:
    """What each order counted for in the results before, and counts for from now on."""
    settled = {commission.order: commission for commission in changed}
    changes: list[Change] = []
    for each in decisions:
        known = each.known
        before = results.count(known.report, known.enrolment, known.commission) if known else None
        now = settled.get(ids[each.order.external_id], each.commission)
        changes.append((before, results.count(each.order, each.enrolment, now)))
    return changes


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
