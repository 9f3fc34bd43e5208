"""A local Telegram: the Bot API for one bot, and a chat page with several people side by side."""

from scripts.sandbox.client import Channel, Message, Person
from scripts.sandbox.faults import FaultKind
from scripts.sandbox.people import DEFAULT_PEOPLE, SandboxPerson
from scripts.sandbox.server import Sandbox, create_app

__all__ = [
    "DEFAULT_PEOPLE",
    "Channel",
    "FaultKind",
    "Message",
    "Person",
    "Sandbox",
    "SandboxPerson",
    "create_app",
]
