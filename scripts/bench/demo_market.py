"""The market that measurements run on: the demo's, on a fixed day, so that its numbers stay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core import programme as programmes
from core.consents import CONSENT_VERSION
from core.people import Locale
from core.ports import UnitOfWorkFactory
from core.usecases.people import choose_locale, give_consent, meet
from core.usecases.programme import load_programme
from scripts import seed

NOON: Final = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
CREATORS: Final = {
    seed.DEMO_CREATOR + 1: Locale.KK,
    seed.DEMO_CREATOR + 2: Locale.RU,
    seed.DEMO_CREATOR + 3: Locale.EN,
}
MANAGER: Final = seed.DEMO_MANAGER
ADMIN: Final = seed.DEMO_ADMIN
OPERATOR: Final = "ТОО «Үлес»"


def clock() -> datetime:
    """It is always noon."""
    return NOON


def pictures_folder(folder: Path) -> Path:
    """Where the pictures of the programme are drawn."""
    made = folder / "pictures"
    made.mkdir(parents=True, exist_ok=True)
    return made


async def build(new_uow: UnitOfWorkFactory, folder: Path) -> None:
    """Six brands, twenty offers, forty creators; those who take part have chosen a language."""
    programme = seed.programme(NOON.date(), pictures_folder(folder))
    pictures = {
        one["picture"]: (folder / one["picture"]).read_bytes() for one in programme["offers"]
    }
    await load_programme(new_uow, clock, programme=programmes.parse(programme), pictures=pictures)
    locales = {**CREATORS, MANAGER: Locale.RU, ADMIN: Locale.EN}
    for telegram_id, locale in locales.items():
        meeting = await meet(
            new_uow,
            clock,
            telegram_id=telegram_id,
            name=f"P{telegram_id}",
            username=None,
            admin_ids=frozenset({ADMIN}),
        )
        actor = await choose_locale(new_uow, clock, actor=meeting.actor, locale=locale)
        if telegram_id in CREATORS:
            await give_consent(
                new_uow,
                clock,
                actor=actor,
                version=CONSENT_VERSION,
                locale=locale,
                operator=OPERATOR,
                bin=seed.OPERATOR_BIN,
            )
