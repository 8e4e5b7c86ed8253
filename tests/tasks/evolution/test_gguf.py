"""A checkpoint in, a GGUF file out that the real llama.cpp computes the same with; or a clear error."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from tasks.contracts.errors import ConfigurationError
from tasks.evolution.gguf import Precision, export_gguf, interleave
from tests.served import post, said, served
from tests.tasks.evolution.reference import LINEAR, LLAMA, greedy

BYTES = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 256))]
ALPHABET = [*BYTES, *(chr(256 + extra) for extra in range(256 - len(BYTES)))]
MERGES = [["h", "e"], ["l", "l"], ["Ġ", "he"], ["he", "ll"]]
SPECIALS = ["<|end|>", "<|user|>", "<|assistant|>"]
TOKENS = [*SPECIALS, *ALPHABET, *("".join(pair) for pair in MERGES)]
VOCABULARY = len(TOKENS) + 5  # padded, as trainers like it
TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}{{ '<|assistant|>' }}"
)
CONFIG = {**LLAMA, "vocab_size": VOCABULARY, "bos_token_id": 0, "eos_token_id": [0, 1]}
TOKENIZER = {
    "model": {"type": "BPE", "vocab": {token: index for index, token in enumerate(TOKENS)}, "merges": MERGES},
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
    "normalizer": None,
    "added_tokens": [{"id": index, "content": token, "special": True} for index, token in enumerate(SPECIALS)],
}
LAYERS = {**LINEAR, "input_layernorm": (64,), "post_attention_layernorm": (64,)}


@dataclass(frozen=True)
class Checkpoint:
    """A folder as transformers writes it, and ways to spoil it."""

    folder: Path

    def write(self, name: str, data: Any) -> None:
        (self.folder / name).write_text(data if isinstance(data, str) else json.dumps(data))

    def change(self, name: str, **values: Any) -> None:
        self.write(name, {**json.loads((self.folder / name).read_text()), **values})

    @property
    def tensors(self) -> dict[str, NDArray[Any]]:
        return load_file(self.folder / "model.safetensors")

    def save(self, tensors: dict[str, NDArray[Any]]) -> None:
        save_file(tensors, self.folder / "model.safetensors")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    made = Checkpoint(tmp_path / "checkpoint")
    made.folder.mkdir()
    made.write("config.json", CONFIG)
    made.write("tokenizer.json", TOKENIZER)
    made.write("chat_template.jinja", TEMPLATE)
    made.write("generation_config.json", {"temperature": 0.25})
    rng = np.random.default_rng(11)
    shapes = {f"model.layers.{n}.{part}.weight": shape for n in range(2) for part, shape in LAYERS.items()}
    shapes |= dict.fromkeys(("model.embed_tokens.weight", "lm_head.weight"), (VOCABULARY, 64))
    tensors = {name: rng.normal(0, 0.25, shape).astype(np.float16) for name, shape in shapes.items()}
    tensors |= {name: (1 + value).astype(np.float16) for name, value in tensors.items() if value.ndim == 1}
    made.save({**tensors, "model.norm.weight": np.ones(64, np.float16)})
    return made


def test_llama_cpp_says_token_by_token_what_the_checkpoint_says(checkpoint: Checkpoint, tmp_path: Path):
    prompt = [1, 40, 41, 42, 100, 7, 2]
    expected = greedy(CONFIG, checkpoint.tensors, prompt, 16)
    with served(export_gguf(checkpoint.folder, tmp_path / "whole.gguf")) as url:
        body = {"prompt": prompt, "n_predict": 16, "temperature": 0, "return_tokens": True, "ignore_eos": False}
        assert post(url, "/completion", body)["tokens"] == expected
    assert len(set(expected)) > 4


def test_llama_cpp_reads_words_and_chats_as_the_checkpoint_does(checkpoint: Checkpoint, tmp_path: Path):
    with served(export_gguf(checkpoint.folder, tmp_path / "whole.gguf")) as url:
        tokens = post(url, "/tokenize", {"content": "hell he<|end|>ö", "parse_special": True})["tokens"]
        assert [TOKENS[token] for token in tokens] == ["hell", "Ġhe", "<|end|>", "Ã", "¶"]
        turns = {"messages": [{"role": "user", "content": "hello"}]}
        assert post(url, "/apply-template", turns)["prompt"] == "<|user|>hello<|end|><|assistant|>"


def test_tied_embeddings_are_written_once_and_answer_the_same(checkpoint: Checkpoint, tmp_path: Path):
    tensors = checkpoint.tensors
    del tensors["lm_head.weight"]
    checkpoint.save(tensors)
    checkpoint.change("config.json", tie_word_embeddings=True)
    target = export_gguf(checkpoint.folder, tmp_path / "tied.gguf")
    assert "output.weight" not in {tensor.name for tensor in gguf.GGUFReader(target).tensors}
    with served(target) as url:
        body = {"prompt": [1, 50, 60], "n_predict": 8, "temperature": 0, "return_tokens": True}
        assert post(url, "/completion", body)["tokens"] == greedy(CONFIG, tensors, [1, 50, 60], 8)


def test_q8_0_is_a_third_of_the_size_and_still_answers(checkpoint: Checkpoint, tmp_path: Path):
    whole = export_gguf(checkpoint.folder, tmp_path / "whole.gguf")
    small = export_gguf(checkpoint.folder, tmp_path / "small.gguf", precision=Precision.Q8_0)
    kinds = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(small).tensors}
    assert (kinds["blk.0.attn_q.weight"], kinds["blk.0.attn_norm.weight"]) == ("Q8_0", "F32")
    assert small.stat().st_size < 0.4 * whole.stat().st_size
    with served(small) as url:
        assert said(url, ("user", "hello"), max_tokens=8)


def test_the_header_holds_what_engines_ask_for(checkpoint: Checkpoint, tmp_path: Path):
    reader = gguf.GGUFReader(export_gguf(checkpoint.folder, tmp_path / "whole.gguf", name="A name"))

    def held(key: str) -> Any:
        field = reader.get_field(key)
        assert field is not None, key
        return field.contents()

    assert held("general.architecture") == "llama"
    assert held("general.name") == "A name"
    assert held("llama.rope.freq_base") == 500.0
    assert held("llama.attention.head_count_kv") == 2
    assert held("llama.context_length") == 512
    assert (held("tokenizer.ggml.model"), held("tokenizer.ggml.pre")) == ("gpt2", "gpt-2")
    assert held("tokenizer.ggml.merges") == ["h e", "l l", "Ġ he", "he ll"]
    assert held("tokenizer.ggml.tokens")[: len(TOKENS)] == TOKENS
    kinds = held("tokenizer.ggml.token_type")
    assert [kinds[0], kinds[len(SPECIALS)], kinds[-1]] == [
        gguf.TokenType.CONTROL,
        gguf.TokenType.NORMAL,
        gguf.TokenType.UNUSED,
    ]
    assert (held("tokenizer.ggml.bos_token_id"), held("tokenizer.ggml.eos_token_id")) == (0, 0)
    assert held("tokenizer.chat_template") == TEMPLATE
    assert held("general.sampling.temp") == 0.25


def test_interleaving_puts_the_second_half_of_each_head_between_the_first():
    rows = np.arange(8, dtype=np.float32).reshape(8, 1)
    assert interleave(rows, 2).ravel().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_checkpoint_of_transformers_4_keeps_its_rope_theta(checkpoint: Checkpoint, tmp_path: Path):
    checkpoint.change("config.json", rope_parameters=None, rope_theta=777.0, head_dim=None)
    field = gguf.GGUFReader(export_gguf(checkpoint.folder, tmp_path / "old.gguf")).get_field("llama.rope.freq_base")
    assert field is not None
    assert field.contents() == 777.0


def _without(name: str) -> Callable[[Checkpoint], None]:
    return lambda checkpoint: (checkpoint.folder / name).unlink()


def _config(**values: Any) -> Callable[[Checkpoint], None]:
    return lambda checkpoint: checkpoint.change("config.json", **values)


def _tokenizer(**values: Any) -> Callable[[Checkpoint], None]:
    return lambda checkpoint: checkpoint.change("tokenizer.json", **values)


def _tensor(name: str, value: NDArray[Any] | None) -> Callable[[Checkpoint], None]:
    def spoil(checkpoint: Checkpoint) -> None:
        tensors = {key: held for key, held in checkpoint.tensors.items() if key != name}
        checkpoint.save(tensors if value is None else {**tensors, name: value})

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_without("config.json"), r"config\.json: No such file"),
        (_without("tokenizer.json"), r"tokenizer\.json: No such file"),
        (_without("model.safetensors"), r"model\.safetensors could not be read.* → .*not in shards"),
        (lambda checkpoint: checkpoint.write("config.json", "{"), r"config\.json: not JSON"),
        (lambda checkpoint: checkpoint.write("config.json", "[]"), r"config\.json: not a JSON object"),
        (lambda checkpoint: checkpoint.write("model.safetensors", "nonsense"), r"model\.safetensors could not be read"),
        (_config(model_type="qwen2"), r"model_type = 'qwen2'.* → only Llama"),
        (_config(attention_bias=True), r"attention_bias = True"),
        (_config(hidden_size=None), r"hidden_size = None"),
        (_config(rope_parameters={"rope_type": "llama3", "factor": 8.0}), r"rope_parameters\.rope_type = 'llama3'"),
        (_config(rope_parameters=None, rope_scaling={"rope_type": "linear", "factor": 2}), r"rope_type = 'linear'"),
        (_config(eos_token_id=9999), r"token 9999 is outside"),
        (_config(vocab_size=10), r"vocab_size = 10"),
        (_config(num_hidden_layers=3), r"model\.layers\.2\.\S+ is missing"),
        (_config(num_hidden_layers=1), r"model\.layers\.1\.\S+ has no place"),
        (_tokenizer(model={"type": "Unigram", "vocab": []}), r"model\.type = 'Unigram'"),
        (_tokenizer(pre_tokenizer={"type": "Metaspace"}), r"pre_tokenizer\.type = 'Metaspace'"),
        (_tokenizer(normalizer={"type": "NFC"}), r"normalizer = "),
        (_tensor("model.norm.weight", None), r"model\.norm\.weight is missing"),
        (_tensor("model.norm.weight", np.ones(63, np.float32)), r"model\.norm\.weight is \(63,\).*wants \(64,\)"),
        (_tensor("model.norm.weight", np.ones(64, np.float64)), r"model\.norm\.weight is F64 → .*float32"),
        (_tensor("model.extra.bias", np.ones(64, np.float32)), r"model\.extra\.bias has no place"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_the_old_file_stays(
    checkpoint: Checkpoint, tmp_path: Path, spoil: Callable[[Checkpoint], None], told: str
):
    target = tmp_path / "model.gguf"
    target.write_text("an older file")
    spoil(checkpoint)
    with pytest.raises(ConfigurationError, match=told):
        export_gguf(checkpoint.folder, target)
    assert target.read_text() == "an older file"
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint", "model.gguf"}


def test_a_target_that_cannot_be_written_is_named_and_leaves_nothing_behind(checkpoint: Checkpoint, tmp_path: Path):
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(ConfigurationError, match="taken could not be written"):
        export_gguf(checkpoint.folder, target)
    with pytest.raises(ConfigurationError, match=r"model\.gguf could not be written: No such file"):
        export_gguf(checkpoint.folder, tmp_path / "nowhere" / "model.gguf")
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint", "taken"}
