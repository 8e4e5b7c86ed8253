"""What is learned from conversations: the values that the steps of a run hand on to each other."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from tasks.contracts.messages import Name, Turn, Value

ID_CHARS = 32  # of a digest: enough that no two samples ever share one


class Learns(StrEnum):
    """What a persona may learn from."""

    NOTHING = "nothing"
    LIKED = "liked"
    """What people showed to be good: 👍, the reply that was kept, corrections, and examples written by hand."""
    IMITATE = "imitate"
    """The lines of the authors that it imitates, as answers; and examples written by hand."""


class Source(StrEnum):
    """Why an answer is one to learn from."""

    LIKED = "liked"
    KEPT = "kept"  # the last of several that somebody asked for, and left standing
    CORRECTED = "corrected"  # what somebody said it should have been
    WRITTEN = "written"  # an example in the persona's folder
    IMITATED = "imitated"  # an author's own line


class Sample(Value):
    """One thing to learn: what was said, and what is a good answer to it."""

    id: Name
    """Equal whenever the same is exported again: see `sample_id`."""
    persona: Name
    author: str = ""
    """Whose words or whose judgement it is, and so who has to agree; empty: it was written by hand."""
    tenant: str = ""
    conversation: str
    """Its session. Samples of one are never on both sides of a split."""
    at_ms: int = Field(ge=0)
    source: Source
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    """What was said before, the persona's own prompt not among it; the last one is what is answered."""
    answer: Annotated[str, Field(min_length=1)]
    jobs: tuple[str, ...] = ()
    """The jobs that it was made of; whoever forgets one of them reaches this sample by it."""
    people: tuple[str, ...] = ()
    """All whose words or judgement are in it, the author among them: each has to agree. Empty: written by hand."""
    channel: str = ""
    """Where it was said, as the ledger knows channels; one that was closed is not learned from. Empty: in none."""


class Pair(Value):
    """Two answers to one question, of which people preferred one."""

    id: Name
    persona: Name
    author: str
    tenant: str = ""
    conversation: str
    at_ms: int = Field(ge=0)
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    chosen: str
    rejected: str
    jobs: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """As of `Sample`."""
    channel: str = ""


def sample_id(persona: str, source: Source, *parts: str) -> str:
    """Return the id of a sample: a digest of the persona and of what it was made of.

    >>> sample_id("rook", Source.LIKED, "job-1") == sample_id("rook", Source.LIKED, "job-1")
    True
    """
    whole = "\0".join((persona, source.value, *parts))
    return hashlib.sha256(whole.encode()).hexdigest()[:ID_CHARS]


def correction_ids(persona: str, job: str, author: str, text: str) -> tuple[str, str]:
    """Return the ids of the sample and of the pair that somebody's correction of an answer becomes."""
    parts = (job, author, text.strip())
    return sample_id(persona, Source.CORRECTED, *parts), sample_id(persona, Source.CORRECTED, *parts, job)


class StepName(StrEnum):
    """The steps of a run, in their order."""

    WINDOW = "window"  # since when, until when, and how much is there
    EXPORT = "export"  # what is learned from, as far as people agreed
    SCRUB = "scrub"  # without secrets, numbers and addresses masked
    DATASET = "dataset"  # without doubles, mixed with what was learned before, and split
    TRAIN = "train"
    EVALUATE = "evaluate"
    SAFETY = "safety"
    GATE = "gate"
    PUBLISH = "publish"
    CANARY = "canary"  # on a part of the persona's jobs, or on all of them at once


class Course(StrEnum):
    """What a run came to, or is at."""

    WALKING = "walking"
    SKIPPED = "skipped"  # too little to learn from
    REFUSED = "refused"  # by the gate
    FAILED = "failed"
    CANARY = "canary"
    PROMOTED = "promoted"


class Metric(Value):
    """One figure of an evaluation, of the candidate, of the adapter that is served now, and of the base."""

    name: Name
    candidate: float
    served: float | None = None
    """None: no adapter is served yet, so the base alone counts."""
    base: float
    better: Literal["lower", "higher"]
    unit: str = ""


class Objection(Value):
    """Why an adapter is not to be served: one metric that vetoes, in words for whoever reads them."""

    metric: Name
    words: str


class Verdict(Value):
    """What the gate says."""

    passed: bool
    objections: tuple[Objection, ...] = ()
    unrated: bool = False
    """No people have judged it yet; the canary is where they do."""
    waived: str = ""
    """Who let it pass unrated although its persona waits for people, and why; empty: nobody had to."""


def adapter_name(persona: str, version: str) -> str:
    """Return what an adapter is called wherever it answers.

    >>> adapter_name("pirate", "20261122-ab12cd34")
    'pirate@20261122-ab12cd34'
    """
    return f"{persona}@{version}"
