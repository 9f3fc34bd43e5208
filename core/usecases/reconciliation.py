"""Reconciliation: a batch of orders becomes credits, commissions and ledger transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core import codes, ledger
from core.commissions import Commission, cost
from core.ids import EnrolmentId, OfferId, OrderId
from core.ledger import Account, Transfer
from core.months import MonthKey, Sale, SaleKey, sale_key
from core.orders import Freshness, NormalisedOrder, OrderStatus, freshness
from core.ports import SecretBox, UnitOfWork
from core.reconciliation import (
    Decision,
    EnrolmentFacts,
    Facts,
    News,
    Standing,
    decide,
    fundable,
    months_of,
    newest,
    news,
    settle_months,
)
from core.runs import Run, RunCounts, Source
from core.usecases.budgets import hold_to_budgets
from core.usecases.referrals import reward_inviters

PHONE = "phone"  # purpose of the digest under which buyers' phones are matched


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch comes to: its decisions, and other orders whose price moves by them.

    `firsts` are known orders that became, or no longer are, their buyers' first.
    """

    decisions: Sequence[Decision]
    moved: Sequence[tuple[Sale, Commission]]
    firsts: Mapping[OrderId, bool]
    enrolments: Mapping[EnrolmentId, EnrolmentFacts]


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
    outcome = await _decide(uow, box, source, told)
    decided = outcome.decisions
    counts = counts.plus(RunCounts(outdated=sum(each.outdated for each in decided)))
    decisions = [each for each in decided if not each.idle]
    if not decisions:
        return counts
    # Sales of the batch and, where the price hangs on the month, those beside it.
    touched = [each.known.id for each in decisions if each.known and each.known.enrolment]
    touched += [sale.order for sale, _ in outcome.moved]
    counted = await uow.results.counted(touched)
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
    await uow.orders.mark_first(outcome.firsts)
    moves = [
        (
            ids[each.order.external_id],
            each.known.commission if each.known else None,
            each.commission,
        )
        for each in decisions
        if each.commission is not None
    ]
    moves += [(sale.order, sale.commission, new) for sale, new in outcome.moved]
    changed, transfers = settle(
        moves,
        funds_minor=funds.minor,
        credit_limit_minor=brand.credit_limit_minor,
        now=now,
    )
    stand = [new for _, new in changed]
    await uow.orders.save_commissions(stand, run.id)
    touched += [ids[each.order.external_id] for each in decisions if each.enrolment]
    await uow.results.record(counted, await uow.results.counted(touched))
    await uow.ledger.post([*transfers, *await reward_inviters(uow, stand, now)])
    await hold_to_budgets(uow, brand, _spent(changed, outcome.enrolments), now)
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


async def _decide(uow: UnitOfWork, box: SecretBox, source: Source, told: Sequence[News]) -> Outcome:
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
    firsts, changed_firsts, beside = await _first_orders(uow, box, source, told)
    wanted = {
        *(held.enrolment for helds in ownerships.values() for held in helds),
        *(held.enrolment for helds in reservations.values() for held in helds),
        *(touch.enrolment for touch in clicks.values()),
        *(n.known.enrolment for n in told if n.known and n.known.enrolment is not None),
        # The money of an order may lie with somebody who is not credited for it any more.
        *(n.known.commission.enrolment for n in told if n.known and n.known.commission),
        *(sale.commission.enrolment for sale in beside),
    }
    enrolments = {
        key: facts
        for key, facts in (await uow.orders.enrolment_facts(sorted(wanted))).items()
        if facts.brand == source.brand  # a click id of another brand's offer proves nothing here
    }
    facts = Facts(
        place=source.place,
        ownerships=ownerships,
        folded=folded,
        reservations=reservations,
        clicks=clicks,
        enrolments=enrolments,
        firsts=firsts,
    )
    decisions = [decide(each, facts) for each in told]
    starts = _starts(decisions, beside, enrolments)
    so_far = await uow.orders.months_before(starts) if starts else {}
    others = {sale.order: sale for sale in await uow.orders.sales_since(starts)} if starts else {}
    for sale in beside:
        others[sale.order] = replace(sale, first=changed_firsts[sale.order])
    for each in told:
        if each.known:
            others.pop(each.known.id, None)
    settled, moved = settle_months(decisions, list(others.values()), so_far, facts)
    return Outcome(settled, moved, changed_firsts, enrolments)


async def _first_orders(
    uow: UnitOfWork, box: SecretBox, source: Source, told: Sequence[News]
) -> tuple[frozenset[str], dict[OrderId, bool], list[Sale]]:
    """Which orders of the batch are their buyers' first at the brand, by the phone.

    A buyer's first order is the earliest that was not cancelled. Also returned are known orders
    outside the batch that this makes or unmakes, and those of them that somebody is credited for.
    """
    digests: dict[str, bytes] = {}
    for each in told:
        if each.order.phone:
            digests[each.order.external_id] = box.digest(PHONE, each.order.phone)
        elif each.known and each.known.phone_digest:
            digests[each.order.external_id] = each.known.phone_digest
    if not digests or not await uow.orders.pays_first_orders(source.brand):
        return frozenset(), {}, []
    batch: dict[bytes, list[tuple[SaleKey, OrderStatus]]] = {}
    keys = {
        each.order.external_id: sale_key(
            each.order.ordered_at, source.place, each.order.external_id
        )
        for each in told
    }
    for each in told:
        if digest := digests.get(each.order.external_id):
            batch.setdefault(digest, []).append((keys[each.order.external_id], each.order.status))
    in_batch = {each.known.id for each in told if each.known}
    known = await uow.orders.by_phone(source.brand, sorted(batch))
    firsts: set[SaleKey] = set()
    changed: dict[OrderId, bool] = {}
    credited: list[OrderId] = []
    for digest, own in batch.items():
        others = [one for one in known.get(digest, ()) if one.id not in in_batch]
        placed = [key for key, status in own if status is not OrderStatus.REJECTED]
        placed += [one.key for one in others if one.status is not OrderStatus.REJECTED]
        first = min(placed, default=None)
        if first is not None:
            firsts.add(first)
        for one in others:
            if one.first is not (one.key == first):
                changed[one.id] = one.key == first
                credited += [one.id] if one.enrolment is not None else []
    beside = await uow.orders.sales(credited) if credited else []
    return (
        frozenset(external_id for external_id, key in keys.items() if key in firsts),
        changed,
        beside,
    )


def _starts(
    decisions: Sequence[Decision],
    beside: Sequence[Sale],
    enrolments: Mapping[EnrolmentId, EnrolmentFacts],
) -> dict[MonthKey, datetime]:
    """The months to be priced anew, each from its first touched order on."""
    touched: list[tuple[MonthKey, datetime]] = []
    for decision in decisions:
        at = decision.order.ordered_at
        if decision.known:
            at = min(at, decision.known.report.ordered_at)
        touched += [(key, at) for key in months_of(decision, enrolments)]
    for sale in beside:
        key = sale.commission.enrolment, sale.commission.month
        if key[0] in enrolments and enrolments[key[0]].monthly:
            touched.append((key, sale.ordered_at))
    starts: dict[MonthKey, datetime] = {}
    for key, at in touched:
        starts[key] = min(at, starts.get(key, at))
    return starts


def _spent(
    changed: Sequence[tuple[Commission | None, Commission]],
    enrolments: Mapping[EnrolmentId, EnrolmentFacts],
) -> dict[OfferId, int]:
    """By how much the commissions of each offer have grown, tiyn."""
    grown: dict[OfferId, int] = {}
    for old, new in changed:
        for commission, sign in ((old, -1), (new, 1)):
            if commission is not None:
                offer = enrolments[commission.enrolment].offer
                grown[offer] = grown.get(offer, 0) + sign * commission.amount.minor
    return {offer: minor for offer, minor in grown.items() if minor}


def settle(
    moves: Sequence[tuple[OrderId, Commission | None, Commission]],
    *,
    funds_minor: int,
    credit_limit_minor: int,
    now: datetime,
) -> tuple[list[tuple[Commission | None, Commission]], list[Transfer]]:
    """The commissions that changed, each with its old self, and the transfers that follow.

    A commission that the brand's funds and credit do not cover is accrued all the same, marked
    unfunded, and waits for money before it is released.
    """
    changed: list[tuple[Commission | None, Commission]] = []
    transfers: list[Transfer] = []
    for order, old, new in moves:
        if new == old:
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
            order=order,
            version=(old.version + 1) if old else 1,
            funded=funded,
        )
        changed.append((old, new))
        if transfer := ledger.settle(old, new, now):
            transfers.append(transfer)
    return changed, transfers
