"""Answering in words: compose the prompt, stream what the model says into the record."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from tasks.contracts import condensed as summary
from tasks.contracts.errors import EngineError, EngineTruncated, OnlyThoughts
from tasks.generation import cache
from tasks.generation.adapting import Seat, seated
from tasks.generation.budget import asked_tokens
from tasks.generation.draft import Draft
from tasks.generation.inhand import Answer, Answering
from tasks.generation.prompt import compose
from tasks.generation.thoughts import Thoughts, parted
from tasks.jobs.crashpoints import reach
from tasks.services import Chat, Completion, Piece


def reply(work: Answering) -> Answer:
    """Stream the answer into the record and return it whole.

    Raises JobMoved when the job was taken away, and what the engine raises.
    """
    with seated(work) as seat:
        answer = _from(seat, work)
    return replace(answer, adapter=seat.adapter, no_adapter=seat.missed)


def _from(seat: Seat, work: Answering) -> Answer:
    request, chat = work.claim.request, chat_of(work, seat.adapter)
    if (found := cache.find(work.store, request, chat)) is not None:
        return Answer(found[0], "", found[1], cached=True)
    patience = work.patience(asked_tokens(chat))
    draft, thoughts = Draft(work.store, work.hold, work.clock), Thoughts(kept=request.reasoning == "folded")
    if work.desk.prompts is not None:
        work.desk.prompts.keep(work.claim.job, work.claim.fence, chat)
    reach("composed")
    with closing(seat.engine.chat_stream(chat, patience)) as stream:
        for item in stream:
            work.check_held()
            work.trial.saw(item)
            if isinstance(item, Completion):
                answer = _whole(draft.text, thoughts, item)
                cache.keep(work.store, request, chat, answer.text, item)
                return answer
            _take(item, draft, thoughts)
    raise EngineTruncated("the stream ended without a completion")


def chat_of(work: Answering, adapter: str = "") -> Chat:
    """Return what the engine is asked: the prompt as it fits the model, and how to answer it."""
    desk, request = work.desk, work.claim.request
    older = summary.of(work.claim.condensed).without(request.replaces)
    turns = compose(request, work.claim.window, work.claim.recalled, desk.context_tokens, older)
    return Chat(
        desk.model,
        turns,
        request.sampling,
        adapter,
        response_format=request.response_format,
        tools=request.tools,
        tool_choice=request.tool_choice,
    )


def _take(piece: Piece, draft: Draft, thoughts: Thoughts) -> None:
    """Put a piece where it belongs; one of a call is only a sign of life, as the calls come whole at the end."""
    said = "" if piece.reasoning or piece.call else piece.text
    draft.add(said)
    if piece.reasoning:
        thoughts.add(piece.text)
    elif said:
        reach("first.token")


def _whole(text: str, thoughts: Thoughts, completion: Completion) -> Answer:
    """Return the answer without the thinking. Raises EngineError, OnlyThoughts: nothing is left of it then."""
    said, thought = parted(text)
    thoughts.add(thought)
    if said.strip() or completion.calls:
        return Answer(said.strip(), thoughts.text, completion)
    if thoughts.any:
        raise OnlyThoughts(
            f"the model thought for all of its {completion.usage.completion_tokens} tokens and said nothing",
            next_step="raise max_tokens of the persona",
        )
    raise EngineError("the model ended its answer without a word")
