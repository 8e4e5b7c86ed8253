"""What goes in at the reception besides `Heard`, and what it says: values, and the one door that adapters call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bots.platform import Heard, Place

A_BOT = "said by a bot"
UNWANTED = "I would rather not take that message: there is a word in it that I am asked to leave out."
AWAY = "I cannot take new messages just now. Please try again in a moment."
#: Of a message that the platform brings again, or that is being taken in all the same: an answer is likely to come.
HELD_UP = (
    "I am held up just now, and will take your message as soon as I can. "
    "If nothing comes within a few minutes, please ask again."
)


@dataclass(frozen=True)
class Accepted:
    """It is a job now. Delivery shows that somebody writes, and answers; the adapter has nothing to do."""

    job: str
    persona: str
    place: Place
    aside: str = ""
    """What to say where it was asked, since the answer goes elsewhere."""


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
    """Without its slash: one of `bots.commands.NAMES`.

    A button that stops is "stop", one that asks anew is "retry", both with `job`.
    """
    said: Heard
    """Who gave it where. Its text is what stands behind the name, its persona who was named besides; its message is the
    platform's number of this very command (the interaction, the message, the press), so that it is done once."""
    job: str = ""
    """The job that a button belongs to; empty: the person's own latest one here."""


class Reception(Protocol):
    """The one door for adapters. It never raises for what a person did, and is quick: no model is waited for."""

    async def hear(self, heard: Heard) -> Verdict:
        """Take in a message, new or edited; a text that begins with a command's name is that command."""

    async def command(self, command: Command) -> Verdict:
        """Carry out a command or a button.

        /ask, /retry and wishes about memories are `Accepted` as jobs, the others `Told` at once.
        """

    def excuse(self, heard: Heard) -> Verdict:
        """Return what is said of a message that has to wait behind one that was not taken in. It is heard later."""

    def admits(self, heard: Heard) -> bool:
        """Return whether the person may speak to the bot there: before a reaction or an interaction is taken up."""


def unless_a_bot(heard: Heard, verdict: Verdict) -> Verdict:
    """Return the verdict; but what would be told is kept from a bot, which might answer to it, and so on for ever."""
    return Ignored(A_BOT, verdict.again) if heard.from_bot and isinstance(verdict, Told) else verdict
