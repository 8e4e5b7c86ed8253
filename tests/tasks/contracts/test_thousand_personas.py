"""A thousand personas, each with a file of its own: small in memory, and an edit reads one of them again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tasks.contracts import personafiles
from tasks.contracts.clock import ManualClock
from tasks.contracts.fleetwatch import LOOK_EVERY_S, SETTLED_S, FleetWatch
from tasks.contracts.settings import load

MANY = 1000
MOST_MB = 50
GROWTH = """
import sys
from tasks.contracts.settings import load

def resident_mb():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

load(None, {"ROOKERY_WORDS_PERSONAS": "/nowhere"})
before = resident_mb()
settings = load(None, {})
print(len(settings.fleet.personas), resident_mb() - before)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files, each with a prompt of two pages."""
    monkeypatch.chdir(tmp_path)
    at = tmp_path / "data" / "personalities"
    at.mkdir(parents=True)
    for number in range(MANY):
        prompt = f"You are persona {number}, and you are kind. " * 100
        text = (
            f'model = "demo"\ntopics = ["stars"]\nprompt = "{prompt}"\n[[triggers]]\nkind = "keyword"\nvalue = "moon"\n'
        )
        (at / f"p{number}.toml").write_text(text)
    return at


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells memory by /proc")
def test_they_take_little_memory(folder: Path) -> None:
    root = Path(__file__).parents[3]
    told = subprocess.run(
        [sys.executable, "-c", GROWTH], env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=True
    )
    found, grown_mb = told.stdout.split()
    assert int(found) == MANY + 1
    assert float(grown_mb) < MOST_MB


def test_an_edit_reads_one_file_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    plain = personafiles.read_file

    def noted(path: Path) -> personafiles.PersonaFile:
        read.append(path.name)
        return plain(path)

    monkeypatch.setattr(personafiles, "read_file", noted)
    clock = ManualClock()
    watch = FleetWatch(load(None, {}), {}, clock=clock)
    assert len(read) == MANY
    (folder / "p7.toml").write_text('name = "Seven"\nmodel = "demo"\n')
    for pause_s in (LOOK_EVERY_S, SETTLED_S, LOOK_EVERY_S):
        clock.sleep(pause_s)
        watch.current()
    assert watch.current().fleet.persona("Seven")
    assert read[MANY:] == ["p7.toml"]
