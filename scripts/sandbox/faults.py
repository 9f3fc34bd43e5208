"""Faults on demand: what the next calls of a method run into instead of a plain answer."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong."""

    TOO_MANY = "too_many"  # 429 with retry_after, nothing performed
    ERROR = "error"  # an error status, nothing performed
    GARBAGE = "garbage"  # a gateway's HTML page instead of JSON, nothing performed
    SLOW = "slow"  # performed after a pause
    AWAY = "away"  # the connection is dropped, nothing performed
    LOST = "lost"  # performed, then the connection is dropped before the answer


@dataclass(slots=True, kw_only=True)
class Fault:
    """The next `times` calls of `method` ("*" for any), in one chat if `chat_id` is given."""

    kind: FaultKind
    method: str = "*"
    times: int = 1
    chat_id: int | None = None
    retry_after: int = 1
    status: int = 500
    seconds: float = 1.0

    def meets(self, method: str, chat_id: int | None) -> bool:
        """Whether this call is one of those that shall fail."""
        named = self.method == "*" or self.method.lower() == method.lower()
        # a fault for everything must not end the long polling by chance
        spared = self.method == "*" and method.lower() == "getupdates"
        return named and not spared and self.chat_id in (None, chat_id) and self.times > 0


class Faults:
    """The faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self.coming: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Plans a fault."""
        self.coming.append(fault)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that meets this call, counted down; None when the call may pass."""
        for fault in self.coming:
            if fault.meets(method, chat_id):
                fault.times -= 1
                self.coming = [left for left in self.coming if left.times > 0]
                return fault
        return None

    def clear(self) -> None:
        """Telegram is well again."""
        self.coming.clear()
