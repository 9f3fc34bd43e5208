"""Enrolments in SQL: codes owned by date, reserved SKUs, and what each enrolment has brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core import codes
from core.admissions import WITHDRAWN
from core.code_changes import NoticeState, RequestState
from core.code_shapes import Damage, damage
from core.codes import COOLDOWN, CodeOwnership
from core.commissions import CommissionState
from core.enrolments import (
    GOING_ON,
    CreatorInOffer,
    CreatorOfBrand,
    Enrolment,
    EnrolmentState,
    EnrolmentStats,
)
from core.errors import AlreadyEnrolled, NotFound
from core.evidence import AlikeCode, SkuReservation
from core.handles import HandleKind
from core.ids import BrandId, CodeId, EnrolmentId, OfferId, PersonId, TermsId
from core.money import Money
from db.dialect import among, chunks, insert
from db.models import (
    click_days,
    code_aliases,
    code_notices,
    code_ownerships,
    code_requests,
    creators,
    enrolment_events,
    enrolments,
    links,
    month_results,
    offer_texts,
    pool_codes,
    promo_codes,
    search_words,
    sku_reservations,
    terms,
)
from db.repositories.code_shapes import add_shapes, meant_by
from db.types import UtcDateTime

_latest_code = (
    sa.select(promo_codes.c.normal)
    .select_from(promo_codes.join(code_ownerships))
    .where(code_ownerships.c.enrolment_id == enrolments.c.id)
    .order_by(code_ownerships.c.until.is_not(None), code_ownerships.c.since.desc())
    .limit(1)
    .correlate(enrolments)
    .scalar_subquery()
)
_main_link = (
    sa.select(links.c.slug)
    .where(links.c.enrolment_id == enrolments.c.id, links.c.placement == "")
    .correlate(enrolments)
    .scalar_subquery()
)
_holds = (
    sa.select(code_ownerships.c.id)
    .where(code_ownerships.c.enrolment_id == enrolments.c.id, code_ownerships.c.until.is_(None))
    .correlate(enrolments)
    .exists()
)
FULL = sa.select(
    enrolments,
    _holds.label("holds_code"),
    sa.func.coalesce(_latest_code, "").label("code"),
    sa.func.coalesce(_main_link, "").label("slug"),
)
# Applications have a queue of their own, and what came to nothing is nobody's place in the offer.
_NEVER_IN = sa.or_(
    enrolments.c.state.in_([EnrolmentState.APPLIED, EnrolmentState.DECLINED]),
    sa.and_(enrolments.c.state == EnrolmentState.LEFT, enrolments.c.reason == WITHDRAWN),
)
_LOST = (CommissionState.VOID, CommissionState.CLAWED_BACK)


class SqlEnrolments:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        *,
        offer: OfferId,
        creator: PersonId,
        brand: BrandId,
        terms: TermsId,
        state: EnrolmentState,
        now: datetime,
        note: str = "",
    ) -> EnrolmentId:
        """Enrol; raises AlreadyEnrolled with the id of the enrolment that is there."""
        added = await self._connection.scalar(
            insert(self._connection, enrolments)
            .values(
                offer_id=offer,
                creator_id=creator,
                brand_id=brand,
                terms_id=terms,
                state=state,
                accepted_at=now,
                note=note,
            )
            .on_conflict_do_nothing(index_elements=["offer_id", "creator_id"])
            .returning(enrolments.c.id)
        )
        if added is None:
            known = await self._connection.scalar(
                sa.select(enrolments.c.id).where(
                    enrolments.c.offer_id == offer, enrolments.c.creator_id == creator
                )
            )
            assert known is not None
            raise AlreadyEnrolled(known)
        return EnrolmentId(added)

    async def claim_code(
        self,
        brand: BrandId,
        normal: str,
        enrolment: EnrolmentId,
        *,
        since: datetime,
        pooled: bool = False,
    ) -> bool:
        """Give a code to an enrolment; False while somebody holds it or it rests after a holder.

        Its last holder need not wait. `pooled` says that it has just been taken out of a pool.
        """
        if not pooled and await spoken_for(self._connection, brand, normal, but=enrolment):
            return False
        # Whoever asks for the same new code at the same time waits here for the first one's commit.
        code = await self._connection.scalar(
            insert(self._connection, promo_codes)
            .values(brand_id=brand, normal=normal, folded=codes.folded(normal))
            .on_conflict_do_nothing(index_elements=["brand_id", "normal"])
            .returning(promo_codes.c.id)
        )
        if code is None:
            code = await self._connection.scalar(
                sa.select(promo_codes.c.id).where(
                    promo_codes.c.brand_id == brand, promo_codes.c.normal == normal
                )
            )
            held = await self._connection.execute(
                sa.select(code_ownerships.c.enrolment_id, code_ownerships.c.until)
                .where(code_ownerships.c.code_id == code)
                .order_by(code_ownerships.c.since.desc())
            )
            for row in held:
                rest = timedelta(0) if row.enrolment_id == enrolment else COOLDOWN
                if row.until is None or row.until + rest > since:
                    return False
        else:
            await add_shapes(self._connection, brand, {normal: code})
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(
                    sa.insert(code_ownerships).values(
                        code_id=code, enrolment_id=enrolment, since=since
                    )
                )
        except IntegrityError:  # a rested code that two people were given at once
            return False
        return True

    async def get(self, enrolment: EnrolmentId) -> Enrolment:
        """The enrolment with its latest code and its link; raises NotFound."""
        found = await self.many([enrolment])
        if enrolment not in found:
            raise NotFound("enrolment")
        return found[enrolment]

    async def hold(self, enrolment: EnrolmentId) -> Enrolment:
        """The same, kept from other writers: whoever ends it waits, or has ended it before."""
        await self._connection.execute(
            sa.select(enrolments.c.id)
            .where(enrolments.c.id == enrolment)
            .with_for_update(key_share=True)
        )
        return await self.get(enrolment)

    async def many(self, wanted: Sequence[EnrolmentId]) -> dict[EnrolmentId, Enrolment]:
        """Enrolments by id; unknown ids are left out."""
        found: dict[EnrolmentId, Enrolment] = {}
        for chunk in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(FULL.where(enrolments.c.id.in_(chunk)))
            found.update((EnrolmentId(row.id), enrolment_of(row)) for row in rows)
        return found

    async def find(self, offer: OfferId, creator: PersonId) -> Enrolment | None:
        """The creator's enrolment in the offer, in whatever state."""
        row = (
            await self._connection.execute(
                FULL.where(enrolments.c.offer_id == offer, enrolments.c.creator_id == creator)
            )
        ).one_or_none()
        return None if row is None else enrolment_of(row)

    async def of_creator(
        self, creator: PersonId, *, after: int | None, limit: int
    ) -> Sequence[Enrolment]:
        """A creator's enrolments, newest first."""
        query = FULL.where(enrolments.c.creator_id == creator)
        if after is not None:
            query = query.where(enrolments.c.id < after)
        rows = await self._connection.execute(query.order_by(enrolments.c.id.desc()).limit(limit))
        return [enrolment_of(row) for row in rows]

    async def of_offer(
        self, offer: OfferId, *, after: int | None, limit: int, words: Sequence[str] = ()
    ) -> Sequence[CreatorInOffer]:
        """Who is or was in an offer, newest first, without stats.

        With `words` only those whose name or code has each of them at the beginning of a word.
        """
        query = (
            FULL.add_columns(creators.c.display_name)
            .where(
                enrolments.c.offer_id == offer,
                creators.c.person_id == enrolments.c.creator_id,
                sa.not_(_NEVER_IN),
            )
            .order_by(enrolments.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(enrolments.c.id < after)
        for one in words:
            query = query.where(sa.or_(_called(one), _has_code(one)))
        rows = (await self._connection.execute(query)).all()
        return [CreatorInOffer(enrolment=enrolment_of(row), name=row.display_name) for row in rows]

    async def of_brand(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[CreatorOfBrand]:
        """Who promotes a brand with which offer, newest first, below the enrolment `after`."""
        query = (
            sa.select(
                enrolments.c.id, enrolments.c.state, enrolments.c.offer_id, creators.c.display_name
            )
            .join_from(enrolments, creators, creators.c.person_id == enrolments.c.creator_id)
            .where(enrolments.c.brand_id == brand, sa.not_(_NEVER_IN))
            .order_by(enrolments.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(enrolments.c.id < after)
        rows = (await self._connection.execute(query)).all()
        titles: defaultdict[int, dict[str, str]] = defaultdict(dict)
        texts = sa.select(offer_texts.c.offer_id, offer_texts.c.locale, offer_texts.c.title)
        for text in await self._connection.execute(
            texts.where(offer_texts.c.offer_id.in_({row.offer_id for row in rows}))
        ):
            titles[text.offer_id][text.locale] = text.title
        return [
            CreatorOfBrand(
                enrolment=EnrolmentId(row.id),
                name=row.display_name,
                state=EnrolmentState(row.state),
                titles=titles[row.offer_id],
            )
            for row in rows
        ]

    async def creators_of(
        self, offer: OfferId, *, states: Sequence[EnrolmentState] = (EnrolmentState.ACTIVE,)
    ) -> Sequence[PersonId]:
        """Creators whose enrolment is in one of the states."""
        found = await self._connection.scalars(
            sa.select(enrolments.c.creator_id)
            .where(enrolments.c.offer_id == offer, enrolments.c.state.in_(states))
            .order_by(enrolments.c.id)
        )
        return [PersonId(creator) for creator in found]

    async def stats(self, wanted: Sequence[EnrolmentId]) -> dict[EnrolmentId, EnrolmentStats]:
        """What each of the enrolments has brought; every asked id is in the answer."""
        counted: dict[int, int] = {}
        sums: defaultdict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
        for chunk in chunks(wanted):
            opened = await self._connection.execute(
                sa.select(links.c.enrolment_id, sa.func.sum(click_days.c.clicks))
                .select_from(links.join(click_days))
                .where(links.c.enrolment_id.in_(chunk))
                .group_by(links.c.enrolment_id)
            )
            counted.update({enrolment: int(number) for enrolment, number in opened})
            money = await self._connection.execute(
                sa.select(
                    month_results.c.enrolment_id,
                    month_results.c.state,
                    sa.func.sum(month_results.c.orders),
                    sa.func.sum(month_results.c.amount_minor),
                )
                .where(month_results.c.enrolment_id.in_(chunk))
                .group_by(month_results.c.enrolment_id, month_results.c.state)
            )
            for enrolment, state, number, minor in money:
                sums[enrolment][state] = (int(number), int(minor))
        return {
            enrolment: _stats(counted.get(enrolment, 0), sums[enrolment]) for enrolment in wanted
        }

    async def end(self, offer: OfferId, *, at: datetime) -> int:
        """End enrolments that go on, with their codes and SKUs, as of `at`; returns how many.

        Orders placed before `at` keep earning whenever they are reported.
        """
        going_on = sa.and_(enrolments.c.offer_id == offer, enrolments.c.state.in_(GOING_ON))
        # Whoever gives one of them a code holds its row: what was given by then is closed below.
        await self._connection.execute(
            sa.select(enrolments.c.id)
            .where(going_on)
            .order_by(enrolments.c.id)
            .with_for_update(key_share=True)  # orders that refer to them may come meanwhile
        )
        await self._connection.execute(
            sa.insert(enrolment_events).from_select(
                ["enrolment_id", "at", "state", "terms_id", "reason"],
                sa.select(
                    enrolments.c.id,
                    sa.literal(at, UtcDateTime),
                    sa.literal(str(EnrolmentState.ENDED)),
                    enrolments.c.terms_id,
                    sa.literal(""),
                ).where(going_on),
            )
        )
        ended = await self._connection.execute(
            sa.update(enrolments)
            .where(going_on)
            .values(state=EnrolmentState.ENDED, ended_at=at, state_since=at, reason="")
        )
        await close(
            self._connection,
            sa.select(enrolments.c.id).where(enrolments.c.offer_id == offer),
            at=at,
        )
        return ended.rowcount

    async def ownerships(
        self, brand: BrandId, normals: Sequence[str]
    ) -> dict[str, list[CodeOwnership]]:
        """Who held which of the codes, by normal form, oldest first.

        A spelling that people let count as a code is whoever's the code is, from its day on.
        """
        found = await self._ownerships(brand, promo_codes.c.normal, normals)
        rest = [normal for normal in normals if normal not in found]
        return {**found, **await self._aliases(brand, rest)} if rest else found

    async def _aliases(
        self, brand: BrandId, normals: Sequence[str]
    ) -> dict[str, list[CodeOwnership]]:
        since = sa.case(
            (code_aliases.c.since > code_ownerships.c.since, code_aliases.c.since),
            else_=code_ownerships.c.since,
        )
        rows = await self._connection.execute(
            sa.select(
                code_aliases.c.normal,
                code_ownerships.c.code_id,
                code_ownerships.c.enrolment_id,
                sa.type_coerce(since, UtcDateTime).label("since"),
                code_ownerships.c.until,
            )
            .join_from(
                code_aliases, code_ownerships, code_ownerships.c.code_id == code_aliases.c.code_id
            )
            .where(
                code_aliases.c.brand_id == brand,
                among(self._connection, code_aliases.c.normal, normals),
                sa.or_(
                    code_ownerships.c.until.is_(None),
                    code_ownerships.c.until > code_aliases.c.since,
                ),
            )
            .order_by(code_ownerships.c.since, code_ownerships.c.id)
        )
        found: defaultdict[str, list[CodeOwnership]] = defaultdict(list)
        for normal, code, enrolment, begun, until in rows:
            found[normal].append(
                CodeOwnership(
                    code=CodeId(code),
                    normal=normal,
                    enrolment=EnrolmentId(enrolment),
                    since=begun,
                    until=until,
                )
            )
        return dict(found)

    async def alike(self, brand: BrandId, spellings: Sequence[str]) -> dict[str, list[AlikeCode]]:
        """Codes that unknown spellings (normal forms) may stand for, the likeliest first."""
        meant = await meant_by(self._connection, brand, spellings)
        wanted = sorted({normal for own in meant.values() for normal in own})
        held = await self.ownerships(brand, wanted)
        found: dict[str, list[AlikeCode]] = {}
        order = list(Damage)
        for spelling, normals in meant.items():
            likely = sorted(
                (order.index(how), normal)
                for normal in normals
                if normal in held and (how := damage(spelling, normal))
            )
            if likely:
                found[spelling] = [
                    AlikeCode(damage=order[how], held=tuple(held[normal])) for how, normal in likely
                ]
        return found

    async def ownerships_folded(
        self, brand: BrandId, folded: Sequence[str]
    ) -> dict[str, list[CodeOwnership]]:
        """Who held codes that look like these, by folded form, oldest first."""
        return await self._ownerships(brand, promo_codes.c.folded, folded)

    async def _ownerships(
        self, brand: BrandId, column: sa.Column[str], forms: Sequence[str]
    ) -> dict[str, list[CodeOwnership]]:
        found: defaultdict[str, list[CodeOwnership]] = defaultdict(list)
        if not forms:
            return found
        rows = await self._connection.execute(
            sa.select(
                column.label("form"),
                promo_codes.c.normal,
                code_ownerships.c.code_id,
                code_ownerships.c.enrolment_id,
                code_ownerships.c.since,
                code_ownerships.c.until,
            )
            .select_from(promo_codes.join(code_ownerships))
            .where(promo_codes.c.brand_id == brand, among(self._connection, column, forms))
            .order_by(code_ownerships.c.since, code_ownerships.c.id)
        )
        for form, normal, code, enrolment, since, until in rows:
            found[form].append(
                CodeOwnership(
                    code=CodeId(code),
                    normal=normal,
                    enrolment=EnrolmentId(enrolment),
                    since=since,
                    until=until,
                )
            )
        return dict(found)

    async def reservations(
        self, brand: BrandId, skus: Sequence[str]
    ) -> dict[str, list[SkuReservation]]:
        """For whom the SKUs are or were reserved, oldest first."""
        found: defaultdict[str, list[SkuReservation]] = defaultdict(list)
        if not skus:
            return found
        rows = await self._connection.execute(
            sa.select(sku_reservations)
            .where(
                sku_reservations.c.brand_id == brand,
                among(self._connection, sku_reservations.c.sku, skus),
            )
            .order_by(sku_reservations.c.since, sku_reservations.c.id)
        )
        for row in rows:
            found[row.sku].append(
                SkuReservation(
                    sku=row.sku,
                    enrolment=EnrolmentId(row.enrolment_id),
                    since=row.since,
                    until=row.until,
                    kind=HandleKind(row.kind),
                )
            )
        return dict(found)

    async def windows(self, wanted: Sequence[EnrolmentId]) -> dict[EnrolmentId, int]:
        """Days from a click to an order by the accepted terms, of those who ever were active."""
        found: dict[EnrolmentId, int] = {}
        for chunk in chunks(wanted):
            rows = await self._connection.execute(
                sa.select(enrolments.c.id, terms.c.window_days)
                .select_from(enrolments.join(terms, terms.c.id == enrolments.c.terms_id))
                .where(
                    enrolments.c.id.in_(chunk),
                    enrolments.c.state.not_in([EnrolmentState.APPLIED, EnrolmentState.DECLINED]),
                )
            )
            found.update((EnrolmentId(enrolment), days) for enrolment, days in rows)
        return found


def _called(word: str) -> sa.ColumnElement[bool]:
    return enrolments.c.creator_id.in_(
        sa.select(search_words.c.object_id).where(
            search_words.c.kind == "creator", search_words.c.word.startswith(word, autoescape=True)
        )
    )


def _has_code(word: str) -> sa.ColumnElement[bool]:
    return (
        sa.select(code_ownerships.c.id)
        .join(promo_codes, promo_codes.c.id == code_ownerships.c.code_id)
        .where(
            code_ownerships.c.enrolment_id == enrolments.c.id,
            promo_codes.c.normal.startswith(codes.normal(word), autoescape=True),
        )
        .correlate(enrolments)
        .exists()
    )


async def spoken_for(
    connection: AsyncConnection, brand: BrandId, normal: str, *, but: EnrolmentId
) -> bool:
    """Whether a code waits in a pool of the brand or is announced to an enrolment `but` this."""
    pooled = sa.select(pool_codes.c.id).where(
        pool_codes.c.brand_id == brand,
        pool_codes.c.normal == normal,
        pool_codes.c.taken_at.is_(None),
    )
    announced = sa.select(code_notices.c.id).where(
        code_notices.c.brand_id == brand,
        code_notices.c.new == normal,
        code_notices.c.state == NoticeState.PENDING,
        code_notices.c.enrolment_id != but,
    )
    return bool(await connection.scalar(sa.select(sa.or_(pooled.exists(), announced.exists()))))


async def close(connection: AsyncConnection, own: sa.Select[Any], *, at: datetime) -> None:
    """End what the enrolments that `own` selects hold as of `at`, their wishes and notices."""
    for held in (code_ownerships, sku_reservations):
        await connection.execute(
            sa.update(held)
            .where(
                held.c.enrolment_id.in_(own),
                sa.or_(held.c.until.is_(None), held.c.until > at),
            )
            .values(until=sa.case((held.c.since > at, held.c.since), else_=at))
        )
    await connection.execute(
        sa.update(code_requests)
        .where(code_requests.c.enrolment_id.in_(own), code_requests.c.state == RequestState.PENDING)
        .values(state=RequestState.WITHDRAWN, decided_at=at)
    )
    await connection.execute(
        sa.update(code_notices)
        .where(code_notices.c.enrolment_id.in_(own), code_notices.c.state == NoticeState.PENDING)
        .values(state=NoticeState.CANCELLED, settled_at=at)
    )


def enrolment_of(row: Any) -> Enrolment:
    """An enrolment from a row of `FULL`."""
    return Enrolment(
        id=EnrolmentId(row.id),
        creator=PersonId(row.creator_id),
        offer=OfferId(row.offer_id),
        brand=BrandId(row.brand_id),
        terms=TermsId(row.terms_id),
        state=EnrolmentState(row.state),
        accepted_at=row.accepted_at,
        code=row.code,
        slug=row.slug,
        holds_code=bool(row.holds_code),
        note=row.note,
        reason=row.reason,
        state_since=row.state_since,
        reapply_at=row.reapply_at,
    )


def _stats(opened: int, sums: dict[str, tuple[int, int]]) -> EnrolmentStats:
    def money(state: CommissionState) -> Money:
        return Money(sums.get(state, (0, 0))[1])

    return EnrolmentStats(
        clicks=opened,
        orders=sum(number for state, (number, _) in sums.items() if state not in _LOST),
        lost=sum(number for state, (number, _) in sums.items() if state in _LOST),
        pending=money(CommissionState.PENDING),
        in_hold=money(CommissionState.IN_HOLD),
        available=money(CommissionState.AVAILABLE),
    )
