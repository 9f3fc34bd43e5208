"""`@bot words` in any chat: one's own codes and offers, and nobody else's code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.handlers.inline import CACHE_SECONDS
from core.labels import LabelOutcome, check_label
from core.offers import OfferText
from core.people import Actor, Locale
from core.usecases import inline
from core.usecases.enrolments import take_offer
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.builders import DRAFT, a_brand, a_creator, an_offer


async def creator(stage: Stage, name: str, locale: Locale = Locale.RU) -> tuple[Person, Actor]:
    person = stage.sandbox.person(name, language_code=str(locale))
    actor = await a_creator(
        stage.new_uow, stage.clock(), name, telegram_id=person.id, locale=locale
    )
    return person, actor


async def offer(stage: Stage, kk: str, ru: str, *, takers: list[Actor]) -> None:
    brand, _ = await a_brand(stage.new_uow, stage.clock())
    texts = {
        Locale.KK: OfferText(title=kk, description="<b> & сипаттама"),
        Locale.RU: OfferText(title=ru, description="<b> & описание"),
    }
    made = await an_offer(stage.new_uow, stage.clock(), brand.id, replace(DRAFT, texts=texts))
    assert made.id
    for actor in takers:
        await take_offer(stage.new_uow, stage.clock, actor=actor, offer=made.id)


async def test_a_creator_shares_an_own_code_in_each_language_with_the_label_first(
    stage: Stage,
) -> None:
    person, actor = await creator(stage, "Айгерім")  # reads Russian, writes Kazakh too
    _, other = await creator(stage, "Дана")
    await offer(stage, "Көкше балы", "Мёд <Кокше> & Ко", takers=[actor, other])

    answer = await person.inline_answer("")

    assert answer.results is not None
    russian, kazakh = answer.results
    assert answer.is_personal
    assert answer.button is None
    assert russian["title"] == kazakh["title"] == "🎟 AIGERIM10 · Qyran"
    text = russian["input_message_content"]["message_text"]
    assert text.startswith("<i>Реклама. «Qyran» ЖШС</i>\n\n<b>Мёд &lt;Кокше&gt; &amp; Ко</b>")
    assert "<code>AIGERIM10</code>" in text
    assert "10\u00a0%" in text
    own = kazakh["input_message_content"]["message_text"]
    assert own.startswith("<i>Жарнама. «Qyran» ЖШС</i>\n\n<b>Көкше балы</b>")
    for shown in (text, own):
        assert check_label(shown.removeprefix("<i>")).outcome is LabelOutcome.PASS
    (shop,), (copy,) = russian["reply_markup"]["inline_keyboard"]
    assert shop["url"].startswith("http://127.0.0.1:8080/r/")
    assert copy["copy_text"]["text"] == "AIGERIM10"
    assert "DANA" not in str(answer.results)
    assert CACHE_SECONDS < 60


async def test_words_find_own_codes_and_offers_to_share(stage: Stage) -> None:
    person, actor = await creator(stage, "Айгерім")
    await offer(stage, "Көкше балы", "Мёд из Кокшетау", takers=[actor])
    await offer(stage, "Ұялы телефон", "Телефон", takers=[])

    await person.send("/offers")
    await person.expect("Мёд из Кокшетау")
    await person.click("Мёд из Кокшетау")
    card = await person.expect("AIGERIM10")
    (send,) = [button for button in card.buttons if "Отправить промокод в чат" in button.text]
    assert send.body["switch_inline_query"] == "AIGERIM10"

    by_word = await person.inline("кокше")
    by_code = await person.inline("aigerim")
    to_share = await person.inline("уялы")
    nothing = await person.inline_answer("велосипед")

    assert [found["id"].partition("-")[0] for found in by_word] == ["code", "code", "offer"]
    assert [found["title"] for found in by_code] == ["🎟 AIGERIM10 · Qyran"] * 2
    (found,) = to_share
    assert found["title"] == "💄 Телефон"
    (link,) = found["reply_markup"]["inline_keyboard"][0]
    assert link["url"] == f"https://t.me/ules_bot?start=o_{found['id'].partition('-')[2]}"
    assert nothing.results == []
    assert nothing.button
    person.follow(link["url"])
    await person.expect("Телефон")


async def test_a_stranger_gets_a_way_in_and_nothing_is_kept_of_them(stage: Stage) -> None:
    _, actor = await creator(stage, "Айгерім")
    await offer(stage, "Көкше балы", "Мёд", takers=[actor])
    stranger = stage.sandbox.person("Бейтаныс", language_code="kk")

    answer = await stranger.inline_answer("кокше")

    assert answer.results == []
    assert answer.button is not None
    assert answer.button["text"] == "Üles-ті ашып, промокод алу"
    async with stage.new_uow(read_only=True) as uow:
        assert await uow.people.known(stranger.id, consent="") is None
    await stranger.start(answer.button["start_parameter"])
    await stranger.expect("Тілді таңдаңыз")


async def test_a_code_that_earns_no_more_is_not_offered(stage: Stage) -> None:
    person, actor = await creator(stage, "Айгерім")
    await offer(stage, "Көкше балы", "Мёд", takers=[actor])
    async with stage.new_uow() as uow:
        (own,) = await uow.enrolments.of_creator(actor.id, after=None, limit=9)
        await uow.enrolments.end(own.offer, at=stage.clock())
        await uow.commit()

    answer = await person.inline_answer("")

    assert answer.results == []
    assert answer.button is not None


async def test_many_codes_come_page_by_page(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline, "CODES_AT_ONCE", 2)
    person, actor = await creator(stage, "Айгерім")
    for number in range(5):
        await offer(stage, f"Шай {number}", f"Чай {number}", takers=[actor])

    seen: list[str] = []
    offset = ""
    for _ in range(3):
        answer = await person.inline_answer("", offset=offset)
        assert answer.results is not None
        seen += [found["description"] for found in answer.results]
        offset = answer.next_offset

    assert seen[::2] == [f"Русский · Чай {number}" for number in (4, 3, 2, 1, 0)]
    assert offset == ""
    assert len(await person.inline("", offset="9" * 30)) <= 4  # a forged one
