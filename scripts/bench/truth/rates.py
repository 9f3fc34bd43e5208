"""How often things happen in the simulated market; docs/attribution.md argues for each number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares and frequencies; none of them is looked at by the product."""

    # What is bought, and why.
    caused: float = 0.25  # of the orders, by a creator's post
    repeat: float = 0.05  # of buyers who were won buy again within the window
    quantity: float = 0.10  # of the orders have more than one piece

    # How followers come to the shop, and how many of those who open a link buy.
    web_link: float = 0.45  # own shop: by the link with our click id
    bot_link: float = 0.20  # own shop: by the link of the bot
    bot_link_closed: float = 0.63  # closed ecosystems: by the link or the QR of the bot
    web_buys: float = 0.03
    bot_buys: float = 0.20

    # Own shop: codes and click ids.
    code_typed: float = 0.78
    code_wrong: float = 0.05  # of the typed: letters of another alphabet, a sign too many
    code_dressed: float = 0.20  # written in another way that means the same
    code_beside: float = 0.04  # beside another code that is no creator's
    nobodys_code: float = 0.06  # of the other orders: a code of the shop itself
    click_returned: float = 0.55  # same visit, same browser
    click_returned_later: float = 0.15  # of a visit that ended without an order
    foreign_click: float = 0.02  # an id that is not ours
    phone_left: float = 0.75  # own shop: the row has the buyer's phone

    # Closed ecosystems: what buyers leave with us. A third of those who were caused, together.
    shares: float = 0.22  # the phone alone
    shares_and_claims: float = 0.05
    claims: float = 0.063  # a number or a receipt alone, where the feed tells phones
    shares_in_vain: float = 0.10  # the phone alone, where the feed tells none
    claims_without_phones: float = 0.183  # a number or a receipt alone, where it tells none
    shares_own_shop: float = 0.12  # of those who came by the bot
    shares_late: float = 0.30  # of the shared phones: after the order
    receipt: float = 0.25  # of the claims where the brand's own till prints receipts
    insists: float = 0.50  # of those whose receipt fits several orders send the number then
    claim_mistyped: float = 0.03  # of the numbers
    claim_of_another: float = 0.01  # of the claims: an order that a friend or stranger placed
    gift_hunters: float = 0.0015  # of the uncaused: link opened after the order, for the gift

    # Reserved articles.
    reserved: float = 0.12  # of the enrolments on Kaspi and Ozon
    slots: float = 0.60  # of the sales on Wildberries are of creators who hold a substitute article
    buys_reserved: float = 0.80  # of their followers buy that article
    finds_reserved: float = 0.01  # orders of it that nobody's post caused, to one that was

    # Phones that are not one person's.
    household: float = 0.05  # ordered from the account of somebody in the family
    household_touched: float = 0.03  # who had opened another creator's link of the brand
    second_number: float = 0.01  # ordered with another number of one's own

    # People who opened a link and bought something else, for their own need.
    regulars: float = 0.01  # of those who open a link buy at the brand anyway, from before
    regulars_buy: float = 0.25  # of them within the window
    regulars_share: float = 0.10  # of them share the phone
    other_touch: float = 0.025  # of the moved opened another creator's link too, thirty days around

    # Codes that leak, creators who buy from themselves.
    leaks: float = 0.03  # of the codes of an own shop
    leak_used: float = 0.015  # of the uncaused orders, from then on, by each leaked code
    own_purchases: float = 0.04  # of the enrolments, once
    own_by_family: float = 0.30  # of these with a phone that is not the creator's
    creators_known: float = 0.50  # of the creators have shared their phone with the bot
    code_changed: float = 0.05  # of the codes are replaced in the middle of the time

    # What becomes of orders.
    cancelled_closed: float = 0.18
    cancelled_own_shop: float = 0.08
    returned: float = 0.03
    partly_refunded: float = 0.02  # own shop
    spoilt_line: float = 0.002  # a line of a table that is no order


REALISTIC: Final = Rates()
