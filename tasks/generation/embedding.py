"""Answering in numbers: a job that embeds has vectors for a reply. Nothing of it is streamed."""

from __future__ import annotations

from contextlib import closing

from tasks.contracts import vectors
from tasks.contracts.errors import EngineRejected, EngineTruncated
from tasks.generation.budget import estimate_tokens
from tasks.generation.inhand import Answer, Answering
from tasks.jobs.crashpoints import reach
from tasks.services import Completion, Vectors

MAX_REPLY_CHARS = 16 * 1024 * 1024  # what Redis is handed in one piece, and hands to whoever waits
EMBEDDED = "stop"


def embed(work: Answering) -> Answer:
    """Return the vectors of the job's texts, as the reply that they are.

    Raises JobMoved when the job was taken away, EngineRejected of a model that cannot embed, and what else the engine
    raises.
    """
    desk, texts = work.desk, work.claim.request.inputs
    patience = work.patience(sum(map(estimate_tokens, texts)))
    reach("composed")
    with closing(desk.engine.embed(desk.model, texts, patience)) as coming:
        for item in coming:
            work.check_held()
            if isinstance(item, Vectors):
                completion = Completion(item.usage, EMBEDDED, item.answered_by)
                work.trial.saw(completion)
                return Answer(_reply(item), "", completion)
    raise EngineTruncated("the engine ended without vectors")


def _reply(found: Vectors) -> str:
    reply = vectors.packed(found.rows)
    if len(reply) > MAX_REPLY_CHARS:
        raise EngineRejected(
            f"the vectors of {len(found.rows)} texts take {len(reply):,} characters, the most is {MAX_REPLY_CHARS:,}",
            next_step="embed fewer texts at once",
        )
    return reply
