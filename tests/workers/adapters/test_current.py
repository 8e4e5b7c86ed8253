"""Whichever engine is told answers what begins; what has begun ends where it began."""

from __future__ import annotations

from pathlib import Path

from tasks.contracts.messages import Turn
from tasks.services import Chat, Completion, Engine, Patience, Piece
from workers.adapters import address
from workers.adapters.current import CurrentEngine, lender_of, lock_of
from workers.adapters.inuse import unused
from workers.engines.fake import FakeEngine

CHAT = Chat("m", (Turn(role="user", text="one two"),))
PATIENT = Patience(10.0)


class Made:
    """Engines by what they are called."""

    def __init__(self) -> None:
        self.by_spec: dict[str, FakeEngine] = {}

    def __call__(self, spec: str) -> Engine:
        engine = self.by_spec[spec] = FakeEngine(("m",))
        engine.load_adapter("m", f"of {spec}", "")
        return engine


def current(folder: Path) -> tuple[CurrentEngine, Path, Made]:
    made, told = Made(), address.told_in(folder, "m")
    return CurrentEngine(told, "first", made), told, made


def test_what_is_told_counts_from_the_next_answer_on(tmp_path: Path) -> None:
    engine, told, made = current(tmp_path)
    assert set(engine.adapters("m")) == {"of first"}
    address.tell(told, "second")
    assert set(engine.adapters("m")) == {"of second"}
    address.forget(told)
    assert set(engine.adapters("m")) == {"of first"}
    assert set(made.by_spec) == {"first", "second"}


def test_an_engine_is_in_use_until_its_last_answer_is_over(tmp_path: Path) -> None:
    engine, told, _ = current(tmp_path)
    first, second = (address.lock_of(told, spec) for spec in ("first", "second"))
    stream = engine.chat_stream(CHAT, PATIENT)
    next(stream)
    address.tell(told, "second")
    assert (unused(first), unused(second)) == (False, True)
    said = [*stream]
    assert isinstance(said[-1], Completion)
    assert unused(first)


def test_a_stream_that_is_closed_gives_its_engine_back(tmp_path: Path) -> None:
    engine, told, _ = current(tmp_path)
    stream = engine.chat_stream(CHAT, PATIENT)
    next(stream)
    stream.close()
    assert unused(address.lock_of(told, "first"))


def test_who_is_lent_an_engine_keeps_it_while_another_takes_its_place(tmp_path: Path) -> None:
    engine, told, made = current(tmp_path)
    with engine.lend("m", "of first") as (lent, has_it):
        assert has_it
        address.tell(told, "second")
        assert lent is made.by_spec["first"]
        assert not unused(address.lock_of(told, "first"))
    with engine.lend("m", "of first") as (lent, has_it):
        assert (lent is made.by_spec["second"], has_it) == (True, False)


def test_it_asks_as_the_engine_of_now_does(tmp_path: Path) -> None:
    engine, _, made = current(tmp_path)
    engine.ensure_loaded("m")
    assert (engine.list_resident(), engine.sizes_gib()) == (["m"], {})
    assert engine.capabilities() == made.by_spec["first"].capabilities()
    engine.load_adapter("m", "more", "")
    assert set(engine.adapters("m")) == {"of first", "more"}
    engine.unload("m")
    assert engine.list_resident() == []
    *pieces, _vectors = engine.embed("m", ["a"], PATIENT)
    assert all(isinstance(piece, Piece) for piece in pieces)


def test_an_adapter_at_a_server_is_in_use_while_it_answers(tmp_path: Path) -> None:
    engine = FakeEngine(("m",))
    engine.load_adapter("m", "a/b@1", "")
    lend = lender_of(engine, "m", tmp_path)
    with lend("a/b@1") as (lent, has_it):
        assert (lent is engine, has_it) == (True, True)
        assert not unused(lock_of(tmp_path, "a/b@1"))
    assert unused(lock_of(tmp_path, "a/b@1"))
    with lend("") as (_, has_it):
        assert not has_it
