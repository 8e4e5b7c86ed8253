"""`rookery models`, and the table that it shows."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.contracts.fleet import Fleet, parse
from tasks.jobs import fleet_moves
from tasks.jobs.values import HostSeen
from tests.command import Command
from tests.tasks.jobs.flock import LONG_MS, Flock
from workers.residency.footprint import Size
from workers.roster import Foreign, foreign, roster

FLEET = """
[[model]]
name = "Qwen3 8B"
gguf = "qwen.gguf"
aliases = { ollama = "qwen3:8b", mac = "qwen/qwen3-8b" }
pin = ["home"]
[[model]]
name = "Large 70B"
format = "safetensors"
memory_gib = 140
aliases = { vllm = "org/large" }
[[host]]
name = "home"
slots = 2
[[host]]
name = "box"
engine = "ollama+http://127.0.0.1:1"
[[host]]
name = "mac"
engine = "lmstudio+http://127.0.0.1:1"
[[host]]
name = "rack"
engine = "vllm+http://127.0.0.1:1"
[[host]]
name = "off"
engine = "ollama+http://127.0.0.1:2"
enabled = false
"""
RESIDENT = {
    "slug": "qwen3-8b",
    "name": "Qwen3 8B",
    "state": "ready",
    "size_gib": 5.5,
    "size_is": "measured",
    "slots": 3,
    "pinned": False,
}
ABOUT = {
    "models": [{"name": "Qwen3 8B", "slug": "qwen3-8b", "slots": 3, "state": "ready"}],
    "memory": {"residents": [RESIDENT], "foreign": {"somebody/else": 2.25}},
}
GUESS = Size(4.6, "name")


def fleet() -> Fleet:
    return parse(tomllib.loads(FLEET), "rookery.toml")


def seen(name: str, about: object, *, live: bool = True) -> HostSeen:
    return HostSeen(name, live, 1, about)  # type: ignore[arg-type]


@pytest.fixture
def rookery(tmp_path: Path, redis_url: str) -> Iterator[Command]:
    made = Command(tmp_path)
    made.settings(f'[redis]\nurl = "{redis_url}"\n{FLEET}')
    yield made
    made.end()


def test_a_model_has_one_name_here_and_one_for_each_of_its_hosts() -> None:
    qwen, large = roster(fleet(), [], lambda _host, _model: GUESS)
    assert {place.host: (place.engine, place.alias, place.format) for place in qwen.places} == {
        "home": ("llamacpp", "Qwen3 8B", "gguf"),
        "box": ("ollama", "qwen3:8b", "gguf"),
        "mac": ("lmstudio", "qwen/qwen3-8b", ""),  # LM Studio has it as GGUF or as MLX
    }
    assert [(place.host, place.alias, place.format) for place in large.places] == [("rack", "org/large", "safetensors")]
    assert [place.host for place in qwen.places if place.pinned] == ["home"]
    assert [place.slots for place in qwen.places] == [2, 4, 4]


def test_where_it_is_and_what_it_takes_there_is_as_its_host_says() -> None:
    (home, box, _), _ = (row.places for row in roster(fleet(), [seen("box", ABOUT)], lambda *_: GUESS))
    assert (box.state, box.gib, box.gib_is, box.slots) == ("ready", 5.5, "measured", 3)
    assert (home.state, home.gib, home.gib_is) == ("", 4.6, "name")


@pytest.mark.parametrize(
    "about", [{}, {"models": None, "memory": 3}, {"models": ["x", {}], "memory": {"residents": [None]}}]
)
def test_a_host_that_tells_little_or_is_gone_holds_nothing(about: object) -> None:
    for host in (seen("box", about), seen("box", ABOUT, live=False)):
        assert {place.state for row in roster(fleet(), [host], lambda *_: GUESS) for place in row.places} == {""}
        assert list(foreign([host])) == []


def test_what_others_loaded_is_told_beside() -> None:
    assert list(foreign([seen("mac", ABOUT)])) == [Foreign("mac", "somebody/else", 2.25)]


def test_the_command_shows_models_sizes_and_where_they_are(rookery: Command, redis_url: str) -> None:
    flock = Flock(redis_url)
    fence, _ = flock.store.run(fleet_moves.host_join("box", "somewhere", LONG_MS))
    flock.store.run(fleet_moves.host_beat("box", fence, LONG_MS, json.dumps(ABOUT), {"qwen3-8b": 3}))
    ended = rookery.invoke("models")
    assert (ended.code, ended.errors) == (0, "")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert "box ollama qwen3:8b gguf 5.5 measured 3 ready" in lines
    assert "Large 70B rack vllm org/large safetensors 140.0 as told 4 no" in lines
    assert lines[1].startswith("Qwen3 8B home llamacpp Qwen3 8B gguf")
    assert lines[1].endswith("estimated 2 no pinned")
    assert lines[-1] == "box also holds somebody/else, 2.25 GiB, loaded by somebody else"


def test_for_programs_it_is_json(rookery: Command) -> None:
    told = json.loads(rookery.invoke("models", "--json").out)
    assert told["residency_known"] is True
    assert [(row["name"], [place["host"] for place in row["places"]]) for row in told["models"]] == [
        ("Qwen3 8B", ["home", "box", "mac"]),
        ("Large 70B", ["rack"]),
    ]


def test_without_redis_it_says_so_and_shows_the_rest(tmp_path: Path, free_port: Callable[[], int]) -> None:
    rookery = Command(tmp_path)
    rookery.settings(f'[redis]\nurl = "redis://127.0.0.1:{free_port()}/0"\n{FLEET}')
    ended = rookery.invoke("models")
    assert ended.code == 0
    assert "Where they are now is not known" in ended.out
    assert "qwen3:8b" in ended.out
    assert json.loads(rookery.invoke("models", "--json").out)["residency_known"] is False


def test_a_size_that_was_measured_on_this_machine_counts_and_a_file_before_a_name(tmp_path: Path) -> None:
    (tmp_path / "qwen.gguf").write_bytes(b"GGUF" + bytes(2**20))
    rookery = Command(tmp_path)
    rookery.settings(f'[redis]\nurl = "redis://127.0.0.1:1/0"\n{FLEET}')
    box = tmp_path / "data" / "hosts" / "box"
    box.mkdir(parents=True)
    of = "ollama+http://127.0.0.1:1 qwen3:8b 4096 x 4"
    known = {"qwen3-8b": {"of": of, "gib": 6.25, "load_s": 3.0, "least_gib": 0.0}}
    (box / "footprints.json").write_text(json.dumps(known))
    places = {
        place["host"]: place for place in json.loads(rookery.invoke("models", "--json").out)["models"][0]["places"]
    }
    assert (places["box"]["gib"], places["box"]["gib_is"]) == (6.25, "measured")
    assert (places["home"]["gib"] < 0.1, places["home"]["gib_is"]) == (True, "file")
    assert places["mac"]["gib_is"] == "name"


def test_the_demo_model_is_tiny_and_looking_makes_no_file(tmp_path: Path) -> None:
    rookery = Command(tmp_path)
    rookery.settings('[redis]\nurl = "redis://127.0.0.1:1/0"\n')
    [demo] = json.loads(rookery.invoke("models", "--json").out)["models"]
    assert [(place["host"], place["gib"] < 0.2, place["gib_is"]) for place in demo["places"]] == [
        ("home", True, "file")
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["rookery.toml"]
