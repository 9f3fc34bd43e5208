"""What merchants' words for an order's state mean, in Russian, Kazakh and English.

Words that one system uses for an accepted order and another for a finished one ("confirmed",
"paid", "closed") are left out on purpose: the order stays pending, the brand is asked what it means
by them, and its answer is kept with the mapping.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from core.orders import OrderStatus
from core.sources.letters import alike
from core.sources.values import Cell, plain, text


@dataclass(frozen=True, slots=True)
class Verdict:
    """The meaning of a status text; `partial` says that an unnamed part of the order came back."""

    status: OrderStatus
    at_risk: bool = False
    known: bool = True
    partial: bool = False


def normal(raw: str) -> str:
    """Lower case, ё as е, single spaces, no punctuation at the end.

    >>> normal("  Отменён. ")
    'отменен'
    """
    words = unicodedata.normalize("NFKC", plain(raw)).lower().replace("ё", "е")
    return " ".join(words.split()).rstrip(".!,:;*…")


def _forms(*stems: str) -> Iterable[str]:
    """A Russian participle in its genders and plural: отменен, отменена, отменено, отменены."""
    return (stem + ending for stem in stems for ending in ("", "а", "о", "ы"))


_PENDING: Final = (
    *_forms("передан курьеру", "принят партнером", "принят магазином", "отправлен"),
    *_forms("упакован", "собран", "принят в обработку", "на подписании", "отгружен"),
    *("новый", "новая", "новые", "новый заказ", "ожидает", "на сборке", "сборка", "упаковка"),
    *("передача", "переданы курьеру", "передан в доставку", "передана в доставку", "доставка"),
    *("доставляется", "в доставке", "в пути", "в обработке", "обрабатывается", "в работе"),
    *("готов к выдаче", "прибыл в пункт выдачи", "самовывоз", "моя доставка", "kaspi доставка"),
    *("на рассмотрении", "черновик", "на проверке", "заказ принят", "ожидание", "не оплачен"),
    *("жаңа", "жаңа тапсырыс", "күтуде", "өңделуде", "қаралуда", "жиналуда", "жеткізілуде"),
    *("жолда", "жіберілді", "курьерге берілді", "курьерге тапсырылды", "беруге дайын"),
    *("жеткізуге берілді", "төленбеген", "төленбеді", "тексерілуде"),
    *("pending", "new", "processing", "in progress", "on hold", "on-hold", "checkout-draft"),
    *("draft", "awaiting payment", "pending payment", "unpaid", "shipped", "dispatched"),
    *("in transit", "out for delivery", "ready for pickup", "awaiting shipment", "packed"),
    *("unfulfilled", "hold", "lead", "authorized", "partially_paid", "partially paid"),
    *("approved_by_bank", "accepted_by_merchant", "sign_required", "waiting_courier"),
    *("pending_approve", "filled_not_approved", "shipment", "approved_but_stalled"),
    *("awaiting_packaging", "awaiting_deliver", "acceptance_in_progress", "delivering"),
    *("driver_pickup", "sent_by_seller", "awaiting_registration", "payment completed"),
)
_AT_RISK: Final = (
    *("ожидает отмены", "возврат запрошен", "запрос на отмену", "запрос на возврат"),
    *("отмена запрошена", "на возврате", "возвращается", "спор", "арбитраж"),
    *("бас тартуды күтуде", "қайтару сұралды", "қайтарылуда"),
    *("cancelling", "cancel_requested", "cancellation requested", "return requested"),
    *("kaspi_delivery_return_requested", "return_accepted_by_merchant", "arbitration", "disputed"),
)
_APPROVED: Final = (
    *_forms("выдан", "доставлен", "выполнен", "завершен", "одобрен", "выкуплен", "исполнен"),
    *("выдан (завершен)", "успешно реализовано", "доставлен покупателю", "получен покупателем"),
    *("выдан покупателю", "заказ выполнен", "заказ выдан"),
    *_forms("доставлен клиенту", "доставлен получателю", "получен клиентом"),
    *_forms("вручен", "вручен адресату", "вручен получателю", "выдан клиенту"),
    *("выполненный", "завершенный", "доставленный", "выданный"),
    *("берілді", "жеткізілді", "аяқталды", "орындалды", "мақұлданды", "тапсырыс аяқталды"),
    *("сатып алушыға берілді", "тұтынушыға берілді", "берілген", "жеткізілген", "аяқталған"),
    *("орындалған", "сатып алушы алды", "табысталды"),
    *("approved", "completed", "complete", "delivered", "fulfilled", "picked up", "taken"),
    *("buyer confirmed receipt", "completed settlement", "успешно"),
)
_PARTIAL: Final = (
    *_forms("частично возвращен"),
    *("частичный возврат", "ішінара қайтарылды", "partially_refunded", "partially refunded"),
    *("partially_returned", "partially returned", "partialreturn", "partial refund"),
)
_REJECTED: Final = (
    *_forms("отменен", "отклонен", "аннулирован", "удален", "не выкуплен"),
    *_forms("отменен покупателем", "отменен продавцом", "отменен клиентом", "отменен магазином"),
    *("отмена", "отказ", "невыкуп", "закрыто и не реализовано", "не принят", "клиент не забрал"),
    *("клиент не забрал заказ", "отказ клиента", "отказ покупателя", "брак", "дубль", "спам"),
    *("отмененный", "отклоненный", "аннулированный", "бас тартылған", "жойылған"),
    *("бас тартылды", "тапсырыс жойылды", "жойылды", "күші жойылды", "қабылданбады"),
    *("сатып алушы бас тартты", "бас тарту"),
    *("cancelled", "canceled", "rejected", "declined", "failed", "voided", "expired", "trash"),
    *("denied", "not_accepted", "canceled reversal by merchant", "invalid", "антиспам"),
    *("cancelledbybank", "cancelledbyclient", "cancelledbymerchant", "cancelledbytimeout"),
    *("cancelled by customer", "cancelled by seller", "refused"),
)
_RETURNED: Final = (
    *_forms("возвращен", "возвращен покупателем"),
    *("возврат", "возврат (возвращен)", "полный возврат", "возврат товара", "возврат средств"),
    *("возвращенный", "қайтарылған", "қайтарып берілді"),
    *("қайтарылды", "қайтару", "тауар қайтарылды", "ақша қайтарылды"),
    *("returned", "refunded", "return", "refund", "reversed", "chargeback", "fullrefund"),
    *("clientreturn", "fullreturn", "full refund"),
)

WORDS: Final[Mapping[str, Verdict]] = {
    **dict.fromkeys(_PENDING, Verdict(OrderStatus.PENDING)),
    **dict.fromkeys(_AT_RISK, Verdict(OrderStatus.PENDING, at_risk=True)),
    **dict.fromkeys(_APPROVED, Verdict(OrderStatus.APPROVED)),
    **dict.fromkeys(_PARTIAL, Verdict(OrderStatus.APPROVED, partial=True)),
    **dict.fromkeys(_REJECTED, Verdict(OrderStatus.REJECTED)),
    **dict.fromkeys(_RETURNED, Verdict(OrderStatus.RETURNED)),
}
_KNOWN: Final = {alike(word): verdict for word, verdict in WORDS.items()}
# "✅ ", "1. ", "3 - " before a text, "wc-" of WooCommerce
_BEFORE: Final = re.compile(r"[^\w(]*(?:\d{1,2}\s*[.):–-]\s*)?(?:wc-)?")
_AWAITS: Final = alike("ожидает ") + " "
_RISKS: Final = (alike("отмен"), alike("возврат"))
_UNKNOWN: Final = Verdict(OrderStatus.PENDING, known=False)
TEXT_MAX: Final = 100  # characters of a status text
_KEPT: Final = 10_000  # texts remembered; a status column has a dozen


class Statuses:
    """Reads the status column of one file; `own` are a brand's words, each to one of our four."""

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self._own = {
            alike(normal(word)): Verdict(OrderStatus(meaning))
            for word, meaning in (own or {}).items()
        }
        self._known: dict[str, Verdict] = {}

    def read(self, cell: Cell) -> Verdict | None:
        """What a status text means; pending and not known if nobody can tell; None for a blank."""
        raw = cell if isinstance(cell, str) else text(cell)
        verdict = self._known.get(raw)
        if verdict is None:
            word = normal(raw[:TEXT_MAX])
            if not word:
                return None
            verdict = self._look_up(word)
            if len(self._known) < _KEPT and len(raw) <= TEXT_MAX:
                self._known[raw] = verdict
        return verdict

    def _look_up(self, word: str) -> Verdict:
        bare = _BEFORE.sub("", word, count=1).rstrip("✅✔☑❌ ")
        # "отменен (передумал покупать)" is what it says before the bracket.
        tried = (word, bare, normal(word.partition("(")[0]), normal(bare.partition("(")[0]))
        for each in map(alike, dict.fromkeys(tried)):
            if found := self._own.get(each) or _KNOWN.get(each):
                return found
        # Kaspi has a whole family of them: "Ожидает передачи курьеру", "Ожидает подписания".
        spelt = alike(bare)
        if spelt.startswith(_AWAITS):
            return Verdict(OrderStatus.PENDING, at_risk=any(risk in spelt for risk in _RISKS))
        return _UNKNOWN
