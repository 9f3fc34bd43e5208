"""Staff write a broadcast in the chat, send it, watch it, and readers press its buttons."""

from __future__ import annotations

from bot.callbacks.broadcasts import (
    AudienceField,
    BroadcastAudience,
    BroadcastButton,
    BroadcastCard,
    BroadcastMove,
    BroadcastMute,
    BroadcastNew,
    BroadcastPick,
    BroadcastPicture,
    Broadcasts,
    BroadcastSend,
    BroadcastText,
    BroadcastTime,
)
from bot.callbacks.nav import Nav
from core.broadcasts import ButtonKind
from core.people import Locale, Permission
from scripts.application import press
from scripts.sandbox import Person
from tests.bot.conftest import Open, Stage
from tests.sandbox.pictures import png


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


async def test_preview_schedule_pause_and_stop(stage: Stage) -> None:
    aigerim = await reader(stage, "Айгерім", Locale.KK)
    dana = await editor(stage)
    await begin(dana)
    await everybody(dana)
    await press(dana, BroadcastPicture)
    await dana.expect("Send a photo")
    await dana.send_photo(png(640, 360))
    await dana.expect("With a picture")
    await press(dana, BroadcastText, locale=Locale.EN)
    await dana.send("x" * 1_025)
    await dana.expect("may have up to 1,024 characters")
    await dana.send("Winter <sale>")
    await dana.expect("Draft of broadcast")
    await press(dana, BroadcastCard, move=BroadcastMove.LANGUAGES)
    await press(dana, BroadcastCard, move=BroadcastMove.PREVIEW)
    preview = await dana.expect_photo()
    assert preview.text == "Winter <sale>"

    await press(dana, BroadcastCard, move=BroadcastMove.WHEN)
    await dana.expect("When shall it go out?")
    await dana.send("soon")
    await dana.expect("not a time in the future")
    await dana.send("19:05")
    asked = await dana.expect("Send broadcast 1?")
    assert "21.11.2026, 19:05 (Almaty)" in asked.text
    await press(dana, BroadcastSend)
    await dana.expect("Broadcast 1: scheduled")
    await stage.running.jobs.sweep()
    assert aigerim.count("Winter") == 0

    stage.sandbox.fail("slow", "sendPhoto", times=2, seconds=0.5)
    stage.clock.advance(hours=7, minutes=6)
    await stage.running.jobs.sweep()
    going = await dana.expect("Broadcast 1: being sent")
    await press(dana, BroadcastCard, move=BroadcastMove.PAUSE)
    await dana.expect("Broadcast 1: on pause")
    assert going.text.splitlines()[0].endswith("on pause")  # the same message, rewritten
    await press(dana, BroadcastCard, move=BroadcastMove.RESUME)
    await aigerim.expect("Winter")
    await stage.running.jobs.sweep()
    await dana.expect("Broadcast 1 is over: delivered 2")
    await dana.tap(BroadcastCard(broadcast=1, move=BroadcastMove.PAUSE).pack())
    await dana.expect_alert("out of date")


async def test_a_draft_survives_and_nobody_else_sees_it(application: Open) -> None:
    async with application() as stage:
        dana = await editor(stage)
        stranger = await reader(stage, "Айгерім", Locale.EN)
        await begin(dana)
        await write(dana, Locale.KK, "Жоба")
    async with application() as stage:
        await dana.send("/broadcast")
        await press(dana, BroadcastCard, broadcast=1)
        await dana.expect("Жоба")
        for data in (
            Broadcasts(),
            BroadcastNew(),
            BroadcastCard(broadcast=1),
            BroadcastCard(broadcast=1, move=BroadcastMove.DROP_YES),
            BroadcastSend(broadcast=1, count=1),
            BroadcastAudience(broadcast=1),
            BroadcastPick(broadcast=1, field=AudienceField.ROLE, number=0),
            BroadcastText(broadcast=1, locale=Locale.KK),
        ):
            await stranger.tap(data.pack(), message=stranger.last)
            await stranger.expect_alert("You cannot do this")
        await stranger.send("/broadcast")
        await stranger.expect("You cannot do this")


async def test_a_reader_mutes_news(stage: Stage) -> None:
    aigerim = await reader(stage, "Айгерім", Locale.EN)
    await aigerim.tap(BroadcastMute().pack(), message=aigerim.last)
    await aigerim.expect("News and offers are on")  # to ask is not to change it
    await press(aigerim, BroadcastMute, muted=True)
    await aigerim.expect("News and offers are off")
    dana = await editor(stage)
    await begin(dana)
    await everybody(dana)
    await dana.expect("Reaches now: 1 person")
    await press(dana, BroadcastCard, move=BroadcastMove.KIND)
    await dana.expect("Reaches now: 2 people")
    await press(aigerim, BroadcastMute, muted=False)
    await aigerim.expect("News and offers are on")
    await press(aigerim, Nav)
