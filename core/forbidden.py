"""Goods and services that may not be advertised, as hints for the person who reviews an offer.

Source: Law on Advertising, articles 6 and 13 (casinos, bookmakers, alcohol, tobacco and vapes,
breast-milk substitutes, unregistered religious services), the rules on investment and
crypto-assets, and the special conditions for medicines, supplements and medical services. A hint is
not a verdict: words have other meanings, and a person decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from core.people import Category


class ForbiddenCategory(StrEnum):
    """What the law forbids or ties to a licence (the last two)."""

    CASINO = "casino"
    BETTING = "betting"
    ALCOHOL = "alcohol"
    TOBACCO = "tobacco"
    BABY_FORMULA = "baby_formula"
    UNCERTIFIED = "uncertified"
    PYRAMID = "pyramid"
    CRYPTO = "crypto"
    RELIGION = "religion"
    MEDICINE = "medicine"


# Beginnings of words end in `*`. The Kazakh for beer, "сыра", is left out: in Russian it is cheese,
# and an offer always has a Russian text as well.
_WORDS: Final[dict[ForbiddenCategory, tuple[str, ...]]] = {
    ForbiddenCategory.CASINO: (
        "казино", "онлайн казино", "слоты", "игровые автоматы", "рулетк*", "покер*", "джекпот*",
        "ойын автоматтары", "құмар ойын*", "casino*", "slot machine*", "slots", "roulette", "poker",
        "jackpot*",
    ),
    ForbiddenCategory.BETTING: (
        "букмекер*", "тотализатор*", "ставки на спорт", "фрибет*", "1xbet", "бәс тігу*",
        "бәс тіг*", "bookmaker*", "betting", "freebet*", "sportsbook*", "sweepstake*",
    ),
    ForbiddenCategory.ALCOHOL: (
        "алкогол*", "вино", "вина", "вином", "вин", "винный", "винная", "винного", "водк*", "пиво",
        "пива", "пивн*", "пивом", "коньяк*", "виски", "шампанск*", "джин-тоник", "ликер*", "арақ",
        "арақтың", "шарап*", "сырахана*", "alcohol*", "wine", "wines", "vodka*", "beer*", "whisky",
        "whiskey", "cognac*", "champagne*", "liqueur*",
    ),
    ForbiddenCategory.TOBACCO: (
        "табак*", "табач*", "сигарет*", "сигар", "сигары", "вейп*", "кальян*", "никотин*", "снюс*",
        "айкос*", "стики для нагрев*", "жижа", "жидкость для вейп*", "темекі*", "шылым*",
        "қорқор*", "tobacco*", "cigarette*", "cigar", "cigars", "vape*", "vaping", "hookah*",
        "shisha*", "nicotine*", "snus", "iqos", "e-liquid*",
    ),
    ForbiddenCategory.BABY_FORMULA: (
        "заменитель грудного молока", "заменители грудного молока", "молочная смесь",
        "молочные смеси", "детская смесь", "детские смеси", "смесь для новорожденных",
        "ана сүтін алмастыр*", "ана сүтінің алмастыр*", "сүт қоспасы", "breast milk substitute*",
        "baby formula*", "infant formula*",
    ),
    ForbiddenCategory.UNCERTIFIED: (
        "без сертификат*", "без декларации соответствия", "реплик*", "копия бренда", "люкс копи*",
        "сертификатсыз*", "көшірме бренд*", "without certificate*", "uncertified", "replica*",
        "counterfeit*",
    ),
    ForbiddenCategory.PYRAMID: (
        "пассивный доход", "гарантированный доход", "гарантированная прибыль",
        "финансовая пирамид*",
        "хайп проект*", "матричный проект*", "кепілдендірілген табыс", "кепілді табыс",
        "қаржы пирамида*", "пассивті табыс", "passive income", "guaranteed income",
        "guaranteed profit*", "guaranteed return*", "pyramid scheme*", "ponzi",
    ),
    ForbiddenCategory.CRYPTO: (
        "криптовалют*", "криптобирж*", "биткоин*", "биткойн*", "эфириум*", "токены", "форекс*",
        "бинарные опцион*", "криптоактив*", "crypto*", "bitcoin*", "ethereum*", "usdt", "forex",
        "binary option*",
    ),
    ForbiddenCategory.RELIGION: (
        "религиозн*", "секта", "секты", "экзорцизм*", "діни қызмет*", "діни рәсім*",
        "діни жоралғы*",
        "religious service*", "exorcism*",
    ),
    ForbiddenCategory.MEDICINE: (
        "лекарств*", "лекарственн*", "препарат*", "таблетк*", "антибиотик*", "бад", "бады", "бадов",
        "лечени*", "лечит", "излеч*", "инъекци*", "ботокс*", "филлер*", "хирург*", "дәрі",
        "дәрілер*", "дәрі-дәрмек*", "емдейді", "емдеу*", "биологиялық белсенді қоспа*",
        "medicine*", "medication*", "drug", "drugs", "pill", "pills", "antibiotic*",
        "dietary supplement*", "botox", "filler*", "cures", "injection*",
    ),
}  # fmt: skip


# Where the kinds are most likely to hide; every other one is looked for as well.
_CONCERNING: Final[dict[Category, tuple[ForbiddenCategory, ...]]] = {
    Category.BEAUTY: (ForbiddenCategory.MEDICINE, ForbiddenCategory.UNCERTIFIED),
    Category.FASHION: (ForbiddenCategory.UNCERTIFIED,),
    Category.FOOD: (
        ForbiddenCategory.ALCOHOL,
        ForbiddenCategory.BABY_FORMULA,
        ForbiddenCategory.MEDICINE,
        ForbiddenCategory.UNCERTIFIED,
    ),
    Category.HOME: (ForbiddenCategory.UNCERTIFIED, ForbiddenCategory.TOBACCO),
    Category.KIDS: (ForbiddenCategory.BABY_FORMULA, ForbiddenCategory.UNCERTIFIED),
    Category.ELECTRONICS: (ForbiddenCategory.TOBACCO, ForbiddenCategory.UNCERTIFIED),
    Category.SPORT: (
        ForbiddenCategory.BETTING,
        ForbiddenCategory.MEDICINE,
        ForbiddenCategory.UNCERTIFIED,
    ),
    Category.BOOKS: (ForbiddenCategory.RELIGION, ForbiddenCategory.PYRAMID),
    Category.TRAVEL: (ForbiddenCategory.RELIGION, ForbiddenCategory.CASINO),
    Category.SERVICES: (
        ForbiddenCategory.MEDICINE,
        ForbiddenCategory.PYRAMID,
        ForbiddenCategory.CRYPTO,
        ForbiddenCategory.CASINO,
        ForbiddenCategory.BETTING,
        ForbiddenCategory.RELIGION,
    ),
}


def concerning(category: Category) -> tuple[ForbiddenCategory, ...]:
    """What a reviewer looks for first in offers of a category."""
    return _CONCERNING[category]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    parts = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?<!\w)(?:{parts})(?!\w)")


_PATTERNS: Final = {category: _pattern(words) for category, words in _WORDS.items()}


def warnings(texts: Iterable[str]) -> tuple[str, ...]:
    """Values of ForbiddenCategory that the texts of an offer hint at, in a fixed order."""
    text = "\n".join(unicodedata.normalize("NFKC", text) for text in texts)
    text = re.sub(r"[ \t\u00a0]+", " ", text.casefold().replace("ё", "е"))
    return tuple(str(category) for category, words in _PATTERNS.items() if words.search(text))
