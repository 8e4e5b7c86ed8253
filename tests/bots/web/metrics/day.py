"""A day in the life of a flock, of which everything is known: who asked, who answered, what was loaded, what failed."""

from __future__ import annotations

import json
from typing import Any

from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.messages import Usage
from tasks.jobs import fleet_moves, moves
from tasks.jobs.fleet_values import Took
from tasks.jobs.values import HostCard
from tests.tasks.jobs import bots
from tests.tasks.jobs.flock import LONG_MS, Flock

FLEET = {
    "model": [
        {"name": "Crow 8B", "builtin": "demo"},
        {"name": "wren", "builtin": "demo"},
        {"name": "owl", "builtin": "demo"},
    ],
    "host": [{"name": "anvil"}],
    "persona": [{"name": "Ada", "model": "wren", "prompt": "You are Ada."}],
}
CROW, WREN, OWL = "crow-8b", "wren", "owl"


def catalogue() -> Fleet:
    """Return the settings of the flock; nobody ever asks the owl."""
    return parse(FLEET, "test")


def about(*residents: dict[str, Any], trouble: str = "", standing: str = "trusted") -> str:
    """Return what a host says of itself."""
    models = [
        {"name": each["slug"], "slug": each["slug"], "state": "ready", "health": {"standing": standing}}
        for each in residents
    ]
    memory = {
        "total_gib": 24.0,
        "used_gib": sum(each["size_gib"] for each in residents),
        "foreign_gib": 1.5,
        "residents": list(residents),
        "trouble": trouble,
    }
    return json.dumps({"models": models, "memory": memory})


def resident(slug: str, gib: float, busy: int = 0) -> dict[str, Any]:
    return {"slug": slug, "size_gib": gib, "busy": busy, "slots": 4}


def beat(flock: Flock, host: HostCard, said: str, *slugs: str) -> None:
    assert flock.store.run(fleet_moves.host_beat(host.name, host.fence, LONG_MS, said, slugs))


def load(
    flock: Flock,
    host: HostCard,
    slug: str,
    *evict: str,
    beside: str = "",
    ok: bool = True,
    load_s: float,
    whole_s: float,
) -> None:
    """Have a host load a model in the place of others, `beside` another host that holds it."""
    holders = [beside] if beside else []
    claim = fleet_moves.claim_load(
        host.name, host.fence, slug, evict=evict, expected_holders=holders, ttl_ms=LONG_MS, slots=4
    )
    assert flock.store.run(claim) is Took.OURS
    done = fleet_moves.load_done(host.name, host.fence, slug, ok=ok, load_s=load_s, whole_s=whole_s, slots=4)
    flock.store.run(done)


def answer(flock: Flock, host: HostCard, model: str, prompt: int, completion: int, **result: str) -> str:
    """Have a host answer the next job."""
    claim = flock.take(host, model=model)
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion)
    assert flock.store.run(moves.finish(claim, "hi", {"answered_by": model, **result}, usage))
    return claim.job


def played(flock: Flock) -> tuple[HostCard, HostCard]:
    """Have the day happen, and return the hosts that are up in the evening."""
    anvil, bellows = flock.host("anvil", "none"), flock.host("bellows", "none")
    flock.host("gone", "none", ttl_ms=1)
    flock.submit(model=WREN)  # nobody holds the wren yet
    load(flock, anvil, WREN, load_s=2.0, whole_s=2.5)
    flock.submit(model=WREN, bot="heron"), flock.submit(model=WREN), flock.submit(model=WREN)
    answer(flock, anvil, WREN, 10, 3)
    answer(flock, anvil, WREN, 20, 5)  # the heron's
    answer(flock, anvil, WREN, 30, 7, cached="1")
    flock.give_back(flock.take(anvil, model=WREN), "rejected", "EngineRejected: no")

    load(flock, bellows, CROW, load_s=4.0, whole_s=4.0)
    flock.submit(model="Crow 8B")
    flock.give_back(flock.take(bellows, model=CROW), "retry", "EngineStalled: no word for 20 s")
    answer(flock, bellows, CROW, 100, 50)
    late = flock.submit(model="Crow 8B")
    flock.past(late, "deadline_ms")
    flock.sweep()
    flock.withdraw(flock.submit(model="Crow 8B"))

    load(flock, anvil, CROW, WREN, beside="bellows", load_s=5.0, whole_s=8.0)
    load(flock, anvil, WREN, CROW, load_s=3.0, whole_s=4.0)
    load(flock, bellows, OWL, ok=False, load_s=0.0, whole_s=1.0)
    flock.submit(model=WREN), flock.submit(model=WREN)  # they wait

    async def deliver() -> None:
        async with bots.bot(flock) as outbox:
            ((entry, delivery),) = await bots.take(outbox)
            await outbox.delivered(entry, delivery)

    bots.play(deliver)
    beat(flock, anvil, about(resident(WREN, 6.0, busy=2)), WREN)
    beat(flock, bellows, about(resident(CROW, 5.5), trouble="connection refused", standing="open"), CROW)
    return anvil, bellows
