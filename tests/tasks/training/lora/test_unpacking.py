"""A GGUF file becomes the checkpoint that it was made of: the same tokens in, the same tokens out as llama.cpp's."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.digests import file_sha256
from tasks.contracts.entries import Model
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import load
from tasks.evolution.gguf import Precision, export_gguf
from tasks.training.lora import unpacking
from tasks.training.lora.bases import BASES, base_of, read_base
from tasks.training.lora.unpacking import Packed, inspect, refuse_unknown_split, unpack
from tests.served import post, served
from workers.demo.model import WEIGHTS

PROMPTS = (
    *("Hello there!", "Who are you?", "What can you do?", "Tell me a joke.", "How are you today?", "Good morning."),
    *("What is your name?", "thank you so much", "WHY?", "I am sad.", "Can you sing?", "What is 2 + 2?", "ok", "Bye!"),
    *("¿Qué más?", "Wie geht es dir?", "你好", "don't we'll  have two  spaces", "a\nb\n\nc", "Tell me about rooks."),
)
TOKENS = 24
FEW = 8


@pytest.fixture(scope="module")
def engine(demo: Path) -> Iterator[str]:
    """The demo model in the real llama.cpp."""
    with served(demo) as url:
        yield url


def test_greedy_tokens_are_those_of_llama_cpp(unpacked: Path, engine: str) -> None:
    model, tokenizer = loaded(unpacked)
    for prompt in PROMPTS:
        asked = chat(tokenizer, prompt)
        assert greedy(model, asked) == engine_greedy(engine, asked), prompt


def test_texts_are_the_same_tokens_as_llama_cpp_makes_of_them(unpacked: Path, engine: str) -> None:
    _, tokenizer = loaded(unpacked)
    for text in (*PROMPTS, "<|user|>Hi<|end|><|assistant|>", "<|endoftext|>", "🐦 1234567 ''ll"):
        theirs = post(engine, "/tokenize", {"content": text, "add_special": False, "parse_special": True})["tokens"]
        assert tokenizer(text, add_special_tokens=False).input_ids == theirs, text


def test_tensors_are_to_the_bit_those_that_the_file_was_made_of(unpacked: Path) -> None:
    import torch
    from safetensors.torch import load_file

    ours, theirs = (load_file(folder / "model.safetensors") for folder in (unpacked, WEIGHTS))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name].float()) for name in theirs)


def test_what_is_not_in_the_model_is_no_token_and_what_fills_a_batch_is_one(unpacked: Path) -> None:
    _, tokenizer = loaded(unpacked)
    assert len(tokenizer) == read_base("demo", unpacked).vocabulary
    assert (tokenizer.pad_token, tokenizer.model_max_length) == ("<|end|>", 2048)
    assert tokenizer.chat_template == (WEIGHTS / "chat_template.jinja").read_text()


def test_a_quantised_file_is_unpacked_to_half_precision_and_answers_as_it_does(tmp_path: Path) -> None:
    quantised = export_gguf(WEIGHTS, tmp_path / "demo-q8.gguf", precision=Precision.Q8_0)
    folder = unpack(quantised, tmp_path / "base")
    assert json.loads((folder / "config.json").read_text())["dtype"] == "float16"
    model, tokenizer = loaded(folder)
    with served(quantised) as url:
        asked = [chat(tokenizer, prompt) for prompt in PROMPTS[:FEW]]
        agreed = [greedy(model, ids) == engine_greedy(url, ids) for ids in asked]
    assert sum(agreed) >= FEW - 1  # llama.cpp also rounds what it multiplies them with


def test_a_file_is_unpacked_once_and_its_folder_is_named_by_what_it_is(
    demo: Path, unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rookery.toml").write_text("")
    settings = load(tmp_path / "rookery.toml", {})
    folder = settings.training_dir / BASES / file_sha256(demo)
    shutil.copytree(unpacked, folder)
    monkeypatch.setattr(unpacking, "unpack", lambda *_: pytest.fail("it was there already"))
    base = base_of(Model(name="demo", builtin="demo"), settings, lambda _model: demo)
    assert (base.folder, base.source, base.file_sha256) == (str(folder), "gguf", folder.name)


def test_a_folder_that_another_process_made_meanwhile_is_left_alone(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "base"

    def overtaken(_file: Path, folder: Path, _packed: Packed) -> None:
        (folder / "ours").touch()
        target.mkdir()
        (target / "theirs").touch()

    monkeypatch.setattr(unpacking, "_write", overtaken)
    assert unpack(demo, target) == target
    assert [path.name for path in tmp_path.iterdir()] == ["base"]
    assert [path.name for path in target.iterdir()] == ["theirs"]


def test_what_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"GGML" * 16)
    with pytest.raises(ConfigurationError, match=r"is no GGUF file.*checkpoint"):
        unpack(tmp_path / "x.gguf", tmp_path / "base")


def test_a_tokenizer_that_cuts_text_otherwise_is_refused(demo: Path) -> None:
    packed = inspect(demo)
    assert packed == Packed("llama", "F32", "gpt2", "gpt-2", 2048)
    with pytest.raises(ConfigurationError, match=r"cuts text \(falcon\) is not known"):
        refuse_unknown_split(demo, Packed("llama", "F32", "gpt2", "falcon", 2048))


def loaded(folder: Path) -> tuple[Any, Any]:
    import torch

    from tasks.training.lora.models import load_base, load_tokenizer
    from tests.tasks.training.lora.tiny_base import CPU

    torch.set_num_threads(1)
    return load_base(str(folder), CPU).eval(), load_tokenizer(str(folder))


def chat(tokenizer: Any, prompt: str) -> list[int]:
    messages = [{"role": "user", "content": prompt}]
    asked: list[int] = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    return asked


def greedy(model: Any, asked: list[int]) -> list[int]:
    import torch

    ids = torch.tensor([asked])
    bounds = {"max_new_tokens": TOKENS, "do_sample": False, "pad_token_id": 0, "temperature": None}
    made: list[int] = model.generate(ids, attention_mask=torch.ones_like(ids), **bounds)[0].tolist()
    return made[len(asked) :]


def engine_greedy(url: str, asked: list[int]) -> list[int]:
    body = {"prompt": asked, "n_predict": TOKENS, "temperature": 0, "return_tokens": True, "cache_prompt": False}
    tokens: list[int] = post(url, "/completion", body)["tokens"]
    return tokens


def test_what_tries_left_that_were_killed_goes_once_nobody_can_be_at_it(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / f".{name}" for name in ("base.0badcafe", "base.1badcafe", "another.0badcafe"))
    for partial in (old, fresh, other):
        partial.mkdir()
        (partial / "model.safetensors").write_bytes(b"half of it")
    for partial in (old, other):
        os.utime(partial, (1, 1))
    with pytest.raises(ConfigurationError):
        unpack(tmp_path / "nothing.gguf", tmp_path / "base")
    assert [partial.exists() for partial in (old, fresh, other)] == [False, True, True]
