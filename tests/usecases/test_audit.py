"""The audit log: nothing that matters is missing, and who may read it finds it again."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import core.usecases
from bot.screens.audit import ACTION, TOPIC
from core.audit import ACTIONS, AuditFilter, Topic
from core.errors import NotAllowed, NotFound
from core.ids import PersonId
from core.people import Permission
from core.ports import UnitOfWorkFactory
from core.usecases.audit import audit_entry, export_audit, search_audit
from tests.builders import a_person
from tests.conftest import FrozenClock
from tests.usecases.people_builders import owner

KNOWN = {action for actions in ACTIONS.values() for action in actions}


def written() -> set[str]:
    """Constants that use cases hand to the log as the name of an action."""
    found = set()
    for path in Path(core.usecases.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            direct = name == "write" and "audit" in ast.unparse(node.func)
            own = isinstance(node.func, ast.Name) and node.func.id == "_audit"
            for one in node.args[1:4] if direct or own else ():
                text = one.value if isinstance(one, ast.Constant) else None
                if isinstance(text, str) and re.fullmatch(r"[a-z]+[._][a-z_.]+", text):
                    found.add(text)
    return found


def test_every_action_that_is_written_has_a_topic_and_a_word() -> None:
    actions = written()

    assert len(actions) > 30
    assert actions - KNOWN == set()
    assert set(ACTION) >= KNOWN - {"brand_request_approved"}
    assert set(TOPIC) == set(Topic)


async def entries(new_uow: UnitOfWorkFactory, clock: FrozenClock, person: PersonId) -> None:
    async with new_uow() as uow:
        for number in range(12):
            for action in ("payout.paid", "creator_reviewed"):
                await uow.audit.write(person, action, "creator", number, now=clock())
            clock.advance(days=1)
        await uow.commit()


async def test_the_log_is_paged_and_narrowed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    boss = await owner(new_uow, clock)
    someone = await a_person(new_uow, clock())
    await entries(new_uow, clock, someone.id)

    async def found(wanted: AuditFilter) -> list[tuple[str, int]]:
        got, after = [], None
        while True:
            page, after = await search_audit(
                new_uow, actor=boss, wanted=wanted, after=after, limit=5
            )
            got += [(entry.action, entry.object_id) for entry in page]
            if after is None:
                return got

    days = list(range(11, -1, -1))
    assert await found(AuditFilter(topic=Topic.MONEY)) == [("payout.paid", day) for day in days]
    assert len(await found(AuditFilter(by=someone.id))) == 24
    assert await found(AuditFilter(by=someone.id, topic=Topic.PEOPLE)) == [
        ("creator_reviewed", day) for day in days
    ]
    assert len(await found(AuditFilter(object="person", object_id=3))) == 2
    since = clock() - timedelta(days=3)
    assert {day for _, day in await found(AuditFilter(since=since))} == {9, 10, 11}
    assert await found(AuditFilter(topic=Topic.CODES)) == []


async def test_each_reads_what_is_theirs(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    someone = await a_person(new_uow, clock())
    await entries(new_uow, clock, someone.id)
    moderator = replace(someone, permissions=frozenset({Permission.MODERATION}))
    finance = replace(someone, permissions=frozenset({Permission.FINANCE}))

    for actor, action in ((moderator, "creator_reviewed"), (finance, "payout.paid")):
        pages = [page async for page in export_audit(new_uow, actor=actor, wanted=AuditFilter())]
        assert {entry.action for page in pages for entry in page} == {action}
        everything, _ = await search_audit(
            new_uow, actor=actor, wanted=AuditFilter(by=someone.id), after=None, limit=50
        )
        assert {entry.action for entry in everything} == {action}
    hidden, _ = await search_audit(
        new_uow, actor=finance, wanted=AuditFilter(), after=None, limit=1
    )
    with pytest.raises(NotFound):
        await audit_entry(new_uow, actor=moderator, entry=hidden[0].id)
    with pytest.raises(NotAllowed):
        await search_audit(new_uow, actor=someone, wanted=AuditFilter(), after=None, limit=5)
