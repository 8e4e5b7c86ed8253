"""Examples written by hand, as people write them and as they write them wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import Sample, Source
from tasks.training.samples import examples

PAGE = """# How the pirate talks

Some words for whoever reads this.

> What is rum?
> And who drinks it?

Arr, the water of life.

Everybody.
> Who are you?
The *pirate*.

---

Not part of it.

> Bye?
Fair winds.
"""


def written(folder: Path) -> list[Sample]:
    return list(examples.written(folder, "pirate"))


def said(samples: list[Sample]) -> list[tuple[str, str]]:
    return [(one.turns[-1].text, one.answer) for one in samples]


def test_a_page_is_questions_behind_marks_with_answers_below(tmp_path: Path) -> None:
    (tmp_path / "style.md").write_text(PAGE)
    assert said(written(tmp_path)) == [
        ("What is rum?\nAnd who drinks it?", "Arr, the water of life.\n\nEverybody."),
        ("Who are you?", "The *pirate*."),
        ("Bye?", "Fair winds."),
    ]


def test_lines_of_json_have_a_question_or_turns(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep" / "more.jsonl"
    turns = '[{"role": "user", "text": "Hi"}, {"role": "assistant", "text": "Arr"}, {"role": "user", "text": "Why?"}]'
    file.write_text(f'\ufeff{{"question": " Rum? ", "answer": "Aye."}}\n\n{{"turns": {turns}, "answer": "Because."}}\n')
    os.utime(file, (7, 7))
    one, two = written(tmp_path)
    assert said([one, two]) == [("Rum?", "Aye."), ("Why?", "Because.")]
    assert [turn.role for turn in two.turns] == ["user", "assistant", "user"]
    assert (one.source, one.author, one.people, one.at_ms, one.persona) == (Source.WRITTEN, "", (), 7000, "pirate")
    assert one.conversation != two.conversation


def test_the_same_example_is_one_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("> Rum?\nAye.\n")
    before = written(tmp_path)
    (tmp_path / "b.jsonl").write_text('{"question": "Rum?", "answer": "Aye."}')
    assert written(tmp_path) == before
    (tmp_path / ".hidden.md").write_text("> no\n")
    (tmp_path / "notes.txt").write_text("> no\n")
    (tmp_path / ".trash").mkdir()
    (tmp_path / ".trash" / "a.md").write_text("> no\nno\n")
    assert len(written(tmp_path)) == 1


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.md", "x\n\n> Rum?\n\n---\n", "a.md, line 3: this question has no answer below it"),
        ("a.md", "> one\nyes\n\n> Rum?\n", "a.md, line 4: this question has no answer"),
        ("a.md", ">\nwell\n", "a.md, line 1: there is no question behind >"),
        ("a.jsonl", '{"question": "q", "answer": "a"}\n{"question": "q"', "a.jsonl, line 2: Invalid JSON"),
        ("a.jsonl", '{"question": "q"}', "a.jsonl, line 1: answer: Field required"),
        ("a.jsonl", '{"question": "q", "answer": "  "}', "a.jsonl, line 1: answer: String should have"),
        ("a.jsonl", '{"question": "q", "answer": "a", "mood": 1}', "a.jsonl, line 1: mood: Extra inputs"),
        ("a.jsonl", '{"answer": "a"}', "a.jsonl, line 1: wanted either a `question` or `turns`"),
        ("a.jsonl", '{"turns": [{"role": "assistant", "text": "x"}], "answer": "a"}', "so its role is user"),
        ("a.jsonl", '{"turns": [{"role": "system", "text": "x"}], "answer": "a"}', "turns.0.role"),
        ("a.jsonl", b'{"question": "q", "answer": "a"}\n\xff', "a.jsonl, line 2: this is no UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line(tmp_path: Path, name: str, text: str | bytes, told: str) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationError) as failure:
        written(tmp_path)
    assert told in failure.value.message
    assert failure.value.next_step == examples.NEXT_STEP


def test_a_folder_that_is_not_there_and_a_file_that_is_too_large_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match="there is no folder"):
        written(tmp_path / "gone")
    monkeypatch.setattr(examples, "MOST_BYTES", 3)
    (tmp_path / "a.md").write_text("> Rum?\nAye.\n")
    with pytest.raises(ConfigurationError, match="larger than 3 bytes"):
        written(tmp_path)
