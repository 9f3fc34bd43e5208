"""What a person is in the middle of typing; stored by name, so renaming a state loses drafts."""

from __future__ import annotations

from aiogram.fsm.state import State, StatesGroup

__all__ = ["State", "StatesGroup"]


class FillProfile(StatesGroup):
    """A creator answers a question of the profile."""

    name = State()
    city = State()
    categories = State()  # buttons only
    languages = State()  # buttons only
    channel = State()  # a link, or a name where the data say the platform
    followers = State()


class FillPayoutDetails(StatesGroup):
    """A creator types what payouts need; nothing of it is kept in the data but encrypted."""

    iin = State()
    iban = State()
    confirm_iban = State()


class SuspendCreator(StatesGroup):
    """Staff type why a creator is suspended."""

    reason = State()  # also while the confirmation is shown: another reason may be typed


class CheckChannel(StatesGroup):
    """Staff type how many followers a profile shows."""

    followers = State()


class MakeBrand(StatesGroup):
    """Staff enter a new brand."""

    name = State()
    legal_name = State()
    bin = State()
    fee = State()
    confirm = State()


class ChangeBrand(StatesGroup):
    """Staff type new conditions of a brand."""

    fee = State()
    credit = State()


class FindOffers(StatesGroup):
    """Somebody types what offers are looked for."""

    words = State()


class SendProof(StatesGroup):
    """A creator puts a proof together."""

    evidence = State()  # a link, a screenshot or a forwarded post is awaited
    caption = State()  # the text of the post is awaited
    confirm = State()  # everything is there, SEND is awaited


class WriteOffer(StatesGroup):
    """A manager fills in the form of an offer; which question is on is kept with its answers."""

    answer = State()


class DeclineOffer(StatesGroup):
    """A moderator types why an offer is not approved."""

    reason = State()


class DeclineChange(StatesGroup):
    """A moderator types why a change of an offer is not approved."""

    reason = State()


class Withdraw(StatesGroup):
    """A creator asks for money."""

    amount = State()  # also while the confirmation is shown: another sum may be typed


class DecidePayout(StatesGroup):
    """Staff type why a payout is refused or failed."""

    reason = State()  # also while the confirmation is shown: another reason may be typed


class BookTopUp(StatesGroup):
    """Staff book money of a brand: the amount, then the reference of the transfer."""

    amount = State()
    reference = State()  # also while the confirmation is shown: another one may be typed


class Lend(StatesGroup):
    """A manager sends handles to lend to a creator; the data keep the list and the dates."""

    values = State()
    preview = State()  # what is free of them is shown: other dates may be typed


class SetUpSlots(StatesGroup):
    """A manager sends handles that go round in slots, or the dates of a slot for somebody."""

    handles = State()
    term = State()


class SendOrders(StatesGroup):
    """A manager sends a file of orders."""

    file = State()  # a file is awaited
    brand = State()  # a file is there, whose orders they are is not said
    preview = State()  # what was understood of the file is shown


class ConnectSource(StatesGroup):
    """Staff send the token of a merchant's system."""

    token = State()


class AskSupport(StatesGroup):
    """Somebody writes to the operator's staff, or the staff answer."""

    question = State()  # the topic is in the data, the conversation begins with the message
    message = State()  # the conversation and the side are in the data


class FindAnybody(StatesGroup):
    """Staff type whom or what they look for; each message is a query."""

    query = State()


class SignBrandUp(StatesGroup):
    """Somebody who represents a brand enters its legal data."""

    name = State()
    legal_name = State()
    bin = State()
    licence = State()
    confirm = State()


class DeclineRequest(StatesGroup):
    """Staff type why a brand's data are not approved."""

    reason = State()


class ChangeCompany(StatesGroup):
    """An owner types a new value of the brand's legal data."""

    value = State()


class SuspendBrand(StatesGroup):
    """Staff type why a brand is suspended."""

    reason = State()  # also while the confirmation is shown: another reason may be typed


class WriteBroadcast(StatesGroup):
    """Staff type a part of a broadcast; the data say of which one and in which language."""

    text = State()
    picture = State()
    url = State()
    label = State()
    moment = State()


class ApplyToOffer(StatesGroup):
    """A creator writes a note to the brand that decides on the application."""

    note = State()


class WishCode(StatesGroup):
    """A creator types the code that they would like to have."""

    code = State()  # also while the confirmation is shown: another one may be typed


class NamePlacement(StatesGroup):
    """A creator types the name of a place for a link."""

    new = State()
    other = State()  # for a link that is there


class SearchCreators(StatesGroup):
    """A manager types a name or a code of a creator in an offer."""

    words = State()


class FillPool(StatesGroup):
    """A manager sends a file of ready codes."""

    file = State()


class AnnounceCode(StatesGroup):
    """A manager announces a change of a creator's code; the data keep what is chosen."""

    code = State()
    due = State()


class TellPurchase(StatesGroup):
    """A buyer says what they bought; the data keep by which enrolment they came."""

    purchase = State()


class AddRegister(StatesGroup):
    """A manager types numbers of the brand's cash registers."""

    numbers = State()


class OwnDates(StatesGroup):
    """A manager types the first and the last day of a report; the data say whose and by what."""

    dates = State()


class ShareContact(StatesGroup):
    """A buyer is to press Telegram's button that shares the phone; the data keep the link."""

    contact = State()


class GatherNumbers(StatesGroup):
    """A creator types numbers of orders that are missing; the data say of which offer."""

    numbers = State()


class DisputeOrder(StatesGroup):
    """A creator says what is wrong with an order; the data say with which."""

    amount = State()  # what it came to
    words = State()  # why it was wrongly declined


class ObjectToAnswer(StatesGroup):
    """A creator objects to the answers of a case, in a few words."""

    words = State()


class AnswerDispute(StatesGroup):
    """A brand or the staff type the right amount of an order."""

    net = State()  # also while the confirmation is shown: another sum may be typed


class AnswerCall(StatesGroup):
    """A follower sends numbers of orders to a creator's case; the data have its link."""

    numbers = State()


class RewardBuyers(StatesGroup):
    """A manager says what the buyers of an offer get; the data say of which offer."""

    text = State()  # in one language after another; the data keep what was written
    codes = State()
