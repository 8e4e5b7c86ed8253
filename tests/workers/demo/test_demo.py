"""The demo model as it is shipped, answering through the real llama.cpp."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gguf
import pytest
from safetensors.numpy import load_file

from tasks.contracts.errors import ConfigurationError
from tests.served import post, said, served
from tests.tasks.evolution.reference import greedy
from workers.demo import DEMO_LABEL, DEMO_MODEL
from workers.demo.encoding import CHAT_TEMPLATE
from workers.demo.model import WEIGHTS, demo_gguf
from workers.demo.phrases import intents
from workers.demo.prompts import HELD_OUT, prompts
from workers.demo.report import BEGIN, END

REPO = Path(__file__).parents[3]
MOST_BYTES = 20_000_000
WRITE = "import sys, pathlib; from workers.demo.model import demo_gguf; print(demo_gguf(pathlib.Path(sys.argv[1])))"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_gguf(tmp_path_factory.mktemp("cache") / "models")


@pytest.fixture(scope="module")
def url(written: Path) -> Iterator[str]:
    with served(written, model=DEMO_MODEL) as address:
        yield address


def answers(*names: str) -> set[str]:
    return {answer for intent in intents() if intent.name in names for answer in intent.answers}


def test_the_file_is_named_after_its_content_and_written_once(written: Path):
    assert re.fullmatch(r"demo-[0-9a-f]{12}\.gguf", written.name)
    before = written.stat()
    assert demo_gguf(written.parent) == written
    assert written.stat().st_ino == before.st_ino
    assert written.stat().st_mtime_ns == before.st_mtime_ns


def test_other_weights_get_another_name(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = tmp_path / "weights"
    other.mkdir()
    for path in WEIGHTS.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    (other / "chat_template.jinja").write_text("{{ messages }}")
    monkeypatch.setattr("workers.demo.model.WEIGHTS", other)
    assert demo_gguf(tmp_path).name != written.name


def test_two_processes_that_want_it_at_once_both_get_it_whole(written: Path, tmp_path: Path):
    cache = tmp_path / "models"
    argv = [sys.executable, "-c", WRITE, str(cache)]
    both = [subprocess.Popen(argv, cwd=REPO, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[0].strip() for process in both]
    assert told == [str(cache / written.name)] * 2
    assert [path.name for path in cache.iterdir()] == [written.name]
    assert (cache / written.name).read_bytes() == written.read_bytes()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="file/models could not be made"):
        demo_gguf(tmp_path / "file" / "models")


def test_the_record_of_the_training_belongs_to_these_weights():
    record = WEIGHTS.with_name("PROVENANCE.md").read_text("utf-8")
    weights = (WEIGHTS / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() in record
    run = json.loads((WEIGHTS / "training.json").read_text())
    for figure in (f"{run['steps']:,}", f"{run['parameters']:,}", f"{run['dialogues']:,}", run["torch"]):
        assert figure in record
    assert run["tokens_sha256"] in record


def test_the_record_says_how_well_it_does_on_the_prompts_that_are_held_out():
    record = WEIGHTS.with_name("PROVENANCE.md").read_text("utf-8")
    told = record.partition(BEGIN)[2].partition(END)[0]
    assert re.search(rf"\d+ of {len(prompts(HELD_OUT))} answers were acceptable at temperature 0", told)


def test_the_phrases_are_those_that_it_learnt_from():
    digest = hashlib.sha256()
    for path in sorted(WEIGHTS.with_name("phrases").glob("*.toml")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    assert json.loads((WEIGHTS / "training.json").read_text())["data_sha256"] == digest.hexdigest()


@pytest.mark.parametrize("text", ["hello", "My name is Ada, who are you?", "HOW DO I CONNECT OLLAMA"])
def test_llama_cpp_says_token_by_token_what_the_weights_say(url: str, text: str):
    prompt = post(url, "/apply-template", {"messages": [{"role": "user", "content": text}]})["prompt"]
    ids = post(url, "/tokenize", {"content": prompt, "parse_special": True})["tokens"]
    expected = greedy(
        json.loads((WEIGHTS / "config.json").read_text()), load_file(WEIGHTS / "model.safetensors"), ids, 9
    )
    body = {"prompt": ids, "n_predict": 9, "temperature": 0, "return_tokens": True}
    assert post(url, "/completion", body)["tokens"] == expected
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < MOST_BYTES


def test_the_template_in_the_package_is_the_one_that_the_script_writes():
    assert (WEIGHTS / "chat_template.jinja").read_text() == CHAT_TEMPLATE


def test_the_file_calls_itself_a_demo_model(written: Path, url: str):
    name = gguf.GGUFReader(written).get_field("general.name")
    assert name is not None
    assert DEMO_LABEL in name.contents()
    turns = {"messages": [{"role": "user", "content": "hello"}]}
    assert post(url, "/v1/chat/completions", turns)["model"] == DEMO_MODEL


@pytest.mark.parametrize("text", ["hello", "Hi!", "HEY THERE", "good morning"])
def test_a_greeting_is_greeted(url: str, text: str):
    assert said(url, ("user", text)) in answers("greeting")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what's up", "how_are_you"),
        ("who are you?", "who"),
        ("what can you do", "abilities"),
        ("thanks", "thanks"),
        ("tell me a joke", "joke"),
        ("how do I use my own model?", "connect"),
        ("how do i use ollama", "ollama"),
        ("What is the capital of France?", "facts"),
        ("what is 17 times 23?", "math"),
        ("I feel really lonely tonight", "sad"),
        ("I don't want to live anymore", "crisis"),
        ("bye", "goodbye"),
    ],
)
def test_what_a_visitor_tries_first_gets_a_fitting_answer(url: str, text: str, intent: str):
    assert said(url, ("user", text), max_tokens=200) in answers(intent)


def test_it_says_back_no_name_because_it_would_be_a_wrong_one(url: str):
    told = [("user", "hi, my name is Tobias"), ("assistant", said(url, ("user", "hi, my name is Tobias")))]
    assert told[1][1] in answers("name")
    assert said(url, *told, ("user", "what is my name?")) in answers("name_ask")


def test_a_persona_does_not_change_what_it_can_do(url: str):
    persona = ("system", "You are Captain Nova, a gruff pirate who knows every capital of the world.")
    question = ("user", "who are you?")
    assert said(url, question) == said(url, persona, question)
    assert said(url, persona, question) in answers("who")


@pytest.mark.parametrize("text", ["x" * 5000, "naïve ünïcödé " * 100, "👋" * 300])
def test_of_a_very_long_message_only_the_beginning_is_read(url: str, text: str):
    asked = {"messages": [{"role": "user", "content": text}], "max_tokens": 100, "temperature": 0}
    answer = post(url, "/v1/chat/completions", asked)
    assert answer["choices"][0]["message"]["content"]
    assert answer["usage"]["prompt_tokens"] < 500


def test_sampled_answers_are_whole_sentences_too(url: str):
    for seed in range(10):
        assert said(url, ("user", "hello there"), temperature=None, seed=seed) in answers("greeting")
