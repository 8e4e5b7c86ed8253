"""The quick suite in a network of its own that leads nowhere, every GPU hidden. Long: it is the suite once more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNSHARED = ["unshare", "--user", "--map-root-user", "--net"]
#: Loopback is down in a new network, too.
IN_IT = 'ip link set lo up && exec "$@"'
HIDDEN = {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "", "ROCR_VISIBLE_DEVICES": ""}
TWO_AT_A_TIME = ("--numprocesses", "2", "--dist", "loadgroup")
LIMIT_S = 3600.0


def suite(*words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with these words where nothing but loopback can be reached."""
    command = [*UNSHARED, "sh", "-c", IN_IT, "sh", sys.executable, "-m", "pytest", "-q", *words]
    environ = {**os.environ, **HIDDEN}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=LIMIT_S)


@pytest.fixture(autouse=True)
def _needs_a_network_of_its_own() -> None:
    if subprocess.run([*UNSHARED, "sh", "-c", IN_IT, "sh", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespaces here")


def test_in_there_no_other_machine_can_be_reached() -> None:
    probe = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=5)"
    command = [*UNSHARED, "sh", "-c", IN_IT, "sh", sys.executable, "-c", probe]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Network is unreachable" in ended.stderr


@pytest.mark.slow
def test_the_quick_suite_passes_without_network_and_gpu() -> None:
    ended = suite(*TWO_AT_A_TIME)
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr
