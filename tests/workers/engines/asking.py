"""Asks an engine, and hears it out."""

from __future__ import annotations

from collections.abc import Generator

from tasks.contracts.errors import EngineStalled
from tasks.contracts.messages import Sampling, Turn
from tasks.services import Chat, Completion, Engine, Patience, Piece, Vectors

PATIENT = Patience(total_s=60, no_progress_s=60)
GREEDY = Sampling(temperature=0.0, max_tokens=8)
ENDLESS = Sampling(temperature=0.0, max_tokens=1900)  # a second or two of work for a tiny model
Stream = Generator[Piece | Completion, None, None]


def chat(model: str, text: str = "What is a rookery made of?", sampling: Sampling = GREEDY, adapter: str = "") -> Chat:
    turns = (Turn(role="system", text="Be brief."), Turn(role="user", text=text))
    return Chat(model, turns, sampling, adapter)


def vectors(engine: Engine, model: str, *texts: str) -> Vectors:
    """Return the vectors of these texts, and check that nothing but empty pieces came before them."""
    *pieces, found = engine.embed(model, texts, PATIENT)
    assert isinstance(found, Vectors)
    assert set(pieces) <= {Piece()}
    return found


def told(stream: Stream) -> tuple[str, Completion]:
    """Return the text and the completion, and check that they came in the order that was promised."""
    *pieces, completion = stream
    assert isinstance(completion, Completion)
    assert all(isinstance(piece, Piece) for piece in pieces)
    said = (piece for piece in pieces if isinstance(piece, Piece) and not piece.reasoning and not piece.call)
    return "".join(piece.text for piece in said), completion


def begin(
    engine: Engine, model: str, sampling: Sampling = ENDLESS, *, patience: Patience = PATIENT, tries: int = 20
) -> Stream:
    """Return a stream that has said its first word of many; who is impatient may need some tries on a busy machine."""
    stream = engine.chat_stream(chat(model, sampling=sampling), patience)
    try:
        while not (isinstance(piece := next(stream), Piece) and piece.text):
            pass
    except EngineStalled:
        if tries:
            return begin(engine, model, sampling, patience=patience, tries=tries - 1)
        raise
    return stream
