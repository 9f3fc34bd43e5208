"""Brands in SQL: conditions, managers and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.brand_requests import LegalData
from core.errors import AlreadyUsed, NotFound
from core.ids import BrandId, PersonId
from core.invitations import Invitation
from core.ledger import Account
from core.people import Brand, BrandRole, Manager, Permission
from db.dialect import chunks, insert
from db.models import balances, brand_managers, brands, invitations, people
from db.repositories.people import person_of
from db.words import Named, index_words

# Which brands may have orders paid: not suspended, and their funds within their credit limit.
brand_with_funds = brands.outerjoin(
    balances,
    sa.and_(balances.c.account == Account.BRAND_FUNDS, balances.c.owner == brands.c.id),
)
can_pay = sa.and_(
    brands.c.suspended.is_(False),
    sa.func.coalesce(balances.c.minor, 0) >= -brands.c.credit_limit_minor,
)


class SqlBrands:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        *,
        name: str,
        legal_name: str,
        bin: str,
        fee_bps: int,
        now: datetime,
        credit_limit_minor: int = 0,
        licence: str = "",
    ) -> Brand:
        """AlreadyUsed("bin") when the BIN is known."""
        added = await self._connection.execute(
            insert(self._connection, brands)
            .values(
                name=name,
                legal_name=legal_name,
                bin=bin,
                fee_bps=fee_bps,
                credit_limit_minor=credit_limit_minor,
                licence=licence,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["bin"])
            .returning(brands)
        )
        row = added.one_or_none()
        if row is None:
            raise AlreadyUsed("bin")
        await index_words(self._connection, Named.BRAND, row.id, name, legal_name)
        return _brand(row)

    async def get(self, brand: BrandId) -> Brand:
        """Raises NotFound("brand")."""
        found = await self.many([brand])
        if brand not in found:
            raise NotFound("brand")
        return found[brand]

    async def many(self, wanted: Sequence[BrandId]) -> dict[BrandId, Brand]:
        """Brands by id; unknown ids are left out."""
        found: dict[BrandId, Brand] = {}
        for chunk in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(sa.select(brands).where(brands.c.id.in_(chunk)))
            found.update((BrandId(row.id), _brand(row)) for row in rows)
        return found

    async def by_bins(self, bins: Sequence[str]) -> dict[str, BrandId]:
        """Ids of brands by BIN; unknown ones are left out."""
        found: dict[str, BrandId] = {}
        for chunk in chunks(list(dict.fromkeys(bins))):
            rows = await self._connection.execute(
                sa.select(brands.c.bin, brands.c.id).where(brands.c.bin.in_(chunk))
            )
            found.update((bin, BrandId(brand)) for bin, brand in rows)
        return found

    async def page(self, *, after: int | None, limit: int) -> Sequence[Brand]:
        """All brands by id, above `after`."""
        rows = await self._connection.execute(
            sa.select(brands).where(brands.c.id > (after or 0)).order_by(brands.c.id).limit(limit)
        )
        return [_brand(row) for row in rows]

    async def set_conditions(
        self, brand: BrandId, *, fee_bps: int, credit_limit_minor: int
    ) -> None:
        """Change the fee on commissions to come and how far funds may go below zero."""
        await self._connection.execute(
            sa.update(brands)
            .where(brands.c.id == brand)
            .values(fee_bps=fee_bps, credit_limit_minor=credit_limit_minor)
        )

    async def set_legal(self, brand: BrandId, data: LegalData) -> None:
        """Change who the brand is by law; AlreadyUsed("bin") when another brand has the BIN."""
        taken = await self._connection.scalar(
            sa.select(brands.c.id).where(brands.c.bin == data.bin, brands.c.id != brand)
        )
        if taken is not None:
            raise AlreadyUsed("bin")
        await self._connection.execute(
            sa.update(brands)
            .where(brands.c.id == brand)
            .values(
                name=data.name,
                legal_name=data.legal_name,
                bin=data.bin,
                licence=data.licence,
            )
        )
        await index_words(self._connection, Named.BRAND, brand, data.name, data.legal_name)

    async def set_suspended(self, brand: BrandId, suspended: bool, *, reason: str = "") -> bool:
        """False when nothing changed."""
        changed = await self._connection.execute(
            sa.update(brands)
            .where(brands.c.id == brand, brands.c.suspended.is_not(suspended))
            .values(suspended=suspended, suspended_reason=reason)
        )
        return changed.rowcount == 1

    async def managers(self, brand: BrandId) -> Sequence[PersonId]:
        """Everybody who acts for the brand."""
        rows = await self._connection.scalars(
            sa.select(brand_managers.c.person_id)
            .where(brand_managers.c.brand_id == brand)
            .order_by(brand_managers.c.person_id)
        )
        return [PersonId(person) for person in rows]

    async def owners(self, brand: BrandId) -> Sequence[PersonId]:
        """Managers who handle the brand's money and people."""
        rows = await self._connection.scalars(
            sa.select(brand_managers.c.person_id)
            .where(brand_managers.c.brand_id == brand, brand_managers.c.role == BrandRole.OWNER)
            .order_by(brand_managers.c.person_id)
        )
        return [PersonId(person) for person in rows]

    async def lock_team(self, brand: BrandId) -> None:
        """Keep the brand's people from other writers until this unit of work ends."""
        await self._connection.execute(
            sa.select(brands.c.id).where(brands.c.id == brand).with_for_update()
        )

    async def team(self, brand: BrandId) -> Sequence[Manager]:
        """Managers with their names, owners first."""
        rows = await self._connection.execute(
            sa.select(people, brand_managers.c.role)
            .join_from(brand_managers, people)
            .where(brand_managers.c.brand_id == brand)
            .order_by(sa.case((brand_managers.c.role == BrandRole.OWNER, 0), else_=1), people.c.id)
        )
        return [Manager(person=person_of(row), role=BrandRole(row.role)) for row in rows]

    async def role(self, brand: BrandId, person: PersonId) -> BrandRole | None:
        """What the person may do for the brand; None for a stranger."""
        role = await self._connection.scalar(
            sa.select(brand_managers.c.role).where(
                brand_managers.c.brand_id == brand, brand_managers.c.person_id == person
            )
        )
        return BrandRole(role) if role else None

    async def set_manager(self, brand: BrandId, person: PersonId, role: BrandRole) -> None:
        """Make the person a manager, or change the role of one."""
        await self._connection.execute(
            insert(self._connection, brand_managers)
            .values(brand_id=brand, person_id=person, role=role)
            .on_conflict_do_update(index_elements=["brand_id", "person_id"], set_={"role": role})
        )

    async def remove_manager(self, brand: BrandId, person: PersonId) -> bool:
        """False when the person was none."""
        gone = await self._connection.execute(
            sa.delete(brand_managers).where(
                brand_managers.c.brand_id == brand, brand_managers.c.person_id == person
            )
        )
        return gone.rowcount == 1

    async def add_invitation(self, invitation: Invitation) -> None:
        """Keep a new invitation."""
        await self._connection.execute(
            sa.insert(invitations).values(
                token_digest=invitation.token_digest,
                brand_id=invitation.brand,
                role=invitation.role,
                permissions=sorted(invitation.permissions),
                created_by=invitation.created_by,
                created_at=invitation.created_at,
                expires_at=invitation.expires_at,
            )
        )

    async def spend_invitation(
        self, token_digest: bytes, person: PersonId, *, now: datetime
    ) -> Invitation | None:
        """Use up an invitation; None when it is unknown, used or expired."""
        spent = await self._connection.execute(
            sa.update(invitations)
            .where(
                invitations.c.token_digest == token_digest,
                invitations.c.used_by.is_(None),
                invitations.c.expires_at > now,
            )
            .values(used_by=person, used_at=now)
            .returning(invitations)
        )
        row = spent.one_or_none()
        return None if row is None else _invitation(row)

    async def invitation(self, token_digest: bytes) -> Invitation | None:
        """An invitation in whatever state."""
        found = await self._connection.execute(
            sa.select(invitations).where(invitations.c.token_digest == token_digest)
        )
        row = found.one_or_none()
        return None if row is None else _invitation(row)

    async def forget_invitations(self, before: datetime, limit: int) -> int:
        """Delete invitations that expired before and that nobody has used; returns how many."""
        missed = (
            sa.select(invitations.c.id)
            .where(invitations.c.used_by.is_(None), invitations.c.expires_at < before)
            .limit(limit)
        )
        done = await self._connection.execute(
            sa.delete(invitations).where(invitations.c.id.in_(missed))
        )
        return done.rowcount

    async def void_invitations(
        self, *, created_by: PersonId, brand: BrandId | None, now: datetime
    ) -> int:
        """Let the unused invitations of a person, to one brand or (None) at all, expire now."""
        voided = await self._connection.execute(
            sa.update(invitations)
            .where(
                invitations.c.created_by == created_by,
                *([] if brand is None else [invitations.c.brand_id == brand]),
                invitations.c.used_by.is_(None),
                invitations.c.expires_at > now,
            )
            .values(expires_at=now)
        )
        return voided.rowcount


def _brand(row: Any) -> Brand:
    return Brand(
        id=BrandId(row.id),
        name=row.name,
        legal_name=row.legal_name,
        bin=row.bin,
        fee_bps=row.fee_bps,
        credit_limit_minor=row.credit_limit_minor,
        licence=row.licence,
        suspended=row.suspended,
        suspended_reason=row.suspended_reason,
    )


def _invitation(row: Any) -> Invitation:
    return Invitation(
        token_digest=row.token_digest,
        brand=None if row.brand_id is None else BrandId(row.brand_id),
        role=BrandRole(row.role) if row.role else None,
        permissions=frozenset(Permission(permission) for permission in row.permissions),
        created_by=PersonId(row.created_by),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_by=None if row.used_by is None else PersonId(row.used_by),
    )
