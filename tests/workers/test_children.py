"""What a host runs for each of its models."""

from __future__ import annotations

import http.server
import sys
import threading
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings, load
from tests.tiny_model import write_tiny_gguf
from workers.children import Station, host_folder, station
from workers.post import POST_ENV, Post

FLEET = """
[[model]]
name = "Tiny Llama"
gguf = "tiny.gguf"
slots = 3
context_tokens = 2048
[[model]]
name = "far"
aliases = {studio = "far-q4", fakery = "far-fake"}
[[host]]
name = "home"
models = ["Tiny Llama"]
labels = ["eu"]
[[host]]
name = "fakery"
engine = "fake"
slots = 2
[[host]]
name = "studio"
engine = "http://10.0.0.7:1234"
models = ["far"]
cloud = true
[[persona]]
name = "p"
model = "Tiny Llama"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "rookery.toml").write_text(FLEET)
    return load(tmp_path / "rookery.toml", {})


def made(settings: Settings, host: str, model: str) -> tuple[Station, Post]:
    at = station(settings, settings.fleet.host(host), settings.fleet.model(model), fence=5)
    return at, Post.model_validate_json(at.worker.env[POST_ENV])


def test_llama_cpp_runs_in_a_process_of_its_own_which_the_worker_waits_for(settings, tmp_path):
    write_tiny_gguf(tmp_path / "tiny.gguf", 1)
    at, post = made(settings, "home", "Tiny Llama")
    assert [child.name for child in at.children] == ["engine-tiny-llama", "worker-tiny-llama"]
    assert at.engine is not None
    assert at.worker.needs == (at.engine.name,)
    assert f"--gguf={tmp_path / 'tiny.gguf'}" in at.engine.argv
    port = post.engine.rpartition(":")[2]
    assert post.engine == f"llamacpp+http://127.0.0.1:{port}"
    assert f"--port={port}" in at.engine.argv
    assert (post.slots, post.context_tokens, post.labels, post.cloud) == (3, 2048, ("eu",), False)


def test_missing_weights_are_told_with_model_and_path(settings, tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        made(settings, "home", "Tiny Llama")
    assert caught.value.message == f"model 'Tiny Llama': there is no file {tmp_path / 'tiny.gguf'}"
    assert "GGUF" in caught.value.next_step


def test_a_server_somewhere_else_needs_no_engine_here(settings):
    at, post = made(settings, "studio", "far")
    assert [child.name for child in at.children] == ["worker-far"]
    assert (post.engine, post.engine_name, post.cloud) == ("http://10.0.0.7:1234", "far-q4", True)
    assert at.worker.needs == ()


def test_a_fake_engine_lives_in_its_worker_with_the_slots_of_its_host(settings, monkeypatch):
    monkeypatch.delenv("ROOKERY_TEST_SCRIPTED", raising=False)
    at, post = made(settings, "fakery", "far")
    assert (at.engine, post.engine, post.engine_name, post.slots) == (None, "fake", "far-fake", 2)
    assert at.slots == 2


def test_only_tests_have_a_fake_engine_do_as_the_text_says(settings, monkeypatch):
    monkeypatch.setenv("ROOKERY_TEST_SCRIPTED", "1")
    assert made(settings, "fakery", "far")[1].engine == "fake+scripted"
    assert made(settings, "studio", "far")[1].engine == "http://10.0.0.7:1234"


def test_a_worker_is_started_apart_from_the_current_folder_and_told_no_secret(settings, tmp_path):
    (tmp_path / "rookery.toml").write_text(f'[redis]\nurl = "redis://:hunter2@127.0.0.1:6390/0"\n{FLEET}')
    at, post = made(load(tmp_path / "rookery.toml", {}), "fakery", "far")
    assert at.worker.argv == (sys.executable, "-P", "-m", "workers.launch", "far@fakery")
    assert at.worker.watches_leash
    assert "hunter2" not in str(at.worker)
    assert (post.host, post.fence) == ("fakery", 5)
    assert at.worker.env["ROOKERY_CONFIG"] == str(tmp_path / "rookery.toml")


def test_a_worker_is_ready_when_it_says_so_and_not_because_a_former_one_did(settings):
    at, post = made(settings, "fakery", "far")
    assert at.worker.prepare is not None
    assert at.worker.ready is not None
    at.worker.prepare()
    assert not at.worker.ready()
    Path(post.ready_file).touch()
    assert at.worker.ready()
    at.worker.prepare()
    assert not at.worker.ready()
    assert Path(post.ready_file).parent == host_folder(settings, settings.fleet.host("fakery"))


class Health(http.server.BaseHTTPRequestHandler):
    """Loads, then is well."""

    said = iter((503, 200))

    def do_GET(self) -> None:
        self.send_response(next(self.said))
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return


def test_an_engine_is_ready_once_it_says_that_it_is_well(settings, tmp_path, monkeypatch, free_port):
    write_tiny_gguf(tmp_path / "tiny.gguf", 1)
    port = free_port()
    monkeypatch.setattr("workers.children.free_port", lambda: port)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")  # which must not be asked
    engine = made(settings, "home", "Tiny Llama")[0].engine
    assert engine is not None
    assert engine.ready is not None
    assert not engine.ready(), "nobody listens"
    with http.server.HTTPServer(("127.0.0.1", port), Health) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        assert [engine.ready(), engine.ready()] == [False, True]
        server.shutdown()
