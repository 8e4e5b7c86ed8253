"""A real llama.cpp with two adapters: each answer is one's own, and it is known whose."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.contracts.errors import EngineRejected, WrongModel
from tasks.evolution.lora_gguf import base_of, export_lora
from tests.served import Served, child
from tests.tiny_adapter import write_tiny_adapter
from tests.tiny_model import write_tiny_gguf
from tests.workers.engines.asking import PATIENT, chat, told
from workers.engines.gguf_header import read_head
from workers.engines.llamacpp import LlamaCppEngine
from workers.engines.llamacpp_adapters import numbers

FIRST, SECOND = "sea wolf@20261101-0a0a0a0a", "rook@20261122-ab12cd34"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("base") / "tiny.gguf", seed=1)


def exported(base: Path, name: str, seed: int) -> Path:
    folder = write_tiny_adapter(base.parent / f"peft-{seed}", seed)
    return export_lora(folder, base.parent / f"{seed}.gguf", base_of(read_head(base)), name=name)


@pytest.fixture(scope="module")
def fitted(base: Path) -> Iterator[Served]:
    adapters = [exported(base, FIRST, 1), exported(base, SECOND, 2)]
    with child(base, model="tiny", slots=3, adapters=adapters) as running:
        yield running


def said(engine: LlamaCppEngine, adapter: str = "") -> str:
    return told(engine.chat_stream(chat("tiny", adapter=adapter), PATIENT))[0]


def test_one_answers_as_it_was_asked_and_none_has_a_say_in_the_others(base: Path, fitted: Served) -> None:
    engine = LlamaCppEngine(fitted.url)
    assert set(engine.adapters("tiny")) == {FIRST, SECOND}
    words = {adapter: said(engine, adapter) for adapter in ("", FIRST, SECOND)}
    assert len(set(words.values())) == 3
    with child(base, model="tiny") as plain:
        assert said(LlamaCppEngine(plain.url)) == words[""]
    asked = ["", FIRST, SECOND] * 8
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda adapter: said(engine, adapter), asked)) == [words[adapter] for adapter in asked]


def test_one_that_it_does_not_have_is_refused_and_not_left_out_in_silence(fitted: Served) -> None:
    engine = LlamaCppEngine(fitted.url)
    with pytest.raises(EngineRejected, match="cannot put adapter 'rook@20260101-00000000' on model 'tiny'"):
        said(engine, "rook@20260101-00000000")


def test_an_answer_under_a_number_that_is_another_ones_by_now_is_none(fitted: Served) -> None:
    class Changed(LlamaCppEngine):
        def _listed_adapters(self, patience_s: float) -> dict[str, int]:
            listed = dict(super()._listed_adapters(patience_s))
            return listed if self._numbers is None else dict(zip(listed, reversed(listed.values()), strict=True))

    with pytest.raises(WrongModel, match="had the adapters"):
        said(Changed(fitted.url), SECOND)


def test_what_is_no_list_of_adapters_has_none() -> None:
    assert numbers({"error": "x"}) == numbers([{"path": "a"}, "b"]) == {}


def test_what_was_read_with_one_is_not_taken_for_what_another_or_the_base_has_read(base: Path, fitted: Served) -> None:
    def cached_tokens(url: str, adapter: str) -> int:
        _, completion = told(LlamaCppEngine(url).chat_stream(chat("tiny", "the sea, " * 20, adapter=adapter), PATIENT))
        return completion.usage.cached_tokens

    assert [cached_tokens(fitted.url, adapter) for adapter in ("", FIRST, "", SECOND, SECOND, "")] == [0] * 6
    with child(base, model="tiny") as plain:
        assert [cached_tokens(plain.url, "") > 0 for _ in range(2)] == [
            False,
            True,
        ]  # it is the adapters that forbid it
