from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workers.doctor.findings import Finding, Level
from workers.doctor.listings import Kind, Server
from workers.doctor.switches import judge

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def found(kind: Kind, *, managed: bool = False, **said: object) -> list[Finding]:
    return list(judge(Server("http://127.0.0.1:1234", kind, **said), NOW, managed=managed))


@pytest.mark.parametrize(
    ("jit", "level", "step"),
    [
        (True, Level.WARNING, "turn off “Only Keep Last JIT Loaded Model” (Auto-Evict)"),
        (None, Level.NOTE, "see that “Only Keep Last JIT Loaded Model” (Auto-Evict) is off"),
        (False, Level.NOTE, "load the models you use there"),
    ],
)
def test_lm_studios_switches_are_told(jit: bool | None, level: Level, step: str):
    [finding] = found(Kind.LM_STUDIO, loads_by_itself=jit)
    assert (finding.level, step in finding.next_step) == (level, True)


@pytest.mark.parametrize("until", [None, NOW + timedelta(minutes=5)])
def test_ollama_that_unloads_what_is_idle_is_told(until: datetime | None):
    [finding] = found(Kind.OLLAMA, unloads_at=until)
    assert (finding.level, "OLLAMA_KEEP_ALIVE=-1" in finding.next_step) == (Level.NOTE, True)


def test_ollama_that_keeps_what_it_has_is_left_alone():
    assert found(Kind.OLLAMA, unloads_at=NOW + timedelta(days=100_000)) == []


def test_a_router_that_loads_by_itself_is_a_warning():
    [finding] = found(Kind.LLAMACPP_ROUTER, loads_by_itself=True)
    assert (finding.level, "--no-models-autoload" in finding.next_step) == (Level.WARNING, True)
    assert found(Kind.LLAMACPP_ROUTER, loads_by_itself=False) == []


@pytest.mark.parametrize("kind", [Kind.VLLM, Kind.LLAMACPP, Kind.OPENAI, Kind.LOCKED])
def test_others_have_no_such_switch(kind: Kind):
    assert found(kind) == []


def test_where_we_load_and_unload_ourselves_only_what_evicts_is_told():
    assert found(Kind.OLLAMA, managed=True, unloads_at=NOW + timedelta(minutes=5)) == []
    assert found(Kind.LM_STUDIO, managed=True, loads_by_itself=False) == []
    [finding] = found(Kind.LM_STUDIO, managed=True, loads_by_itself=True)
    assert "Auto-Evict" in finding.next_step
