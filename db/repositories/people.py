"""People in SQL: Telegram users, staff permissions and consents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import BrandId, PersonId
from core.people import (
    Actor,
    BrandRole,
    Consent,
    CreatorState,
    Locale,
    Meeting,
    Permission,
    Person,
    StaffMember,
)
from db.dialect import chunks, insert
from db.models import brand_managers, consents, creators, people, staff
from db.words import Named, index_words

_consent_stands = (
    sa.select(consents.c.id)
    .where(
        consents.c.person_id == people.c.id,
        consents.c.version == sa.bindparam("consent"),
        consents.c.withdrawn_at.is_(None),
    )
    .correlate(people)
    .exists()
)
# One row per brand and permission of the person: a handful for anybody.
_KNOWN = (
    sa.select(
        people,
        creators.c.state,
        brand_managers.c.brand_id,
        brand_managers.c.role,
        staff.c.permission,
        _consent_stands.label("consented"),
    )
    .select_from(
        people.outerjoin(creators, creators.c.person_id == people.c.id)
        .outerjoin(brand_managers, brand_managers.c.person_id == people.c.id)
        .outerjoin(staff, staff.c.person_id == people.c.id)
    )
    .where(people.c.telegram_id == sa.bindparam("telegram_id"))
)
# Made once: to put a statement together costs as much as to execute it.
_MUTED = sa.select(people.c.broadcasts_muted).where(people.c.id == sa.bindparam("person"))
_CONSENT = sa.select(consents).where(
    consents.c.person_id == sa.bindparam("person"), consents.c.version == sa.bindparam("given")
)


class SqlPeople:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, telegram_id: int, *, consent: str) -> tuple[Person, Meeting] | None:
        """Everything about a Telegram user in one query; `consent` is the version in force."""
        found = await self._connection.execute(
            _KNOWN, {"telegram_id": telegram_id, "consent": consent}
        )
        rows = found.all()
        if not rows:
            return None
        person = person_of(rows[0])
        brands = {row.brand_id: row.role for row in rows if row.brand_id is not None}
        actor = Actor(
            id=person.id,
            telegram_id=telegram_id,
            locale=person.locale or Locale.KK,
            creator=CreatorState(rows[0].state) if rows[0].state else None,
            brands=tuple(
                (BrandId(brand), BrandRole(role)) for brand, role in sorted(brands.items())
            ),
            permissions=frozenset(Permission(row.permission) for row in rows if row.permission),
        )
        return person, Meeting(
            actor=actor, chosen_locale=person.locale, consented=bool(rows[0].consented)
        )

    async def add(
        self,
        *,
        telegram_id: int,
        name: str,
        username: str | None,
        now: datetime,
        locale: Locale | None = None,
    ) -> PersonId:
        """Store a person, or find the one with this Telegram id."""
        added = await self._connection.execute(
            insert(self._connection, people)
            .values(
                telegram_id=telegram_id,
                name=name,
                username=username,
                locale=locale,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["telegram_id"])
        )
        person = (await self.by_telegram_ids([telegram_id]))[telegram_id]
        if added.rowcount == 1:
            await index_words(self._connection, Named.PERSON, person, name, username)
        return person

    async def get(self, person: PersonId) -> Person:
        """Raises NotFound("person")."""
        found = await self.many([person])
        if person not in found:
            raise NotFound("person")
        return found[person]

    async def many(self, wanted: Sequence[PersonId]) -> dict[PersonId, Person]:
        """People by id; unknown ids are left out."""
        found: dict[PersonId, Person] = {}
        for chunk in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(sa.select(people).where(people.c.id.in_(chunk)))
            found.update((PersonId(row.id), person_of(row)) for row in rows)
        return found

    async def by_telegram_ids(self, telegram_ids: Sequence[int]) -> dict[int, PersonId]:
        """Ids of known Telegram users."""
        found: dict[int, PersonId] = {}
        for chunk in chunks(list(dict.fromkeys(telegram_ids))):
            rows = await self._connection.execute(
                sa.select(people.c.telegram_id, people.c.id).where(people.c.telegram_id.in_(chunk))
            )
            found.update((telegram_id, PersonId(person)) for telegram_id, person in rows)
        return found

    async def rename(self, person: PersonId, *, name: str, username: str | None) -> None:
        """Keep what the person is called in Telegram now."""
        await self._update(person, name=name, username=username)
        await index_words(self._connection, Named.PERSON, person, name, username)

    async def set_locale(self, person: PersonId, locale: Locale) -> None:
        """Keep the chosen language."""
        await self._update(person, locale=locale)

    async def set_blocked(self, telegram_id: int, blocked: bool) -> None:
        """Note that a user has blocked the bot or is back; an unknown user is no matter."""
        await self._connection.execute(
            sa.update(people)
            .where(people.c.telegram_id == telegram_id, people.c.blocked_bot.is_not(blocked))
            .values(blocked_bot=blocked)
        )

    async def seen(self, person: PersonId, day: date) -> None:
        """Keep the last day on which the person was here."""
        await self._update(person, seen_on=day)

    async def broadcasts_muted(self, person: PersonId) -> bool:
        """Whether the person gets no news and offers by broadcast."""
        return bool(await self._connection.scalar(_MUTED, {"person": person}))

    async def mute_broadcasts(self, person: PersonId, muted: bool) -> None:
        """Whether the person wants no news and offers by broadcast."""
        await self._update(person, broadcasts_muted=muted)

    async def _update(self, person: PersonId, **values: Any) -> None:
        await self._connection.execute(
            sa.update(people).where(people.c.id == person).values(**values)
        )

    async def staff(self, permission: Permission) -> Sequence[PersonId]:
        """Whom to tell what needs this permission: its holders and the owners."""
        rows = await self._connection.scalars(
            sa.select(staff.c.person_id)
            .where(staff.c.permission.in_([permission, Permission.OWNER]))
            .distinct()
            .order_by(staff.c.person_id)
        )
        return [PersonId(person) for person in rows]

    async def staff_members(self) -> Sequence[StaffMember]:
        """Everybody with a permission, in the order of acquaintance."""
        rows = await self._connection.execute(
            sa.select(people, staff.c.permission)
            .join_from(staff, people)
            .order_by(people.c.id, staff.c.permission)
        )
        names: dict[PersonId, Person] = {}
        permissions: defaultdict[PersonId, set[Permission]] = defaultdict(set)
        for row in rows:
            person = person_of(row)
            names[person.id] = person
            permissions[person.id].add(Permission(row.permission))
        return [
            StaffMember(person=person, permissions=frozenset(permissions[person.id]))
            for person in names.values()
        ]

    async def grant(self, person: PersonId, permissions: Sequence[Permission]) -> None:
        """Give permissions; those that are there stay."""
        if not permissions:
            return
        await self._connection.execute(
            insert(self._connection, staff).on_conflict_do_nothing(),
            [{"person_id": person, "permission": permission} for permission in permissions],
        )

    async def permissions(self, person: PersonId) -> frozenset[Permission]:
        """What the person may do on the staff now; kept from other writers until the end."""
        rows = await self._connection.scalars(
            sa.select(staff.c.permission).where(staff.c.person_id == person).with_for_update()
        )
        return frozenset(Permission(permission) for permission in rows)

    async def owners(self) -> Sequence[PersonId]:
        """Staff who may do everything; the list is kept from other writers until the end."""
        rows = await self._connection.scalars(
            sa.select(staff.c.person_id)
            .where(staff.c.permission == Permission.OWNER)
            .order_by(staff.c.person_id)
            .with_for_update()
        )
        return [PersonId(person) for person in rows]

    async def revoke(self, person: PersonId, permissions: Sequence[Permission]) -> None:
        """Take these permissions; those that are not there are no matter."""
        await self._connection.execute(
            sa.delete(staff).where(
                staff.c.person_id == person, staff.c.permission.in_(list(permissions))
            )
        )

    async def dismiss(self, person: PersonId) -> bool:
        """Take every permission; False when there was none."""
        gone = await self._connection.execute(sa.delete(staff).where(staff.c.person_id == person))
        return gone.rowcount > 0

    async def consent(self, person: PersonId, version: str) -> Consent | None:
        """The person's consent of a version, also one that was withdrawn."""
        found = await self._connection.execute(_CONSENT, {"person": person, "given": version})
        row = found.one_or_none()
        if row is None:
            return None
        return Consent(
            person=person,
            version=row.version,
            locale=Locale(row.locale),
            text_sha256=row.text_sha256,
            given_at=row.given_at,
            withdrawn_at=row.withdrawn_at,
        )

    async def give_consent(self, consent: Consent) -> None:
        """Keep a consent; one that was withdrawn before stands again, one that stands is kept."""
        given = {
            "locale": consent.locale,
            "text_sha256": consent.text_sha256,
            "given_at": consent.given_at,
            "withdrawn_at": None,
        }
        await self._connection.execute(
            insert(self._connection, consents)
            .values(person_id=consent.person, version=consent.version, **given)
            .on_conflict_do_update(
                index_elements=["person_id", "version"],
                set_=given,
                where=consents.c.withdrawn_at.is_not(None),
            )
        )

    async def withdraw_consent(
        self, person: PersonId, versions: Sequence[str], *, now: datetime
    ) -> bool:
        """End whatever consent of these versions stands; False when there was none."""
        ended = await self._connection.execute(
            sa.update(consents)
            .where(
                consents.c.person_id == person,
                consents.c.version.in_(versions),
                consents.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
        return ended.rowcount > 0


def person_of(row: Any) -> Person:
    """A row with the columns of `people` as the core knows it."""
    return Person(
        id=PersonId(row.id),
        telegram_id=row.telegram_id,
        name=row.name,
        username=row.username,
        locale=Locale(row.locale) if row.locale else None,
        blocked_bot=row.blocked_bot,
        seen_on=row.seen_on,
    )
