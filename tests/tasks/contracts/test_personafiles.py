"""A file for each persona: what is good is taken, what is not is told of with its field, and nothing is read twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.contracts import personafiles
from tasks.contracts.personafiles import MAX_FILE_BYTES, PersonaFiles, read_file


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file of a persona."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def names(files: PersonaFiles, folder: Path) -> list[str]:
    """Return the personas that are there, by the names of their files."""
    return [file.persona.name for file in files.read(folder) if file.persona]


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml = read_file(write(tmp_path, "a.toml", 'name = "Luna"\nmodel = "demo"\ntopics = ["moon"]\n'))
    json = read_file(write(tmp_path, "a.json", '{"name": "Luna", "model": "demo", "topics": ["moon"]}'))
    assert toml.persona == json.persona
    assert toml.persona
    assert toml.persona.topics == ("moon",)


def test_a_persona_is_called_as_its_file_is(tmp_path: Path) -> None:
    found = read_file(write(tmp_path, "luna.toml", 'model = "demo"\n'))
    assert found.persona
    assert found.persona.name == "luna"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("x.toml", "temperature = 9\n", "temperature = 9: wanted 5 or less"),
        ("x.toml", 'promt = "hi"\n', "promt: unknown key; did you mean 'prompt'?"),
        ("x.toml", '[[triggers]]\nkind = "regex"\nvalue = "("\n', "triggers[0].value"),
        ("x.toml", "name = ", "line 1, column 8: Invalid value"),
        ("x.json", '{"name": ', "line 1, column 10"),
        ("x.json", '["luna"]', "wanted an object in { }"),
        ("x.json", '{"weight": NaN}', "weight = NaN: wanted a number that is not nan or inf"),
        ("x.toml", "# " + "x" * MAX_FILE_BYTES, f"wanted a file of at most {MAX_FILE_BYTES} bytes"),
    ],
)
def test_a_file_that_cannot_be_is_told_with_its_field(tmp_path: Path, name: str, text: str, why: str) -> None:
    found = read_file(write(tmp_path, name, text))
    assert found.persona is None
    assert [line for line in found.faults if line.startswith(f"{tmp_path / name}: ") and why in line]


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    assert len(read_file(write(tmp_path, "x.toml", "temperature = 9\nweight = -1\nx = 1\n")).faults) == 3


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b'name = "\xff"')
    assert "byte 8 is not UTF-8" in read_file(tmp_path / "x.toml").faults[0]


def test_what_is_no_file_of_a_persona_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "b.toml", "")
    write(tmp_path, "a.json", "{}")
    for other in ("blocked_words.yaml", ".hidden.toml", "a.toml~", "README.md"):
        write(tmp_path, other, "x")
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")  # reading from it would wait for ever
    assert names(PersonaFiles(), tmp_path) == ["a", "b"]


@pytest.mark.parametrize("where", ["nowhere", "a.file"])
def test_a_folder_that_is_not_there_has_no_personas(tmp_path: Path, where: str) -> None:
    write(tmp_path, "a.file", "")
    files = PersonaFiles()
    assert files.read(tmp_path / where) == ()
    before = files.fingerprints()
    (tmp_path / "nowhere").mkdir()
    write(tmp_path / "nowhere", "luna.toml", "")
    assert (files.fingerprints() != before) is (where == "nowhere")


def test_what_did_not_change_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(path: Path) -> personafiles.PersonaFile:
        read.append(path.name)
        return read_file(path)

    monkeypatch.setattr(personafiles, "read_file", noted)
    files = PersonaFiles()
    for name in ("a.toml", "b.toml", "c.toml"):
        write(tmp_path, name, "")
    files.read(tmp_path)
    write(tmp_path, "b.toml", 'name = "Bea"\n')
    (tmp_path / "c.toml").unlink()
    assert names(files, tmp_path) == ["a", "Bea"]
    assert read == ["a.toml", "b.toml", "c.toml", "b.toml"]


def test_a_change_is_seen_without_a_look_into_any_file(tmp_path: Path) -> None:
    files = PersonaFiles()
    file = write(tmp_path, "a.toml", "")
    files.read(tmp_path)
    seen = [files.fingerprints()]
    for change in (
        lambda: write(tmp_path, "b.toml", ""),
        lambda: write(tmp_path, "a.toml", "weight = 2\n"),
        file.unlink,
        lambda: (tmp_path / "b.toml").rename(tmp_path / "c.toml"),
    ):
        change()
        assert files.fingerprints() not in seen
        seen.append(files.fingerprints())
    write(tmp_path, "blocked_words.yaml", "x")
    assert files.fingerprints() == seen[-1]
