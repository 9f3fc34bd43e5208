"""What a person is in the middle of typing; stored by name, so renaming a state loses drafts."""

from __future__ import annotations

from aiogram.fsm.state import State, StatesGroup

__all__ = ["State", "StatesGroup"]


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
