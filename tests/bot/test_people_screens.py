"""Screens about people, in every language, with the worst that people type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.callbacks.admin_brands import BrandAction
from bot.callbacks.nav import Nav, Target
from bot.callbacks.people import Origin
from bot.callbacks.profile import Field
from bot.i18n import Translator, translator
from bot.screens import (
    admin_brands,
    admin_channels,
    admin_creators,
    admin_staff,
    brand_team,
    channels,
    onboarding,
    payout_details,
    settings,
    start,
)
from bot.screens.base import TEXT_LIMIT, Screen, visible
from bot.screens.help import help_screen
from core.channels import (
    ChannelCheck,
    ChannelView,
    CheckMethod,
    CheckReason,
    CheckState,
    CheckView,
)
from core.consents import CONSENT_VERSION, consent_text
from core.identifiers import Iban
from core.ids import BrandId, ChannelId, CheckId, PersonId
from core.invitations import Accepted
from core.money import Money
from core.people import (
    Actor,
    Brand,
    BrandRole,
    Category,
    Channel,
    Consent,
    Creator,
    CreatorState,
    LegalStatus,
    Locale,
    Manager,
    Permission,
    Person,
    Platform,
    Profile,
    StaffMember,
)
from core.usecases.brands import BrandCard, Consequences
from core.usecases.creators import Kept

NASTY = "<b>Ай & </i>" + "Ғ" * 40 + "🌷"
AT = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
ACTOR = Actor(
    id=PersonId(1),
    telegram_id=1,
    locale=Locale.KK,
    creator=CreatorState.ACTIVE,
    brands=((BrandId(1), BrandRole.OWNER),),
    permissions=frozenset({Permission.OWNER}),
)
PERSON = Person(id=PersonId(2), telegram_id=2, name=NASTY, username="a_b", locale=None)
BEGINNER = Creator(id=PersonId(2), state=CreatorState.NEW, display_name="", city="")
WHOLE = Creator(
    id=PersonId(2),
    state=CreatorState.ACTIVE,
    display_name=NASTY,
    city="Өскемен",
    languages=tuple(Locale),
    categories=tuple(Category),
    channels=tuple(
        Channel(
            id=ChannelId(number),
            platform=Platform.INSTAGRAM,
            url="https://instagram.com/" + "a" * 64,
            followers=700_000_000,
        )
        for number in range(10)
    ),
    legal_status=LegalStatus.IP_GENERAL_VAT,
    has_iin=True,
    iban_tail="0001",
)
BRAND = Brand(
    id=BrandId(1),
    name=NASTY,
    legal_name=NASTY * 2,
    bin="260340000002",
    fee_bps=1_050,
    credit_limit_minor=10**13,
    suspended=True,
)
MUCH = Money(999_999_999_999)
FOLLOWS = Consequences(offers=10_000, enrolments=10_000, committed=MUCH)
KEPT = Kept(enrolments=10_000, pending=MUCH, available=MUCH, reserved=MUCH)
CARD = BrandCard(
    brand=BRAND,
    team=tuple(Manager(person=PERSON, role=role) for role in BrandRole) * 3,
)
PROFILE = Profile(creator=WHOLE, person=PERSON, since=AT, reason=NASTY * 5)
CONSENT = Consent(
    person=PersonId(2),
    version=CONSENT_VERSION,
    locale=Locale.KK,
    text_sha256="",
    given_at=AT,
)
IBAN = Iban(number="KZ41722C000000000001", bank_code="722", bank_name="Kaspi Bank", bic="CASPKZKA")
LINK = "https://t.me/bot?start=inv_" + "A" * 22


CHECKS = tuple(
    ChannelCheck(
        id=CheckId(2_147_483_647),
        creator=PersonId(2),
        platform=Platform.INSTAGRAM,
        url=WHOLE.channels[0].url,
        method=method,
        state=state,
        claimed=700_000_000,
        counted=700_000_000,
        created_at=AT,
        code="ULES-ABCDEF",
        expires_at=AT,
        claimed_at=AT,
        decided_at=AT,
        reason=CheckReason.FALSE_FOLLOWERS,
    )
    for state in CheckState
    for method in CheckMethod
)
VIEWS = [
    ChannelView(channel=replace(channel, platform=platform, verified_at=at), check=check)
    for channel, check in zip(WHOLE.channels, CHECKS, strict=False)
    for platform in (Platform.INSTAGRAM, Platform.TELEGRAM)
    for at in (AT, None)
]


def screens(t: Translator) -> Iterator[Screen]:
    """Every screen about people, each in its fullest forms."""
    yield start.choose_language(t)
    for accepted in (
        Accepted(brand=BRAND.id, brand_name=NASTY, role=BrandRole.OWNER, permissions=frozenset()),
        Accepted(brand=None, brand_name="", role=None, permissions=frozenset(Permission)),
    ):
        yield start.invited(t, accepted)
    yield start.invitation_spent(t)
    for flag in (True, False):
        yield onboarding.welcome(t, begun=flag)
        text = consent_text(t.locale, NASTY, BRAND.bin)
        yield onboarding.consent(t, text, version=CONSENT_VERSION, given=flag)
    yield onboarding.for_brands(t, NASTY)
    yield onboarding.disagreed(t)
    yield onboarding.done(t, WHOLE)
    yield onboarding.later(t, BEGINNER, offer=5)
    yield onboarding.ask_followers(t, WHOLE.channels[0].url, problem=NASTY)
    for creator in (BEGINNER, WHOLE):
        yield onboarding.ask_name(t, creator, suggestion=NASTY[:30], problem=NASTY)
        yield onboarding.ask_city(t, creator, problem=NASTY)
        for field in (Field.CATEGORIES, Field.LANGUAGES):
            yield onboarding.ask_list(t, creator, field, {"food", "kk"}, problem=NASTY)
        for platform in (None, *Platform):
            yield onboarding.ask_channel(t, creator, platform=platform, problem=NASTY)
        yield settings.settings(t, ACTOR, creator, [BRAND])
        for origin in Origin:
            yield payout_details.details(t, creator, origin)
            yield payout_details.ask_status(t, creator, origin)
    yield settings.settings(t, ACTOR, None)
    for view in VIEWS:
        yield channels.card(t, view, bot_username="ules_bot", problem=NASTY, offer=5)
    yield channels.listing(t, VIEWS[:10])
    yield channels.listing(t, [])
    yield channels.code(t, VIEWS[0], problem=channels.expired(t))
    yield channels.proved(t, WHOLE.channels[0], offer=5)
    yield channels.confirm_drop(t, WHOLE.channels[0])
    for check in CHECKS:
        case = CheckView(check=check, creator_name=NASTY, waiting=3, earlier=CHECKS[:5])
        yield admin_channels.review(t, case)
        yield admin_channels.ask_reason(t, case)
        yield admin_channels.ask_followers(t, case, problem=NASTY)
    yield admin_channels.history(t, 1, NASTY, (CHECKS * 2)[:20])
    yield admin_channels.history(t, 1, NASTY, [])
    for skipped in (True, False):
        yield admin_channels.nothing(t, skipped=skipped)
    for consent in (None, CONSENT):
        yield settings.personal_data(t, consent)
    yield settings.confirm_withdrawal(t)
    yield settings.withdrawn(t)
    yield payout_details.complete(t, WHOLE, Origin.WALLET)
    yield payout_details.ask_iin(t, Origin.WALLET, problem=NASTY)
    yield payout_details.ask_iban(t, Origin.WALLET, problem=NASTY)
    for iban in (IBAN, Iban(number=IBAN.number, bank_code="111")):
        yield payout_details.confirm_iban(t, iban, Origin.SETTINGS)
    yield help_screen(t, ACTOR, NASTY)
    yield admin_brands.listing(t, ACTOR, [BRAND] * 8, first=False, following=9)
    yield admin_brands.listing(t, ACTOR, [], first=True, following=None)
    yield admin_brands.card(t, ACTOR, CARD)
    for action in (BrandAction.FEE, BrandAction.CREDIT):
        yield admin_brands.ask_condition(t, BRAND, action, problem=NASTY)
    yield admin_brands.ask_suspension(t, BRAND, FOLLOWS, problem=NASTY)
    yield admin_brands.confirm_suspension(t, BRAND, FOLLOWS, NASTY)
    yield admin_brands.confirm_restore(t, BRAND)
    answers = {"name": NASTY, "legal_name": NASTY, "bin": BRAND.bin, "fee": "1050"}
    for number, step in enumerate(admin_brands.STEPS):
        so_far = dict(list(answers.items())[:number])
        yield admin_brands.ask_field(t, step, so_far, problem=NASTY)
    yield admin_brands.confirm_brand(t, answers)
    yield brand_team.team(t, ACTOR, CARD)
    yield brand_team.team(t, ACTOR, BrandCard(brand=BRAND, team=()))
    yield brand_team.invitation(t, CARD, BrandRole.OWNER, link=LINK, expires_at=AT)
    yield brand_team.confirm_removal(t, CARD, CARD.team[0])
    member = StaffMember(person=PERSON, permissions=frozenset(Permission))
    yield admin_staff.staff(t, ACTOR, [member])
    yield admin_staff.ask_permissions(t, 0b101)
    yield admin_staff.invitation(t, list(Permission), link=LINK, expires_at=AT)
    yield admin_staff.confirm_dismissal(t, member)
    yield admin_creators.queue(t, PROFILE, following=3)
    yield admin_creators.queue(t, None, following=None)
    yield admin_creators.card(t, PROFILE)
    yield admin_creators.ask_reason(t, PROFILE, KEPT, problem=NASTY)
    yield admin_creators.confirm_suspension(t, PROFILE, KEPT, NASTY)
    yield admin_creators.confirm_restore(t, PROFILE)
    yield admin_creators.suspended(t, [PROFILE] * 8, first=False, following=3)
    yield admin_creators.suspended(t, [], first=True, following=None)


@pytest.mark.parametrize("locale", list(Locale))
def test_every_screen_fits_is_escaped_and_leads_home(locale: Locale) -> None:
    home = Nav(to=Target.HOME).pack()

    for screen in screens(translator(locale)):
        assert visible(screen.html) <= TEXT_LIMIT
        assert screen.html == screen.text
        assert "<b>Ай" not in screen.text
        assert "</i>Ғ" not in screen.text
        assert screen.keyboard is not None
        buttons = [button for row in screen.keyboard.inline_keyboard for button in row]
        assert len(buttons) <= 100
        assert home in [button.callback_data for button in buttons]


def test_the_first_screen_offers_kazakh_first_and_keeps_the_payload() -> None:
    screen = start.first_contact("inv_" + "A" * 22)

    assert screen.keyboard is not None
    data = [row[0].callback_data for row in screen.keyboard.inline_keyboard]
    assert data == [f"lng:{locale}:inv_{'A' * 22}" for locale in ("kk", "ru", "en")]
