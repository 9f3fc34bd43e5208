"""The operator's staff: who may do what, and the links that invite colleagues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from html import escape

from bot.callbacks.admin_brands import Staff, StaffDismissal, StaffInvitation, StaffRights
from bot.callbacks.audit import AuditList
from bot.callbacks.desk import DeskMore, PersonLook
from bot.i18n import Html, Translator
from bot.screens.base import Screen, back, button, home, keyboard
from bot.screens.words import word
from core.people import Actor, Permission, StaffMember

PERMISSIONS = tuple(Permission)  # the order of the bits in `StaffInvitation.mask`


def chosen(mask: int) -> list[Permission]:
    """The permissions that a mask stands for."""
    return [permission for bit, permission in enumerate(PERMISSIONS) if mask >> bit & 1]


def staff(t: Translator, actor: Actor, members: Sequence[StaffMember]) -> Screen:
    """Who is on the staff."""
    lines: list[str] = [t("<b>Operator's team</b>")]
    lines += [f"• {_name(member)} – {_rights(t, member.permissions)}" for member in members]
    return Screen(
        "\n".join(lines),
        keyboard(
            *(
                button("✏️ " + member.person.name, StaffRights(person=member.person.id))
                for member in members
                if member.person.id != actor.id
            ),
            button("➕ " + t.plain("Invite a colleague"), StaffInvitation()),
            [back(t, DeskMore()), home(t)],
        ),
    )


def ask_permissions(t: Translator, mask: int) -> Screen:
    """What the colleague may do."""
    return Screen(
        t("<b>What may the colleague do?</b>\nChoose, then make the link."),
        keyboard(
            *(
                button(
                    ("✅ " if mask >> bit & 1 else "") + word(t, permission),
                    StaffInvitation(mask=mask ^ 1 << bit),
                )
                for bit, permission in enumerate(PERMISSIONS)
            ),
            button("🔗 " + t.plain("Make the link"), StaffInvitation(mask=mask, make=True))
            if mask
            else None,
            [back(t, Staff()), home(t)],
        ),
    )


def mask_of(permissions: Collection[Permission]) -> int:
    """The mask that stands for permissions."""
    return sum(1 << bit for bit, one in enumerate(PERMISSIONS) if one in permissions)


def rights(t: Translator, member: StaffMember, mask: int) -> Screen:
    """A colleague's permissions, switched by taps and kept by one."""
    changed = mask != mask_of(member.permissions)
    person = member.person.id
    return Screen(
        "\n".join(
            [
                f"<b>{_name(member)}</b>",
                t("Rights now: {rights}", rights=Html(_rights(t, member.permissions))),
                t("Tap to change, then save. It counts at once, the colleague is told."),
            ]
        ),
        keyboard(
            *(
                button(
                    ("✅ " if mask >> bit & 1 else "▫️ ") + word(t, permission),
                    StaffRights(person=person, mask=mask ^ 1 << bit),
                )
                for bit, permission in enumerate(PERMISSIONS)
            ),
            button("💾 " + t.plain("Save"), StaffRights(person=person, mask=mask, save=True))
            if changed and mask
            else None,
            button("🗑 " + t.plain("Remove from the team"), StaffDismissal(person=person)),
            [
                button("👤 " + t.plain("Open"), PersonLook(person=person)),
                button("🧾 " + t.plain("Done by them"), AuditList(by=person)),
            ],
            [back(t, Staff()), home(t)],
        ),
    )


def invitation(
    t: Translator, permissions: Collection[Permission], *, link: str, expires_at: datetime
) -> Screen:
    """A link to hand over: worth keeping, it is shown only once."""
    return Screen(
        t(
            "<b>Invitation to the operator's team</b>\nRights: {rights}\n\n{link}\n\n"
            "Send it to one person. It works once, until {until}.",
            rights=", ".join(word(t, permission) for permission in permissions),
            link=link,
            until=expires_at,
        ),
        keyboard(button("📋 " + t.plain("Copy the link"), copy=link), [back(t, Staff()), home(t)]),
    )


def confirm_dismissal(t: Translator, member: StaffMember) -> Screen:
    """Take every right from this colleague?"""
    return Screen(
        t(
            "<b>Remove {name} from the operator's team?</b>\n"
            "They lose every right at once, and the invitations that they made stop working. "
            "Somebody named in the settings of the program gets the rights back.",
            name=member.person.name,
        ),
        keyboard(
            button("🗑 " + t.plain("Remove"), StaffDismissal(person=member.person.id, sure=True)),
            [back(t, StaffRights(person=member.person.id)), home(t)],
        ),
    )


def _name(member: StaffMember) -> str:
    account = f" (@{escape(member.person.username)})" if member.person.username else ""
    return f"{escape(member.person.name)}{account}"


def _rights(t: Translator, permissions: Collection[Permission]) -> str:
    return escape(", ".join(word(t, one) for one in PERMISSIONS if one in permissions))
