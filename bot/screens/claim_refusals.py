"""Why a buyer's claim is not taken, in words, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.i18n import N_
from core.claims import Refusal

# Fields of BadInput.
NUMBER: Final[Mapping[str, str]] = {
    "order_kaspi": N_(
        "This is not an order number of Kaspi: it has only digits. Copy it from the order in the "
        "Kaspi.kz app, for example: 712155089"
    ),
    "order_wildberries": N_(
        "This is not an order number of Wildberries. Copy it from the order, for example: "
        "31070000712155089.0.0"
    ),
    "order_ozon": N_(
        "This is not a number of an Ozon shipment: it has three parts. Copy it from the order, for "
        "example: 24219509-0020-1"
    ),
    "order_halyk": N_(
        "This is not an order number of Halyk Market. Copy it from the order, for example: "
        "0008449018-1"
    ),
    "order_own_shop": N_(
        "This is not an order number. Copy it from the shop's message, for example: #1001"
    ),
    "order_in_store": N_(
        "This is not the number of a purchase. It is easier with the receipt: send a photo of its "
        "QR."
    ),
    "order_numbers": N_("There are several numbers here. Send them one by one."),
    "register": N_("Send numbers of 12 digits, for example: 010101907421"),
    "registers": N_("That is more than 60 cash registers. Remove those that are not in use."),
}
CLAIM: Final[Mapping[str, str]] = {
    Refusal.OWN: N_(
        "You came by your own link: a creator's own purchase does not count for the creator."
    ),
    Refusal.TAKEN: N_(
        "Somebody has told of this order already. Check the number; if the order is yours, write "
        "to support."
    ),
    Refusal.RECEIPT_TAKEN: N_(
        "This receipt has been sent already. If it is yours, write to support."
    ),
    Refusal.OTHER_BUYER: N_(
        "By the shop's data this order is another buyer's. Check the number; if the order is "
        "yours, write to support."
    ),
    Refusal.EARLY: N_(
        "This was bought before you opened the creator's link, so it does not count for the "
        "creator."
    ),
    Refusal.LATE: N_(
        "This was bought too long after you opened the creator's link, so it does not count for "
        "the creator."
    ),
    Refusal.AHEAD: N_(
        "The shop has an order of this number, but it was placed after you told of it. Check the "
        "number."
    ),
    Refusal.OTHER_SHOP: N_(
        "This receipt is another shop's: its cash register is not the brand's. Send the receipt "
        "of the purchase from this brand."
    ),
    Refusal.FUTURE: N_("The time on this receipt has not come yet. Send the receipt itself."),
    Refusal.RETURNED: N_(
        "This is a receipt of a return. Send the receipt of the purchase, or its order number."
    ),
    Refusal.FORGED: N_(
        "This address is not a receipt of Kazakhstan's fiscal data operators. Send a photo of the "
        "receipt with its QR, or the order number."
    ),
    Refusal.DOUBLE: N_("You have told of this order already."),
}
RECEIPT: Final[Mapping[str, str]] = {
    "not_receipt": N_(
        "This is not the QR of a fiscal receipt. It stands at the bottom of the receipt, near the "
        "fiscal sign."
    ),
    "unknown_host": CLAIM[Refusal.FORGED],
    "not_fiscal": N_(
        "This confirms a payment but is not a fiscal receipt. Send the fiscal receipt, or the "
        "order number."
    ),
    "incomplete": N_(
        "The receipt's address is not whole. Copy all of it, send a photo of the QR, or the order "
        "number."
    ),
    "amount": N_("The sum on this receipt cannot be one. Send the order number."),
    "returned": CLAIM[Refusal.RETURNED],
    "no_qr": N_(
        "No QR was found in the picture. Photograph the QR alone, closely and in good light, or "
        "send the order number."
    ),
    "many_qr": N_(
        "There are several QR codes in the picture. Which purchase is it? Send a photo with the "
        "QR of that receipt only."
    ),
    "not_picture": N_(
        "This file cannot be read. Send a photo or a screenshot of the receipt, or the order "
        "number."
    ),
    "too_big": N_("The picture is too big. Send it as a photo, not as a file."),
}
