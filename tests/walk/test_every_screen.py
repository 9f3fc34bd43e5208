"""Every screen in three languages: reachable, with a way home, whole, in one language, and guarded.

What there is to reach is read from the route table: a new handler, button or state that no walk
comes to is named here by a failing test. A button that the walk of one person was offered, and that
of another was not, is tapped by the other: it must be refused and change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from aiogram.fsm.state import StatesGroup

from bot import states
from bot.callbacks.broadcasts import BroadcastMute
from bot.callbacks.nav import Nav
from bot.callbacks.people import Help
from bot.commands import (
    BROADCASTER,
    CREATOR,
    FINANCE,
    MANAGER,
    MODERATOR,
    OWNER,
    SEARCHER,
)
from bot.reply import KEPT
from core.people import Locale
from scripts.sandbox.state import OutputKind
from tests.walk.conftest import Walks, open_house
from tests.walk.crawler import KINDS, TYPED, Seen, pattern
from tests.walk.house import REFUSALS, Answer
from tests.walk.language import Ear, raw
from tests.walk.world import ROLES, WRITTEN, World

OTHER_LANGUAGES: Final = ("creator", "owner", "admin")  # between them they see nearly everything
HOME: Final = f"{Nav.__prefix__}:"
MUTE: Final = BroadcastMute.__prefix__  # under a broadcast, which looks as its author wants it
MENU: Final = Help.__prefix__  # a button that the menus themselves have
GREETING: Final = "Сәлеметсіз бе!"  # the one text in three languages
WALKS: Final = [
    *((role, Locale.KK) for role in ROLES),
    *((role, locale) for role in OTHER_LANGUAGES for locale in (Locale.RU, Locale.EN)),
]
EAR: Final = Ear(*TYPED, *WRITTEN)

# What a walk by taps and typed words cannot come to; each has a test of its own, named here.
ELSEWHERE: Final = {
    "buyers.in_language": "journeys/test_buyers: another language, left alone by walks",
    "buyer_phone.later": "journeys/test_buyers: the key that shares nothing",
    "channels.part_in_channel": "bot/test_channels_chat: the bot becomes a channel's administrator",
    "claims.anything_else": "bot/test_claims_chat: a contact",
    "claims.pictured": "bot/test_claims_chat: photos of receipts",
    "dispute_call.pictured": "bot/test_disputes_chat: photos of receipts",
    "errors.break_down": "bot/test_application: a bug",
    "errors.gone": "bot/test_application: blocked while it answers",
    "fallback.old_button": "journeys/test_strangers: old and forged buttons",
    "inline.look": "bot/test_inline: typed in another chat",
    "offer_form.anything_else": "journeys/test_every_state: a sticker in the form",
    "offer_form.cancel": "journeys/test_every_state: /cancel in the form",
    "proofs.forwarded": "bot/test_offer_to_proof: a forwarded post",
    "proofs.look": "bot/test_posts_watched: a post that has gone is looked at again",
    "start.chosen": "bot/test_start: the choice of a language, left alone by walks",
    "start.stranger": "bot/test_start: the first words of somebody unknown",
}
UNOFFERED: Final = {
    "ProofLook": "bot/test_posts_watched: under the warning that a post has gone",
}
UNENTERED: Final[dict[str, str]] = {}


EACH: Final = 1  # taps of one kind that differ only by the thing that they are about
SAID: Final = ("outbox", "fsm", "audit")  # what is said and half said, and by whom

# Buttons by prefix that anybody may press, whatever their own menus offer.
PUBLIC: Final = frozenset({"cat", "caf", "ofc", "mkt", "top", "dsc"})  # open offers and who agreed
OWN: Final = frozenset(  # lead to what is one's own, whoever's screen they stood on
    {
        "nav",
        "enl",
        "ord",
        "oro",
        "stm",
        "wal",
        "psd",
        "onb",
        "pro",
        "skp",
        "cns",
        "rcm",
        "dsy",
        "dsn",
        "lng",
        "prn",
        "clm",
    }
    | {"byo", "byp", "byd", "cl"}  # of a buyer, which anybody can be
)
FOR_ANYBODY: Final = PUBLIC | OWN
# What a role may press beside what its own walk was offered: the other side of the same proof,
# order, source or team; for staff what is every brand's, and the log, which shows what their rights
# let them see.
_LOG: Final = ("aud", "aux", "aue", "psn")
_BRANDS: Final = ("rpt", "rpd", "rpf", "rul", "bnm", "orc", "rcb")
_CASES: Final = ("dsp", "dsl", "dsh", "dsv")  # test_disputes_chat refuses them from each side
_TEAMS: Final = ("btm", "bti", "btc", "btr")
TOO: Final[dict[str, tuple[str, ...]]] = {
    "creator": ("oft", "bpr", "orc"),
    "other_creator": ("oft", "orc"),
    "owner": ("orc", "prc", "asc", "sls", *_CASES),
    "member": ("orc", "prc", "asc", "sls", *_CASES),
    "rival": ("btc", "btr", "abr"),
    "admin": (*_LOG, *_BRANDS, *_TEAMS, *_CASES, "bor", "bop", "bfm"),
    "moderator": (*_LOG, *_BRANDS, *_TEAMS, *_CASES, "bor", "bop"),
    "accountant": (*_LOG, *_BRANDS, *_CASES, "bfm"),
    "broadcaster": _LOG,
}


STAFF: Final = frozenset({"both", "admin", "moderator", "accountant", "broadcaster"})
# Commands beside those of a menu: all staff may look at brands and at what the log lets them see;
# a creator's own /proofs are theirs.
LOOKED_AT: Final = frozenset({"brands", "audit"})


@pytest.mark.parametrize(("role", "locale"), WALKS)
async def test_every_screen_is_whole(walks: Walks, role: str, locale: Locale) -> None:
    walk = await walks(role, locale)

    problems = [*walk.faults]
    for seen in walk.seen:
        after = " → ".join(seen.path)
        problems.extend(
            f"{one} in {seen.text[:300]!r} {seen.labels} after {after}"
            for one in wrong(seen, locale)
        )
    first = {problem.partition(" after ")[0]: problem for problem in reversed(problems)}
    assert not first, "\n" + "\n".join(sorted(first.values())[:60])


def wrong(seen: Seen, locale: Locale) -> Iterator[str]:
    """What is wrong with a screen."""
    words = "\n".join((seen.text, *seen.labels))
    shown = seen.kind in (OutputKind.MESSAGE, OutputKind.EDIT)
    ways = [data.lstrip(KEPT) for data in seen.buttons]
    own = any(way.startswith(MUTE) for way in ways)
    told = seen.handlers == ("delivery",)  # a note leads to its own screen only
    if (
        shown
        and not own
        and not told
        and not seen.keys  # stands below a screen that has its ways
        and not any(way.startswith(HOME) or way == MENU for way in ways)
    ):
        yield "no way home"
    if (found := raw(words)) is not None:
        yield f"raw {found!r}"
    # What creators see is looked at in each language, by moderators in Kazakh first.
    previewed = set(seen.did.split(":")) & {*Locale} - {locale} or any(
        name.startswith("admin_offers.") for name in seen.handlers
    )
    if (
        not previewed
        and not own
        and not words.startswith(GREETING)
        and (strange := EAR.strange(words, locale))
    ):
        yield f"words of another language {strange}"


async def test_every_handler_is_reached(walks: Walks, market: World) -> None:
    reached: set[str] = set()
    for role in ROLES:
        reached |= (await walks(role, Locale.KK)).handlers

    assert market.handlers - reached - set(ELSEWHERE) == set()


async def test_every_button_is_offered_to_somebody(walks: Walks) -> None:
    offered: set[str] = set()
    for role in ROLES:
        walk = await walks(role, Locale.KK)
        offered |= {data.lstrip(KEPT).partition(":")[0] for data in walk.pressed}

    missing = {kind.__name__ for prefix, kind in KINDS.items() if prefix not in offered} - set(
        UNOFFERED
    )
    assert missing == set()


async def test_every_question_is_asked(walks: Walks) -> None:
    entered: set[str] = set()
    for role in ROLES:
        entered |= (await walks(role, Locale.KK)).states

    everything = {
        str(state.state)
        for group in vars(states).values()
        if isinstance(group, type) and issubclass(group, StatesGroup) and group is not StatesGroup
        for state in group.__states__
    }
    assert everything - entered - set(UNENTERED) == set()


# Who is several things at once may press what each of these may.
@pytest.mark.parametrize("role", [role for role in ROLES if role != "both"])
async def test_buttons_of_others_are_refused(
    walks: Walks, market: World, tmp_path: Path, role: str
) -> None:
    mine = (await walks(role, Locale.KK)).pressed
    offered = [(await walks(other, Locale.KK)).pressed for other in ROLES]
    granted: dict[str, str] = {}
    async with open_house(market, tmp_path) as house:
        person = house.person("Айгерім", market.people[role])
        await house.send(person, "/menu")  # whoever comes for the first time is written down
        start = house.snapshot()
        before = house.rows(*SAID)
        for data in foreign(role, mine, offered):
            version = house.changes
            answer = await house.tap(person, data)
            problem = trouble(answer)
            if house.changes != version:
                changed = differences(before, house.rows(*SAID))
                if changed:
                    problem = problem or f"changed {changed}"
                house.restore(start)
            if problem:
                granted.setdefault(pattern(data), f"{data}: {problem} {answer.handlers}")
    assert not granted, "\n" + "\n".join(sorted(granted.values()))


@pytest.mark.parametrize("role", ROLES)
async def test_commands_of_others_are_refused(walks: Walks, role: str) -> None:
    walk = await walks(role, Locale.KK)
    handled = {seen.path[0]: seen.handlers for seen in walk.seen if len(seen.path) == 1}
    theirs = {name for name, _ in MANAGER + MODERATOR + SEARCHER + FINANCE + BROADCASTER + OWNER}

    too = {"proofs"} if role not in STAFF else LOOKED_AT | {"proofs"}
    granted = {
        name: handled[f"/{name}"]
        for name in theirs - walk.menu - {name for name, _ in CREATOR} - too
        if not REFUSALS.intersection(handled[f"/{name}"])
    }
    assert not granted


def foreign(role: str, mine: set[str], offered: list[set[str]]) -> list[str]:
    """Buttons of others that this person was not offered and may not press, some of each kind."""
    allowed = FOR_ANYBODY.union(TOO.get(role, ()))
    count: Counter[str] = Counter()
    chosen = []
    for data in sorted(set().union(*offered) - mine):
        if data.partition(":")[0] in allowed:
            continue
        count[pattern(data)] += 1
        if count[pattern(data)] <= EACH:
            chosen.append(data)
    return chosen


def trouble(answer: Answer) -> str:
    """What is wrong with the answer to somebody who may not; empty when it was refused."""
    if answer.broken:
        return "broke"
    if answer.unanswered:
        return "was not answered"
    return "" if answer.refused else "was granted"


def differences(
    before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]
) -> list[str]:
    return sorted(name for name in before if before[name] != after[name])
