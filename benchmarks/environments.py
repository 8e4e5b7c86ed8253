"""An environment of its own for each program that Rookery is compared with, from versions pinned in `peers/*.txt`."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.stage import ROOT
from tasks.contracts.errors import ProcessFailed

PINS = Path(__file__).parent / "peers"
FOLDER = ROOT / ".venv-peers"
STAMP = "installed"
INSTALL_TIMEOUT_S = 600.0
LAST_WORDS_CHARS = 600


def python_of(peer: str, folder: Path = FOLDER) -> str:
    """Return the Python of a peer's environment, installed anew where its pins have changed. Raises ProcessFailed."""
    home, pins = folder / peer, PINS / f"{peer}.txt"
    python, stamp = home / "bin" / "python", home / STAMP
    wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pins)])
        stamp.write_text(wanted)
    return str(python)


def pinned_version(peer: str) -> str:
    """Return the version of a peer that its pins name.

    >>> pinned_version("celery")[0]
    '5'
    """
    first = (PINS / f"{peer}.txt").read_text().splitlines()[0]
    return first.partition("==")[2]


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    except subprocess.CalledProcessError as exc:
        raise ProcessFailed(
            f"{' '.join(command)} failed: {exc.stderr.strip()[-LAST_WORDS_CHARS:]}",
            next_step="check the network, or PIP_INDEX_URL",
        ) from exc
    except subprocess.TimeoutExpired as exc:
        raise ProcessFailed(f"{' '.join(command)} took longer than {INSTALL_TIMEOUT_S:g} s") from exc
