"""A first rookery.toml, .env and folders: whole or not at all, and never over what is there."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tasks.config_init import init
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet
from tasks.contracts.settings import load
from tests.command import Command
from tests.tiny_model import write_tiny_gguf

LISTED = ["qwen3-8b", "text-embedding-nomic", "Llama 3.1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server that lists models as all OpenAI-compatible ones do; `/empty` in front lists none."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names = {"/v1/models": LISTED, "/empty/v1/models": [], "/odd/v1/models": None}.get(self.path)
            body = json.dumps({"data": None if names is None else [{"id": name} for name in names]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() if path.is_file() else "" for path in folder.iterdir()}


def test_what_is_written_holds_the_defaults_with_an_explanation_of_each(folder: Path) -> None:
    lines = list(init(folder, {}))
    assert load(folder / "rookery.toml", {}).fleet == Fleet()
    assert "# How long a person waits for an answer" in (folder / "rookery.toml").read_text()
    assert "Copy it to rookery.toml" not in (folder / "rookery.toml").read_text()
    assert {"rookery.toml", ".env", "data", "logs", "models", "debug"} == set(contents(folder))
    assert sum(line.startswith("wrote ") for line in lines) == 8


def test_secrets_go_into_a_file_for_its_owner_alone(folder: Path) -> None:
    list(init(folder, {}))
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


def test_what_is_there_stays_to_the_byte(folder: Path) -> None:
    (folder / "rookery.toml").write_text("[web]\nport = 81\n")
    (folder / ".env").write_text("MINE=1\n")
    first = list(init(folder, {}))
    before = contents(folder)
    second = list(init(folder, {}))
    assert contents(folder) == before
    assert (before["rookery.toml"], before[".env"]) == ("[web]\nport = 81\n", "MINE=1\n")
    assert [line.split()[0] for line in first[:2]] == ["kept", "kept"]
    assert {line.split()[0] for line in second[:-1]} == {"kept"}


def test_a_model_file_takes_the_place_of_the_demo_model(folder: Path) -> None:
    (folder / "models").mkdir()
    write_tiny_gguf(folder / "models" / "Tiny-1.gguf", 1)
    list(init(folder, {}, str(folder / "models" / "Tiny-1.gguf")))
    fleet = load(folder / "rookery.toml", {}).fleet
    assert [(model.name, model.gguf, model.builtin) for model in fleet.models] == [("Tiny-1", "models/Tiny-1.gguf", "")]
    assert fleet.personas[0].model == "Tiny-1"
    text = (folder / "rookery.toml").read_text()
    assert "Without any [[model]] there is this one" not in text
    assert "# A file for llama.cpp.\ngguf = " in text


@pytest.mark.parametrize("content", [None, b"PK\x03\x04"])
def test_what_is_no_model_is_refused_before_anything_is_written(folder: Path, content: bytes | None) -> None:
    if content:
        (folder / "m.gguf").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"m\.gguf"):
        list(init(folder, {}, "m.gguf"))
    assert not (folder / "rookery.toml").exists()


def test_a_server_is_asked_which_models_it_has(folder: Path, server: str) -> None:
    list(init(folder, {}, "", server))
    fleet = load(folder / "rookery.toml", {}).fleet
    assert [(model.name, model.aliases) for model in fleet.models] == [
        ("qwen3-8b", {"openai": "qwen3-8b"}),
        ("Llama 3.1", {"openai": "Llama 3.1"}),
    ]
    assert (fleet.hosts[0].engine, fleet.personas[0].model) == (server, "qwen3-8b")
    assert [model.name for model in fleet.models_of("home")] == ["qwen3-8b", "Llama 3.1"]


def test_a_server_whose_kind_is_named_has_its_models_loaded_when_they_are_needed(folder: Path, server: str) -> None:
    list(init(folder, {}, "", f"ollama+{server}"))
    fleet = load(folder / "rookery.toml", {}).fleet
    assert fleet.models[0].aliases == {"ollama": "qwen3-8b"}
    assert (fleet.hosts[0].kind.value, fleet.hosts[0].address) == ("ollama", server)
    assert [model.name for model in fleet.models_of("home")] == ["qwen3-8b", "Llama 3.1"]


def test_a_server_whose_model_is_named_is_not_asked(folder: Path) -> None:
    list(init(folder, {}, "some model", "http://127.0.0.1:1"))
    assert [model.name for model in load(folder / "rookery.toml", {}).fleet.models] == ["some model"]


@pytest.mark.parametrize("path", ["/empty", "/odd", None])
def test_a_server_without_a_list_is_told_and_nothing_is_written(folder: Path, server: str, path: str | None) -> None:
    address = "http://127.0.0.1:1" if path is None else server + path
    with pytest.raises(ConfigurationError, match=r"/v1/models") as caught:
        list(init(folder, {}, "", address))
    assert "--model" in caught.value.next_step
    assert contents(folder) == {}


def test_an_address_that_is_none_is_refused_before_anything_is_written(folder: Path) -> None:
    for model, engine in (("m", "localhost:1234"), ("", "file:///etc/hosts"), ("", "llamacpp")):
        with pytest.raises(ConfigurationError, match="is no address"):
            list(init(folder, {}, model, engine))
    assert contents(folder) == {}


def test_a_model_for_a_file_that_is_there_is_refused_and_the_file_left(folder: Path) -> None:
    (folder / "rookery.toml").write_text("")
    with pytest.raises(ConfigurationError, match="is there already"):
        list(init(folder, {}, "m", "http://127.0.0.1:1"))
    assert contents(folder) == {"rookery.toml": ""}


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("config", "init")
    assert (ended.code, ended.errors) == (0, "")
    assert ended.out.splitlines()[0] == f"wrote {tmp_path / 'rookery.toml'}  (settings; every key is explained in it)"
    assert command.run("config", "check").code == 0
