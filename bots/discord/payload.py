"""What is posted, as Discord's API wants it. Pure.

Nothing that leaves here may call anybody: `allowed_mentions` is in every body, since what is not said there is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bots.platform import Button, Outgoing

Body = dict[str, Any]
Message = dict[str, Any]
NOBODY: Body = {"parse": [], "replied_user": False}
PRIVATE = 1 << 6
LOADING = 1 << 7
ROW, BUTTON, GREY = 1, 2, 2
MARK = "rookery"
FACE_CHARS = 80
_RESERVED = ("discord", "clyde")  # a webhook may not be called so


def body(what: Outgoing) -> Body:
    """Return what any message or edit says: the words, the buttons, and that nobody is called."""
    return {"content": what.text, "components": rows(what.buttons), "allowed_mentions": NOBODY}


def message(what: Outgoing, reply_to: str) -> Body:
    """Return a message of the bot's own: posted once for its nonce, below what it answers where that still is there."""
    made = {**body(what), "nonce": what.nonce, "enforce_nonce": True}
    if what.reply and reply_to:
        made["message_reference"] = {"message_id": reply_to, "fail_if_not_exists": False}
    return made


def spoken_as(what: Outgoing, name: str) -> Body:
    """Return a message under the name and picture of who speaks."""
    face = what.face
    looks = {"username": fit_name(face.name if face else name)}
    if face and face.avatar:
        looks["avatar_url"] = face.avatar
    return {**body(what), **looks}


def fit_name(name: str) -> str:
    """Return a name that a webhook may have.

    >>> fit_name("Discordia")
    'D-iscordia'
    """
    for word in _RESERVED:
        at = name.lower().find(word)
        while at >= 0:
            name = f"{name[: at + 1]}-{name[at + 1 :]}"
            at = name.lower().find(word)
    return name.strip()[:FACE_CHARS] or MARK


def rows(buttons: Sequence[Button]) -> list[Body]:
    """Return buttons in a row; none: an empty list, which takes away those that were there."""
    made = [{"type": BUTTON, "style": GREY, "label": one.label, "custom_id": custom_id(one)} for one in buttons]
    return [{"type": ROW, "components": made}] if made else []


def custom_id(button: Button) -> str:
    """Return what a pressed button says."""
    return f"{MARK}:{button.action}:{button.job}"


def pressed(said: str) -> tuple[str, str] | None:
    """Return action and job of a pressed button; None: it is none of ours.

    >>> pressed("rookery:stop:abc")
    ('stop', 'abc')
    """
    mark, _, rest = said.partition(":")
    action, _, job = rest.partition(":")
    return (action, job) if mark == MARK and action and job else None


def is_it(found: Message, what: Outgoing, *, ours: str, reply_to: str) -> bool:
    """Return whether a message of a channel is the one that was posted with these words, as far as one can tell.

    `ours` is the number of the bot's user, or of the webhook that it posted by. The API does not give nonces back, so
    what it answers and what its buttons are for tell one message from another with the same words.
    """
    if ours not in (found.get("author", {}).get("id"), found.get("webhook_id")):
        return False
    if found.get("nonce") == what.nonce:
        return True
    if what.buttons:
        return _pressable(found) == {custom_id(button) for button in what.buttons}
    answered = (found.get("message_reference") or {}).get("message_id", "")
    if what.reply and answered and reply_to and answered != reply_to:
        return False
    return bool(found.get("content", "").strip() == what.text.strip())


def _pressable(found: Message) -> set[str]:
    rows_there = found.get("components") or []
    return {one.get("custom_id", "") for row in rows_there for one in row.get("components", [])}
