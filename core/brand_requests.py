"""What staff approve of a brand: its beginning, and every change of its legal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import BrandId, PersonId, RequestId


class RequestState(StrEnum):
    """WAITING for staff; a newer request of the same people REPLACED an older one."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalData:
    """Who a brand is by law; `licence` is empty where its goods need none."""

    name: str
    legal_name: str
    bin: str
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandRequest:
    """A sign-up (`brand` is None) or a change of legal data, as it was asked for."""

    id: RequestId
    brand: BrandId | None
    person: PersonId
    data: LegalData
    state: RequestState
    requested_at: datetime
    note: str = ""
