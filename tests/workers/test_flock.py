"""What `rookery up` runs."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts import wanted
from tasks.contracts.errors import PortTaken, StoreUnavailable
from tasks.contracts.settings import load
from tests.tasks.jobs.flock import LONG_MS, Flock
from workers.flock import plan_of
from workers.supervision.up import UpPlan

FLEET = """
[[model]]
name = "echo"
aliases = {home = "echo", attic = "echo"}
[[host]]
name = "home"
engine = "fake"
[[host]]
name = "attic"
engine = "fake"
enabled = false
"""
SETTLED = '{"memory": {"settled": %s}}'


@pytest.fixture
def plan(tmp_path: Path, redis_url: str) -> Any:
    """Call it with settings for what would be run."""

    def make(settings: str = "", redis: str = f'url = "{redis_url}"', **environ: str) -> UpPlan:
        (tmp_path / "rookery.toml").write_text(f"[redis]\n{redis}\n{settings}{FLEET}")
        return plan_of(load(tmp_path / "rookery.toml", environ))

    return make


def child(plan: UpPlan, name: str) -> Any:
    return next(child for child in plan.children if child.name == name)


def test_every_process_is_a_verb_of_its_own_and_a_disabled_host_is_none(plan):
    assert [child.name for child in plan().children] == ["host-home", "upkeep", "beat", "bot-web", "flower"]
    assert child(plan(), "bot-web").argv == (sys.executable, "-P", "-m", "rookery", "run", "bot", "web")
    assert child(plan(), "host-home").argv[-2:] == ("host", "home")
    assert all(child.watches_leash for child in plan().children)


def test_a_redis_that_was_named_is_used_and_otherwise_one_of_our_own_is_run(plan, free_port, tmp_path):
    assert plan().redis is None
    own = plan(redis=f"port = {free_port()}")
    assert own.redis is not None
    assert str(tmp_path / "data" / "redis") in " ".join(own.redis.argv)


def test_a_redis_that_was_named_and_is_not_there_is_told_before_anything_starts(plan, free_port):
    with pytest.raises(StoreUnavailable):
        plan(redis=f'url = "redis://127.0.0.1:{free_port()}/0"')


def test_flower_can_be_left_out_and_may_fail(plan):
    without = plan("[flower]\nenabled = false\n")
    assert "flower" not in [child.name for child in without.children]
    assert "Flower" not in without.urls
    assert not child(plan(), "flower").essential
    assert child(plan(), "bot-web").essential


def test_a_bot_that_was_given_a_token_runs_beside_the_page_and_ends_nothing_when_it_fails(plan):
    told = plan('[feed]\nurl = "http://127.0.0.1:1"\n', DISCORD_TOKEN="a.secret.token", TELEGRAM_TOKEN="7:secret")
    bots = [child for child in told.children if child.name.startswith("bot-")]
    assert [bot.argv[-2:] for bot in bots] == [("bot", name) for name in ("web", "discord", "telegram", "feed")]
    assert [bot.essential for bot in bots] == [True, False, False, False]
    assert not any(bot.forkable for bot in bots)
    assert "secret" not in str(told)
    assert {"Discord", "Telegram", "Feed"} <= told.urls.keys()


def test_a_bot_whose_library_is_not_installed_is_told_of_and_not_run(plan, monkeypatch):
    monkeypatch.setattr("tasks.contracts.wanted.LIBRARIES", {"discord": "no_such_library"})
    told = plan(DISCORD_TOKEN="a.secret.token")
    assert "bot-discord" not in [child.name for child in told.children]
    (warning,) = [line for line in told.warnings if "discord" in line]
    assert warning.endswith(f"→ {wanted.EXTRA}")


@pytest.mark.parametrize(("section", "name"), [("web", "bot-web"), ("flower", "flower")])
def test_a_taken_port_is_told_with_its_setting(plan, section, name):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        prepare = child(plan(f"[{section}]\nport = {port}\n"), name).prepare
        with pytest.raises(PortTaken, match=rf"port {port}.*{section}\.port in rookery\.toml"):
            prepare()
    prepare()


def test_a_host_is_ready_when_it_has_what_it_loads_at_its_start(plan, redis_url):
    from tasks.jobs import fleet_moves

    flock, ready = Flock(redis_url), child(plan(), "host-home").ready
    assert not ready()
    card = flock.host("home")

    for about, expected in (("{}", False), (SETTLED % "false", False), (SETTLED % "true", True)):
        flock.store.run(fleet_moves.host_beat("home", card.fence, LONG_MS, about, ["echo"]))
        assert ready() is expected
    flock.store.run(fleet_moves.host_leave("home", card.fence, ["echo"]))
    assert not ready()


def test_a_host_is_not_ready_while_redis_is_away(tmp_path, free_port):
    (tmp_path / "rookery.toml").write_text(f"[redis]\nport = {free_port()}\n{FLEET}")
    assert not child(plan_of(load(tmp_path / "rookery.toml", {})), "host-home").ready()


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
        ("::", "http://[::1]:8080"),
    ],
)
def test_the_page_is_named_by_an_address_that_this_machine_can_open(plan, bind, url):
    made = plan(f'[web]\nbind = "{bind}"\n')
    assert made.urls["chat"] == url
    assert child(made, "bot-web").ready() in (True, False), "asking never raises"


def test_no_secret_stands_in_what_is_shown_or_in_a_command_line(plan, redis_url):
    assert redis_url not in str(plan().children)
    assert "flower.password" in plan().urls["Flower"]


def test_who_remembers_runs_where_a_persona_is_to_and_its_packages_are_there(plan, monkeypatch):
    wren = '[[persona]]\nname = "wren"\nmodel = "echo"\nmemory = true\n'
    names = lambda told: [child.name for child in told.children]  # noqa: E731
    monkeypatch.setattr(wanted, "FOR_MEMORY", ("json",))
    assert "memory" not in names(plan())
    with_memory = plan(wren)
    assert "memory" in names(with_memory)
    assert not child(with_memory, "memory").essential
    assert "memory" not in names(plan(f"[memory]\nenabled = false\n{wren}"))
    monkeypatch.setattr(wanted, "FOR_MEMORY", ("no_such_package",))
    without = plan(wren)
    assert "memory" not in names(without)
    assert any("memory needs packages" in line for line in without.warnings)


def test_who_trains_runs_where_a_persona_learns_and_its_packages_are_there(plan, monkeypatch):
    wren = '[[persona]]\nname = "wren"\nmodel = "echo"\nlearns = "liked"\n'
    names = lambda told: [child.name for child in told.children]  # noqa: E731
    monkeypatch.setattr(wanted, "FOR_TRAINING", ("json",))
    assert "training" not in names(plan())
    with_training = plan(wren)
    assert not child(with_training, "training").essential
    assert "training" not in names(plan(f"[training]\nenabled = false\n{wren}"))
    elsewhere = '[[host]]\nname = "gpu"\nengine = "fake"\nlabels = ["train"]\nagent = "other"\n'
    assert "training" not in names(plan(elsewhere + wren)), "samples belong on another machine"
    monkeypatch.setattr(wanted, "FOR_TRAINING", ("no_such_package",))
    without = plan(wren)
    assert "training" not in names(without)
    assert any("training needs packages" in line for line in without.warnings)
