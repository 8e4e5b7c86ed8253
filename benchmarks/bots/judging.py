"""What was asked, what came of it, and what that says: who got no answer, two, or one before their turn. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bots.reception.values import HELD_UP

ANSWER = "echo: "  # how what the fake engine says begins


@dataclass(frozen=True)
class Question:
    """What somebody said."""

    mark: str
    """A word in it that nothing else has."""
    conversation: str
    """Where it belongs: within it answers come in the order of the questions."""
    persona: str
    asked_s: float
    message: str = ""
    """The platform's number of it."""


@dataclass(frozen=True)
class Post:
    """What stands on the platform in the end; posts come in the order in which people read them."""

    text: str
    at_s: float
    who: str = ""
    """Who seems to have said it, where that is seen."""
    answers: str = ""
    """The message that it is shown as a reply to."""


@dataclass(frozen=True)
class Account:
    """What came of many questions."""

    answered: int
    told: int
    """How many got a word that is no answer, such as that too much is going on."""
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    out_of_order: tuple[str, ...]
    strangers: tuple[str, ...]
    """Questions that somebody else answered than who was asked."""
    waits_s: tuple[float, ...]
    """Of the answers, from the question to the last word."""
    told_s: tuple[float, ...]
    """Of the words that are no answer."""
    held_up: int = 0
    """How many were told that it takes longer; what comes after that is what it came to."""

    @property
    def is_clean(self) -> bool:
        """Whether every question came to exactly one thing, in its turn, from whom it was put to."""
        return not (self.lost or self.doubled or self.out_of_order or self.strangers)


def account(questions: Sequence[Question], posts: Iterable[Post]) -> Account:
    """Return what came of the questions. A post belongs to the one whose mark it bears, else to what it replies to."""
    by_mark = {question.mark: question for question in questions}
    by_message = {question.message: question for question in questions if question.message}
    found: dict[str, list[Post]] = defaultdict(list)
    held_up = 0
    for post in posts:
        question = _asked(post, by_mark) or by_message.get(post.answers)
        if post.text == HELD_UP:
            held_up += question is not None
        elif question is not None:
            found[question.mark].append(post)
    firsts = [(by_mark[mark], posts[0]) for mark, posts in found.items()]
    answers = [(question, post) for question, post in firsts if is_answer(post)]
    words = [(question, post) for question, post in firsts if not is_answer(post)]
    return Account(
        answered=len(answers),
        told=len(words),
        lost=tuple(mark for mark in by_mark if mark not in found),
        doubled=tuple(mark for mark, posts in found.items() if len(posts) > 1),
        out_of_order=tuple(out_of_order(question for question, _ in answers)),
        strangers=tuple(
            question.mark
            for question, post in answers
            if post.who and post.who.casefold() != question.persona.casefold()
        ),
        waits_s=tuple(post.at_s - question.asked_s for question, post in answers),
        told_s=tuple(post.at_s - question.asked_s for question, post in words),
        held_up=held_up,
    )


def is_answer(post: Post) -> bool:
    """Return whether the model said it."""
    return ANSWER in post.text


def out_of_order(answered: Iterable[Question]) -> list[str]:
    """Return the questions that were answered after one which was put later in the same conversation.

    >>> first, second = Question("a", "c", "p", 1.0), Question("b", "c", "p", 2.0)
    >>> out_of_order([second, first])
    ['a']
    """
    latest: dict[str, float] = {}
    late = []
    for question in answered:
        if question.asked_s < latest.get(question.conversation, 0.0):
            late.append(question.mark)
        latest[question.conversation] = max(latest.get(question.conversation, 0.0), question.asked_s)
    return late


def _asked(post: Post, by_mark: dict[str, Question]) -> Question | None:
    return next((by_mark[word] for word in post.text.split() if word in by_mark), None)


def signs_s(questions: Sequence[tuple[str, float]], signs: Iterable[tuple[str, float]]) -> list[float]:
    """Return how long after each question, told by its place and time, the first sign was shown there.

    >>> signs_s([("7", 1.0), ("8", 1.0)], [("7", 0.5), ("7", 1.25), ("7", 9.0)])
    [0.25]
    """
    shown = sorted(signs, key=lambda sign: sign[1])
    firsts = (
        next((at_s - asked_s for where, at_s in shown if where == place and at_s >= asked_s), None)
        for place, asked_s in questions
    )
    return [first for first in firsts if first is not None]
