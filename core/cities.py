"""Cities of Kazakhstan that people choose by a button, with their names in the three languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.people import Locale


@dataclass(frozen=True, slots=True)
class City:
    """Names of a city; a profile keeps the Kazakh one. `aliases` are what people type too."""

    kk: str
    ru: str
    en: str
    aliases: tuple[str, ...] = ()

    def name(self, locale: Locale) -> str:
        """The name in the language."""
        match locale:
            case Locale.KK:
                return self.kk
            case Locale.RU:
                return self.ru
            case Locale.EN:
                return self.en


# The three cities of republican rank, the regional centres, then other large ones.
CITIES: Final = (
    City("Алматы", "Алматы", "Almaty", ("алма-ата", "алмата")),
    City("Астана", "Астана", "Astana", ("нур-султан", "нұр-сұлтан")),
    City("Шымкент", "Шымкент", "Shymkent", ("чимкент",)),
    City("Қарағанды", "Караганда", "Karaganda", ("қараганды", "караганды", "qaragandy")),
    City("Ақтөбе", "Актобе", "Aktobe", ("актюбинск", "aqtobe")),
    City("Тараз", "Тараз", "Taraz", ()),
    City("Павлодар", "Павлодар", "Pavlodar", ()),
    City("Өскемен", "Усть-Каменогорск", "Oskemen", ("оскемен", "ust-kamenogorsk")),
    City("Семей", "Семей", "Semey", ("семипалатинск",)),
    City("Атырау", "Атырау", "Atyrau", ()),
    City("Қостанай", "Костанай", "Kostanay", ("кустанай", "qostanay")),
    City("Қызылорда", "Кызылорда", "Kyzylorda", ("qyzylorda",)),
    City("Орал", "Уральск", "Oral", ("uralsk",)),
    City("Петропавл", "Петропавловск", "Petropavl", ("қызылжар", "petropavlovsk")),
    City("Ақтау", "Актау", "Aktau", ("aqtau",)),
    City("Көкшетау", "Кокшетау", "Kokshetau", ()),
    City("Талдықорған", "Талдыкорган", "Taldykorgan", ("taldyqorgan",)),
    City("Түркістан", "Туркестан", "Turkistan", ("туркистан", "turkestan")),
    City("Жезқазған", "Жезказган", "Zhezkazgan", ("jezkazgan",)),
    City("Қонаев", "Конаев", "Konaev", ("капчагай", "қапшағай", "qonaev")),
    City("Екібастұз", "Экибастуз", "Ekibastuz", ()),
    City("Теміртау", "Темиртау", "Temirtau", ()),
)


def _key(text: str) -> str:
    return text.casefold().replace("ё", "е").replace(" ", "").replace("-", "")


_BY_NAME: Final = {
    _key(name): city for city in CITIES for name in (city.kk, city.ru, city.en, *city.aliases)
}


def canonical(text: str) -> str:
    """What a profile keeps for a typed city: the Kazakh name of a known one, else the text itself.

    >>> canonical("караганда"), canonical("Сарань")
    ('Қарағанды', 'Сарань')
    """
    known = _BY_NAME.get(_key(text))
    return known.kk if known else text


def name(kept: str, locale: Locale) -> str:
    """How to call a kept city in the language; a city that is not in the table as it was typed."""
    known = _BY_NAME.get(_key(kept))
    return known.name(locale) if known else kept
