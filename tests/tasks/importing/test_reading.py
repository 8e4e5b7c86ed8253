"""Settings of other programs become ours, whole and unchanged in meaning; what stays behind is said."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.routing import route
from tasks.contracts.settings import load
from tasks.importing.reading import Imported, read, write
from tests.command import Command

FIXTURES = Path(__file__).parents[2] / "fixtures"
CLUSTER, LLM = FIXTURES / "config-aientities.json", FIXTURES / "ollama-vm.yaml"
SERVER = {"ip": "10.0.0.1", "name": "one", "capabilities": {"preferredModels": ["m"]}}
SECRET = "hunter2-hunter2"


def imported(tmp_path: Path, raw: Any, name: str = "it.json") -> tuple[Imported, Fleet]:
    file = tmp_path / name
    file.write_text(raw if isinstance(raw, str) else json.dumps(raw), "utf-8")
    made = read(file)
    return made, parse(tomllib.loads(made.text), "made")


def fleet_of(file: Path) -> Fleet:
    return parse(tomllib.loads(read(file).text), "made")


# ---------------------------------------------------------------- a cluster of LM Studio servers
def test_servers_become_hosts():
    hosts = fleet_of(CLUSTER).hosts
    assert [(host.name, host.engine) for host in hosts] == [
        ("Mac Studio 1", "lmstudio+http://10.0.0.102:1234"),
        ("Mac Studio 2", "lmstudio+http://10.0.0.100:1234"),
    ]
    assert {(host.memory_gib, host.formats, host.enabled) for host in hosts} == {(128.0, ("mlx", "gguf"), True)}
    assert hosts[0].models == ("highermind_the-eternal-1", "llama-70b", "mixtral-8x7b")


def test_settings_of_the_cluster_become_ours_and_its_values_are_our_defaults():
    fleet, plain = fleet_of(CLUSTER), Fleet()
    assert (fleet.jobs.load_timeout_s, fleet.jobs.request_timeout_s, fleet.jobs.attempts) == (120.0, 30.0, 3)
    assert fleet.jobs == plain.jobs
    assert fleet.residency.strategy == "least-loaded"
    assert {host.unload_after_s for host in fleet.hosts} == {300.0}


def test_entities_become_personas_on_the_model_that_they_had():
    fleet = fleet_of(CLUSTER)
    assert [(persona.name, persona.model, persona.pin) for persona in fleet.personas] == [
        ("philosopher", "highermind_the-eternal-1", "")
    ]
    assert fleet.model("highermind_the-eternal-1").name_on(fleet.hosts[0]) == "highermind_the-eternal-1"


def test_an_entity_keeps_its_server_words_and_sampling(tmp_path: Path):
    entity = {
        "id": "ada",
        "model": "m",
        "preferredServer": "one",
        "systemPrompt": "Be Ada.",
        "temperature": 1,
        "maxTokens": 99,
    }
    persona = imported(tmp_path, {"lmStudioServers": [SERVER], "entities": [entity]})[1].persona("ada")
    assert (persona.pin, persona.prompt, persona.temperature, persona.max_tokens) == ("one", "Be Ada.", 1.0, 99)


def test_a_model_that_no_server_prefers_may_be_on_all_of_them(tmp_path: Path):
    raw = {"lmStudioServers": [SERVER], "entities": [{"id": "ada", "model": "other"}]}
    made, fleet = imported(tmp_path, raw)
    assert fleet.hosts[0].models == ("m", "other")
    assert made.notes == ("model 'other': no server prefers it, so every one may hold it",)


def test_a_server_that_takes_any_model_and_one_that_is_off_stay_so(tmp_path: Path):
    servers = [
        {"ip": "10.0.0.1", "enabled": False},
        {"ip": "10.0.0.2", "port": 99, "name": "Pro", "capabilities": {"preferredModels": ["*"]}},
    ]
    fleet = imported(tmp_path, {"lmStudioServers": servers, "entities": [{"id": "ada", "model": "m"}]})[1]
    assert [(host.name, host.enabled, host.models) for host in fleet.hosts] == [
        ("LM Studio 1", False, ("*",)),
        ("Pro", True, ("*",)),
    ]
    assert fleet.host("Pro").engine == "lmstudio+http://10.0.0.2:99"


# ---------------------------------------------------------------- one server, three kinds of messages
def test_models_for_kinds_of_messages_become_routing():
    fleet = fleet_of(LLM)
    routing = fleet.routing
    assert (routing.primary, routing.code, routing.fast) == ("qwen2.5:32b", "deepseek-coder-v2:16b", "qwen2.5:7b")
    assert [rule.pattern for rule in routing.rules] == [
        "(code|function|implement|debug|class|def |fn )",
        "^.{0,100}$",
    ]
    chosen = [route(text, fleet.personas[0], routing).model for text in ("Write a sorting function", "hi", "x" * 200)]
    assert chosen == ["deepseek-coder-v2:16b", "qwen2.5:7b", "qwen2.5:32b"]


def test_its_server_and_its_cache_become_a_host():
    host = fleet_of(LLM).hosts[0]
    assert (host.engine, host.keep, host.max_models) == ("ollama+http://192.168.15.14:11434", "ram", 3)
    assert not host.cloud


def test_a_server_of_somebody_else_is_one_and_that_is_said(tmp_path: Path):
    llm = {
        "provider": "openai",
        "base_url": "https://api.example.com/v1",
        "api_key": SECRET,
        "models": {"primary": "m"},
    }
    raw = json.dumps({"llm": llm})  # which is YAML too
    made, fleet = imported(tmp_path, raw, "it.yaml")
    assert (fleet.hosts[0].cloud, fleet.hosts[0].api_key_env) == (True, "OPENAI_KEY")
    assert fleet.personas[0].allow_cloud
    assert "llm.base_url: belongs to somebody else: what people say goes there, as it did before" in made.notes


# ---------------------------------------------------------------- what stays behind
def test_everything_that_stays_behind_is_said_and_nothing_else():
    assert [note.partition(":")[0] for note in read(CLUSTER).notes] == [
        "clusterSettings.loadBalancingStrategy",
        "clusterSettings.healthCheckInterval",
    ]
    assert [note.partition(":")[0] for note in read(LLM).notes] == [
        "llm.cache.eviction",
        "llm.routing.rules[0].pattern",
    ]


def test_no_secret_is_copied_or_shown(tmp_path: Path):
    entity = {"id": "ada", "model": "m", "discordToken": SECRET, "webhook": SECRET}
    raw = {"lmStudioServers": [{**SERVER, "apiKey": SECRET}], "entities": [entity], "telegram_bot_token": SECRET}
    made, fleet = imported(tmp_path, raw)
    assert SECRET not in made.text + "".join(made.notes)
    assert fleet.host("one").api_key_env == "ONE_KEY"
    assert set(made.notes) == {
        "lmStudioServers[0].apiKey: is not copied; set the variable ONE_KEY to it",
        "entities[0].discordToken: a secret is not copied into a file; keep it in a variable such as DISCORD_TOKEN",
        "entities[0].webhook: has no counterpart here",
        "telegram_bot_token: a secret is not copied into a file; keep it in a variable such as TELEGRAM_BOT_TOKEN",
    }


def test_a_rule_that_cannot_be_is_left_out_and_said(tmp_path: Path):
    rules = [{"pattern": "(?=x)", "model": "m"}, {"pattern": "x", "model": "m"}]
    raw = json.dumps({"llm": {"models": {"primary": "m"}, "routing": {"rules": rules}}})
    made, fleet = imported(tmp_path, raw, "it.yml")
    assert [rule.pattern for rule in fleet.routing.rules] == ["x"]
    assert made.notes[0].startswith("llm.routing.rules[0]: left out:")
    assert "look-around" in made.notes[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("it.json", "{", "cannot be read"),
        ("it.yaml", "a: [", "cannot be read"),
        ("it.yaml", "!!python/object/apply:os.system ['true']", "cannot be read"),
        ("it.json", "[]", "holds no table"),
        ("it.json", '{"other": 1}', "has none of lmStudioServers"),
        ("it.json", '{"lmStudioServers": [7]}', "not of the shape"),
        ("it.json", '{"lmStudioServers": [{"ip": "h"}]}', "names no model"),
        ("it.json", '{"lmStudioServers": [{"ip": "h", "port": 0}], "entities": [{"id": "a", "model": "m"}]}', "engine"),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path: Path, name: str, text: str, said: str):
    with pytest.raises(ConfigurationError, match=said):
        imported(tmp_path, text, name)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="No such file"):
        read(tmp_path / "gone.json")


# ---------------------------------------------------------------- the command
def test_the_command_writes_what_config_check_takes_and_never_over_a_file(command: Command, tmp_path: Path):
    made = tmp_path / "made.toml"
    first = command.invoke("config", "import", str(LLM), "--write", str(made))
    assert (first.code, "llm.cache.eviction" in first.errors) == (0, True)
    assert command.invoke("config", "check", "--config", str(made)).code == 0
    assert load(made, {}).fleet.routing.primary == "qwen2.5:32b"
    with pytest.raises(ConfigurationError, match="is there already"):
        command.invoke("config", "import", str(CLUSTER), "--write", str(made))
    assert "qwen2.5" in made.read_text("utf-8")
    assert command.invoke("config", "import", str(CLUSTER), "--write", str(made), "--force").code == 0
    assert "philosopher" in made.read_text("utf-8")


def test_a_file_that_cannot_be_written_over_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    there = tmp_path / "rookery.toml"
    there.write_text("# mine", "utf-8")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        write("# theirs", there, force=True)
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("rookery.toml", "# mine")]


def test_the_command_prints_what_it_is_not_told_to_write(command: Command):
    printed = command.invoke("config", "import", str(LLM))
    assert parse(tomllib.loads(printed.out), "printed") == fleet_of(LLM)


def test_a_password_in_the_address_of_a_server_is_not_copied(tmp_path: Path):
    llm = {"provider": "ollama", "base_url": f"http://ada:{SECRET}@10.0.0.9:11434/v1", "models": {"primary": "m"}}
    made, fleet = imported(tmp_path, {"llm": llm})
    assert fleet.hosts[0].engine == "ollama+http://10.0.0.9:11434"
    assert SECRET not in made.text + "".join(made.notes)
    assert any("llm.base_url" in note for note in made.notes)
