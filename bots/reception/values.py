"""What goes in at the reception besides `Heard`, and what it says: values, and the one door that adapters call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bots.platform import Heard, Place


@dataclass(frozen=True)
class Accepted:
    """It is a job now. Delivery shows that somebody writes, and answers; the adapter has nothing to do."""

    job: str
    persona: str
    place: Place


@dataclass(frozen=True)
class Told:
    """Say this at once, as plain text, where it was asked: it is no job and comes from nowhere else."""

    text: str
    private: bool = False
    """For the eyes of who asked alone, where the platform can do that."""
    again: bool = False
    """The message was not taken in, or nobody knows: where the platform brings it again, let it."""


@dataclass(frozen=True)
class Ignored:
    """Do nothing at all, not even show that it was read."""

    why: str
    """For the log. Holds no words of a person."""
    again: bool = False
    """As of `Told`: it was said before that it was not taken in."""


Verdict = Accepted | Told | Ignored


@dataclass(frozen=True)
class Command:
    """A command or a pressed button of a person. Whether they may is looked at when it is carried out."""

    name: str
    """Without its slash: "ask", "persona", "model", "reset", "status", "help", "stop" or "retry".

    A button that stops is "stop", one that asks anew is "retry", both with `job`.
    """
    platform: str
    bot: str
    place: Place
    """Where it was said; with `via`, where what it asks for is answered that way."""
    message: str
    """The platform's number of this very command (the interaction, the message, the press): it is done once."""
    user: str
    """The platform's number of the person."""
    args: str = ""
    """What stands behind the name: the question of /ask, the name for /persona and /model."""
    persona: str = ""
    """Who was named besides, by an option of /ask."""
    job: str = ""
    """The job that a button belongs to; empty: the person's own latest one here."""
    author: str = ""
    at_ms: int = 0
    direct: bool = False
    guild: str = ""
    parent: str = ""
    roles: frozenset[str] = frozenset()
    from_bot: bool = False

    @classmethod
    def typed(cls, heard: Heard, name: str, args: str) -> Command:
        """Return a command that was written as a message."""
        return cls(
            name=name,
            platform=heard.platform,
            bot=heard.bot,
            place=heard.place,
            message=heard.message,
            user=heard.user,
            args=args,
            author=heard.author,
            at_ms=heard.at_ms,
            direct=heard.direct,
            guild=heard.guild,
            parent=heard.parent,
            roles=heard.roles,
            from_bot=heard.from_bot,
        )

    def heard(self) -> Heard:
        """Return it as a message that was addressed to the bot, saying what stands behind the command's name."""
        return Heard(
            platform=self.platform,
            bot=self.bot,
            place=self.place,
            message=self.message,
            user=self.user,
            author=self.author,
            text=self.args,
            at_ms=self.at_ms,
            direct=self.direct,
            guild=self.guild,
            parent=self.parent,
            roles=self.roles,
            mentioned=True,
            from_bot=self.from_bot,
            persona=self.persona,
        )


class Reception(Protocol):
    """The one door for adapters. It never raises for what a person did, and is quick: no model is waited for."""

    async def hear(self, heard: Heard) -> Verdict:
        """Take in a message, new or edited; a text that begins with a command's name is that command."""

    async def command(self, command: Command) -> Verdict:
        """Carry out a command or a button: /ask and /retry are `Accepted` as jobs, the others `Told` at once."""

    def excuse(self, heard: Heard) -> Verdict:
        """Return what is said of a message that has to wait behind one that was not taken in. It is heard later."""

    def admits(self, heard: Heard) -> bool:
        """Return whether the person may speak to the bot there: before a reaction or an interaction is taken up."""
