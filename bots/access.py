"""Who may speak to a bot, and where. By the platform's numbers alone: names can be anybody's. Pure.

It is asked again when a command or a button is carried out, not only when it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from bots.platform import Heard
from tasks.contracts.platforms import Discord, Telegram

Numbers = frozenset[str]
NOBODY: Numbers = frozenset()

BLOCKED = "blocked"
ANOTHER_BOT = "another bot"
NOT_DIRECT = "not taken in direct messages"
NOT_HERE = "not in this place"
STRANGER = "not among those who may"
NAMELESS = "nobody's number"


@dataclass(frozen=True)
class Rules:
    """Who may speak where. An empty list of people or places means all of them, of `admins` and `bots` none."""

    users: Numbers = NOBODY
    roles: Numbers = NOBODY
    channels: Numbers = NOBODY
    guilds: Numbers = NOBODY
    blocked: Numbers = NOBODY
    """People, roles, channels or guilds; it wins over everything else, an admin's number included."""
    admins: Numbers = NOBODY
    bots: Numbers = NOBODY
    direct: bool = True

    @classmethod
    def of(cls, table: Discord | Telegram) -> Rules:
        """Return what a platform's table of the fleet file says."""
        if isinstance(table, Telegram):
            lists = {"users": table.users, "channels": table.chats, "blocked": table.blocked, "admins": table.admins}
        else:
            names = ("users", "roles", "channels", "guilds", "blocked", "admins", "bots")
            lists = {name: getattr(table, name) for name in names}
        return cls(direct=table.direct, **{name: frozenset(listed) for name, listed in lists.items()})


def refusal(heard: Heard, rules: Rules) -> str:
    """Return why a person is not heard, for the log; empty: they are. Nothing is ever shown to who is not."""
    if not heard.user:
        return NAMELESS
    if rules.blocked & {heard.user, heard.place.chat, heard.parent, heard.guild, *heard.roles}:
        return BLOCKED
    if heard.from_bot and heard.user not in rules.bots:
        return ANOTHER_BOT
    if heard.user in rules.admins:
        return ""
    return _wrong_place(heard, rules) or _stranger(heard, rules)


def is_admin(user: str, rules: Rules) -> bool:
    """Return whether a person may change how the bot behaves for others."""
    return bool(user) and user in rules.admins and user not in rules.blocked


def _wrong_place(heard: Heard, rules: Rules) -> str:
    if heard.direct:
        # Where places are listed, who writes from outside of them must be listed too.
        named = heard.user in rules.users or heard.place.chat in rules.channels
        return "" if rules.direct and (named or not (rules.channels or rules.guilds)) else NOT_DIRECT
    if rules.guilds and heard.guild not in rules.guilds:
        return NOT_HERE
    # The rules of a channel hold in its threads.
    if rules.channels and rules.channels.isdisjoint({heard.place.chat, heard.parent} - {""}):
        return NOT_HERE
    return ""


def _stranger(heard: Heard, rules: Rules) -> str:
    if heard.from_bot or not (rules.users or rules.roles):
        return ""
    return "" if heard.user in rules.users or heard.roles & rules.roles else STRANGER
