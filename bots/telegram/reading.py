"""Telegram's updates as what they say: a message, a command, a pressed button, a reaction. Pure.

Whatever an update lacks or has too much of, it is either understood or `Unreadable`: none can stop the bot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bots.commands import ASK, CORRECT, GREETING, NAMES, RETRY, STOP
from bots.platform import Attachment, Heard, Place, Quoted
from bots.reception.values import Command
from bots.telegram.entities import addressed, command, said_without
from tasks.jobs.feedback import Opinion

PLATFORM = "telegram"
WANTED = ("message", "edited_message", "callback_query", "message_reaction")
FILE = "telegram-file:"  # the scheme of an attachment's address: the real one has the token in it
MS = 1000
OPINIONS = {"👍": Opinion.UP, "👎": Opinion.DOWN}
ACTIONS = {"stop": STOP, "regenerate": RETRY}  # what a button says, and the command that it is
Json = Mapping[str, Any]


class Unreadable(ValueError):
    """An update that is not as Telegram promises."""


@dataclass(frozen=True)
class Me:
    """Who the bot is there."""

    id: int
    username: str
    name: str
    hears_all: bool
    """Whether privacy mode is off: in groups it is told what is not meant for it, too."""


@dataclass(frozen=True)
class Pressed:
    """A button below a message of ours."""

    query: str
    """To be answered, or the button keeps turning."""
    command: Command


@dataclass(frozen=True)
class Reacted:
    """What a person thinks of a message now, or thinks no more."""

    heard: Heard
    """Who and where, without words."""
    opinions: tuple[tuple[Opinion, bool], ...]
    """Which, and whether it was taken back."""


Event = Heard | Command | Pressed | Reacted


def event_of(update: Json, me: Me, bot: str) -> Event | None:
    """Return what an update says; None where it is none of the bot's business. Raises Unreadable."""
    try:
        if query := update.get("callback_query"):
            return _pressed(query, bot)
        if reaction := update.get("message_reaction"):
            return _reacted(reaction, bot)
        edited = update.get("edited_message")
        message = edited or update.get("message")
        return _said(message, me, bot, edited=bool(edited)) if message else None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as exc:
        raise Unreadable(f"an update of Telegram lacks something: {type(exc).__name__}") from exc


def chat_of(update: Json) -> str:
    """Return the chat that an update is about: those of one chat are taken in one after the other."""
    for kind in WANTED:
        about = update.get(kind)
        if isinstance(about, dict):
            about = about.get("message") if kind == "callback_query" else about
            chat = about.get("chat") if isinstance(about, dict) else None
            return str(chat.get("id")) if isinstance(chat, dict) else ""
    return ""


def _said(message: Json, me: Me, bot: str, *, edited: bool) -> Heard | Command | None:
    heard = _heard(message, me, bot, edited=edited)
    text, entities = _words(message)
    asked = command(text, entities)
    if asked is None:
        return heard if heard.text or heard.attachments else None
    name, to, rest = asked
    ours = to.lower() == me.username.lower() if to else heard.direct or name in (*NAMES, GREETING)
    if edited or not ours:
        return None  # it was carried out when it was new, or it is another bot's
    if name == ASK and (heard.attachments or heard.chain):  # a command has neither, and the question is about them
        return replace(heard, text=f"/{ASK} {rest}", mentioned=True)
    below = heard.replied_to if name == CORRECT else ""  # what it is that should have been said otherwise
    plain = replace(heard, text=rest, mentioned=True, edited=False, attachments=(), chain=(), replied_to=below)
    return Command(name, plain)


def _heard(message: Json, me: Me, bot: str, *, edited: bool = False) -> Heard:
    chat, (text, entities) = message["chat"], _words(message)
    user, author, from_bot = _speaker(message)
    answered = _answered(message)
    theirs = _speaker(answered) if answered else ("", "", False)
    ours = theirs[0] == str(me.id)
    return Heard(
        platform=PLATFORM,
        bot=bot,
        place=Place(str(chat["id"]), str(message["message_id"]), _topic(message)),
        message=str(message["message_id"]),
        user=user,
        author=author,
        text=said_without(text, entities, me.username),
        at_ms=int(message.get("edit_date") or message["date"]) * MS,
        direct=chat["type"] == "private",
        vouched=not message.get("sender_chat"),  # several may speak for a chat
        alone=None if chat["type"] == "private" or message.get("sender_chat") else Place(user),
        mentioned=addressed(text, entities, me.username, me.id),
        replied_to=str(answered["message_id"]) if answered else "",
        replied_to_us=ours,
        replied_to_author=_signature(answered) if answered and ours else theirs[1],
        chain=_chain(message, answered, theirs[1], ours=ours) if answered else (),
        attachments=_attachments(message),
        from_bot=from_bot,
        edited=edited,
    )


def _words(message: Json) -> tuple[str, list[Json]]:
    text = message.get("text") or message.get("caption") or ""
    return str(text), list(message.get("entities") or message.get("caption_entities") or [])


def _speaker(message: Json) -> tuple[str, str, bool]:
    """Return who speaks: number, name, and whether it is a program. Who speaks for a chat has the number of that."""
    chat = message.get("sender_chat")
    if chat and not message.get("is_automatic_forward"):
        return str(chat["id"]), str(chat.get("title") or ""), False
    who = message.get("from") or {}
    name = " ".join(filter(None, (who.get("first_name"), who.get("last_name"))))
    return str(who.get("id", "")), name, bool(who.get("is_bot")) or bool(message.get("is_automatic_forward"))


def _topic(message: Json) -> str:
    """Return the topic. In groups without any, a thread is nothing but the answers to one message."""
    return str(message["message_thread_id"]) if message.get("is_topic_message") else ""


def _answered(message: Json) -> Json | None:
    """Return the message that is answered. In a topic all that answers nothing answers the one that opened it."""
    answered = message.get("reply_to_message")
    return answered if answered and "forum_topic_created" not in answered else None


def _chain(message: Json, answered: Json, author: str, *, ours: bool) -> tuple[Quoted, ...]:
    quoted = (message.get("quote") or {}).get("text") or _words(answered)[0]
    return (Quoted(author, str(quoted), ours),) if quoted else ()


def _signature(answered: Json) -> str:
    """Return which persona said it, by the bold name that stands above the words where there are several."""
    text, entities = _words(answered)
    name, newline, _words_below = text.partition("\n")
    first = entities[0] if entities else {}
    signed = newline and first.get("type") == "bold" and first.get("offset") == 0
    return name if signed else ""


def _attachments(message: Json) -> tuple[Attachment, ...]:
    if document := message.get("document"):
        kind = str(document.get("mime_type") or "application/octet-stream")
        return (_attachment(document, str(document.get("file_name") or "file"), kind),)
    if sizes := message.get("photo"):
        return (_attachment(sizes[-1], "photo.jpg", "image/jpeg"),)  # the last one is the largest
    return ()


def _attachment(file: Json, name: str, kind: str) -> Attachment:
    return Attachment(name, f"{FILE}{file['file_id']}", kind, int(file.get("file_size") or 0))


def _pressed(query: Json, bot: str) -> Pressed | None:
    message, who = query.get("message"), query["from"]
    action, _, job = str(query.get("data") or "").partition(":")
    if not message or action not in ACTIONS:
        return None
    chat, question = message["chat"], _answered(message)
    asked = str(question["message_id"]) if question else ""
    return Pressed(
        str(query["id"]),
        Command(
            ACTIONS[action],
            Heard(
                platform=PLATFORM,
                bot=bot,
                place=Place(str(chat["id"]), asked, _topic(message)),
                message=str(query["id"]),
                user=str(who["id"]),
                author=str(who.get("first_name") or ""),
                text="",
                at_ms=0,
                direct=chat["type"] == "private",
                mentioned=True,
                from_bot=bool(who.get("is_bot")),
            ),
            job,
        ),
    )


def _reacted(reaction: Json, bot: str) -> Reacted | None:
    who, chat = reaction.get("user") or reaction.get("actor_chat") or {}, reaction["chat"]
    before, after = (_emoji(reaction.get(f"{age}_reaction")) for age in ("old", "new"))
    changed = tuple((OPINIONS[emoji], emoji in before) for emoji in sorted((before ^ after) & OPINIONS.keys()))
    if not changed:
        return None
    heard = Heard(
        platform=PLATFORM,
        bot=bot,
        place=Place(str(chat["id"]), str(reaction["message_id"])),
        message=str(reaction["message_id"]),
        user=str(who["id"]),
        author="",
        text="",
        at_ms=int(reaction["date"]) * MS,
        direct=chat["type"] == "private",
        from_bot=bool(who.get("is_bot")),
    )
    return Reacted(heard, changed)


def _emoji(reactions: list[Json] | None) -> frozenset[str]:
    return frozenset(str(each.get("emoji", "")) for each in reactions or ())
