"""What each promise says of each message, decided from what the ledger and the chat hold. Talks to nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tasks.contracts.jobs import JobState, JobView, Outcome
from tests.faults.chat import Post

MS = 1000
REFUSED = "refused"  # the kind of a post that says: not now
ECHO = "echo: "  # how the fake engine begins, before it says what it was told
ONE_END, ONE_POST, IN_TIME, RECOVERS, OWN_WORDS, AT_REST, IN_TURN = "I1", "I2", "I3", "I4", "I5", "I6", "order"
PROMISES = {
    ONE_END: "every message comes to its end, and the chat has what the record has",
    ONE_POST: "no message has two answers",
    IN_TIME: "the reply or notice comes within the deadline and 5 s",
    RECOVERS: "after the fault the first reply comes within 20 s",
    OWN_WORDS: "nobody is told what was meant for somebody else",
    AT_REST: "nothing is left in the ledger, on a queue or unacknowledged",
    IN_TURN: "a session has one turn at a time, in the order in which they were said",
}


@dataclass(frozen=True)
class Case:
    """One message: what was said, the job that it became (None: it was refused), what was posted for it."""

    message: int
    said: str
    view: JobView | None
    posts: tuple[Post, ...]


@dataclass
class Verdict:
    """How often a promise was looked at, and a sentence for each time that it was broken."""

    looked_at: int = 0
    broken: list[str] = field(default_factory=list)

    def look(self, complaint: str) -> None:
        """Note one look: `complaint` is empty where all is well."""
        self.looked_at += 1
        if complaint:
            self.broken.append(complaint)


def judge(cases: Sequence[Case], late_s: float) -> dict[str, Verdict]:
    """Return the verdicts that the messages themselves allow."""
    verdicts = {promise: Verdict() for promise in (ONE_END, ONE_POST, IN_TIME, OWN_WORDS, IN_TURN)}
    for case in cases:
        verdicts[ONE_END].look(no_end(case))
        verdicts[ONE_POST].look(f"{len(case.posts)} posts for {case}" if len(case.posts) > 1 else "")
        if case.view is not None and case.posts:
            verdicts[IN_TIME].look(late(case.view, case.posts[0], late_s))
        if any(post.text.startswith(ECHO) for post in case.posts):
            verdicts[OWN_WORDS].look(foreign_words(case))
    verdicts[IN_TURN] = turns([case.view for case in cases if case.view is not None])
    return verdicts


def no_end(case: Case) -> str:
    """Return what is wrong with the end of a message, or nothing."""
    if not case.posts:
        return f"no answer: {case}"
    post = case.posts[0]
    if case.view is None:
        return "" if post.kind == REFUSED else f"answered without a job: {case}"
    if case.view.state is not JobState.DELIVERED:  # this chat takes everything
        return f"not at its end: {case}"
    same = (post.kind, post.text) == (case.view.outcome or "", case.view.text)
    return "" if same else f"the chat has something else than the record: {case}"


def late(view: JobView, post: Post, late_s: float) -> str:
    """Return by how much an answer was late, or nothing."""
    late_ms = post.at_ms - view.deadline_ms
    return f"{late_ms} ms past its deadline: {view}" if late_ms > late_s * MS else ""


def foreign_words(case: Case) -> str:
    """Return what was told that nobody here had said, or nothing."""
    own = [ECHO.strip(), *case.said.split()]  # the engine says it word by word
    strange = [post.text for post in case.posts if post.text.startswith(ECHO) and post.text.split() != own]
    return f"{strange} in answer to {case.said!r}" if strange else ""


def turns(views: Iterable[JobView]) -> Verdict:
    """Judge whether each session had one turn after the other."""
    verdict, sessions = Verdict(), defaultdict(list)
    for view in views:
        if any(mark.state is JobState.CLAIMED for mark in view.marks):  # else it came to nothing before its turn
            sessions[view.session].append(view)
    for session in sessions.values():
        for earlier, later in pairwise(session):
            started_ms = min(mark.at_ms for mark in later.marks if mark.state is JobState.CLAIMED)
            ended_ms = min(
                (mark.at_ms for mark in earlier.marks if mark.state is JobState.DONE), default=started_ms + 1
            )
            verdict.look(f"two turns at once: {earlier} and {later}" if started_ms < ended_ms else "")
    return verdict


def recoveries(cases: Iterable[Case], lifted_ms: Iterable[int]) -> list[int | None]:
    """Return how long after each end of a fault the first reply stood in the chat, in ms; None where there was none."""
    replied = sorted(post.at_ms for case in cases for post in case.posts if post.kind == Outcome.REPLY)
    found: list[int | None] = []
    for lifted in lifted_ms:
        found.append(next((at_ms - lifted for at_ms in replied if at_ms >= lifted), None))
    return found


def tally(cases: Sequence[Case]) -> dict[str, int]:
    """Return what a reader wants counted."""
    kinds = [post.kind for case in cases for post in case.posts[:1]]
    return {
        "messages": len(cases),
        "replies": kinds.count(Outcome.REPLY),
        "notices": kinds.count(Outcome.NOTICE),
        "refused": kinds.count(REFUSED),
        "lost": sum(not case.posts for case in cases),
        "doubled": sum(len(case.posts) > 1 for case in cases),
    }
