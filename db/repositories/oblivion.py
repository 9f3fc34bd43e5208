"""People who are forgotten, in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.claims import ClaimState
from core.ids import PersonId
from core.notifications import NoteKind
from db.dialect import chunks
from db.models import (
    brand_requests,
    channel_checks,
    channels,
    claims,
    consents,
    creators,
    enrolments,
    notice_settings,
    offer_invitees,
    outbox,
    people,
    referral_links,
    referral_rewards,
    referrals,
    saved_offers,
    ticket_messages,
    tickets,
    top_members,
)
from db.words import Named, index_words

NOBODY: Final = "–"  # what stands where a name was
_SUPPORT: Final = (NoteKind.SUPPORT_ASKED, NoteKind.BUNDLE)


class SqlOblivion:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def has_a_past(self, creator: PersonId) -> bool:
        """Whether a creator's profile was ever used: an offer taken, somebody invited, an IIN."""
        used = sa.or_(
            sa.exists().where(enrolments.c.creator_id == creator),
            sa.exists().where(referrals.c.inviter_id == creator),
            sa.exists().where(
                creators.c.person_id == creator,
                sa.or_(creators.c.iin_digest.is_not(None), creators.c.iban_digest.is_not(None)),
            ),
        )
        return bool(await self._connection.scalar(sa.select(used)))

    async def notes_about(self, person: PersonId, *, after: int = 0) -> tuple[list[int], int]:
        """Notifications to the person, and to staff about their questions; how far it looked."""
        last = await self._connection.scalar(sa.select(sa.func.max(outbox.c.id))) or 0
        asked = set(
            await self._connection.scalars(
                sa.select(tickets.c.id).where(tickets.c.person_id == person)
            )
        )
        wanted = outbox.c.person_id == person
        if asked:
            wanted = sa.or_(wanted, outbox.c.kind.in_(_SUPPORT))
        rows = await self._connection.execute(
            sa.select(outbox.c.id, outbox.c.person_id, outbox.c.kind, outbox.c.facts).where(
                outbox.c.id > after, outbox.c.id <= last, wanted
            )
        )
        return [
            row.id for row in rows if row.person_id == person or _asks(row.kind, row.facts, asked)
        ], last

    async def forget(self, person: PersonId, notes: Sequence[int], *, now: datetime) -> None:
        """Erase who the person is and what they wrote, with these notifications."""
        run = self._connection.execute
        for chunk in chunks(notes):
            await run(sa.delete(outbox).where(outbox.c.id.in_(chunk)))
        own = sa.select(tickets.c.id).where(tickets.c.person_id == person)
        await run(sa.delete(ticket_messages).where(ticket_messages.c.ticket_id.in_(own)))
        await run(sa.delete(tickets).where(tickets.c.person_id == person))
        await run(
            sa.update(claims)
            .where(claims.c.person_id == person, claims.c.state != ClaimState.MATCHED)
            .values(external_id="", receipt_key=None, receipt_register="", paid_minor=None)
            .values(paid_at=None)
        )
        await run(sa.delete(saved_offers).where(saved_offers.c.person_id == person))
        await run(sa.delete(notice_settings).where(notice_settings.c.person_id == person))
        await run(sa.delete(offer_invitees).where(offer_invitees.c.person_id == person))
        await run(
            sa.delete(brand_requests).where(
                brand_requests.c.person_id == person, brand_requests.c.brand_id.is_(None)
            )
        )
        await run(
            sa.delete(referrals).where(
                referrals.c.invited_id == person,
                ~sa.exists().where(referral_rewards.c.invited_id == person),
            )
        )
        await run(  # that they agreed can still be proved, and that it is over
            sa.update(consents)
            .where(consents.c.person_id == person, consents.c.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
        await index_words(self._connection, Named.PERSON, person)
        await run(
            sa.update(people)
            .where(people.c.id == person)
            .values(
                telegram_id=-person,  # Telegram gives people positive ones
                name=NOBODY,
                username=None,
                locale=None,
                blocked_bot=True,
                broadcasts_muted=True,
                seen_on=None,
            )
        )

    async def drop_profile(self, creator: PersonId) -> None:
        """Erase a creator's profile that was never used."""
        for table in (channel_checks, channels, referral_links, top_members):
            await self._connection.execute(sa.delete(table).where(table.c.creator_id == creator))
        await index_words(self._connection, Named.CREATOR, creator)
        await self._connection.execute(sa.delete(creators).where(creators.c.person_id == creator))


def _asks(kind: str, facts: Mapping[str, Any], asked: set[int]) -> bool:
    """Whether a note tells staff what somebody with one of these conversations wrote."""
    if kind == NoteKind.SUPPORT_ASKED:
        return facts.get("ticket") in asked
    return any(
        part.get("kind") == NoteKind.SUPPORT_ASKED
        and any(one.get("ticket") in asked for one in part.get("facts", ()))
        for part in facts.get("parts", ())
    )
