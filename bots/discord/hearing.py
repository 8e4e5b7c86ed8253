"""From what discord.py makes of an event to `Heard`. Asks nobody anything."""

from __future__ import annotations

import re
from dataclasses import replace

import discord

from bots.delivery.nonces import nonce_of
from bots.discord.platform import WEBHOOK
from bots.platform import Attachment, Heard, Place, Quoted

MS = 1000
SPOKEN = (discord.MessageType.default, discord.MessageType.reply)
_CHANNEL = re.compile(r"<#(\d+)>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")


def is_ours(message: discord.Message, me: int) -> bool:
    """Return whether the bot said it, itself or by a webhook of its own application."""
    return me in (message.author.id, message.application_id)


def is_spoken(message: discord.Message) -> bool:
    """Return whether somebody said something: a pin or a new thread is a message too."""
    return message.type in SPOKEN and bool(message.content or message.attachments or message.mentions)


def heard_of(
    message: discord.Message,
    *,
    bot: str,
    me: int,
    roles: frozenset[str] | None = None,
    chain: tuple[Quoted, ...] = (),
    webhook: bool = False,
    edited: bool = False,
) -> Heard:
    """Return what was heard. `roles` are those of the author, where the message does not bring them along.

    `webhook` says that the answer is to be posted by one, under the name of whoever gives it.
    """
    channel, replied = message.channel, replied_to(message)
    ours = replied is not None and is_ours(replied, me)
    return Heard(
        platform="discord",
        bot=bot,
        place=Place(str(channel.id), str(message.id), via=WEBHOOK if webhook and message.guild else ""),
        message=str(message.id),
        user=str(message.author.id),
        author=message.author.display_name,
        text=words(message, me),
        at_ms=at_ms(message),
        direct=message.guild is None,
        guild=str(message.guild.id) if message.guild else "",
        parent=str(channel.parent_id) if isinstance(channel, discord.Thread) else "",
        roles=roles_of(message.author) if roles is None else roles,
        mentioned=is_called(message, me),
        replied_to=str(message.reference.message_id or "") if message.reference else "",
        replied_to_us=ours,
        replied_to_author=replied.author.display_name if replied is not None else "",
        chain=chain,
        attachments=tuple(attachment_of(one) for one in message.attachments),
        from_bot=message.author.bot or message.webhook_id is not None,
        edited=edited,
    )


def quoted_of(message: discord.Message, me: int) -> Quoted:
    """Return a message that one stands under."""
    return Quoted(message.author.display_name, words(message, me), ours=is_ours(message, me))


def is_called(message: discord.Message, me: int) -> bool:
    """Return whether the bot is mentioned, or the role that came with it: people take one for the other."""
    role = message.guild.self_role if message.guild else None
    return any(user.id == me for user in message.mentions) or (
        role is not None and role.id in message.raw_role_mentions
    )


def words(message: discord.Message, me: int) -> str:
    """Return what was said, with names in the place of numbers and without the bot's own mention around it."""
    role = message.guild.self_role if message.guild else None
    ours = "|".join([f"<@!?{me}>", *([f"<@&{role.id}>"] if role else [])])
    text = re.sub(rf"^(?:\s*(?:{ours})[\s,:]*)+|(?:\s*(?:{ours}))+\s*$", "", message.content)
    for user in message.mentions:
        for mark in (f"<@{user.id}>", f"<@!{user.id}>"):
            text = text.replace(mark, f"@{user.display_name}")
    for one in message.role_mentions:
        text = text.replace(f"<@&{one.id}>", f"@{one.name}")
    return _EMOJI.sub(r"\1", _CHANNEL.sub(lambda found: _channel_name(message, found), text)).strip()


def replied_to(message: discord.Message) -> discord.Message | None:
    """Return the message that this one answers, if Discord sent it along."""
    resolved = message.reference.resolved if message.reference else None
    return resolved if isinstance(resolved, discord.Message) else None


def roles_of(author: object) -> frozenset[str]:
    """Return the numbers of somebody's roles; everybody's own is none."""
    if not isinstance(author, discord.Member):
        return frozenset()
    return frozenset(str(role.id) for role in author.roles if not role.is_default())


def attachment_of(one: discord.Attachment) -> Attachment:
    """Return a file that came along, without what is in it."""
    return Attachment(one.filename, one.url, one.content_type or "", one.size)


def at_ms(message: discord.Message) -> int:
    """Return when it was said, in milliseconds."""
    return int(message.created_at.timestamp() * MS)


def _channel_name(message: discord.Message, found: re.Match[str]) -> str:
    channel = message.guild.get_channel_or_thread(int(found[1])) if message.guild else None
    return f"#{channel.name}" if channel else found[0]


def with_chain(heard: Heard, chain: tuple[Quoted, ...]) -> Heard:
    """Return it with what it stands under."""
    return replace(heard, chain=chain)


def plainly(place: Place) -> Place:
    """Return a place to say a word there as the bot itself."""
    return replace(place, via="")


def told_nonce(heard: Heard, *, waits: bool = False) -> str:
    """Return the nonce of a word about a message: the same however often it is heard.

    That a message `waits` is one word; what it comes to, if that is no answer, is another.
    """
    kind = "told-edit" if heard.edited else "told-waits" if waits else "told"
    return nonce_of(f"{heard.bot}:{heard.message}", kind, "0")


def reaction_of(
    event: discord.RawReactionActionEvent, bot: str, *, parent: str = "", roles: frozenset[str] | None = None
) -> Heard:
    """Return a reaction as something that was heard, for who asks whether its author may speak there.

    `parent` is the channel of a thread; `roles` are those of the author, where the event does not bring them along.
    """
    guild = str(event.guild_id or "")
    return Heard(
        platform="discord",
        bot=bot,
        place=Place(str(event.channel_id)),
        message=str(event.message_id),
        user=str(event.user_id),
        author=event.member.display_name if event.member else "",
        text="",
        at_ms=0,
        direct=not guild,
        guild=guild,
        parent=parent,
        roles=roles_of(event.member) if roles is None else roles,
        from_bot=event.member.bot if event.member else False,
    )
