"""Prompts are written down where somebody asked for it, in a folder that keeps to a size, and nowhere else."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.jobs import Outcome
from tasks.contracts.messages import Turn
from tasks.generation.dumps import PromptFiles
from tasks.services import Chat
from tests.tasks.generation.bench import Bench

CHAT = Chat("demo", (Turn(role="system", text="be kind"), Turn(role="user", text="my diary")))


@pytest.fixture
def bench(redis_url: str) -> Iterator[Bench]:
    """The ledger, and a desk at which jobs are answered."""
    made = Bench(redis_url)
    yield made
    made.close()


def test_a_prompt_is_one_file_for_its_owner_with_all_that_the_engine_was_asked(tmp_path: Path) -> None:
    PromptFiles(tmp_path / "debug").keep("abc", 7, CHAT)
    (file,) = (tmp_path / "debug").iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("abc.7.prompt.json", 0o600)
    told = json.loads(file.read_text())
    assert (told["job"], told["model"]) == ("abc", "demo")
    assert [turn["text"] for turn in told["turns"]] == ["be kind", "my diary"]
    assert "tools" not in told


def test_tools_and_form_are_told_with_the_prompt(tmp_path: Path) -> None:
    asked = {"tools": ({"type": "function"},), "tool_choice": "auto", "response_format": {"type": "json_object"}}
    PromptFiles(tmp_path).keep("abc", 7, dataclasses.replace(CHAT, **asked))
    told = json.loads((tmp_path / "abc.7.prompt.json").read_text())
    assert {name: told[name] for name in asked} == {**asked, "tools": [{"type": "function"}]}


def test_the_folder_keeps_to_its_size_and_the_latest_prompt(tmp_path: Path) -> None:
    size = 3000
    files = PromptFiles(tmp_path, size)
    for number in range(20):
        files.keep(f"job{number}", 1, CHAT)
        os.utime(tmp_path / f"job{number}.1.prompt.json", (number, number))
    kept = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert "job19.1.prompt.json" in kept
    assert 1 < len(kept) < 20
    assert sum(kept.values()) <= size


def test_a_disk_that_takes_nothing_costs_the_job_nothing_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "debug").touch()
    PromptFiles(tmp_path / "debug").keep("abc", 1, CHAT)
    assert [record.message for record in caplog.records] == ["no prompt written down"]
    assert "my diary" not in caplog.text


def test_an_answer_leaves_its_prompt_where_the_desk_keeps_them(bench: Bench, tmp_path: Path) -> None:
    bench.furnish(prompts=PromptFiles(tmp_path))
    job = bench.answer("hello there")
    (file,) = tmp_path.glob(f"{job}.*")
    assert json.loads(file.read_text())["turns"][-1]["text"] == "hello there"
    assert bench.view(job).outcome is Outcome.REPLY
