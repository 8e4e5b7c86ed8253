"""An adapter as PEFT writes it in, a file out with which the real llama.cpp says what PEFT says; or a clear error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from tasks.contracts.errors import ConfigurationError
from tasks.evolution.gguf import export_gguf
from tasks.evolution.lora_gguf import CONFIG, WEIGHTS, Base, base_of, export_lora
from tests.served import child, post
from tests.tasks.evolution.reference import LINEAR, LLAMA, greedy
from workers.engines.gguf_header import read_head

TINY = {**LLAMA, "vocab_size": 300, "eos_token_id": 0}
BASE = Base("llama", 4, 2)
RANK, ALPHA = 4, 8.0
PROMPT = [1, 40, 41, 42, 100, 7, 2]
Tensors = dict[str, NDArray[Any]]


def adapter(folder: Path, *, seed: int = 5, **config: Any) -> Path:
    """Write an adapter with random weights, large enough to be heard."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)
    said = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none", "use_dora": False, **config}
    (folder / CONFIG).write_text(json.dumps(said))
    tensors: Tensors = {}
    for layer in range(2):
        for part, (rows, columns) in LINEAR.items():
            name = f"base_model.model.model.layers.{layer}.{part}"
            tensors[f"{name}.lora_A.weight"] = rng.normal(0, 0.2, (RANK, columns)).astype(np.float32)
            tensors[f"{name}.lora_B.weight"] = rng.normal(0, 0.2, (rows, RANK)).astype(np.float32)
    save_file(tensors, folder / WEIGHTS)
    return folder


def merged(base: Tensors, folder: Path, scale: float) -> Tensors:
    """Return a base with what an adapter adds."""
    learned = load_file(folder / WEIGHTS)
    added = {
        name.removeprefix("base_model.model.").replace(".lora_A", ""): scale * (learned[name.replace("_A", "_B")] @ a)
        for name, a in learned.items()
        if ".lora_A." in name
    }
    return {name: value + added.get(name, 0) for name, value in base.items()}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("base")
    (folder / "config.json").write_text(json.dumps(TINY))
    alphabet = [chr(256 + code) for code in range(300)]
    (folder / "tokenizer.json").write_text(
        json.dumps(
            {
                "model": {"type": "BPE", "vocab": {each: at for at, each in enumerate(alphabet)}, "merges": ["Ā ā"]},
                "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
                "added_tokens": [{"id": 0, "content": alphabet[0], "special": True}],
            }
        )
    )
    rng = np.random.default_rng(11)
    shapes: dict[str, tuple[int, ...]] = {
        f"model.layers.{layer}.{part}.weight": shape for layer in range(2) for part, shape in LINEAR.items()
    }
    shapes |= dict.fromkeys(("model.embed_tokens.weight", "lm_head.weight"), (300, 64))
    tensors = {name: rng.normal(0, 0.25, shape).astype(np.float32) for name, shape in shapes.items()}
    norms = [f"model.layers.{layer}.{at}_layernorm.weight" for layer in range(2) for at in ("input", "post_attention")]
    save_file(
        {**tensors, **dict.fromkeys([*norms, "model.norm.weight"], np.ones(64, np.float32))},
        folder / "model.safetensors",
    )
    return folder


@pytest.fixture(scope="module")
def gguf_base(checkpoint: Path) -> Path:
    return export_gguf(checkpoint, checkpoint / "base.gguf")


def tokens(url: str, scale: float) -> list[int]:
    """Return what llama.cpp says with its only adapter at this scale."""
    body = {"prompt": PROMPT, "n_predict": 16, "temperature": 0, "return_tokens": True, "ignore_eos": True}
    answer = post(url, "/completion", {**body, "lora": [{"id": 0, "scale": scale}]})
    said: list[int] = answer["tokens"]
    return said


@pytest.mark.parametrize(
    ("config", "scale"), [({}, ALPHA / RANK), ({"use_rslora": True}, ALPHA / RANK**0.5)], ids=["plain", "stabilised"]
)
def test_llama_cpp_says_token_by_token_what_base_and_adapter_say(
    checkpoint: Path, gguf_base: Path, tmp_path: Path, config: dict[str, Any], scale: float
) -> None:
    base, folder = load_file(checkpoint / "model.safetensors"), adapter(tmp_path / "learned", **config)
    target = export_lora(folder, tmp_path / "learned.gguf", base_of(read_head(gguf_base)))
    with child(gguf_base, adapters=[target]) as running:
        plain, with_it = greedy(TINY, base, PROMPT, 16), greedy(TINY, merged(base, folder, scale), PROMPT, 16)
        assert (tokens(running.url, 0.0), tokens(running.url, 1.0)) == (plain, with_it)
    assert plain != with_it


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # PEFT's own
def test_llama_cpp_says_token_by_token_what_peft_says(checkpoint: Path, gguf_base: Path, tmp_path: Path) -> None:
    import peft  # seconds of import, for this test alone
    import torch
    import transformers

    torch.manual_seed(3)
    model = transformers.AutoModelForCausalLM.from_pretrained(checkpoint)
    wanted = peft.LoraConfig(r=RANK, lora_alpha=16, target_modules=["q_proj", "k_proj", "v_proj", "o_proj"])
    learned = peft.get_peft_model(model, wanted)
    with torch.no_grad():
        for name, weights in learned.named_parameters():
            if ".lora_B." in name:
                weights.normal_(0, 0.2)
    learned.save_pretrained(tmp_path / "learned")
    ids = torch.tensor([PROMPT])
    said = learned.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, min_new_tokens=16, do_sample=False
    )
    target = export_lora(tmp_path / "learned", tmp_path / "learned.gguf", BASE)
    with child(gguf_base, adapters=[target]) as running:
        assert tokens(running.url, 1.0) == said[0, len(PROMPT) :].tolist()
        assert tokens(running.url, 0.0) != said[0, len(PROMPT) :].tolist()


def _config(**values: Any) -> Callable[[Path], None]:
    return lambda folder: (
        (folder / CONFIG).write_text(json.dumps({**json.loads((folder / CONFIG).read_text()), **values})) and None
    )


def _tensors(change: Callable[[Tensors], Tensors]) -> Callable[[Path], None]:
    return lambda folder: save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS)


def _without_one_side(tensors: Tensors) -> Tensors:
    return {name: each for name, each in tensors.items() if "layers.1.mlp.up_proj.lora_B" not in name}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / CONFIG).unlink(), r"adapter_config\.json: could not be read"),
        (lambda folder: (folder / WEIGHTS).write_bytes(b"nonsense"), r"adapter_model\.safetensors: could not be read"),
        (_config(use_dora=True), r"use_dora = True cannot be told"),
        (_config(peft_type="IA3"), r"peft_type = 'IA3'"),
        (_config(modules_to_save=["lm_head"]), r"modules_to_save"),
        (_config(alpha_pattern={"q_proj": 4}), r"alpha_pattern"),
        (_config(r=0), r"r = 0 and"),
        (_tensors(_without_one_side), r"up_proj\.lora_A\.weight has no other side"),
        (
            _tensors(lambda _tensors: {"base_model.model.lm_head.lora_A.weight": np.ones((4, 64), np.float32)}),
            "is none of",
        ),
        (_tensors(lambda tensors: {name: each.astype(np.float64) for name, each in tensors.items()}), r"is F64"),
        (_tensors(lambda _tensors: {}), r"is empty"),
    ],
)
def test_what_llama_cpp_could_not_add_is_refused_in_words(
    tmp_path: Path, spoil: Callable[[Path], None], told: str
) -> None:
    folder, target = adapter(tmp_path / "learned"), tmp_path / "out" / "learned.gguf"
    target.parent.mkdir()
    spoil(folder)
    with pytest.raises(ConfigurationError, match=told):
        export_lora(folder, target, BASE)
    assert list(target.parent.iterdir()) == []


def _save_halves(tensors: Tensors, path: Path) -> None:
    """Write them as bfloat16, which numpy has no name for."""
    head: dict[str, Any] = {}
    data = b""
    for name, each in tensors.items():
        half = (each.view(np.uint32) >> 16).astype("<u2").tobytes()
        head[name] = {"dtype": "BF16", "shape": each.shape, "data_offsets": [len(data), len(data) + len(half)]}
        data += half
    text = json.dumps(head).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def test_weights_in_half_of_a_float_are_read_as_they_are(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "learned")
    whole = {
        name: (each.view(np.uint32) >> 16 << 16).view(np.float32) for name, each in load_file(folder / WEIGHTS).items()
    }
    save_file(whole, folder / WEIGHTS)
    expected = export_lora(folder, tmp_path / "whole.gguf", BASE).read_bytes()
    _save_halves(whole, folder / WEIGHTS)
    assert export_lora(folder, tmp_path / "half.gguf", BASE).read_bytes() == expected


def test_a_base_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'mamba' → .*llama, qwen2, qwen3"):
        base_of({"general.architecture": "mamba"})


def test_the_rows_of_a_base_that_llama_cpp_does_not_turn_stay(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "learned")
    turned = export_lora(folder, tmp_path / "a.gguf", BASE).read_bytes()
    assert turned != export_lora(folder, tmp_path / "b.gguf", Base("qwen2", 4, 2)).read_bytes()
