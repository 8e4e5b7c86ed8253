"""Beat, upkeep and Flower, as processes."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.talking import TRANSCRIPT_FILE
from tasks.jobs.values import Ways
from tests.workers.household import PATIENCE_S, Household, Worker, until
from workers.processes import BEAT_FILE, FLOWER_PASSWORD_FILE, FLOWER_USER, flower_password, run_host

WORDS = "what nobody but Ada should read"


@pytest.fixture
def house(tmp_path: Path, redis_url: str) -> Iterator[Household]:
    """A folder with settings."""
    made = Household(tmp_path, redis_url)
    yield made
    made.close()


def test_the_password_of_flower_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    folder = tmp_path / "new" / "data"
    password = flower_password(folder)
    assert len(password) >= 12
    assert flower_password(folder) == password
    assert stat.S_IMODE((folder / FLOWER_PASSWORD_FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [FLOWER_PASSWORD_FILE]
    assert flower_password(tmp_path) != password


def test_a_password_file_that_a_full_disk_left_empty_is_made_anew(tmp_path):
    (tmp_path / FLOWER_PASSWORD_FILE).touch()
    assert flower_password(tmp_path)
    assert stat.S_IMODE((tmp_path / FLOWER_PASSWORD_FILE).stat().st_mode) == 0o600


def test_flower_wants_a_password_and_shows_workers_as_model_at_host_and_tasks_without_words(
    redis_url, tmp_path, free_port
):
    worker, port = Worker(tmp_path, redis_url), free_port()
    try:
        worker.house.command.environment["ROOKERY_FLOWER_PORT"] = str(port)
        log = (tmp_path / "flower.log").open("w")
        worker.house.command.start("run", "flower", stdout=log, stderr=log)
        worker.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S) as browser:

            def asked(password: str | None, path: str = "/workers") -> httpx.Response | None:
                pair = base64.b64encode(f"{FLOWER_USER}:{password}".encode()).decode()
                try:
                    return browser.get(path, headers={} if password is None else {"Authorization": f"Basic {pair}"})
                except httpx.TransportError:
                    return None

            assert until(lambda: asked(None), "Flower").status_code == 401
            assert asked("wrong").status_code == 401
            password = flower_password(worker.house.settings.data_dir)
            assert asked(password).status_code == 200
            until(lambda: "echo-one@home" in asked(password).text, "the worker on the page")
            job = worker.house.submit(WORDS, persona="Ada")
            worker.house.answered(job)
            tasks = until(lambda: json.loads(asked(password, "/api/tasks").text), "the task on the page")
            (told,) = tasks.values()
            assert (told["name"], told["worker"], told["args"]) == ("generation.answer", "echo-one@home", "()")
            assert told["uuid"].startswith(job)
            everything = [asked(password, path).text for path in ("/tasks", "/broker", "/api/tasks", "/metrics")]
            assert not [page for page in everything if WORDS in page]
            for path in ("/tasks", "/broker", "/api/tasks", "/api/workers"):
                assert asked(None, path).status_code == 401
    finally:
        log.close()
        worker.close()
    assert password not in (tmp_path / "flower.log").read_text()


def test_beat_sweeps_upkeep_listens_and_both_end_when_told_leaving_nothing_in_the_current_folder(house, tmp_path):
    log = (tmp_path / "both.log").open("w")
    house.flock.ways = Ways(archive=True)
    house.flock.submit("what is a rook?", session="s")
    house.flock.serve(house.flock.host("anvil"))
    beat = house.command.start("run", "beat", stdout=log, stderr=log)
    upkeep = house.command.start("run", "upkeep", stdout=log, stderr=log)
    store = house.flock.store
    until(lambda: store.client.get("rookery:sweeper"), "a sweeper that leads")
    until(lambda: list(house.settings.data_dir.glob(f"{BEAT_FILE}*")), "beat's own file in the data folder")
    until(lambda: store.client.smembers("_kombu.binding.upkeep") or upkeep.poll() is not None, "the upkeep worker")
    until(lambda: store.client.xlen("rookery:archive") == 0, "what was said to be archived")
    assert (house.settings.data_dir / TRANSCRIPT_FILE).stat().st_mode & 0o777 == 0o600
    store.client.delete(store.key("session", "s"))
    job = house.flock.submit("and a raven?", session="s")
    until(lambda: house.flock.state(job) == "queued", "the session to be read again")
    assert (house.flock.window("s"), house.flock.view(job).flags) == (["what is a rook?", "hi"], ())
    for process in (beat, upkeep):
        process.terminate()
        assert process.wait(PATIENCE_S) in (0, -15)
    log.close()
    assert "Traceback" not in (tmp_path / "both.log").read_text()
    assert not list(tmp_path.glob("celerybeat*")), "nothing is left in the current folder"


def test_a_disabled_host_is_refused_before_anything_is_touched(tmp_path, monkeypatch):
    (tmp_path / "rookery.toml").write_text('[[host]]\nname = "home"\nenabled = false\n')
    monkeypatch.setenv("ROOKERY_CONFIG", str(tmp_path / "rookery.toml"))
    monkeypatch.setattr("tasks.contracts.logsetup.set_up", lambda *_told: None)
    with pytest.raises(ConfigurationError, match="host 'home' is disabled → set enabled = true in"):
        run_host("home")
    assert [path.name for path in tmp_path.iterdir()] == ["rookery.toml"]
