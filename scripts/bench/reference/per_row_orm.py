"""The usual way: for each row a session looks the order up, then adds it or changes it.

Classes mapped on the product's tables; a query for the order, one for the owner of its code, one
for its terms, and the unit of work does the rest. It commits every five hundred rows. It keeps
orders and their commissions only: no ledger, no sums, no near misses, no evidence but codes, and no
conditions but a rate and a cap.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session

from db import models
from scripts.bench.reference.export import Export, Staged
from scripts.bench.reference.sqlite_pipeline import PRAGMAS

AT_ONCE: Final = 500
BRAND: Final = 1


class Base(DeclarativeBase):
    """What the product's tables are mapped on."""

    metadata = models.metadata


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


class Enrolment(Base):
    """A row of `enrolments`."""

    __table__ = models.enrolments


class Terms(Base):
    """A row of `terms`."""

    __table__ = models.terms


def reconcile(database: Path, file: Path, *, rows: int, now: str, key: bytes) -> int:
    """Take the first rows of a file in; how many orders there were."""
    engine = sa.create_engine(f"sqlite:///{database}")

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    export = Export(file, key, frozenset())
    count = 0
    with Session(engine) as session:
        run = session.scalars(
            sa.insert(models.runs)
            .values(source_id=1, brand_id=BRAND, state="done", seen_at=_moment(now))
            .returning(models.runs.c.id)
        ).one()
        for staged in export.batches(AT_ONCE):
            codes = {row: normal for row, _, normal, _ in reversed(export.codes)}
            export.codes.clear()
            for row in staged:
                _take(session, run, row, codes.get(row[0]))
            session.commit()
            session.expunge_all()
            count += len(staged)
            if count >= rows:
                break
    engine.dispose()
    return count


def _take(session: Session, run: int, row: Staged, code: str | None) -> None:
    (
        _, external_id, status, word, at_risk, at, day, net, refunded, codes, digest, items, clicks,
        mark, fresh_day, rank, fresh_at,
    ) = row  # fmt: skip
    order = session.scalars(
        sa.select(Order).where(
            Order.__table__.c.brand_id == BRAND,
            Order.__table__.c.place == "own_shop",
            Order.__table__.c.external_id == external_id,
        )
    ).one_or_none()
    values: dict[str, Any] = {
        "brand_id": BRAND,
        "place": "own_shop",
        "external_id": external_id,
        "source_id": 1,
        "run_id": run,
        "status": status,
        "status_raw": word,
        "at_risk": bool(at_risk),
        "ordered_at": _moment(at),
        "approved_at": _moment(fresh_at) if status == "approved" else None,
        "gross_minor": net,
        "net_minor": net,
        "refunded_minor": refunded,
        "currency": "KZT",
        "promo_codes": json.loads(codes),
        "phone_digest": digest,
        "items": json.loads(items),
        "click_ids": json.loads(clicks),
        "raw_hash": mark,
        "fresh_day": date.fromisoformat(fresh_day),
        "fresh_rank": rank,
        "fresh_at": _moment(fresh_at),
        "losers": [],
        "first": False,
    }
    enrolment = _owner(session, code, values["ordered_at"]) if code else None
    if enrolment is not None:
        values |= {
            "enrolment_id": enrolment.id,
            "creator_id": enrolment.creator_id,
            "grade": "A",
            "evidence_kind": "code",
            "evidence_value": code,
            "day": date.fromisoformat(day),
            "reward_state": {"pending": "pending", "approved": "in_hold"}.get(status, "void"),
        }
    order = _put(session, order, Order, values)
    if enrolment is None or status in ("rejected", "returned"):
        return
    session.flush()
    _earn(session, run, order, enrolment)


def _owner(session: Session, code: str, at: datetime) -> Any:
    owned = Ownership.__table__.c
    return session.scalars(
        sa.select(Enrolment)
        .join(Ownership, owned.enrolment_id == Enrolment.__table__.c.id)
        .join(Code, Code.__table__.c.id == owned.code_id)
        .where(
            Code.__table__.c.brand_id == BRAND,
            Code.__table__.c.normal == code,
            owned.since <= at,
            sa.or_(owned.until.is_(None), owned.until > at),
        )
    ).one_or_none()


def _earn(session: Session, run: int, order: Any, enrolment: Any) -> None:
    terms: Any = session.scalars(
        sa.select(Terms).where(Terms.__table__.c.id == enrolment.terms_id)
    ).one()
    base = order.net_minor - order.refunded_minor
    amount = terms.rule["fixed_minor"] or (base * terms.rule["percent_bps"] + 5_000) // 10_000
    if cap := terms.rule["cap_order_minor"]:
        amount = min(amount, cap)
    commission: Any = session.scalars(
        sa.select(Commission).where(Commission.__table__.c.order_id == order.id)
    ).one_or_none()
    approved = order.status == "approved"
    values = {
        "order_id": order.id,
        "enrolment_id": enrolment.id,
        "creator_id": enrolment.creator_id,
        "brand_id": BRAND,
        "terms_id": terms.id,
        "state": "in_hold" if approved else "pending",
        "amount_minor": amount,
        "fee_minor": (amount * 1_500 + 5_000) // 10_000,
        "month": f"{order.day:%Y-%m}",
        "hold_until": order.approved_at + timedelta(days=terms.hold_days) if approved else None,
        "funded": True,
        "version": 1,
        "run_id": run,
        "price": {"base": base, "amount": amount},
    }
    _put(session, commission, Commission, values)


def _put(session: Session, known: Any, made: type[Base], values: dict[str, Any]) -> Any:
    """Add what is not known, change what is."""
    if known is None:
        known = made(**values)
        session.add(known)
        return known
    for name, value in values.items():
        setattr(known, name, value)
    return known


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
