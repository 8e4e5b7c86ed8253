from __future__ import annotations

import os
import signal
import time

import pytest

from benchmarks.environments import PINS, pinned_version
from benchmarks.figures import Findings, Tell
from benchmarks.table import BENCHMARKS, Benchmark, findings_of, within
from tasks.contracts.errors import ProcessFailed


def test_what_waits_for_ever_is_ended() -> None:
    read_end, write_end = os.pipe()
    with pytest.raises(ProcessFailed, match="not done after"), within(0.05):
        os.read(read_end, 1)
    os.close(read_end)
    os.close(write_end)


def test_after_the_block_nothing_is_ended_any_more() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with within(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_benchmark_is_run_under_its_limit() -> None:
    class Endless:
        def measure(self, tell: Tell, *, quick: bool = False) -> Findings:
            time.sleep(60)
            return Findings(figures=())

    with pytest.raises(ProcessFailed):
        findings_of(Benchmark("Endless", Endless(), limit_s=0.05), lambda _part, _what: None, quick=True)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_says_what_its_figures_mean(name: str) -> None:
    assert len((BENCHMARKS[name].module.__doc__ or "").split()) > 20


def test_every_peer_has_its_version_pinned() -> None:
    peers = {peer for one in BENCHMARKS.values() for peer in one.peers}
    assert peers == {file.stem for file in PINS.glob("*.txt")}
    assert all(pinned_version(peer)[0].isdigit() for peer in peers)
