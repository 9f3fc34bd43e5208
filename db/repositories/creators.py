"""Creators in SQL: profiles, channels and encrypted payout details."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import AlreadyUsed, NotFound
from core.ids import ChannelId, PersonId
from core.people import (
    Category,
    Channel,
    Creator,
    CreatorState,
    LegalStatus,
    Locale,
    PayoutSecrets,
    Profile,
)
from db.dialect import chunks, insert
from db.models import channels, creators, people
from db.repositories.channels import channel_of
from db.repositories.people import person_of
from db.words import Named, index_words

_profile_columns = (
    creators.c.person_id,
    creators.c.state,
    creators.c.state_reason,
    creators.c.reviewed_at,
    creators.c.display_name,
    creators.c.city,
    creators.c.languages,
    creators.c.categories,
    creators.c.legal_status,
    creators.c.iin_digest.is_not(None).label("has_iin"),  # the number itself stays where it is
    creators.c.iban_tail,
    creators.c.bank,
    creators.c.created_at.label("since"),
)
_PROFILES = sa.select(*_profile_columns, people).join_from(creators, people)


class SqlCreators:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, person: PersonId, *, languages: Sequence[Locale], now: datetime) -> bool:
        """Begin an empty profile in state NEW; False when there is one."""
        added = await self._connection.execute(
            insert(self._connection, creators)
            .values(
                person_id=person,
                state=CreatorState.NEW,
                languages=list(languages),
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["person_id"])
        )
        return bool(added.rowcount == 1)

    async def get(self, creator: PersonId) -> Creator:
        """The profile with its channels; raises NotFound("creator")."""
        found = await self.many([creator])
        if creator not in found:
            raise NotFound("creator")
        return found[creator]

    async def many(self, wanted: Sequence[PersonId]) -> dict[PersonId, Creator]:
        """Profiles with channels by id; unknown ids are left out."""
        found: dict[PersonId, Creator] = {}
        for chunk in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(
                sa.select(*_profile_columns).where(creators.c.person_id.in_(chunk))
            )
            own = await self._channels(chunk)
            for row in rows:
                found[PersonId(row.person_id)] = _creator(row, own[row.person_id])
        return found

    async def profile(self, creator: PersonId) -> Profile:
        """The profile as staff see it; raises NotFound("creator")."""
        found = await self._profiles(_PROFILES.where(creators.c.person_id == creator))
        if not found:
            raise NotFound("creator")
        return found[0]

    async def to_review(self, *, after: int | None, limit: int) -> Sequence[Profile]:
        """Active creators whom no staff have looked at, by id, above `after`."""
        return await self._profiles(
            _PROFILES.where(
                creators.c.state == CreatorState.ACTIVE,
                creators.c.reviewed_at.is_(None),
                creators.c.person_id > (after or 0),
            )
            .order_by(creators.c.person_id)
            .limit(limit)
        )

    async def in_state(
        self, state: CreatorState, *, after: int | None, limit: int
    ) -> Sequence[Profile]:
        """Creators in a state, by id, above `after`."""
        return await self._profiles(
            _PROFILES.where(creators.c.state == state, creators.c.person_id > (after or 0))
            .order_by(creators.c.person_id)
            .limit(limit)
        )

    async def _profiles(self, query: sa.Select[Any]) -> list[Profile]:
        rows = (await self._connection.execute(query)).all()
        own = await self._channels([row.person_id for row in rows])
        return [
            Profile(
                creator=_creator(row, own[row.person_id]),
                person=person_of(row),
                since=row.since,
                reviewed_at=row.reviewed_at,
                reason=row.state_reason,
            )
            for row in rows
        ]

    async def _channels(self, wanted: Sequence[int]) -> defaultdict[int, list[Channel]]:
        rows = await self._connection.execute(
            sa.select(channels).where(channels.c.creator_id.in_(wanted)).order_by(channels.c.id)
        )
        own: defaultdict[int, list[Channel]] = defaultdict(list)
        for row in rows:
            own[row.creator_id].append(channel_of(row))
        return own

    async def save(
        self,
        creator: PersonId,
        *,
        display_name: str | None = None,
        city: str | None = None,
        languages: Sequence[Locale] | None = None,
        categories: Sequence[Category] | None = None,
        legal_status: LegalStatus | None = None,
    ) -> None:
        """Write the fields that are given."""
        given = {
            "display_name": display_name,
            "city": city,
            "languages": None if languages is None else list(languages),
            "categories": None if categories is None else list(categories),
            "legal_status": legal_status,
        }
        values = {field: value for field, value in given.items() if value is not None}
        if values:
            await self._update(creator, **values)
        if display_name is not None:
            await index_words(self._connection, Named.CREATOR, creator, display_name)

    async def put_channel(self, creator: PersonId, channel: Channel) -> ChannelId:
        """Add a channel, or change the claimed followers of the creator's own with this address.

        The number of a verified channel stays. AlreadyUsed("channel") when it is another creator's.
        """
        upsert = insert(self._connection, channels).values(
            creator_id=creator,
            platform=channel.platform,
            url=channel.url,
            followers=channel.followers,
            verified_at=channel.verified_at,
        )
        put = await self._connection.scalar(
            upsert.on_conflict_do_update(
                index_elements=["url"],
                set_={
                    "followers": sa.case(
                        (channels.c.verified_at.is_(None), upsert.excluded.followers),
                        else_=channels.c.followers,
                    )
                },
                where=channels.c.creator_id == creator,
            ).returning(channels.c.id)
        )
        if put is None:
            raise AlreadyUsed("channel")
        return ChannelId(put)

    async def remove_channel(self, creator: PersonId, channel: ChannelId) -> bool:
        """Forget a channel; False when it is not the creator's."""
        gone = await self._connection.execute(
            sa.delete(channels).where(channels.c.id == channel, channels.c.creator_id == creator)
        )
        return gone.rowcount == 1

    async def move(
        self, creator: PersonId, came_from: CreatorState, to: CreatorState, *, reason: str = ""
    ) -> bool:
        """Change the state if it still is `came_from`; False when somebody was quicker."""
        moved = await self._connection.execute(
            sa.update(creators)
            .where(creators.c.person_id == creator, creators.c.state == came_from)
            .values(state=to, state_reason=reason)
        )
        return moved.rowcount == 1

    async def mark_reviewed(self, creator: PersonId, *, now: datetime) -> bool:
        """Note that staff have looked at the profile; False when it was noted before."""
        marked = await self._connection.execute(
            sa.update(creators)
            .where(creators.c.person_id == creator, creators.c.reviewed_at.is_(None))
            .values(reviewed_at=now)
        )
        return marked.rowcount == 1

    async def set_iin(self, creator: PersonId, *, cipher: bytes, digest: bytes) -> None:
        """AlreadyUsed("iin") when another creator has it."""
        try:
            async with self._connection.begin_nested():
                await self._update(creator, iin_cipher=cipher, iin_digest=digest)
        except IntegrityError as error:  # the unique index on the digest
            raise AlreadyUsed("iin") from error

    async def set_iban(
        self, creator: PersonId, *, cipher: bytes, digest: bytes, tail: str, bank: str
    ) -> None:
        """Keep the account that payouts go to."""
        await self._update(
            creator, iban_cipher=cipher, iban_digest=digest, iban_tail=tail, bank=bank
        )

    async def payout_secrets(self, creator: PersonId) -> PayoutSecrets:
        """Encrypted IIN and IBAN; raises NotFound("creator")."""
        found = await self._connection.execute(
            sa.select(creators.c.iin_cipher, creators.c.iban_cipher).where(
                creators.c.person_id == creator
            )
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("creator")
        return PayoutSecrets(iin_cipher=row.iin_cipher, iban_cipher=row.iban_cipher)

    async def _update(self, creator: PersonId, **values: Any) -> None:
        await self._connection.execute(
            sa.update(creators).where(creators.c.person_id == creator).values(**values)
        )


def _creator(row: Any, own: Sequence[Channel]) -> Creator:
    return Creator(
        id=PersonId(row.person_id),
        state=CreatorState(row.state),
        display_name=row.display_name,
        city=row.city,
        languages=tuple(Locale(locale) for locale in row.languages),
        categories=tuple(Category(category) for category in row.categories),
        channels=tuple(own),
        legal_status=LegalStatus(row.legal_status) if row.legal_status else None,
        has_iin=bool(row.has_iin),
        iban_tail=row.iban_tail,
        bank=row.bank,
    )
