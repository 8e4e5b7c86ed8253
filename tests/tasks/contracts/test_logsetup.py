"""A process that was set up logs no secret that it knows, not even as it dies of something unforeseen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CANARY = "correct-horse-battery"
PROGRAM = """
import logging, os, sys, threading
from tasks.contracts import logsetup
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import load
logsetup.set_up(load(None, os.environ), os.environ)
secret = os.environ["FLOWER_PASSWORD"]
def fall(what):
    raise ValueError(f"cannot say {what!r}")
if "log" in sys.argv:
    logging.getLogger("x").warning("said %s", secret, extra={"deep": {"er": [secret]}})
if "thread" in sys.argv:
    thread = threading.Thread(target=fall, args=(secret,), name="worker")
    thread.start()
    thread.join()
if "fall" in sys.argv:
    fall(secret)
if "refuse" in sys.argv:
    raise ConfigurationError(f"{secret} is no good", next_step="choose another")
if "interrupt" in sys.argv:
    raise KeyboardInterrupt
"""


def said(folder: Path, *what: str, secret: str = CANARY, as_json: bool = True) -> subprocess.CompletedProcess[str]:
    environ = {"FLOWER_PASSWORD": secret, "PYTHONPATH": str(ROOT), "ROOKERY_LOG_JSON": str(as_json)}
    command = [sys.executable, "-P", "-c", PROGRAM, *what]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("secret", [CANARY, 'quo"ted\\näh'])
def test_a_secret_is_masked_by_its_value_in_lines_threads_and_last_words(
    tmp_path: Path, secret: str, *, as_json: bool
) -> None:
    ended = said(tmp_path, "log", "thread", "fall", secret=secret, as_json=as_json)
    assert ended.returncode == 1
    for form in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
        assert form not in ended.stderr + ended.stdout
    assert ended.stderr.count("***") >= 4


def test_an_error_that_nobody_caught_is_a_line_like_any_other(tmp_path: Path) -> None:
    thread, main = map(json.loads, said(tmp_path, "thread", "fall").stderr.splitlines())
    assert (thread["level"], thread["thread_name"]) == ("CRITICAL", "worker")
    assert main["event"] == "ended by an error that nobody expected"
    assert "ValueError: cannot say '***'" in main["exception"]


def test_an_error_of_ours_says_what_to_do_without_a_traceback(tmp_path: Path) -> None:
    (line,) = map(json.loads, said(tmp_path, "refuse").stderr.splitlines())
    assert (line["level"], line["error"]) == ("CRITICAL", "*** is no good → choose another")
    assert "exception" not in line


def test_an_interruption_is_no_error_of_ours(tmp_path: Path) -> None:
    ended = said(tmp_path, "interrupt")
    assert "nobody expected" not in ended.stderr
    assert ended.stderr.splitlines()[-1] == "KeyboardInterrupt"
