"""Reconciliation: a batch of orders becomes credits, commissions and ledger transfers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from core import codes, ledger
from core.commissions import Commission, cost
from core.evidence import Ruling
from core.ids import BrandId, EnrolmentId, OfferId, OrderId, RunId, SourceId
from core.ledger import Account, Transfer
from core.money import Money
from core.months import MonthKey, Sale, SaleKey, sale_key
from core.orders import ALMATY, NormalisedOrder, OrderStatus, Place
from core.ports import SecretBox, UnitOfWork
from core.preparation import PHONE, Prepared, Stretch
from core.reconciliation import (
    OWN_PURCHASE,
    Decision,
    EnrolmentFacts,
    Facts,
    KnownOrder,
    News,
    count,
    decide,
    fundable,
    may_tell,
    months_of,
    news,
    settle_months,
    sift,
)
from core.results import Counted
from core.runs import Run, RunCounts, Source
from core.sources.base import Batch, Key, RejectedLine
from core.usecases.budgets import hold_to_budgets
from core.usecases.referrals import reward_inviters


class Reconciled(NamedTuple):
    """What a batch has changed, and the lines of it that turned out to be no orders."""

    counts: RunCounts
    rejected: list[RejectedLine]


class Origin(NamedTuple):
    """The reading that orders come from."""

    source: SourceId
    run: RunId


@dataclass(frozen=True, slots=True)
class Told:
    """News of a brand's orders at a place that are to be decided.

    By external id `digests` are those of the buyers' phones, and `rows` what is stored of new
    orders that nobody is credited for. Without an `origin` nothing was read: known orders are
    decided again.
    """

    brand: BrandId
    place: Place
    news: Sequence[News]
    digests: Mapping[str, bytes]
    origin: Origin | None
    rows: Mapping[str, Any] = field(default_factory=dict)

    @property
    def known(self) -> list[KnownOrder]:
        """The orders of which something is held."""
        return [each.known for each in self.news if each.known]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reports come to: their decisions, and other orders whose price moves by them.

    `changed_firsts` are known orders that became, or no longer are, their buyers' first.
    """

    decisions: Sequence[Decision]
    moved: Sequence[tuple[Sale, Commission]]
    changed_firsts: Mapping[OrderId, bool]
    facts: Facts


async def reconcile(
    uow: UnitOfWork,
    *,
    source: Source,
    run: Run,
    stretch: Stretch,
    now: datetime,
) -> Reconciled:
    """Bring a batch of orders into the books; the caller commits it together with its position.

    A row that is known word for word costs one comparison; of older news only what the standing
    report did not know counts; everything else is attributed, priced and posted with a few
    statements for the whole batch.
    """
    await uow.orders.lock_brand(source.brand)
    done = Reconciled(RunCounts(), [])
    for indexes in _deliveries(stretch.keys):
        more = await _deliver(uow, source, run, stretch, indexes, now)
        done = Reconciled(done.counts.plus(more.counts), done.rejected + more.rejected)
    return done


def stretch_of(uow: UnitOfWork, box: SecretBox, run: Run, batch: Batch) -> Stretch:
    """A batch that is got ready in this process."""
    return Stretch.of(batch, uow.orders.shape, run.seen_at, box.digester(PHONE))


def _deliveries(keys: Sequence[Key]) -> list[Sequence[int]]:
    """The indexes of a batch; a feed that names an order twice brings two reports of it."""
    if len({key.external_id for key in keys}) == len(keys):
        return [range(len(keys))] if keys else []
    rounds: list[list[int]] = []
    times: dict[str, int] = {}
    for index, key in enumerate(keys):
        before = times.get(key.external_id, 0)
        times[key.external_id] = before + 1
        if before == len(rounds):
            rounds.append([])
        rounds[before].append(index)
    return list(rounds)


async def _deliver(
    uow: UnitOfWork,
    source: Source,
    run: Run,
    stretch: Stretch,
    indexes: Sequence[int],
    now: datetime,
) -> Reconciled:
    keys = [stretch.keys[index] for index in indexes]
    standing = await uow.orders.standing(
        source.brand, source.place, [key.external_id for key in keys]
    )
    sifted = sift(keys, standing, run.seen_at)
    await uow.orders.renew(sifted.seen_again, run.seen_at.astimezone(ALMATY).date(), run.seen_at)
    wanted = [indexes[index] for index in sifted.wanted]
    counts = RunCounts(rows=len(keys), unchanged=len(keys) - len(wanted))
    prepared = await asyncio.to_thread(stretch.prepare, wanted)
    if not wanted:
        return Reconciled(counts, [])
    pointed = await _pointed(uow, source, prepared)
    # What is known, or may have something to say, is looked at; the rest is stored as it is.
    looked_at = pointed.positions | {
        position for position, number in enumerate(prepared.ids) if number in standing
    }
    first_orders = await uow.orders.pays_first_orders(source.brand)
    if first_orders:
        looked_at = set(range(len(prepared.ids)))
    silent = [row for position, row in enumerate(prepared.rows) if position not in looked_at]
    await uow.orders.file(source.brand, source.place, source.id, run.id, silent)
    read = [prepared.order(position) for position in sorted(looked_at)]
    orders = [
        order for order in read if may_tell(order, standing.get(order.external_id), run.seen_at)
    ]
    counts = counts.plus(
        RunCounts(
            unchanged=len(read) - len(orders),
            rejected=len(prepared.rejected),
            new=len(silent),
            unmatched=len(silent),
        )
    )
    if orders:
        told = Told(
            brand=source.brand,
            place=source.place,
            news=[],
            digests={
                prepared.ids[position]: digest
                for digest, positions in prepared.signs.phones.items()
                for position in positions
                if position in looked_at
            },
            origin=Origin(source.id, run.id),
            rows={prepared.ids[position]: prepared.rows[position] for position in looked_at},
        )
        known = [order.external_id for order in orders if order.external_id in standing]
        facts = replace(pointed.facts, first_orders=first_orders)
        counts = counts.plus(await _book(uow, told, run, orders, known, facts, now))
    return Reconciled(counts, list(prepared.rejected))


class _Pointed(NamedTuple):
    facts: Facts
    positions: set[int]


async def _pointed(uow: UnitOfWork, source: Source, prepared: Prepared) -> _Pointed:
    """What the signs point to, and the positions of the orders that have such a sign."""
    signs = prepared.signs
    facts = await _evidence(
        uow,
        source.brand,
        source.place,
        signs.codes,
        signs.skus,
        signs.click_ids,
        signs.phones,
    )
    claims = await uow.evidence.claims(source.brand, source.place, prepared.ids)
    speaking = [
        *(
            signs.codes[raw]
            for raw in signs.codes
            if codes.normal(raw) in facts.ownerships
            or codes.normal(raw) in facts.reservations
            or codes.normal(raw) in facts.alike
        ),
        *(signs.skus[sku] for sku in facts.reservations if sku in signs.skus),
        *(signs.click_ids[click_id] for click_id in facts.clicks),
        *(signs.phones[digest] for digest in facts.phones),
    ]
    positions = {position for positions in speaking for position in positions}
    if claims:
        positions |= {place for place, number in enumerate(prepared.ids) if number in claims}
    return _Pointed(replace(facts, claims=claims), positions)


async def _evidence(
    uow: UnitOfWork,
    brand: BrandId,
    place: Place,
    raw_codes: Iterable[str],
    skus: Iterable[str],
    click_ids: Iterable[str],
    phones: Iterable[bytes],
) -> Facts:
    """What codes, look-alikes of codes, SKUs, clicks and phones stand for."""
    normals = {codes.normal(raw) for raw in raw_codes}
    ownerships = await uow.enrolments.ownerships(brand, sorted(normals))
    stray = [code for code in normals if code not in ownerships]
    return Facts(
        place=place,
        ownerships=ownerships,
        alike=await uow.enrolments.alike(brand, sorted(stray)),
        # What is no code may be the id of one.
        reservations=await uow.enrolments.reservations(brand, sorted({*skus, *stray})),
        clicks=await uow.links.touches(sorted(click_ids)),
        phones=await uow.evidence.phones(brand, place, sorted(phones)),
        enrolments={},
    )


async def _book(
    uow: UnitOfWork,
    told: Told,
    run: Run,
    orders: Sequence[NormalisedOrder],
    standing: Sequence[str],
    facts: Facts,
    now: datetime,
) -> RunCounts:
    """Decide reports that may tell something, and write what follows from them."""
    # Before the commissions, as whoever books money of the brand: two that lock in different
    # orders would wait for each other for ever.
    funds = await uow.ledger.balance_for_update(Account.BRAND_FUNDS, told.brand)
    known = await uow.orders.known(told.brand, told.place, standing)
    told = replace(
        told, news=[news(order, run.seen_at, known.get(order.external_id)) for order in orders]
    )
    return await settle_news(uow, told, facts, funds, now)


async def settle_news(
    uow: UnitOfWork, told: Told, facts: Facts, funds: Money, now: datetime
) -> RunCounts:
    """Decide orders of a brand and write what follows.

    The caller has locked the brand, then its funds, then the known orders, and commits.
    """
    brand = await uow.brands.get(told.brand)
    run = told.origin.run if told.origin else None
    outcome = await _decide(uow, told, facts)
    facts = outcome.facts
    outdated = sum(each.outdated for each in outcome.decisions)
    decisions = [each for each in outcome.decisions if not each.idle]
    ids = {each.report.external_id: each.id for each in told.known}
    if decisions:
        # Known orders of the batch and, where the price hangs on the month, those beside it.
        touched = [each.known.id for each in decisions if each.known]
        touched += [sale.order for sale, _ in outcome.moved]
        before = await uow.results.counted(touched)
        ids |= await uow.orders.save(
            told.brand, told.place, told.origin, decisions, told.digests, told.rows
        )
        await uow.orders.mark_first(outcome.changed_firsts)
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
        await uow.orders.save_commissions(stand, run)
        after = {**await uow.results.counted(touched), **_counted(decisions, stand, ids, facts)}
        await uow.results.record(before, after)
        await uow.ledger.post([*transfers, *await reward_inviters(uow, stand, now)])
        await hold_to_budgets(uow, brand, spent(changed, facts.enrolments), now)
    misses = await _note(uow, told.brand, outcome.decisions, ids, facts, now)
    fresh = [each for each in decisions if not each.outdated]
    new = sum(each.known is None for each in fresh)
    matched = sum(each.creator is not None for each in fresh)
    return RunCounts(
        outdated=outdated,
        new=new,
        changed=len(fresh) - new,
        matched=matched,
        unmatched=len(fresh) - matched,
        near_misses=misses,
    )


async def _note(
    uow: UnitOfWork,
    brand: BrandId,
    decisions: Sequence[Decision],
    ids: Mapping[str, OrderId],
    facts: Facts,
    now: datetime,
) -> int:
    """Keep what people should look at, whose claims were found, and whose orders are their own.

    Returns how many near misses there were.
    """
    if facts.claims:
        found = {
            facts.claims[each.order.external_id].id: ids[each.order.external_id]
            for each in decisions
            if each.order.external_id in facts.claims
        }
        await uow.evidence.match_claims(found, now)
    for each in decisions:
        if each.own_purchase is not None and each.order.external_id not in facts.rulings:
            await uow.evidence.rule(
                ids[each.order.external_id],
                enrolment=each.own_purchase,
                grade=None,
                reason=OWN_PURCHASE,
                by=None,
                now=now,
            )
    missed = [(ids[each.order.external_id], each) for each in decisions if each.near_misses]
    return await uow.orders.add_near_misses(brand, missed, now)


def _counted(
    decisions: Sequence[Decision],
    stand: Sequence[Commission],
    ids: Mapping[str, OrderId],
    facts: Facts,
) -> dict[OrderId, Counted]:
    """What the new orders that somebody is credited for count for, without asking the database."""
    final = {commission.order: commission for commission in stand}
    counted: dict[OrderId, Counted] = {}
    for each in decisions:
        order = ids[each.order.external_id]
        if each.known is None and (own := count(each, final.get(order), facts)):
            counted[order] = own
    return counted


async def _decide(uow: UnitOfWork, told: Told, facts: Facts) -> Outcome:
    """Read what the news need in a few queries, then decide order by order without another."""
    known = told.known
    firsts, changed_firsts, beside = frozenset[str](), dict[OrderId, bool](), list[Sale]()
    if facts.first_orders:
        firsts, changed_firsts, beside = await _first_orders(uow, told)
    ruled: dict[str, Ruling] = {}
    if known:  # what stood before may point to others
        held = [each.report for each in known]
        facts = facts.and_also(
            await _evidence(
                uow,
                told.brand,
                told.place,
                {raw for order in held for raw in order.promo_codes},
                {item.sku for order in held for item in order.items if item.sku},
                {click_id for order in held for click_id in order.click_ids},
                {each.phone_digest for each in known if each.phone_digest is not None},
            )
        )
        rulings = await uow.evidence.rulings([each.id for each in known])
        ruled = {each.report.external_id: rulings[each.id] for each in known if each.id in rulings}
    wanted = {
        *(own.enrolment for owned in facts.ownerships.values() for own in owned),
        *(own.enrolment for owned in facts.reservations.values() for own in owned),
        *(touch.enrolment for touch in facts.clicks.values()),
        *(touch.enrolment for each in facts.phones.values() for touch in each.touches),
        *(touch.enrolment for each in facts.claims.values() for touch in each.touches),
        *(each.enrolment for each in ruled.values() if each.enrolment is not None),
        *(each.enrolment for each in known if each.enrolment is not None),
        # The money of an order may lie with somebody who is not credited for it any more.
        *(each.commission.enrolment for each in known if each.commission),
        *(sale.commission.enrolment for sale in beside),
    }
    facts = replace(
        facts,
        firsts=firsts,
        digests=told.digests,
        rulings=ruled,
        enrolments={
            key: each
            for key, each in (await uow.orders.enrolment_facts(sorted(wanted))).items()
            if each.brand == told.brand  # another brand's click id proves nothing here
        },
    )
    decisions = [decide(each, facts) for each in told.news]
    starts = _starts(decisions, beside, facts.enrolments)
    so_far = await uow.orders.months_before(starts) if starts else {}
    others = {sale.order: sale for sale in await uow.orders.sales_since(starts)} if starts else {}
    for sale in beside:
        others[sale.order] = replace(sale, first=changed_firsts[sale.order])
    for each in known:
        others.pop(each.id, None)
    settled, moved = settle_months(decisions, list(others.values()), so_far, facts)
    return Outcome(settled, moved, changed_firsts, facts)


async def _first_orders(
    uow: UnitOfWork, told: Told
) -> tuple[frozenset[str], dict[OrderId, bool], list[Sale]]:
    """Which orders of the batch are their buyers' first at the brand, by the phone.

    A buyer's first order is the earliest that was not cancelled. Also returned are known orders
    outside the batch that this makes or unmakes, and those of them that somebody is credited for.
    """
    batch: dict[bytes, list[tuple[SaleKey, OrderStatus]]] = {}
    keys: dict[str, SaleKey] = {}
    for each in told.news:
        order, external_id = each.order, each.report.external_id
        digest = told.digests.get(external_id)
        if (held := each.known) and held.phone_digest is not None:
            # Orders of a phone that goes are looked at as well: one of them is first now.
            batch.setdefault(held.phone_digest, [])
            if digest is None or each.reported < held.told("phone"):
                digest = held.phone_digest
        keys[external_id] = sale_key(order.ordered_at, told.place, external_id)
        if digest is not None:
            batch.setdefault(digest, []).append((keys[external_id], order.status))
    in_batch = {held.id for held in told.known}
    known = await uow.orders.by_phone(told.brand, sorted(batch))
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


def spent(
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
