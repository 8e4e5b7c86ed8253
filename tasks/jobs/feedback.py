"""What people thought of a reply: kept for training, by job or by the message that a platform showed it as.

It goes into the archive's stream. What counts for a reply, a person and a kind is what was said last: saying the same
twice changes nothing, and a reaction that is taken away takes its word back.
"""

from __future__ import annotations

from enum import StrEnum

from tasks.contracts.messages import MAX_TEXT_CHARS
from tasks.jobs.values import Move


class Opinion(StrEnum):
    """What was done about a reply."""

    UP = "up"
    DOWN = "down"
    REGENERATE = "regenerate"  # it was asked for anew
    KEPT = "kept"  # of several, this one was chosen
    CORRECTED = "corrected"  # `text` is what should have been said
    RATED = "rated"  # `text` is how good it was, from "1" to "5"


def of_job(job: str, user: str, opinion: Opinion, text: str = "", *, undone: bool = False) -> Move[str]:
    """Note what `user` thinks of the reply of a job, or with `undone` that they think so no more."""
    return _note(user, opinion, text, undone, ("job", job))


def of_message(
    bot: str, chat: str, message: str, user: str, opinion: Opinion, text: str = "", *, undone: bool = False
) -> Move[str]:
    """Note the same of a reply by the id of a message that it was posted as; which job that was, the archive knows.

    Call it for messages of the bot's own only.
    """
    return _note(user, opinion, text, undone, ("bot", bot), ("chat", chat), ("message", message))


def _note(user: str, opinion: Opinion, text: str, undone: bool, *about: tuple[str, str]) -> Move[str]:
    said = (("user", user), ("opinion", opinion.value), ("text", text[:MAX_TEXT_CHARS]), ("undone", str(int(undone))))
    return Move("note", ("feedback", *(part for pair in (*about, *said) for part in pair)), str, rings=False)
