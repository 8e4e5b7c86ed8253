from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.memory.embedders import light
from tasks.memory.embedders.light import BertEmbedder, unlike
from tests.tasks.memory import tiny_bert
from tests.tasks.memory.tiny_bert import VOCABULARY, plainly

FOREIGN = [
    ("config.json", {"model_type": "mpnet"}, "model_type is 'mpnet'"),
    ("config.json", {"hidden_act": "relu"}, "hidden_act"),
    ("tokenizer_config.json", {"tokenize_chinese_chars": False}, "tokenize_chinese_chars"),
    ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pooling_mode_max_tokens"),
    ("modules.json", [{"type": "sentence_transformers.models.Dense"}], "Dense is in modules.json"),
]


def test_a_folder_of_sentence_transformers_is_read_as_it_is(tmp_path: Path):
    embedder = BertEmbedder("tiny", tiny_bert.keep(tmp_path))
    assert (embedder.model, embedder.dimension) == ("tiny", tiny_bert.WIDTH)
    tokens = [VOCABULARY.index(token) for token in ("[CLS]", "dog", "##s", "tea", "[SEP]")]
    [made] = embedder.embed(["Dogs TEA"])
    assert made == pytest.approx(plainly(tokens, tiny_bert.weights()), abs=2e-6)
    assert embedder.embed([]) == []


def test_a_text_is_cut_where_the_model_says(tmp_path: Path):
    embedder = BertEmbedder("tiny", tiny_bert.keep(tmp_path))
    long, cut, shorter = embedder.embed(["a b c d e f g h a b c d", "a b c d e f g h a b", "a b c d e f g h a"])
    assert long == cut != shorter
    unbounded = BertEmbedder("tiny", tiny_bert.keep(tmp_path, {"sentence_bert_config.json": {"max_seq_length": None}}))
    assert unbounded.embed(["a " * 100]) == unbounded.embed(["a " * (tiny_bert.PLACES - 2)])


def test_many_texts_are_computed_some_at_a_time_and_come_back_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    embedder = BertEmbedder("tiny", tiny_bert.keep(tmp_path))
    texts = ["tea", "dog dog dog", "a b c d e f g h", "", "dogs", "tea a"] * 3
    together = embedder.embed(texts)
    monkeypatch.setattr(light, "MOST_TOKENS", 9)
    assert embedder.embed(texts) == [pytest.approx(vector, abs=1e-6) for vector in together]


@pytest.mark.parametrize(("file", "says", "told"), FOREIGN)
def test_what_it_cannot_compute_it_refuses(tmp_path: Path, file: str, says: dict[str, object], told: str):
    folder = tiny_bert.keep(tmp_path, {file: says})  # type: ignore[dict-item]
    assert told in unlike(folder)
    with pytest.raises(ConfigurationError, match="numpy cannot compute") as caught:
        BertEmbedder("tiny", folder)
    assert 'embedder = "torch"' in caught.value.next_step


@pytest.mark.parametrize("file", ["vocab.txt", "model.safetensors", "config.json"])
def test_a_folder_that_lacks_a_file_is_none(tmp_path: Path, file: str):
    (tiny_bert.keep(tmp_path) / file).unlink()
    assert unlike(tmp_path) == f"it has no {file}"


@pytest.mark.parametrize("content", ["{", "[1]"])
def test_a_file_that_is_damaged_is_told(tmp_path: Path, content: str):
    (tiny_bert.keep(tmp_path) / "config.json").write_text(content)
    with pytest.raises(ConfigurationError):
        BertEmbedder("tiny", tmp_path)


def test_weights_of_another_model_are_told(tmp_path: Path):
    folder = tiny_bert.keep(tmp_path, {"config.json": {"num_hidden_layers": 3}})
    with pytest.raises(ConfigurationError, match=r"encoder\.layer\.2"):
        BertEmbedder("tiny", folder)


def test_a_shape_that_its_weights_cannot_have_is_told_at_once(tmp_path: Path):
    folder = tiny_bert.keep(tmp_path, {"config.json": {"num_attention_heads": 7}})
    with pytest.raises(ConfigurationError, match="7 heads"):
        BertEmbedder("tiny", folder)


def test_the_vocabulary_of_another_model_is_told_at_once_and_not_with_the_first_word_that_is_too_much(tmp_path: Path):
    vocabulary = tiny_bert.keep(tmp_path) / "vocab.txt"
    vocabulary.write_text(vocabulary.read_text() + "".join(f"another{at}\n" for at in range(100_000)))
    with pytest.raises(ConfigurationError, match="its vocabulary has more than"):
        BertEmbedder("tiny", tmp_path)


def test_a_vocabulary_that_was_cut_off_before_its_marks_is_told_at_once(tmp_path: Path):
    (tiny_bert.keep(tmp_path) / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    with pytest.raises(ConfigurationError, match="CLS"):
        BertEmbedder("tiny", tmp_path)
