"""Identities of entities: integers that do not mix, and codes that people see."""

import secrets
from typing import Final, NewType

PersonId = NewType("PersonId", int)  # a creator is known by the id of the person
BrandId = NewType("BrandId", int)
OfferId = NewType("OfferId", int)
TermsId = NewType("TermsId", int)
EnrolmentId = NewType("EnrolmentId", int)
CodeId = NewType("CodeId", int)
LinkId = NewType("LinkId", int)
ChannelId = NewType("ChannelId", int)
CheckId = NewType("CheckId", int)  # of an attempt to prove a channel
ProofId = NewType("ProofId", int)
SourceId = NewType("SourceId", int)
RunId = NewType("RunId", int)
OrderId = NewType("OrderId", int)
CommissionId = NewType("CommissionId", int)
PayoutId = NewType("PayoutId", int)
TransferId = NewType("TransferId", int)
UploadId = NewType("UploadId", int)
UploadLinkId = NewType("UploadLinkId", int)
TicketId = NewType("TicketId", int)
CodeRequestId = NewType("CodeRequestId", int)
CodeNoticeId = NewType("CodeNoticeId", int)
OfferInvitationId = NewType("OfferInvitationId", int)
BroadcastId = NewType("BroadcastId", int)
RequestId = NewType("RequestId", int)
TouchId = NewType("TouchId", int)
ClaimId = NewType("ClaimId", int)
HandleId = NewType("HandleId", int)  # of a reservation of an article, an id or a tag
BoardId = NewType("BoardId", int)  # of the slots of a brand at a place
TurnId = NewType("TurnId", int)
RulingId = NewType("RulingId", int)
DisputeId = NewType("DisputeId", int)
DisputedOrderId = NewType("DisputedOrderId", int)
SignalId = NewType("SignalId", int)

ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/l/i


def public_code(length: int) -> str:
    """A random code for a link, an order reference or a payout number, without look-alikes."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
