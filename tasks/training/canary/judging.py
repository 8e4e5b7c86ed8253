"""Is a canary to go, to stay, or to answer everybody? By what people and figures say of its replies. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.contracts.canary import Served
from tasks.training.canary.evidence import Tally, blocks, e_value

FALSE_ALARMS = 0.05
"""Of canaries that are as good as what was served before, the most that are taken away."""
MOST_EACH = 4
"""Replies of what was served before that each of the canary is compared with."""


class Sign(StrEnum):
    """By what a canary is judged."""

    REACTIONS = "reactions"
    """Of the replies that people said something of, those that they did not like."""
    NOTICES = "notices"
    """Questions that got none, for its engine failed."""
    BROKEN = "broken"
    """Replies that nobody would give: empty, the same for ever, in letters of nobody."""


NEEDED = len(Sign) / FALSE_ALARMS  # each sign has its part of the false alarms
WORDS = {
    Sign.REACTIONS: "people disliked {} of its replies that they judged, and {} of those before",
    Sign.NOTICES: "it failed to answer {} of its questions, and what was served before {}",
    Sign.BROKEN: "{} of its replies were broken, and {} of those before",
}


@dataclass(frozen=True)
class Trial:
    """One question that the canary or what was served before was to answer."""

    canary: bool
    replied: bool
    broken: bool
    disliked: bool | None
    """None: nobody said anything of it."""
    answered_ms: int
    judged_ms: int = 0
    """When somebody last said something of it."""
    earlier: bool = False
    """It was answered before there was a canary."""


class Ruling(StrEnum):
    """What becomes of a canary."""

    WAIT = "wait"
    PROMOTE = "promote"
    DEMOTE = "demote"


@dataclass(frozen=True)
class Judgement:
    """What is said of a canary, why, and by which figures."""

    ruling: Ruling
    words: str
    replies: int
    """Questions that the canary was to answer."""
    ratings: int
    figures: dict[str, float]


@dataclass(frozen=True)
class Wishes:
    """What it takes for a canary to answer everybody."""

    replies: int
    """After so many, one that nothing speaks against does."""
    ratings: int = 0
    """How many of these people have to have judged; 0: none."""
    late: str = ""
    """For how long it has been tried, in words, where that was long enough: it is judged by what there is."""


def judge(served: Served, trials: Iterable[Trial], wishes: Wishes) -> Judgement:
    """Judge a canary.

    Args:
        served: what is served, with the canary.
        trials: what was asked since it began; where it answers most, also what was asked before that.
        wishes: what it takes.
    """
    each, earlier = _each(served.share), looks_back(served.share)
    told = sorted((trial for trial in trials if earlier or not trial.earlier), key=lambda trial: trial.answered_ms)
    figures: dict[str, float] = {}
    worst, words = 0.0, ""
    for sign in Sign:
        canary, before = (_went_wrong(sign, told, canary=canary) for canary in (True, False))
        tallies = blocks(canary, before, each)
        against = e_value(*tallies)
        whole = Tally(sum(canary), len(canary)), Tally(sum(before), len(before))
        figures |= {sign.value: whole[0].rate, f"{sign.value}_before": whole[1].rate, f"{sign.value}_e": against}
        if against >= NEEDED and against > worst:
            worst, words = against, WORDS[sign].format(*map(_share, tallies))
    replies = sum(trial.canary for trial in told)
    rated = sum(trial.canary and trial.disliked is not None for trial in told)
    ruling, why = _ruling(words, replies, rated, wishes)
    return Judgement(ruling, why, replies, rated, {**figures, "replies": replies, "ratings": rated})


def of_flagged(words: str) -> Judgement:
    """Return what is said of a canary that knows what it may not: the next run leaves that out, and is tried.

    >>> of_flagged("2 of what it learned from was forgotten").ruling
    <Ruling.DEMOTE: 'demote'>
    """
    return Judgement(Ruling.DEMOTE, words, 0, 0, {})


def _ruling(against: str, replies: int, rated: int, wishes: Wishes) -> tuple[Ruling, str]:
    if against:
        return Ruling.DEMOTE, against
    if replies < wishes.replies and not wishes.late:
        return Ruling.WAIT, f"{replies} of {wishes.replies} replies"
    if rated < wishes.ratings:
        said = f"{rated} of {wishes.ratings} ratings by people"
        return (Ruling.DEMOTE, f"{said} after {wishes.late}") if wishes.late else (Ruling.WAIT, said)
    told = f"nothing spoke against it in {_count(replies, 'reply', 'replies')}"
    if replies < wishes.replies:
        told += f", all that there were in {wishes.late}"
    return Ruling.PROMOTE, f"{told}, {rated} of them judged by people" if rated else f"{told}; unrated by people"


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def looks_back(share: float) -> bool:
    """Return whether what was asked before a canary has to do, for it answers most of what is asked meanwhile.

    What is asked at the same time is the fairer comparison: machines that fail then fail both.
    """
    return share > 0.5


def _each(share: float) -> int:
    """Return how many replies each of the canary is compared with."""
    return min(MOST_EACH, max(1, int((1 - share) / share + 1e-9))) if share else MOST_EACH


def _went_wrong(sign: Sign, trials: Sequence[Trial], *, canary: bool) -> list[bool]:
    """Return of each trial that this sign says something of whether it went wrong, in the order in which it did."""
    of = [trial for trial in trials if trial.canary is canary]
    if sign is Sign.NOTICES:
        return [not trial.replied for trial in of]
    if sign is Sign.BROKEN:
        return [trial.broken for trial in of if trial.replied]
    judged = sorted((trial for trial in of if trial.disliked is not None), key=lambda trial: trial.judged_ms)
    return [bool(trial.disliked) for trial in judged]


def _share(tally: Tally) -> str:
    return f"{tally.rate:.0%} ({tally.wrong} of {tally.replies})"
