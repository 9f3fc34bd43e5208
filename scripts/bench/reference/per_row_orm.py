"""The usual way: for each row a session looks up what it needs, and adds what is not there.

The same job as the pipelines, for a first import, to the same state: classes mapped on the
product's tables, one query for the order, one for each piece of evidence, one for the terms, and
the unit of work does the rest. It commits every five hundred rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session

from db import models
from scripts.bench.reference.export import Export, Job, Staged
from scripts.bench.reference.sqlite_pipeline import PRAGMAS

AT_ONCE: Final = 500
OPEN: Final = ("pending", "in_hold")


class Base(DeclarativeBase):
    """What the product's tables are mapped on; their columns are attributes."""

    metadata = models.metadata
    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class Order(Base):
    """A row of `orders`."""

    __table__ = models.orders


class Commission(Base):
    """A row of `commissions`."""

    __table__ = models.commissions


class Code(Base):
    """A row of `promo_codes`."""

    __table__ = models.promo_codes


class Ownership(Base):
    """A row of `code_ownerships`."""

    __table__ = models.code_ownerships


class Reservation(Base):
    """A row of `sku_reservations`."""

    __table__ = models.sku_reservations


class Click(Base):
    """A row of `clicks`."""

    __table__ = models.clicks


class Enrolment(Base):
    """A row of `enrolments`."""

    __table__ = models.enrolments


class EnrolmentTerms(Base):
    """A row of `enrolment_terms`."""

    __table__ = models.enrolment_terms


class Terms(Base):
    """A row of `terms`."""

    __table__ = models.terms


class Offer(Base):
    """A row of `offers`."""

    __table__ = models.offers


class Brand(Base):
    """A row of `brands`."""

    __table__ = models.brands


class Run(Base):
    """A row of `runs`."""

    __table__ = models.runs


class RejectedLine(Base):
    """A row of `rejected_lines`."""

    __table__ = models.rejected_lines


class NearMiss(Base):
    """A row of `near_misses`."""

    __table__ = models.near_misses


class Transfer(Base):
    """A row of `transfers`."""

    __table__ = models.transfers


class Entry(Base):
    """A row of `entries`."""

    __table__ = models.entries


class Balance(Base):
    """A row of `balances`."""

    __table__ = models.balances


class Result(Base):
    """A row of `results`."""

    __table__ = models.results


class MonthResult(Base):
    """A row of `month_results`."""

    __table__ = models.month_results


class HandleResult(Base):
    """A row of `handle_results`."""

    __table__ = models.handle_results


class Hold(Base):
    """A row of `holds`."""

    __table__ = models.holds


class Message(Base):
    """A row of `outbox`."""

    __table__ = models.outbox


class Found(NamedTuple):
    """An enrolment that evidence speaks for; the least of them is credited."""

    grade: str
    owned: int
    age: float
    enrolment: int
    kind: str
    value: str


def reconcile(database: Path, job: Job) -> int:
    """Take a file in; how many orders there were."""
    engine = sa.create_engine(f"sqlite:///{database}")

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    with Session(engine) as session:
        done = _Import(session, job).take()
    engine.dispose()
    return done


class _Import:
    def __init__(self, session: Session, job: Job) -> None:
        self._session, self._job = session, job
        brand = session.get_one(Brand, job.brand)
        self._fee_bps: int = brand.fee_bps
        self._name: str = brand.name
        self._id, self._place, self._now = job.brand, job.place, _moment(job.now)
        self._run = 0
        self._matched = self._misses = 0

    def take(self) -> int:
        """Row by row."""
        session, job = self._session, self._job
        run = Run(
            source_id=job.source,
            brand_id=self._id,
            state="running",
            seen_at=self._now,
            file_name=job.file.name,
            file_sha256=job.sha256,
            started_at=self._now,
        )
        session.add(run)
        session.flush()
        self._run = run.id
        skus = frozenset(session.scalars(sa.select(models.sku_reservations.c.sku)))
        export = Export(job.file, job.key, skus)
        for staged in export.batches(AT_ONCE):
            codes: dict[int, list[tuple[str, str, str]]] = {}
            for row, *code in export.codes:
                codes.setdefault(row, []).append((code[0], code[1], code[2]))
            for one in staged:
                self._one(one, codes.get(one[0], []))
            session.commit()
            session.expunge_all()
        sealed = job.sealed(self._run, export)
        for _, line, reason, text, cipher in sealed:
            session.add(
                RejectedLine(
                    run_id=self._run, line=line, reason=reason, text=text, text_cipher=cipher
                )
            )
        self._tell()
        ended: Any = session.get_one(Run, self._run)
        ended.state, ended.finished_at = "done", self._now
        ended.rows = export.orders + len(export.rejected)
        ended.new, ended.rejected = export.orders, len(export.rejected)
        ended.matched, ended.unmatched = self._matched, export.orders - self._matched
        ended.near_misses = self._misses
        ended.lines, ended.lines_key = len(sealed), job.lines_key if sealed else None
        session.commit()
        return export.orders

    def _one(self, row: Staged, codes: list[tuple[str, str, str]]) -> None:
        (
            _, external_id, status, word, at_risk, at, day, net, refunded, raw_codes, digest, items,
            clicks, mark, fresh_day, rank, fresh_at,
        ) = row  # fmt: skip
        session, ordered_at = self._session, _moment(at)
        known = session.scalars(
            sa.select(Order).filter_by(
                brand_id=self._id, place=self._place, external_id=external_id
            )
        ).one_or_none()
        if known is not None:
            if known.raw_hash == mark:
                return
            raise NotImplementedError("an order that is known already")
        skus, click_ids = json.loads(items), json.loads(clicks)
        found = sorted(
            [
                *self._by_codes(codes, ordered_at),
                *self._by_skus([item["sku"] for item in skus], ordered_at),
                *self._by_clicks(click_ids, ordered_at),
            ]
        )
        credit = found[0] if found else None
        enrolment: Any = session.get_one(Enrolment, credit.enrolment) if credit else None
        approved_at = _moment(fresh_at) if status == "approved" else None
        earns = credit is not None and status in ("pending", "approved")
        state = {"pending": "pending", "approved": "in_hold"}.get(status, "void")
        order = Order(
            brand_id=self._id,
            place=self._place,
            external_id=external_id,
            source_id=self._job.source,
            run_id=self._run,
            status=status,
            status_raw=word,
            at_risk=bool(at_risk),
            ordered_at=ordered_at,
            approved_at=approved_at,
            gross_minor=net,
            net_minor=net,
            refunded_minor=refunded,
            currency="KZT",
            promo_codes=json.loads(raw_codes),
            phone_digest=digest,
            items=skus,
            click_ids=click_ids,
            raw_hash=mark,
            fresh_day=date.fromisoformat(fresh_day),
            fresh_rank=rank,
            fresh_at=_moment(fresh_at),
            enrolment_id=credit.enrolment if credit else None,
            creator_id=enrolment.creator_id if credit else None,
            grade=credit.grade if credit else None,
            evidence_kind=credit.kind if credit else None,
            evidence_value=credit.value if credit else None,
            losers=[
                [one.enrolment, one.grade, one.kind]
                for one in found[1:]
                if credit and one.enrolment != credit.enrolment
            ],
            day=date.fromisoformat(day) if credit else None,
            reward_state=state if credit else None,
            first=False,
        )
        session.add(order)
        if credit is None:
            for code in codes:
                self._near(order, code, ordered_at)
            return
        self._matched += 1
        commission = self._earn(order, enrolment) if earns else None
        self._count(order, enrolment, credit, commission)

    # --- evidence

    def _by_codes(self, codes: list[tuple[str, str, str]], at: datetime) -> Iterator[Found]:
        for _, normal, _ in codes:
            owned = models.code_ownerships.c
            held = self._session.scalars(
                sa.select(Ownership)
                .join(Code, models.promo_codes.c.id == owned.code_id)
                .where(
                    models.promo_codes.c.brand_id == self._id,
                    models.promo_codes.c.normal == normal,
                    owned.since <= at,
                    sa.or_(owned.until.is_(None), owned.until > at),
                )
            ).one_or_none()
            if held is not None:
                yield Found("A", 0, -held.since.timestamp(), held.enrolment_id, "code", normal)

    def _by_skus(self, skus: list[str], at: datetime) -> Iterator[Found]:
        for sku in skus:
            reserved = models.sku_reservations.c
            held = self._session.scalars(
                sa.select(Reservation).where(
                    reserved.brand_id == self._id,
                    reserved.sku == sku,
                    reserved.since <= at,
                    sa.or_(reserved.until.is_(None), reserved.until > at),
                )
            ).one_or_none()
            if held is not None:
                yield Found("B", 1, -held.since.timestamp(), held.enrolment_id, "sku", sku)

    def _by_clicks(self, click_ids: list[str], at: datetime) -> Iterator[Found]:
        for click_id in click_ids:
            click: Any = self._session.get(Click, click_id)
            if click is None:
                continue
            enrolment: Any = self._session.get_one(Enrolment, click.enrolment_id)
            if enrolment.brand_id != self._id:
                continue
            window = timedelta(days=self._terms(enrolment, at).window_days)
            if timedelta(0) <= at - click.at <= window:
                yield Found("B", 2, -click.at.timestamp(), enrolment.id, "click", click_id)

    def _near(self, order: Any, code: tuple[str, str, str], at: datetime) -> None:
        raw, normal, folded = code
        owners = self._owners(models.promo_codes.c.normal == normal)
        reason = "not_owner_then"
        if not owners and folded:
            reason = "lookalike"
            owners = [
                one
                for one in self._owners(models.promo_codes.c.folded == folded)
                if one.since <= at and (one.until is None or at < one.until)
            ][:1]
        if owners:
            self._misses += 1
            self._session.flush()
            self._session.add(
                NearMiss(
                    order_id=order.id,
                    brand_id=self._id,
                    raw=raw,
                    reason=reason,
                    enrolment_id=owners[-1].enrolment_id,
                    found_at=self._now,
                )
            )

    def _owners(self, which: sa.ColumnElement[bool]) -> list[Any]:
        return list(
            self._session.scalars(
                sa.select(Ownership)
                .join(Code, models.promo_codes.c.id == models.code_ownerships.c.code_id)
                .where(models.promo_codes.c.brand_id == self._id, which)
                .order_by(models.code_ownerships.c.since, models.code_ownerships.c.id)
            )
        )

    # --- money

    def _terms(self, enrolment: Any, at: datetime) -> Any:
        history = self._session.scalars(
            sa.select(EnrolmentTerms)
            .filter_by(enrolment_id=enrolment.id)
            .order_by(models.enrolment_terms.c.since)
        ).all()
        version = enrolment.terms_id
        if history:
            version = history[0].terms_id
            for one in history:
                if one.since <= at:
                    version = one.terms_id
        return self._session.get_one(Terms, version)

    def _earn(self, order: Any, enrolment: Any) -> Any:
        session = self._session
        terms = self._terms(enrolment, order.ordered_at)
        month = f"{order.day:%Y-%m}"
        amount, price = self._price(order, enrolment, terms, month)
        fee = (amount * self._fee_bps + 5_000) // 10_000
        held = order.status == "approved"
        session.flush()
        commission = Commission(
            order_id=order.id,
            enrolment_id=enrolment.id,
            creator_id=enrolment.creator_id,
            brand_id=self._id,
            terms_id=terms.id,
            state="in_hold" if held else "pending",
            amount_minor=amount,
            fee_minor=fee,
            month=month,
            hold_until=order.approved_at + timedelta(days=terms.hold_days) if held else None,
            funded=True,
            version=1,
            run_id=self._run,
            price=price,
        )
        session.add(commission)
        if amount:
            self._post(order, enrolment.creator_id, amount, fee)
            offer: Any = session.get_one(Offer, enrolment.offer_id)
            offer.spent_minor += amount
        return commission

    def _price(self, order: Any, enrolment: Any, terms: Any, month: str) -> tuple[int, Any]:
        rule, base = terms.rule, order.net_minor - order.refunded_minor
        if base <= 0 or base < terms.min_order_minor:
            return 0, {"parts": [], "limit": "min_order" if base > 0 else None}
        why, rung = "base", 0
        worth = rule["fixed_minor"] or rule["percent_bps"]
        earned = models.commissions.c
        sold = (
            sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(earned.amount_minor), 0))
            .join(Order, models.orders.c.id == earned.order_id)
            .where(earned.enrolment_id == enrolment.id, earned.month == month)
        )
        if rule.get("ladder"):
            count, _ = self._session.execute(sold.where(earned.state == "in_hold")).one()
            for orders, higher in rule["ladder"]:
                if orders <= count:
                    why, rung, worth = "ladder", orders, higher
        fixed = worth if rule["fixed_minor"] else 0
        part = min(worth, base) if fixed else (base * worth + 5_000) // 10_000
        amount, limit = part, None
        if rule["cap_order_minor"] and amount > rule["cap_order_minor"]:
            amount, limit = rule["cap_order_minor"], "cap_order"
        if rule["cap_month_minor"]:
            _, so_far = self._session.execute(sold.where(earned.state.in_(OPEN))).one()
            room = max(0, rule["cap_month_minor"] - so_far)
            if amount > room:
                amount, limit = room, "cap_month"
        one = {
            "why": why,
            "base": base,
            "amount": part,
            "percent_bps": 0 if fixed else worth,
            "fixed_minor": fixed,
            "name": "",
            "orders": rung,
        }
        return amount, {"parts": [one], "limit": limit}

    def _post(self, order: Any, creator: int, amount: int, fee: int) -> None:
        session = self._session
        transfer = Transfer(key=f"order:{order.id}:1", kind="accrue", at=self._now)
        session.add(transfer)
        session.flush()
        for account, owner, minor in (
            ("brand_funds", self._id, -(amount + fee)),
            ("creator_pending", creator, amount),
            ("platform_fee", 0, fee),
        ):
            if not minor:
                continue
            session.add(Entry(transfer_id=transfer.id, account=account, owner=owner, minor=minor))
            self._add(Balance, {"account": account, "owner": owner}, minor=minor)

    def _count(self, order: Any, enrolment: Any, credit: Found, commission: Any) -> None:
        """The same sums as the product keeps."""
        amount = commission.amount_minor if commission else 0
        proof = 0
        if commission:
            terms: Any = self._session.get_one(Terms, commission.terms_id)
            proof = amount if terms.proof_required else 0
        sums = {
            "orders": 1,
            "net_minor": order.net_minor - order.refunded_minor,
            "amount_minor": amount,
            "fee_minor": commission.fee_minor if commission else 0,
        }
        own = {"enrolment_id": enrolment.id, "state": order.reward_state}
        more = {"proof_minor": proof, "unfunded_minor": 0}
        self._add(Result, {**own, "day": order.day}, **sums, **more)
        self._add(MonthResult, {**own, "month": order.day.replace(day=1)}, **sums, **more)
        handle = credit.value
        if credit.kind == "click":
            click: Any = self._session.get_one(Click, credit.value)
            handle = str(click.link_id)
        self._add(
            HandleResult, {**own, "kind": credit.kind, "handle": handle, "day": order.day}, **sums
        )
        if commission and commission.hold_until:
            release = (commission.hold_until + timedelta(hours=5)).date()
            self._add(
                Hold,
                {"enrolment_id": enrolment.id, "day": release},
                orders=1,
                amount_minor=amount,
                unfunded_minor=0,
                blocked_minor=proof,
            )

    def _add(self, kind: type[Base], key: dict[str, Any], **sums: int) -> None:
        known = self._session.get(kind, key)
        if known is None:
            self._session.add(kind(**key, **sums))
            self._session.flush()
            return
        for name, value in sums.items():
            setattr(known, name, getattr(known, name) + value)

    def _tell(self) -> None:
        """A message to each creator of whom there is news."""
        news: dict[int, dict[str, Any]] = {}
        kinds = {"pending": "waiting", "in_hold": "approved", "void": "lost"}
        for one in self._session.scalars(sa.select(Commission).filter_by(run_id=self._run)):
            facts = news.setdefault(
                one.creator_id,
                {"brand": self._name, "waiting": 0, "approved": 0, "lost": 0, "amount_minor": 0},
            )
            facts[kinds[one.state]] += 1
            facts["amount_minor"] += one.amount_minor
        for creator, facts in news.items():
            self._session.add(
                Message(
                    person_id=creator,
                    kind="orders_news",
                    key=f"run:{self._run}:news:{creator}",
                    facts=facts,
                    created_at=self._now,
                    due_at=self._now,
                )
            )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
