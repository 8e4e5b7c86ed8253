"""A model file is found on whichever storage it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.cautions import cautions
from tasks.contracts.settings import load
from tasks.contracts.tiers import Tier, Tiers

CONF, SSD, DISK = Path("/etc/rookery"), Path("/ssd/models"), Path("/disk/old")
TIERS = Tiers(CONF, SSD, DISK)


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(path))
    return path


@pytest.mark.parametrize(
    ("gguf", "places"),
    [
        ("a/m.gguf", (CONF / "a/m.gguf", SSD / "a/m.gguf", DISK / "a/m.gguf")),
        (str(SSD / "m.gguf"), (SSD / "m.gguf", DISK / "m.gguf")),
        (str(DISK / "m.gguf"), (SSD / "m.gguf", DISK / "m.gguf")),
        ("/home/m.gguf", (Path("/home/m.gguf"),)),
    ],
    ids=["relative", "named on the fast storage", "named in the archive", "elsewhere"],
)
def test_a_file_is_looked_for_where_it_was_named_then_hot_then_in_the_archive(gguf, places):
    assert TIERS.places(gguf) == places


def test_a_file_in_both_is_read_from_the_fast_one(tmp_path):
    tiers = Tiers(tmp_path, tmp_path / "hot", tmp_path / "cold")
    archived = written(tmp_path / "cold" / "m.gguf")
    assert tiers.find("m.gguf") == archived
    hot = written(tmp_path / "hot" / "m.gguf")
    assert tiers.find("m.gguf") == tiers.find("cold/m.gguf") == hot


def test_a_file_that_is_nowhere_is_told_as_it_was_named():
    assert TIERS.find("m.gguf") == CONF / "m.gguf"


def test_a_file_keeps_its_name_on_the_way_there_and_back():
    path = SSD / "family" / "m.gguf"
    there = TIERS.moved(path, Tier.ARCHIVE)
    assert (there, TIERS.moved(there, Tier.HOT), TIERS.moved(path, Tier.HOT)) == (DISK / "family/m.gguf", path, path)


def test_the_archive_is_where_the_fast_files_are_unless_told(tmp_path):
    (tmp_path / "rookery.toml").write_text('[data]\nhot = "ssd"\n')
    settings = load(tmp_path / "rookery.toml", {})
    assert settings.hot_dir == settings.archive_dir == tmp_path / "ssd"
    assert settings.tiers.one
    assert settings.tiers.of(tmp_path / "ssd" / "m.gguf") is Tier.HOT


def test_a_model_in_the_archive_is_not_missing(tmp_path):
    fleet = '[data]\nhot = "ssd"\narchive = "disk"\n[[model]]\nname = "m"\ngguf = "m.gguf"\n'
    (tmp_path / "rookery.toml").write_text(fleet)
    settings = load(tmp_path / "rookery.toml", {})
    assert any("there is no file" in line for line in cautions(settings, {}))
    written(tmp_path / "disk" / "m.gguf")
    assert not any("there is no file" in line for line in cautions(settings, {}))
