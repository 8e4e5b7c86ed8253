"""What people say about being learned from, out of how they write it, and what they are told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tasks.jobs.consents import Standing

HERE = "here"


class Decision(StrEnum):
    """What is decided."""

    ON = "on"
    OFF = "off"
    STATUS = "status"


@dataclass(frozen=True)
class Decided:
    """What somebody decides, for themselves or for all in a channel."""

    what: Decision
    here: bool = False


AGREED = (
    "Thank you. From now on I may learn from what you say to me, and from what you said before. What I learn becomes "
    "part of how I talk to everybody. /learning off takes it back."
)
WITHDRAWN = (
    "I learn nothing more from what you say. What I have learned of it already goes with my next training, which does "
    "without."
)
CLOSED = "I learn nothing from what is said in this channel, whoever says it."
REOPENED = "I may learn here again, from those who agreed themselves with /learning on."
HOW = "Please write /learning on, /learning off or /learning status."
NOT_YOURS = "Only those who look after this bot can say that for a whole channel. /learning off is for yourself."
WHAT_TO_CORRECT = "Please write behind /correct what I should have said."
WHICH = "I do not know which of my answers you mean. Please reply to it with /correct and what I should have said."
TOO_EARLY = "I have not answered that yet."
CORRECTED = "Noted, thank you."
NOT_LEARNED = "I learn from it only if you allow that, with /learning on."


def decided(args: str) -> Decided | None:
    """Return what is decided; None: that is nothing to decide.

    >>> decided("here OFF"), decided(""), decided("maybe")
    (Decided(what=<Decision.OFF: 'off'>, here=True), Decided(what=<Decision.STATUS: 'status'>, here=False), None)
    """
    words = args.lower().split()
    here = words[:1] == [HERE]
    what = " ".join(words[1:] if here else words) or Decision.STATUS.value
    known = next((decision for decision in Decision if decision.value == what), None)
    return Decided(known, here) if known is not None else None


def standing(how: Standing) -> str:
    """Return how it stands with somebody, in words."""
    said = "I may learn from what you say to me. /learning off takes that back."
    if how.agreed is None:
        said = "I learn nothing from what you say to me. /learning on allows it."
    return f"{said}\n{CLOSED}" if how.closed else said


def thanks(how: Standing) -> str:
    """Return what is said to who told what an answer should have been."""
    return CORRECTED if how.agreed and not how.closed else f"{CORRECTED} {NOT_LEARNED if not how.agreed else CLOSED}"
