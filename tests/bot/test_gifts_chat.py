"""A brand uploads gift codes and a buyer gets one, in the chat, in Kazakh and Russian."""

from __future__ import annotations

import pytest

from bot.callbacks.brand_gifts import ChooseReward, GiftAction, Reward
from bot.i18n import translator
from core.gifts import RewardKind
from core.orders import OrderStatus
from core.people import Locale
from core.usecases.claims import end_claims
from core.usecases.gifts import give_rewards
from core.usecases.people import choose_locale
from tests.bot.conftest import Stage
from tests.usecases.order_builders import a_reading, a_shop, an_order


@pytest.mark.parametrize("locale", [Locale.KK, Locale.RU])
async def test_gift_codes_are_uploaded_promised_and_given(stage: Stage, locale: Locale) -> None:
    t = translator(locale)
    shop = await a_shop(stage.new_uow, stage.clock)
    await choose_locale(stage.new_uow, stage.clock, actor=shop.manager, locale=locale)
    manager = stage.sandbox.person("Менеджер", telegram_id=shop.manager.telegram_id)
    manager.state.chat_of(manager.id).started = True
    offer = int(shop.enrolment.offer)

    await manager.send("/menu")
    await manager.expect("Üles")
    await manager.tap(Reward(offer=offer).pack())
    await manager.expect(t.plain("Nothing"))
    await manager.tap(Reward(offer=offer, action=GiftAction.UPLOAD).pack())
    await manager.send_document("codes.txt", b"GIFT-1\n")
    await manager.expect(t.plain("Say to buyers how the code is used: write the text."))

    buyer = await stage.person("Марат", locale)
    await buyer.start(f"b_{shop.enrolment.slug}")
    await buyer.expect("🎁")
    stage.clock.advance(hours=2)
    await buyer.click(t.plain("I have bought"))
    await buyer.send("712155089")
    await buyer.expect("712155089")
    await a_reading(stage.new_uow, stage.clock, shop, an_order("712155089", OrderStatus.APPROVED))
    await end_claims(stage.new_uow, stage.clock)
    await give_rewards(stage.new_uow, stage.clock)

    gift = await buyer.expect("GIFT-1")
    assert "Qyran" in gift.text
    assert not any(reader in gift.text for reader in ("{", "None"))
    await manager.tap(ChooseReward(offer=offer, kind=RewardKind.NOTHING, sure=True).pack())
    await manager.expect(t.plain("Nothing"))
