"""What a host has seen outlasts it, and holds names and times only."""

from __future__ import annotations

import json

from workers.residency.diary import FILE, WRITE_EVERY_S, Diary, last_uses, read


def test_what_was_noted_is_known_after_a_restart(tmp_path):
    diary = Diary(tmp_path)
    for at_s in (0.0, 200.0, 400.0, 600.0):
        diary.note(["a"], at_s, at_s)
        diary.note(["b"], at_s + WRITE_EVERY_S, at_s + WRITE_EVERY_S)
    again = Diary(tmp_path).history
    assert again == diary.history
    assert again.latest == "b"
    assert last_uses([tmp_path, tmp_path / "none"]) == {"a": 600.0, "b": 660.0}


def test_it_is_written_once_a_minute(tmp_path):
    diary = Diary(tmp_path)
    diary.note(["a"], 0.0, 0.0)
    diary.note(["b"], 10.0, 10.0)
    assert read(tmp_path / FILE).models.keys() == {"a"}
    diary.note(["b"], 70.0, 70.0)
    assert read(tmp_path / FILE).models.keys() == {"a", "b"}


def test_a_broken_file_costs_what_was_learned(tmp_path):
    for text in ("{", "[]", json.dumps({"models": {"a": {}}, "latest": "", "day": 1, "days": 0}), '{"models": 3}'):
        (tmp_path / FILE).write_text(text)
        assert Diary(tmp_path).history.models == {}


def test_a_folder_that_cannot_be_written_to_stops_nobody(tmp_path):
    (tmp_path / "file").write_text("")
    diary = Diary(tmp_path / "file")
    diary.note(["a"], 0.0, 0.0)
    assert diary.history.models.keys() == {"a"}


def test_nothing_but_names_and_numbers_is_kept(tmp_path):
    Diary(tmp_path).note(["a"], 1_000.0, 1_000.0)
    said = json.loads((tmp_path / FILE).read_text())
    assert said.keys() == {"models", "latest", "day", "days"}
    assert said["models"]["a"].keys() == {"used_s", "began_s", "begun", "quarters", "then"}
