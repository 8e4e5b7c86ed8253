"""Settings: environment over file over defaults, and what is said when they cannot be."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.environment import keys_by_variable, known_variables
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.problems import keys_at, shown
from tasks.contracts.settings import Settings, load, mask, secret

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "rookery.example.toml"
COMMENTED_OUT = re.compile(r"^#(?=\S)", re.MULTILINE)
SWITCHES = "wanted true or false"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, toml: str, name: str = "rookery.toml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(toml, encoding="utf-8")
    return file


def refused(path: Path | None, environ: dict[str, str]) -> list[str]:
    """Return the lines of the error that these settings get."""
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ)
    return caught.value.message.splitlines()


# Where settings come from


def test_an_empty_folder_and_environment_give_the_defaults(folder: Path) -> None:
    settings = load(None, {})
    assert settings.fleet == Fleet()
    assert (settings.source, settings.folder) == ("defaults", folder)
    assert settings.data_dir == folder / "data"
    assert (settings.redis_url, settings.own_redis) == ("redis://127.0.0.1:6390/0", True)
    assert (settings.namespace, settings.environment, settings.dry_run) == ("rookery", "main", False)


def test_the_file_in_the_current_folder_is_found(folder: Path) -> None:
    file = written(folder, "[web]\nport = 81")
    settings = load(None, {})
    assert (settings.fleet.web.port, settings.source) == (81, str(file))


def test_the_file_that_is_named_stands_over_the_variable_and_that_over_the_folder(folder: Path) -> None:
    written(folder, "[web]\nport = 81")
    by_variable = written(folder, "[web]\nport = 82", "variable.toml")
    named = written(folder, "[web]\nport = 83", "named.toml")
    environ = {"ROOKERY_CONFIG": str(by_variable)}
    assert load(None, environ).fleet.web.port == 82
    assert load(named, environ).fleet.web.port == 83


def test_relative_paths_start_from_the_folder_of_the_file(folder: Path) -> None:
    written(folder, '[data]\ndir = "state"\nlogs = "/var/log/rookery"', "etc/flock.toml")
    settings = load(Path("etc/flock.toml"), {})
    assert settings.data_dir == folder / "etc" / "state"
    assert settings.logs_dir == Path("/var/log/rookery")
    assert settings.models_dir == folder / "etc" / "models"
    assert settings.resolve("a.gguf") == folder / "etc" / "a.gguf"
    assert settings.resolve("~/a.gguf") == Path.home() / "a.gguf"


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    (folder / "rookery.toml").write_bytes(b"\xef\xbb\xbf[web]\nport = 81")
    assert load(None, {}).fleet.web.port == 81


# Environment over file


def test_a_variable_stands_over_the_file_and_the_rest_of_the_file_stays(folder: Path) -> None:
    written(folder, "[jobs]\ndeadline_s = 20\nattempts = 5")
    jobs = load(None, {"ROOKERY_JOBS_DEADLINE_S": "10"}).fleet.jobs
    assert (jobs.deadline_s, jobs.attempts, jobs.lease_s) == (10.0, 5, 15.0)


def test_a_variable_mends_a_value_that_the_file_has_wrong(folder: Path) -> None:
    written(folder, "[web]\nport = 0")
    assert load(None, {"ROOKERY_WEB_PORT": "81"}).fleet.web.port == 81


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("ROOKERY_JOBS_LEASE_S", "1.5", 1.5),
        ("ROOKERY_JOBS_ATTEMPTS", "7", 7),
        ("ROOKERY_FLOWER_ENABLED", "No", False),
        ("ROOKERY_LOG_JSON", "0", False),
        ("ROOKERY_LOG_LEVEL", "warning", "WARNING"),
        ("ROOKERY_WEB_BIND", "0.0.0.0", "0.0.0.0"),
        ("ROOKERY_WEB_BIND", "7", "7"),  # text stays text
        ("ROOKERY_REDIS_URL", "redis://h/1", "redis://h/1"),
        ("ROOKERY_DATA_DIR", "elsewhere", "elsewhere"),
        ("ROOKERY_JOBS_LEASE_S", "", 15.0),  # set and empty is not set
    ],
)
def test_a_variable_is_read_as_what_its_key_is(variable: str, text: str, value: object) -> None:
    section, key = keys_by_variable()[variable]
    table: dict[str, Any] = load(None, {variable: text}).fleet.model_dump(by_alias=True)[section]
    assert table[key] == value
    assert type(table[key]) is type(value)


def test_every_plain_setting_can_come_from_the_environment_and_no_list() -> None:
    told = Fleet().model_dump(by_alias=True)
    plain = {key for key in keys_at(Fleet, ()) if key not in ("model", "host", "persona")}
    keys = {(table, key) for table in plain for key in keys_at(Fleet, (table,))}
    lists = {(table, key) for table, key in keys if isinstance(told[table][key], tuple)}
    assert {("routing", "rules"), ("discord", "admins")} < lists
    assert set(keys_by_variable().values()) == keys - lists


@pytest.mark.parametrize(("text", "on"), [("1", True), ("true", True), ("ON", True), ("off", False), ("", False)])
def test_a_dry_run_is_a_switch(text: str, *, on: bool) -> None:
    assert load(None, {"DRY_RUN": text}).dry_run is on


def test_two_environments_share_a_redis_without_meeting() -> None:
    assert load(None, {"ROOKERY_ENV": "main"}).namespace == "rookery"
    assert load(None, {"ROOKERY_ENV": "staging-2"}).namespace == "rookery-staging-2"


def test_what_others_put_into_the_environment_is_left_alone() -> None:
    names = ["ROOKERY_CRASH_AT", "ROOKERY_LEASH_FD", "ROOKERY_TEST_X", "ROOKERY_WORKER_POST", "ROOKERYX", "PATH"]
    assert load(None, dict.fromkeys(names, "x")).fleet == Fleet()


# Secrets


def test_redis_comes_from_its_variable_over_the_file(folder: Path) -> None:
    written(folder, '[redis]\nurl = "redis://file/0"')
    settings = load(None, {"REDIS_URL": "redis://:hunter2@variable/0"})
    assert (settings.redis_url, settings.own_redis) == ("redis://:hunter2@variable/0", False)
    assert "hunter2" not in repr(settings)


def test_redis_comes_from_a_file_that_a_variable_names(folder: Path) -> None:
    file = written(folder, "redis://:hunter2@h/0\n", "redis_url")
    assert load(None, {"REDIS_URL_FILE": str(file)}).redis_url == "redis://:hunter2@h/0"


def test_a_secret_that_is_not_set_is_empty() -> None:
    assert secret({}, "X") == ""
    assert secret({"X": "", "X_FILE": ""}, "X") == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), (b"\xff", "it is not text"), (b"\n", "that file is empty")],
)
def test_a_secret_file_that_cannot_be_used_is_named(folder: Path, content: bytes | None, why: str) -> None:
    file = folder / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        secret({"X_FILE": str(file)}, "X")
    assert caught.value.message.startswith(f"X_FILE = {shown(str(file))}: ")
    assert caught.value.message.endswith(why)


# What cannot be: an environment, and the one line that it gets

VARIABLES = {
    "a word for a number": (
        {"ROOKERY_JOBS_DEADLINE_S": "soon"},
        'ROOKERY_JOBS_DEADLINE_S = "soon": wanted a number',
    ),
    "a fraction for a whole number": (
        {"ROOKERY_JOBS_ATTEMPTS": "1.5"},
        'ROOKERY_JOBS_ATTEMPTS = "1.5": wanted a whole number',
    ),
    "out of bounds": ({"ROOKERY_WEB_PORT": "0"}, "ROOKERY_WEB_PORT = 0: wanted 1 or more"),
    "no number": (
        {"ROOKERY_JOBS_LEASE_S": "inf"},
        "ROOKERY_JOBS_LEASE_S = Infinity: wanted a number that is not nan or inf",
    ),
    "a switch": ({"ROOKERY_FLOWER_ENABLED": "maybe"}, f'ROOKERY_FLOWER_ENABLED = "maybe": {SWITCHES}'),
    "a dry run": ({"DRY_RUN": "2"}, f'DRY_RUN = "2": {SWITCHES}'),
    "two ports": ({"ROOKERY_FLOWER_PORT": "8080"}, "ROOKERY_FLOWER_PORT = 8080: wanted another port than web.port"),
    "an environment": ({"ROOKERY_ENV": "A b"}, 'ROOKERY_ENV = "A b": wanted a short name of a-z, 0-9 and -'),
    "a typing error": (
        {"ROOKERY_JOB_LEASE_S": "1"},
        "ROOKERY_JOB_LEASE_S: unknown variable; did you mean 'ROOKERY_JOBS_LEASE_S'?",
    ),
    "a stranger": ({"ROOKERY_ZZZZZZZZZZZZZZZZ": "1"}, "ROOKERY_ZZZZZZZZZZZZZZZZ: unknown variable; see .env.example"),
    "two for a secret": (
        {"REDIS_URL": "redis://:hunter2@h", "REDIS_URL_FILE": "x"},
        "REDIS_URL and REDIS_URL_FILE are both set; keep one of them",
    ),
    "two for Redis": (
        {"REDIS_URL": "redis://a", "ROOKERY_REDIS_URL": "redis://b"},
        "REDIS_URL and ROOKERY_REDIS_URL are both set; keep one of them",
    ),
    "a secret file that is not there": (
        {"REDIS_URL_FILE": "nowhere"},
        'REDIS_URL_FILE = "nowhere": cannot read that file: No such file or directory; '
        "name a readable file with one line",
    ),
    "not a Redis": (
        {"REDIS_URL": "http://:hunter2@h"},
        'REDIS_URL = "http://:***@h": wanted an address such as redis://127.0.0.1:6379/0 '
        "(in a password, write / as %2F and @ as %40)",
    ),
    "a socket without its whole path": (
        {"REDIS_URL": "unix://run/redis.sock"},
        'REDIS_URL = "unix://run/redis.sock": wanted an address such as unix:///run/redis/redis.sock?db=0 '
        "(in a password, write / as %2F and @ as %40)",
    ),
    "bytes that are no text": (
        {"ROOKERY_WEB_PORT": os.fsdecode(b"\xff")},
        'ROOKERY_WEB_PORT = "\\udcff": wanted a whole number',
    ),
}


@pytest.mark.parametrize("case", VARIABLES)
def test_a_variable_that_cannot_be_is_named(case: str) -> None:
    environ, line = VARIABLES[case]
    assert refused(None, environ) == [line]


FILES = {
    "a table that does not close": (b"[redis\n", "line 1, column 7: Expected ']' at the end of a table declaration"),
    "no value": (b"[web]\nport =\n", "line 2, column 7: Invalid value"),
    "a text that never ends": (b'[web]\nbind = """', "line 2, column 11: Unterminated string"),
    "a key twice": (b"[web]\nport = 1\nport = 2\n", "line 3, column 9: Cannot overwrite a value"),
    "another encoding": ("[web]\nbind = 'ä'".encode("latin-1"), "byte 14 is not UTF-8; save the file as UTF-8"),
    "a number without end": (b"a = " + b"1" * 5000, "is no TOML: Exceeds the limit"),
    "no end of brackets": (b"a = " + b"[" * 5000, "is no TOML: maximum recursion depth exceeded"),
    "a value": (b"[web]\nport = 0", "web.port = 0: wanted 1 or more"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_is_named_with_the_place(folder: Path, case: str) -> None:
    content, line = FILES[case]
    file = folder / "rookery.toml"
    file.write_bytes(content)
    (said,) = refused(None, {})
    assert said.startswith(f"{file}: {line}")


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_named_file_must_be_there(folder: Path, *, by_variable: bool) -> None:
    gone = folder / "gone.toml"
    environ = {"ROOKERY_CONFIG": str(gone)} if by_variable else {}
    assert refused(None if by_variable else gone, environ) == [f"{gone}: cannot be read: No such file or directory"]


def test_a_folder_is_no_file(folder: Path) -> None:
    assert refused(folder, {}) == [f"{folder}: cannot be read: Is a directory"]


def test_the_file_and_the_environment_are_told_together(folder: Path) -> None:
    file = written(folder, "[web]\nport = 0\n")
    assert refused(None, {"DRY_RUN": "2", "ROOKERY_LOG_JSON": "x"}) == [
        f'DRY_RUN = "2": {SWITCHES}',
        f"{file}: web.port = 0: wanted 1 or more",
        f'ROOKERY_LOG_JSON = "x": {SWITCHES}',
    ]


def test_a_table_that_is_none_is_told_although_a_variable_goes_into_it(folder: Path) -> None:
    file = written(folder, "web = 3")
    assert refused(None, {"ROOKERY_WEB_PORT": "81"}) == [f"{file}: web = 3: wanted a table"]


# Child processes


def test_a_child_elsewhere_reads_the_same_settings(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder, '[data]\ndir = "state"\n[web]\nport = 81')
    environ = {"ROOKERY_ENV": "two", "ROOKERY_DATA_LOGS": "deep/logs"}
    settings = load(None, environ)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    child = load(None, {**environ, **settings.child_environment()})
    for name in ("data_dir", "logs_dir", "models_dir", "redis_url", "namespace", "source", "folder"):
        assert getattr(child, name) == getattr(settings, name), name
    assert child.fleet.web == settings.fleet.web


def test_a_child_is_told_no_secret() -> None:
    settings = load(None, {"REDIS_URL": "redis://:hunter2@h/0"})
    assert "hunter2" not in str(settings.child_environment())


# The examples


def example_fleet(*, commented_out: bool) -> tuple[dict[str, Any], Fleet]:
    text = EXAMPLE.read_text(encoding="utf-8")
    raw = tomllib.loads(COMMENTED_OUT.sub("", text) if commented_out else text)
    return raw, parse(raw, EXAMPLE.name)


def test_the_example_file_says_what_holds_without_a_file() -> None:
    assert example_fleet(commented_out=False)[1] == Fleet()


def test_what_the_example_file_has_commented_out_would_be_taken() -> None:
    fleet = example_fleet(commented_out=True)[1]
    assert [len(entries) for entries in (fleet.models, fleet.hosts, fleet.personas)] == [3, 2, 1]


def documented(raw: dict[str, Any]) -> Iterator[str]:
    for table, content in raw.items():
        for entry in content if isinstance(content, list) else [content]:
            yield from (f"{table}.{key}" for key in entry)


def test_every_key_is_in_the_example_file() -> None:
    keys = {f"{table}.{key}" for table in keys_at(Fleet, ()) for key in keys_at(Fleet, (table,))}
    assert len(keys) > 40
    assert set(documented(example_fleet(commented_out=True)[0])) == keys


def test_every_key_in_the_example_file_stands_under_an_explanation_or_beside_its_like() -> None:
    above, unexplained = "", []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if re.match(r"\w+ = ", line):
            unexplained += [] if above.startswith("# ") else [line]
        else:
            above = line
    assert unexplained == ['name = "home"', 'name = "rookery"']  # the words above their headings say it


def test_the_example_environment_names_exactly_what_is_read() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    names = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", text, re.MULTILINE)
    assert sorted(names) == known_variables()


def test_the_example_environment_shows_the_defaults() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    pairs = dict(re.findall(r"^# (ROOKERY_[A-Z_]+|DRY_RUN)=(.*)$", text, re.MULTILINE))
    del pairs["ROOKERY_CONFIG"]  # an example: there is no such file
    settings = load(None, pairs)
    assert (settings.fleet, settings.environment, settings.dry_run) == (Fleet(), "main", False)


def test_settings_know_how_to_mask() -> None:
    assert isinstance(load(None, {}), Settings)
    assert mask("redis://:hunter2@h") == "redis://:***@h"


def test_the_key_of_the_server_of_memories_is_a_secret(tmp_path):
    (tmp_path / "rookery.toml").write_text("")
    told = load(tmp_path / "rookery.toml", {"QDRANT_API_KEY": "canary-of-memories"})
    assert told.qdrant_api_key == "canary-of-memories"
    assert "canary-of-memories" in told.secrets
    assert "canary-of-memories" not in repr(told)


@pytest.mark.parametrize("url", ["s3://bucket/adapters", "gs://b", "simplecache::s3://b", "http://10.0.0.9/a"])
def test_adapters_leave_this_machine_only_where_somebody_says_so(tmp_path: Path, url: str) -> None:
    file = tmp_path / "rookery.toml"
    file.write_text(f'[training]\nadapters = "{url}"\n')
    with pytest.raises(ConfigurationError, match="allow_remote = true"):
        load(file, {})
    assert load(file, {"ROOKERY_TRAINING_ALLOW_REMOTE": "true"}).adapters_url == url
    for own in ("adapters", "/mnt/adapters", "file:///mnt/adapters"):
        assert load(file, {"ROOKERY_TRAINING_ADAPTERS": own}).adapters_url.endswith("adapters")
