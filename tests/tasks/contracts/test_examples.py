"""The examples are found in the project and in a wheel, and a file is written whole or not at all."""

from __future__ import annotations

import stat
import threading
import tomllib
from pathlib import Path

import pytest

from tasks.contracts import examples
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.examples import Prefill, example, first_settings, write_new
from tasks.contracts.fleet import Fleet, parse

ROOT = Path(__file__).parents[3]


def test_a_wheel_has_each_example_where_it_is_looked_for() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    place = Path(examples.__file__).parent.relative_to(ROOT)
    for name in (examples.SETTINGS, examples.VARIABLES):
        assert packed[name] == str(place / name)


def test_the_example_beside_the_module_is_the_one_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wheel").mkdir()
    (tmp_path / examples.SETTINGS).write_text("# of the project")
    monkeypatch.setattr(examples, "PLACES", (tmp_path / "wheel", tmp_path))
    assert example(examples.SETTINGS) == "# of the project"
    (tmp_path / "wheel" / examples.SETTINGS).write_text("# of the wheel")
    assert example(examples.SETTINGS) == "# of the wheel"


def test_an_installation_without_examples_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "PLACES", (tmp_path,))
    with pytest.raises(ConfigurationError, match=r"lacks rookery\.example\.toml"):
        example(examples.SETTINGS)


def test_without_wishes_the_first_settings_say_the_defaults() -> None:
    assert parse(tomllib.loads(first_settings(example(examples.SETTINGS), Prefill())), "x") == Fleet()


def test_names_are_written_so_that_they_read_back() -> None:
    text = first_settings(example(examples.SETTINGS), Prefill(engine="http://h:1", names=['a "b" \\ c', "d"]))
    fleet = parse(tomllib.loads(text), "x")
    assert [model.name for model in fleet.models] == ['a "b" \\ c', "d"]
    assert fleet.personas[0].model == 'a "b" \\ c'


def test_a_file_is_written_once_with_its_mode_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "deep" / ".env"
    assert write_new(file, "one\n", 0o600)
    assert not write_new(file, "two\n", 0o600)
    assert file.read_text() == "one\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_of_many_who_write_at_once_one_has_written(tmp_path: Path) -> None:
    file, wrote = tmp_path / "x", []
    threads = [
        threading.Thread(target=lambda n=n: wrote.append((write_new(file, f"{n}" * 9999, 0o600), n))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [n for fresh, n in wrote if fresh]
    assert file.read_text() == f"{winner}" * 9999


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be written: "):
        write_new(tmp_path / "file" / "x", "", 0o600)
