"""What somebody should know of a host."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.jobs.troubles import troubles_of
from tasks.jobs.values import HostSeen

FAILS = {"slug": "owl", "kind": "OutOfMemory", "reason": "no room", "count": 2, "ago_s": 1, "again_in_s": 5}


def host(*, live: bool = True, models: tuple[dict[str, Any], ...] = (), **memory: Any) -> HostSeen:
    return HostSeen("studio", live, 1, {"models": list(models), "memory": memory})


def without(**troubles: str) -> HostSeen:
    return HostSeen("studio", True, 1, {"models": [], "adapters": {"ready": {}, "troubles": troubles}})


def crow(**health: str) -> dict[str, Any]:
    return {"name": "crow", "slug": "crow", "state": "ready", "health": health}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (host(), []),
        (host(models=(crow(standing="trusted", trouble="EngineStalled"),)), []),
        (
            host(models=(crow(standing="probation", trouble="EngineStalled"),)),
            ["crow gets one job at a time after EngineStalled"],
        ),
        (
            host(models=(crow(standing="open", trouble="EngineStalled"),)),
            ["crow gets no jobs for a while after EngineStalled"],
        ),
        (host(trouble="refused"), ["the engine does not answer: refused"]),
        (
            host(loads=[{"slug": "owl", "awaits": ["crow", "jay"]}]),
            ["owl is loaded when no work is left for crow and jay"],
        ),
        (host(reserved="owl"), ["the next load is kept for owl, which had no turn for too long"]),
        (host(too_large=["emu"]), ["emu is larger than all of its memory, and never loaded there"]),
        (host(failures=[{**FAILS, "gave_up": False}]), ["owl would not load, again in 5.0 s (OutOfMemory: no room)"]),
        (host(failures=[{**FAILS, "gave_up": True}]), ["owl would not load, given up (OutOfMemory: no room)"]),
        (without(**{"rook@1": "no adapter rook@1: damaged"}), ["no adapter rook@1: damaged"]),
        (host(live=False, trouble="refused", too_large=["emu"]), []),
    ],
)
def test_each_trouble_is_a_sentence_and_of_a_host_that_is_gone_there_is_none(seen: HostSeen, told: list[str]) -> None:
    assert list(troubles_of(seen)) == told
