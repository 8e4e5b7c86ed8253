"""The lines are tried: whatever a file says, with them behind it, it still says that and the server's models."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.contracts import engines
from tasks.contracts.fleet import Fleet, parse
from workers.doctor.listings import Kind, Offer, Server
from workers.doctor.proposal import MOST_MODELS, lines

URL = "http://127.0.0.1:1234"
GGUF = '[[model]]\nname = "qwen3-8b"\ngguf = "q.gguf"\n'
FILES = {
    "nothing": "",
    "no list": "[web]\nport = 8081\n",
    "a model": GGUF,
    "a persona": '[[persona]]\nname = "a"\nmodel = "demo"\n',
    "a host": '[[host]]\nname = "attic"\n',
    "a host of one model": '[[host]]\nname = "attic"\nmodels = ["demo"]\n',
    "a host and a persona": '[[host]]\nname = "LM Studio"\n[[persona]]\nname = "a"\nmodel = "demo"\npin = "LM Studio"',
    "all": GGUF + '[[host]]\nname = "lm-studio"\n[[persona]]\nname = "a"\nmodel = "qwen3-8b"\n',
    "a server of the kind": (
        '[[model]]\nname = "m"\naliases = {lmstudio = "m"}\n[[host]]\nname = "h"\nengine = "lmstudio+http://h:1"\n'
    ),
    "another server": '[[model]]\nname = "m"\naliases = {openai = "m"}\n[[host]]\nname = "h"\nengine = "http://h:1"\n',
}


def server(*keys: str, kind: Kind = Kind.LM_STUDIO) -> Server:
    return Server(URL, kind, tuple(map(Offer, keys)), frozenset(keys))


def with_lines(text: str, found: Server) -> Fleet:
    before = parse(tomllib.loads(text), "rookery.toml")
    return parse(tomllib.loads(f"{text}\n{lines(found, before)}\n"), "rookery.toml")


def test_the_lines_are_those_that_one_would_write():
    found = Server(URL, Kind.LM_STUDIO, (Offer("qwen/qwen3-8b", True, 16384, 2), Offer("phi-4", False)))
    assert lines(found, Fleet()) == (
        '[[model]]\nname = "qwen3-8b"\naliases = { lm-studio = "qwen/qwen3-8b" }\ncontext_tokens = 16384\nslots = 2\n\n'
        '[[model]]\nname = "phi-4"\naliases = { lm-studio = "phi-4" }\n\n'
        f'[[host]]\nname = "lm-studio"\nengine = "lmstudio+{URL}"\nmodels = ["qwen3-8b", "phi-4"]'
    )


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_with_the_lines_behind_it_can_be_used_and_has_lost_nothing(text: str):
    before = parse(tomllib.loads(text), "rookery.toml")
    after = with_lines(text, server("qwen/qwen3-8b", "m"))
    host = after.hosts[-1]
    assert (host.address, {model.name_on(host) for model in after.models_of(host.name)}) == (
        URL,
        {"qwen/qwen3-8b", "m"},
    )
    wanted = () if not before.model_fields_set & {"models", "hosts", "personas"} else before.hosts
    for old in wanted:
        assert after.host(old.name) == old
        assert after.models_of(old.name) == before.models_of(old.name)
    if "personas" in before.model_fields_set:
        assert after.personas == before.personas


def test_without_a_list_in_the_file_the_demo_model_makes_way():
    after = with_lines("", server("phi-4"))
    assert ([model.name for model in after.models], after.personas[0].model) == (["phi-4"], "phi-4")


def test_ollama_answers_one_at_a_time():
    assert with_lines("", server("llama3.2:3b", kind=Kind.OLLAMA)).hosts[-1].slots == 1


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        (Kind.LM_STUDIO, f"lmstudio+{URL}"),
        (Kind.OLLAMA, f"ollama+{URL}"),
        (Kind.VLLM, f"vllm+{URL}"),
        (Kind.LLAMACPP_ROUTER, f"router+{URL}"),
        (Kind.LLAMACPP, URL),
        (Kind.OPENAI, URL),
    ],
)
def test_a_server_is_named_by_its_kind_where_it_can_be_asked_for_more_than_answers(kind: Kind, engine: str):
    host = with_lines("", server("m", kind=kind)).hosts[-1]
    assert host.engine == engine
    assert host.name not in list(engines.Kind)


def test_names_that_queues_could_not_tell_apart_are_made_different():
    after = with_lines("", server("a/phi", "b/phi", "c/PHI", "A:phi", "日本", "phi:latest"))
    assert len({model.name for model in after.models}) == 6


def test_what_is_loaded_comes_first_and_the_rest_is_named():
    keys = [f"m{number}" for number in range(MOST_MODELS + 3)]
    found = Server(URL, Kind.LM_STUDIO, tuple(Offer(key, loaded=key == keys[-1]) for key in keys))
    told = lines(found, Fleet())
    assert told.startswith(f'[[model]]\nname = "{keys[-1]}"')
    assert told.count("[[model]]") == MOST_MODELS
    assert told.splitlines()[-1].endswith(', "m6", "m7"'.removeprefix(","))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=MOST_MODELS, unique=True))
def test_whatever_models_are_called_the_lines_can_be_used(keys: list[str]):
    after = with_lines(GGUF, server(*keys))
    host = after.hosts[-1]
    assert {model.name_on(host) for model in after.models_of(host.name)} == set(keys)
