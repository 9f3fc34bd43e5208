"""The operator's desk in the chat: brands from sign-up to suspension, the log, the health."""

from __future__ import annotations

import io

import openpyxl
import pytest

from core.people import Locale
from scripts.sandbox import Person
from tests.bot.conftest import OPERATOR, Stage
from tests.builders import a_creator, a_person

BIN, OTHER_BIN = "260340000002", "260340000302"


async def operator(stage: Stage) -> Person:
    """The owner whom the settings name, reading English."""
    person = stage.sandbox.person("Operator", telegram_id=OPERATOR)
    await a_person(stage.new_uow, stage.clock(), "Operator", telegram_id=OPERATOR, locale=Locale.EN)
    await person.send("/menu")
    await person.expect("Nothing waits for you")
    return person


async def signed_up(stage: Stage, person: Person) -> None:
    """What a person does who represents a brand."""
    await person.send("/settings")
    await person.click("I represent a brand")
    await person.click("Connect a brand")
    await person.send("Sulu")
    await person.send("«Sulu» LLP")
    await person.send("260340000003")
    await person.expect("This is not a BIN")
    await person.send(BIN)
    await person.click("No licence is needed")
    await person.expect("Is everything right?")
    await person.click("Send for review")
    await person.expect("The data are being checked")


async def test_a_brand_signs_up_is_connected_suspended_and_restored(stage: Stage) -> None:
    boss = await operator(stage)
    person = await stage.person("Dana", Locale.EN)
    await signed_up(stage, person)
    await boss.expect("A new brand waits for review")

    await boss.send("/menu")
    await boss.expect("1 case waits")
    await boss.click("Brands' data · 1")
    await boss.expect("No licence is given")
    await boss.click("Approve")
    await boss.expect("Its owner: Dana")
    await boss.click("Approve")
    await person.expect("you are its owner")

    await person.send("/company")
    await person.expect("Company profile")
    await person.click("Change the BIN")
    await person.send(OTHER_BIN)
    await person.click("Send for review")
    await person.expect("The operator checks these new data")
    await boss.expect("asks to change its legal data")
    await boss.click("Open")
    await boss.expect("before: 260340000002")
    await boss.click("Decline")
    await boss.send("The register has the old one")
    await person.expect("The register has the old one")
    await person.send("/company")
    await person.expect(BIN)
    await person.click("Leave the brand")
    await person.expect("You lose the brand's menu at once")
    await person.click("Leave the brand")
    await person.expect_alert("This is the last owner")

    await boss.send("/find")
    await boss.send("sul")
    await boss.click("Sulu")
    await boss.click("Suspend the brand")
    await boss.expect("They go on earning")
    await boss.send("No licence for supplements")
    await boss.click("Suspend the brand")
    await boss.expect("The brand is suspended")
    note = await person.expect("No licence for supplements")
    assert "Write to support" in " ".join(note.labels)
    await person.send("/company")
    await person.expect("Reason: No licence for supplements")
    await boss.click("Show its offers again")
    await boss.expect("Its offers return")
    await boss.click("Show its offers again")
    await person.expect("works again")


async def test_the_log_is_narrowed_opened_and_taken_away(stage: Stage) -> None:
    boss = await operator(stage)
    await a_creator(stage.new_uow, stage.clock(), "Айгерім", locale=Locale.EN)
    await boss.send("/find")
    await boss.expect("Find anybody")
    await boss.send("x")
    await boss.expect("at least two characters")
    await boss.send("никого")
    await boss.expect("Nothing was found")
    await boss.send("айгер")
    await boss.click("Айгерім")
    await boss.expect("Here since")
    await boss.click("About them")
    await boss.expect("person's card looked at")
    await boss.click("Money")
    await boss.expect("Nothing was written")
    await boss.click("Money")
    await boss.click("1")
    await boss.expect("Who: Operator")
    await boss.send("/audit")
    await boss.click("XLSX")
    file = await boss.expect_file("audit-2026-11-21.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.download())).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][3] == "What"
    assert "person's card looked at" in {row[3] for row in rows[1:]}

    await boss.send("/audit")
    await boss.expect("audit log taken as a file")


async def test_the_owner_sees_how_the_system_is_and_checks_the_books(stage: Stage) -> None:
    boss = await operator(stage)
    await stage.running.jobs.sweep()
    await boss.send("/health")
    shown = await boss.expect("System health")
    assert "SQLite" in shown.text
    assert "release" in shown.text or "end of holds" in shown.text
    assert "❌" not in shown.text
    await boss.click("Check the ledger")
    await boss.expect("The books are right")


@pytest.mark.parametrize(
    "data", ["dsm", "fnd", "psn:1", "brq:0", "brr:1:ay", "aud::0:0::0:0", "aux::0:0::0:1", "hlt:b"]
)
async def test_a_stranger_gets_nothing_from_the_desk(stage: Stage, data: str) -> None:
    await operator(stage)
    stranger = await stage.person("Stranger", Locale.EN)
    await stranger.send("/menu")
    await stranger.expect("Üles")

    await stranger.tap(data)

    await stranger.expect_alert("You cannot do this")
