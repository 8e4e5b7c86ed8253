"""The step that trains, on the packaged demo model: from samples to an adapter with its card and its figures."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from safetensors import safe_open

from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import OutOfMemory
from tasks.contracts.learning import Sample, Source, sample_id
from tasks.contracts.messages import Turn
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.contracts.settings import load
from tasks.training.lora.bases import BASES, Base
from tasks.training.lora.device import Device, Found, Kind
from tasks.training.lora.figures import Figures, read_figures
from tasks.training.lora.step import Train
from tasks.training.runs.spec import Run, RunSpec, Workshop

TRAINING = Training(max_steps=2, batch=4, accumulate=1, max_tokens=64, targets="attention")
FILES = ("dataset/train.jsonl", "dataset/held_out_new.jsonl")


@dataclass
class Worked:
    """A run whose training is done, and what was said meanwhile."""

    run: Run
    out: Path
    said: list[str] = field(default_factory=list)

    def again(self, found: Kind = Kind.CPU) -> None:
        self.said.clear()
        Train(lambda: machine(found)).work(self.run, self.out)

    @property
    def figures(self) -> Figures:
        return read_figures(self.out)


def machine(kind: Kind) -> Found:
    return Found(kind, kind.value, free_gib=16.0, memory_gib=16.0)


@pytest.fixture(scope="module")
def worked(unpacked: Path, demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """The step, walked once."""
    root = tmp_path_factory.mktemp("run")
    (root / "rookery.toml").write_text("")
    settings = load(root / "rookery.toml", {})
    (settings.training_dir / BASES).mkdir(parents=True)
    (settings.training_dir / BASES / file_sha256(demo)).symlink_to(unpacked)
    folder, said = root / "run", []
    for number, name in enumerate(FILES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("".join(line(8 - 4 * number, each) for each in range(8 - 4 * number)))
    shop = SimpleNamespace(
        settings=lambda: settings,
        weights=lambda _model: demo,
        say=lambda words, _share: said.append(words),
        ending=threading.Event(),
    )
    persona = Persona(name="pirate", prompt="Talk like a pirate.", learns="liked")
    spec = RunSpec(run="20261122-0200-pirate", persona=persona, model="demo", training=TRAINING, until_ms=1)
    run = Run(spec, folder, cast("Workshop", shop))
    out = folder / "train"
    out.mkdir()
    done = Worked(run, out, said)
    Train(lambda: machine(Kind.CPU)).work(run, out)
    return done


def line(of: int, number: int) -> str:
    sample = Sample(
        id=sample_id("pirate", Source.WRITTEN, f"{of}-{number}"),
        persona="pirate",
        conversation="a",
        at_ms=number,
        source=Source.WRITTEN,
        turns=(Turn(role="user", text=f"Who is number {number}?"),),
        answer="Arr, that be me, matey!",
    )
    return sample.model_dump_json() + "\n"


def test_an_adapter_of_q_k_v_and_o_is_there_as_peft_lays_it_out(worked: Worked) -> None:
    with safe_open(worked.out / "adapter" / "adapter_model.safetensors", framework="numpy") as adapter:
        names = set(adapter.keys())
    parts = {name.split(".")[-3] for name in names}
    assert parts == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert len(names) == 6 * 4 * 2
    settings = json.loads((worked.out / "adapter" / "adapter_config.json").read_text())
    assert (settings["r"], settings["lora_alpha"], settings["bias"]) == (16, 32.0, "none")
    assert settings["base_model_name_or_path"] == f"demo sha256:{worked.figures.base_sha256}"  # and no path of ours


def test_the_tokenizer_and_a_card_lie_beside_it(worked: Worked) -> None:
    there = {path.name for path in (worked.out / "adapter").iterdir()}
    assert {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "README.md"} <= there
    card = (worked.out / "adapter" / "README.md").read_text()
    for digest in (worked.figures.base_sha256, worked.figures.data_sha256, worked.figures.adapter_sha256):
        assert digest in card
    assert "| steps | 2 of 2: all of its steps |" in card


def test_figures_say_what_it_came_to_and_that_little_of_the_model_was_trained(worked: Worked) -> None:
    figures = worked.figures
    assert 0 < figures.share < 0.05
    assert (figures.samples, figures.steps, figures.device.kind) == (8, 2, Kind.CPU)
    assert [point.step for point in figures.curve if point.loss is not None] == [1, 2]
    assert figures.curve[-1].eval_loss is not None
    assert figures.tokens > 0
    assert figures.data_sha256 == file_sha256(worked.run.folder / FILES[0])


def test_how_much_is_trained_and_how_far_it_is_are_said(worked: Worked) -> None:
    worked.again()
    assert worked.said == []  # and nothing is done twice
    assert not (worked.out / "checkpoints").exists()


def test_what_it_was_trained_on_and_how_is_told_to_the_next_steps(worked: Worked) -> None:
    base = Base.model_validate_json((worked.out / "base.json").read_bytes())
    assert (base.model, base.source, Path(base.folder).is_dir()) == ("demo", "gguf", True)
    assert Device.model_validate_json((worked.out / "device.json").read_bytes()) == worked.figures.device


def test_a_spoiled_adapter_is_made_again_to_the_same_bits_on_the_device_that_it_began_on(worked: Worked) -> None:
    before = worked.figures
    weights = worked.out / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    worked.again(Kind.CUDA)
    assert worked.figures.adapter_sha256 == before.adapter_sha256 == file_sha256(weights)
    assert worked.figures.device.kind is Kind.CPU
    shares = [words for words in worked.said if "numbers are trained: " in words]
    assert len(shares) == 1
    assert worked.said[-1].startswith("2 steps, ")


def test_nothing_reads_settings_anew_once_a_run_has_its_base(worked: Worked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worked.run.workshop, "settings", lambda: pytest.fail("the file may name another base by now"))
    (worked.out / "figures.json").unlink()
    worked.again()
    assert worked.figures.steps == 2


def test_a_device_that_was_full_is_asked_for_less_at_the_next_try(
    worked: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.training.lora import teaching

    def full(lesson: teaching.Lesson, _looking: Any) -> None:
        raise OutOfMemory(f"{lesson.device.kind} is full")

    with monkeypatch.context() as patched:
        patched.setattr(teaching, "teach", full)
        (worked.out / "device.json").unlink()
        (worked.out / "figures.json").unlink()
        with pytest.raises(OutOfMemory, match="cuda is full"):
            worked.again(Kind.CUDA)
    worked.again(Kind.CUDA)
    assert worked.figures.device.kind is Kind.CPU
    assert "are free" in worked.figures.device.warnings[0]


def test_a_machine_that_is_gone_is_not_waited_for(worked: Worked) -> None:
    known: dict[str, Any] = json.loads((worked.out / "device.json").read_text())
    (worked.out / "device.json").write_text(json.dumps({**known, "kind": "cuda", "name": "a card"}))
    (worked.out / "figures.json").unlink()
    worked.again()
    assert worked.figures.device.kind is Kind.CPU
