"""Watched posts and earlier contents of proofs, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import EnrolmentId, PersonId, ProofId
from core.people import Platform
from core.presence import PostWatch, Presence
from core.proofs import Proof, ProofState
from db.dialect import chunks, insert
from db.models import post_watches, proofs, superseded_proofs


class SqlWatches:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, watch: PostWatch) -> None:
        """Watch a post; one that is watched already begins anew."""
        values = _values(watch)
        await self._connection.execute(
            insert(self._connection, post_watches)
            .values(proof_id=watch.proof, **values)
            .on_conflict_do_update(index_elements=["proof_id"], set_=values)
        )

    async def of(self, wanted: Sequence[ProofId]) -> dict[ProofId, PostWatch]:
        """What is known of the posts of proofs; unwatched ones are left out."""
        found: dict[ProofId, PostWatch] = {}
        for part in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(
                sa.select(post_watches).where(post_watches.c.proof_id.in_(part))
            )
            found |= {ProofId(row.proof_id): _watch(row) for row in rows}
        return found

    async def due(self, now: datetime, *, limit: int) -> Sequence[PostWatch]:
        """Posts to look at now, the longest due first."""
        rows = await self._connection.execute(
            sa.select(post_watches)
            .where(post_watches.c.due_at.is_not(None), post_watches.c.due_at <= now)
            .order_by(post_watches.c.due_at)
            .limit(limit)
        )
        return [_watch(row) for row in rows]

    async def save(self, watch: PostWatch, *, was: PostWatch) -> bool:
        """Store what a look has shown, if nobody else looked meanwhile."""
        saved = await self._connection.execute(
            sa.update(post_watches)
            .where(
                post_watches.c.proof_id == watch.proof,
                post_watches.c.presence == was.presence,
                post_watches.c.due_at == was.due_at,
            )
            .values(**_values(watch))
        )
        return bool(saved.rowcount == 1)

    async def supersede(self, proof: Proof, *, now: datetime) -> None:
        """Keep the content of a proof that a corrected one is about to replace."""
        await self._connection.execute(
            sa.insert(superseded_proofs).values(
                proof_id=proof.id,
                state=proof.state,
                reason=proof.reason,
                link=proof.link,
                caption=proof.caption,
                screenshot_file_id=proof.screenshot_file_id,
                sent_at=proof.sent_at,
                reviewed_by=proof.reviewed_by,
                reviewed_at=proof.reviewed_at,
                superseded_at=now,
            )
        )

    async def superseded(self, wanted: Sequence[ProofId]) -> dict[ProofId, list[Proof]]:
        """Earlier contents of proofs, newest first."""
        found: defaultdict[ProofId, list[Proof]] = defaultdict(list)
        for part in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(
                sa.select(
                    superseded_proofs,
                    proofs.c.enrolment_id,
                    proofs.c.creator_id,
                    proofs.c.platform,
                    proofs.c.label,
                )
                .join(proofs, proofs.c.id == superseded_proofs.c.proof_id)
                .where(superseded_proofs.c.proof_id.in_(part))
                .order_by(superseded_proofs.c.id.desc())
            )
            for row in rows:
                found[ProofId(row.proof_id)].append(_earlier(row))
        return dict(found)


def _values(watch: PostWatch) -> dict[str, Any]:
    return {
        "chat_id": watch.chat_id,
        "message_id": watch.message_id,
        "presence": watch.presence,
        "seen_at": watch.seen_at,
        "missing_since": watch.missing_since,
        "gone_at": watch.gone_at,
        "due_at": watch.due_at,
    }


def _watch(row: Any) -> PostWatch:
    return PostWatch(
        proof=ProofId(row.proof_id),
        chat_id=row.chat_id,
        message_id=row.message_id,
        presence=Presence(row.presence),
        seen_at=row.seen_at,
        missing_since=row.missing_since,
        gone_at=row.gone_at,
        due_at=row.due_at,
    )


def _earlier(row: Any) -> Proof:
    return Proof(
        id=ProofId(row.proof_id),
        enrolment=EnrolmentId(row.enrolment_id),
        creator=PersonId(row.creator_id),
        state=ProofState(row.state),
        link=row.link,
        platform=None if row.platform is None else Platform(row.platform),
        caption=row.caption,
        label=row.label,
        sent_at=row.sent_at,
        screenshot_file_id=row.screenshot_file_id,
        reason=row.reason,
        reviewed_by=None if row.reviewed_by is None else PersonId(row.reviewed_by),
        reviewed_at=row.reviewed_at,
    )
