"""Scenes of the operator's views for the pictures: the ledger in them is real, hosts and their past are made up."""

from __future__ import annotations

import math
import time

from playwright.sync_api import Page, expect

from tasks.contracts.messages import JobRequest, Usage
from tasks.contracts.queues import slug
from tasks.jobs import fleet_moves, moves
from tasks.jobs.gateway import Gateway
from tasks.jobs.history import EVERY_S, SAMPLES, Sample
from tasks.jobs.store import Store
from tests.bots.conftest import LEASE_MS, Hand
from tests.bots.web.acting import Host, Resident

MS = 1000
MINUTE_MS = 60 * MS
LATE_MS = 4 * MS  # before now ends what is made up, so that what is played comes after it
MODELS = ("qwen3-8b", "gemma-3-27b", "mistral-small-24b", "phi-4", "llama-3.3-70b", "smollm3-3b", "granite-3.3-8b")
PAST = (  # minutes ago, what, where, which model, how long, GiB, for whom, why
    (52, "loaded", "studio", "qwen3-8b", 9.4, 6.1, "", "2 wait for it, up to 11 s"),
    (47, "loaded", "tower", "llama-3.3-70b", 58.0, 39.5, "", "4 wait for it, up to 33 s"),
    (41, "loaded", "mini", "phi-4", 14.2, 9.2, "", "1 waits for it, for 3 s"),
    (33, "evicted", "mini", "phi-4", 0, 0, "smollm3-3b", "it is not in use"),
    (32.8, "loaded", "mini", "smollm3-3b", 4.1, 2.4, "", "3 wait for it, up to 14 s"),
    (26, "loaded", "studio", "mistral-small-24b", 21.7, 14.3, "", "5 wait for it, up to 20 s"),
    (18, "load_failed", "mini", "granite-3.3-8b", 0, 0, "", "not enough memory: others take 12.1 GiB"),
    (12, "evicted", "studio", "mistral-small-24b", 0, 0, "gemma-3-27b", "it is not in use"),
    (11.5, "loaded", "studio", "gemma-3-27b", 27.3, 17.9, "", "6 wait for it, up to 25 s"),
    (4, "loaded", "studio", "phi-4", 12.9, 9.2, "", "2 wait for it, up to 9 s"),
)
ASKED = (
    ("Rook", "What do rooks build their nests from?", "Mostly from twigs, broken off living trees."),
    ("Ada", "Write a function that counts the birds by kind.", "`Counter` does the counting."),
    ("Rook", "Why is the sky red in the evening?", "Because its light comes a long way through the air."),
    ("Grace", "Plan a walk along the river, two hours at most, with lunch", "Start at the old bridge."),
)
LONG = (
    "Rooks nest high up in trees, many pairs together:\n\n"
    "an outer cup of sticks, wedged into a fork, and a lining of grass, moss and leaves. They repair it every spring."
)


def furnish(store: Store) -> None:
    """Have a fleet with an hour behind it."""
    studio = Host(store, "studio", 64.0, "lmstudio", ("mac",), foreign_gib=4.2)
    studio.arrive(
        Resident("qwen3-8b", 6.1, busy=2, slots=4, pinned=True),
        Resident("gemma-3-27b", 17.9, busy=1),
        Resident("phi-4", 9.2),
    )
    mini = Host(store, "mini", 24.0, "ollama").arrive(Resident("smollm3-3b", 2.4, slots=4))
    store.run(fleet_moves.claim_load(mini.name, mini.fence, slug("granite-3.3-8b"), ttl_ms=LEASE_MS))
    mini.beat(Resident("smollm3-3b", 2.4, slots=4), Resident("granite-3.3-8b", 6.0, state="loading", eta_s=11))
    Host(store, "tower", 48.0, "vllm", ("cellar",)).arrive(Resident("llama-3.3-70b", 39.5, busy=6, slots=16))
    store.client.delete(store.key("timeline"), store.key("history"))
    remember(store, int(time.time() * MS) - LATE_MS)


def remember(store: Store, now_ms: int) -> None:
    """Have the ledger remember the last hour, as if it had been there."""
    for at in range(SAMPLES):
        store.client.xadd(store.key("history"), {"sample": _sample(at, now_ms).text()})
    for ago_min, kind, host, model, took_s, gib, for_model, why in PAST:
        told = {"kind": kind, "host": host, "model": slug(model), "for": slug(for_model), "why": why}
        told |= {"ms": str(int(took_s * MS)), "mib": str(int(gib * 1024))}
        store.client.xadd(store.key("timeline"), told, id=f"{int(now_ms - ago_min * MINUTE_MS)}-0")


def _sample(at: int, now_ms: int) -> Sample:
    tide = 1 + 0.45 * math.sin(at / 46) + 0.12 * math.sin(at / 5)
    wait_s, answer_s = 0.5 * tide, 2.6 * tide
    return Sample(
        at_ms=int(now_ms - (SAMPLES - 1 - at) * EVERY_S * MS),
        span_s=EVERY_S,
        answers=round(4 * tide),
        wait_s=(round(wait_s, 2), round(2.6 * wait_s + 0.3, 2)),
        answer_s=(round(answer_s, 2), round(2.1 * answer_s, 2)),
        tokens={
            "qwen3-8b": round(620 * tide),
            "gemma-3-27b": round(260 * (2 - tide)) if at > 290 else 0,
            "llama-3-3-70b": round(330 * (1 + 0.3 * math.cos(at / 60))) if at > 80 else 0,
        },
    )


def waiting(store: Store) -> None:
    """Have people wait for what is not there yet."""
    door = Gateway(store)
    for model, count in (("granite-3.3-8b", 3), ("mistral-small-24b", 2), ("qwen3-8b", 5)):
        for number in range(count):
            door.submit(request(f"{slug(model)}{number}", model, "Rook", "Good morning!"))


def request(job: str, model: str, persona: str, text: str) -> JobRequest:
    """Return what somebody asks on the page."""
    return JobRequest(job=job, model=model, session=f"web:{persona}:{job}", user="web:3f2a", persona=persona, text=text)


def fleet(page: Page, hand: Hand) -> None:
    """The fleet: hosts, who waits, the last hour."""
    hand.store.run(fleet_moves.host_leave(hand.host, hand.fence, []))
    furnish(hand.store)
    waiting(hand.store)
    page.evaluate("location.hash = '#/fleet'")
    expect(page.locator(".card")).to_have_count(3)
    expect(page.locator(".lanes .blip").first).to_be_visible()
    expect(page.locator(".plot .line").first).to_be_visible()


def plots(page: Page, hand: Hand) -> None:
    """How fast the fleet was."""
    fleet(page, hand)
    page.get_by_role("heading", name="The last hour").evaluate("node => node.scrollIntoView()")


def jobs(page: Page, hand: Hand) -> None:
    """Jobs, and one of them explained."""
    door = Gateway(hand.store)
    for number, (persona, text, answer) in enumerate(reversed(ASKED)):
        job = f"r5k2m7x{number}qd4tn6wz3vh8jp1"
        door.submit(request(job, hand.model, persona, text))
        if number == 0:
            _fail(hand, job)
        else:
            last = number == len(ASKED) - 1
            _answer(hand, LONG if last else answer, 2.1 if last else 0.4)
    door.submit(request("r5k2m7x9qd4tn6wz3vh8jp1", hand.model, "Ada", "Names for a jackdaw, and what they mean"))
    page.evaluate("location.hash = '#/jobs/r5k2m7x3qd4tn6wz3vh8jp1'")
    expect(page.locator(".steps .label").last).to_have_text("delivered")
    expect(page.locator(".jobs-list li")).to_have_count(len(ASKED) + 1)


def _answer(hand: Hand, answer: str, seconds: float) -> None:
    time.sleep(seconds * 0.3)
    claim = hand.claim()
    time.sleep(seconds * 0.2)
    hand.say(claim, answer[:9])
    time.sleep(seconds)
    hand.finish(claim, answer, Usage(prompt_tokens=51, completion_tokens=round(40 * seconds)))


def _fail(hand: Hand, job: str) -> None:
    for _ in range(3):
        claim = hand.claim()
        assert claim.job == job
        hand.store.run(moves.give_back(job, claim.fence, "retry", "the engine closed the connection"))
