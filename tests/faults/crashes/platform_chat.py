"""The chat of the fault tests on an emulated platform: people speak there, and its own messages are the truth.

A message of the bot belongs to the job that its buttons name, else to the one that it answers, else to the one whose
words it has. What belongs to nobody, and is no placeholder, is told apart: there must be none.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bots.delivery.pages import NO_LONGER, PLACEHOLDER
from bots.reception.values import HELD_UP
from tasks.contracts.jobs import NOTICES, Outcome
from tests.faults.chat import Chat, Post
from tests.faults.judging import ECHO

PEOPLE = 40
LONG_EVERY = 8  # messages; so often an answer is several messages long
NUMBER = re.compile(r"\b(?:number |n)(\d+)\b")


@dataclass(frozen=True)
class Found:
    """One message of the bot as it stands there."""

    text: str
    about: str
    """The job that its buttons name, or the question that it answers; empty: neither."""
    ends: bool
    """Whether it has the button of a finished answer."""
    at_ms: int


class PlatformChat(Chat):
    """A platform that outlives every process of the flock."""

    long_words = 250
    """Of a message whose answer does not fit into one."""
    word_chars = 10

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._jobs: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._questions: dict[str, str] = {}

    def speak(self) -> int:
        """Say the next thing, as the next person."""
        number = len(self._jobs)
        text = self.words(number)
        question, job, heard = self.utter(number, text)
        self._jobs[number], self._texts[number] = job, heard
        self._questions[question] = job
        return number

    def words(self, number: int) -> str:
        """Return what is said as the message of this number: in each word of a long one it can be read."""
        if number % LONG_EVERY:
            return f"number {number} of many" + (" !slow 0.03" if number % 3 else "")
        long = (f"n{number}.word{word}".ljust(self.word_chars, "x") for word in range(self.long_words))
        return f"number {number} !slow 0.002 {' '.join(long)}"

    @abstractmethod
    def is_connected(self) -> bool:
        """Return whether the bot is there."""

    @abstractmethod
    def utter(self, number: int, text: str) -> tuple[str, str, str]:
        """Say it on the platform; return the question's name there, its job, and the words as the model has them."""

    @abstractmethod
    def found(self) -> Iterable[Found]:
        """Return what the bot has posted, in order."""

    def heard(self, messages: Sequence[int]) -> list[int]:
        """Return those that the platform has told the bot of, and said so to whoever asked."""
        return list(messages)

    def job(self, message: int) -> str:
        return self._jobs[message]

    def texts(self) -> dict[int, str]:
        return dict(self._texts)

    def posts(self) -> list[Post]:
        """Return a post for each beginning of an answer that is there, with all that follows it."""
        said: dict[str, list[Found]] = defaultdict(list)
        for message in self.found():
            if message.text not in (PLACEHOLDER, NO_LONGER, HELD_UP):
                said[self.job_of(message)].append(message)
        return [post for job, messages in said.items() for post in _posts_of(job, messages)]

    def has_answers(self, messages: Sequence[int]) -> bool:
        """Return whether each of these has an answer."""
        return {self._jobs[message] for message in messages} <= {post.job for post in self.posts()}

    def strays(self) -> int:
        """Return how many placeholders were left behind."""
        return sum(message.text == PLACEHOLDER for message in self.found())

    def delays(self) -> int:
        """Return how often somebody was told to wait, as the bot could not reach its ledger in time."""
        return sum(message.text == HELD_UP for message in self.found())

    def job_of(self, message: Found) -> str:
        """Return the job that a message came of. Fails where there is none."""
        if message.about in self._questions.values():
            return message.about
        if message.about in self._questions:
            return self._questions[message.about]
        number = NUMBER.search(message.text)
        assert number is not None, f"whose is this? {message}"
        return self._jobs[int(number[1])]


def _posts_of(job: str, messages: Sequence[Found]) -> list[Post]:
    if not any(message.ends for message in messages):
        return []
    heads = [message for message in messages if is_head(message.text)]
    more = [message for message in messages if not is_head(message.text)]
    if not heads:
        return [_post(job, more)]
    *others, last = sorted(heads, key=lambda message: message.ends)
    return [_post(job, [last, *more]), *(_post(job, [other]) for other in others)]


def _post(job: str, messages: Sequence[Found]) -> Post:
    text = " ".join(message.text for message in messages)
    kind = Outcome.NOTICE if text in NOTICES.values() else Outcome.REPLY
    return Post(job, kind, text, max(message.at_ms for message in messages))


def is_head(text: str) -> bool:
    """Return whether an answer begins so."""
    return text.startswith(ECHO) or text in NOTICES.values()
