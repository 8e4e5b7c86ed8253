"""What cannot be said together about chat platforms and who speaks on them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.contracts.fields import ID
from tasks.contracts.personas import Persona
from tasks.contracts.platforms import Discord, Feed, Telegram
from tasks.contracts.problems import Problem, closest

OURS = ("web", "terminal")  # where people talk to the flock without any platform


def names(discord: Discord, telegram: Telegram, feed: Feed) -> Iterator[Problem]:
    """Yield the bots whose jobs and outboxes could not be told apart."""
    taken = dict.fromkeys(OURS, "the page and the terminal")
    for section, bot in (("discord", discord), ("telegram", telegram), ("feed", feed)):
        if bot.name in taken:
            yield Problem((section, "name"), f"wanted another name than {taken[bot.name]} has", bot.name)
        taken.setdefault(bot.name, f"[{section}]")


def feeds(feed: Feed) -> Iterator[Problem]:
    """Yield what the feed's settings say against each other."""
    if feed.poll_min_s > feed.poll_max_s:
        yield Problem(("feed", "poll_min_s"), "wanted no more than feed.poll_max_s", feed.poll_min_s)
    if feed.channel and not feed.url:
        yield Problem(("feed", "url"), "wanted the address of the server that has this feed", feed.url)


def places(personas: Sequence[Persona], discord: Discord, telegram: Telegram, feed: Feed) -> Iterator[Problem]:
    """Yield the places that no platform has: neither an id nor the name of a bot or feed."""
    known = [name for name in (discord.name, telegram.name, feed.name, feed.channel) if name]
    for at, persona in enumerate(personas):
        for index, place in enumerate(persona.channels):
            if place not in known and not ID.fullmatch(place):
                wish = f"wanted the id of a channel or chat, or one of {', '.join(known)}"
                hint = closest(place, known)
                yield Problem(("persona", at, "channels", index), f"{wish}; {hint}" if hint else wish, place)
