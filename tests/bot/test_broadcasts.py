"""Staff write a broadcast in the chat, send it, watch it, and readers press its buttons."""

from __future__ import annotations

from bot.callbacks.broadcasts import (
    AudienceField,
    BroadcastAudience,
    BroadcastButton,
    BroadcastCard,
    BroadcastMove,
    BroadcastNew,
    BroadcastPick,
    BroadcastSend,
    BroadcastText,
    BroadcastTime,
)
from core.broadcasts import ButtonKind
from core.people import Locale, Permission
from scripts.application import press
from scripts.sandbox import Person
from tests.bot.conftest import Stage


async def editor(stage: Stage, locale: Locale = Locale.EN) -> Person:
    """A member of the staff who may send broadcasts and nothing else."""
    person = await stage.person("Дана", locale)
    async with stage.new_uow() as uow:
        known = await uow.people.by_telegram_ids([person.id])
        await uow.people.grant(known[person.id], [Permission.BROADCAST])
        await uow.commit()
    await person.send("/start")  # a bot cannot write first
    return person


async def reader(stage: Stage, name: str, locale: Locale) -> Person:
    person = await stage.person(name, locale)
    await person.send("/start")
    await person.expect("Üles")
    return person


async def write(dana: Person, locale: Locale, text: str) -> None:
    await press(dana, BroadcastText, locale=locale)
    await dana.expect("Text in this language")
    await dana.send(text)
    await dana.expect("Draft of broadcast")


async def everybody(dana: Person) -> None:
    """Widen the audience of the draft on the screen from creators to everybody."""
    await press(dana, BroadcastAudience, field=None)
    await press(dana, BroadcastAudience, field=AudienceField.ROLE)
    await press(dana, BroadcastPick, field=AudienceField.ROLE, number=0)
    await dana.expect("Whom it is for")
    await press(dana, BroadcastCard, move=BroadcastMove.SHOW)
    await dana.expect("Draft of broadcast")


async def begin(dana: Person) -> None:
    await dana.send("/broadcast")
    await press(dana, BroadcastNew)
    await dana.expect("Draft of broadcast")


async def test_from_the_draft_to_the_clicks(stage: Stage) -> None:
    aigerim = await reader(stage, "Айгерім", Locale.KK)
    ruslan = await reader(stage, "Руслан", Locale.RU)
    blocked = await reader(stage, "Жанар", Locale.RU)
    blocked.block()
    dana = await editor(stage)

    await begin(dana)
    await everybody(dana)
    await write(dana, Locale.KK, "Жаңа ұсыныс!")
    await write(dana, Locale.RU, "Новый оффер <3")
    await dana.expect("No text for readers of: English")
    await press(dana, BroadcastCard, move=BroadcastMove.WHEN)
    await dana.expect_alert("There is no text for readers of these languages: English")
    await press(dana, BroadcastCard, move=BroadcastMove.LANGUAGES)
    await press(dana, BroadcastButton, kind=None)
    await press(dana, BroadcastButton, kind=ButtonKind.CATALOGUE)
    await press(dana, BroadcastCard, move=BroadcastMove.WHEN)
    await press(dana, BroadcastTime, minute=0)
    asked = await dana.expect("Send broadcast 1?")
    assert "3 people" in asked.text  # Aigerim, Ruslan and Dana; who has blocked is left out
    assert "Русский: 2 people" in asked.text
    assert "At once" in asked.text
    await press(dana, BroadcastSend)

    got = await aigerim.expect("Жаңа ұсыныс!")
    await ruslan.expect("Новый оффер <3")
    await dana.expect("Новый оффер <3")
    assert got.labels == ["Барлық ұсыныстар", "🔕 Мұндай хабарлама керек емес"]
    await aigerim.click("Барлық ұсыныстар")
    await aigerim.expect("Ұсыныстар")
    await aigerim.click("Барлық ұсыныстар", message=got)
    await stage.running.jobs.sweep()
    result = await dana.expect("Pressed the button: 1")
    assert "Broadcast 1: sent to all" in result.text
    assert "Delivered: 3" in result.text
    assert blocked.count("Новый") == 0
