from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bots import casting
from bots.casting import Chosen, Scene, cast, choose, dice, speak_first
from bots.listening import company, phrases
from bots.listening.company import company_of
from bots.listening.context import ConversationContext, analyze
from bots.listening.patterns import JOINED
from bots.platform import Heard
from tasks.contracts import patterns
from tasks.contracts.fleet import Fleet, parse
from tests.bots.listening.chats import said
from tests.bots.test_choosing import State

ROOT = Path(__file__).parents[2]
NOTHING = ConversationContext()
ADA: dict[str, Any] = {"name": "Ada", "aliases": ["Countess"], "topics": ["engines"]}
GRACE: dict[str, Any] = {"name": "Grace", "topics": ["ships", "compilers"]}
LINUS: dict[str, Any] = {"name": "Linus", "topics": ["kernels"]}


def fleet_of(*personas: dict[str, Any], **tables: Any) -> Fleet:
    return parse({**tables, "persona": [{"model": "demo", **persona} for persona in personas]}, "test")


TRIO = fleet_of(ADA, GRACE, LINUS)


def picked(heard: Heard, fleet: Fleet = TRIO, context: ConversationContext | None = None, **how: Any) -> Chosen | None:
    scene = Scene(
        heard,
        context or analyze([heard], heard.at_ms),
        how.get("states", {}),
        how.get("residents", frozenset()),
        how.get("turn", 0),
        how.get("rng", random.Random(1)),
    )
    return choose(scene, fleet)


def name_of(chosen: Chosen | None) -> str:
    return chosen.persona.name if chosen else ""


def why_of(chosen: Chosen | None) -> str:
    return chosen.why if chosen else ""


@pytest.mark.parametrize(("heard", "name", "why"), [
    (said("Grace, what do you think?"), "Grace", "mention"),
    (said("ask the countess"), "Ada", "mention"),
    (said("Linus and Grace, hello"), "Linus", "mention"),
    (said("go on", replied_to_us=True, replied_to_author="grace"), "Grace", "reply"),
    (said("Ada, and you?", replied_to_us=True, replied_to_author="Grace"), "Ada", "mention"),
    (said("hello", persona="LINUS"), "Linus", "command"),
    (said("Ada?", persona="Linus"), "Linus", "command"),
    (said("hello", mentioned=True), "Ada", "mention"),
    (said("hello", direct=True), "Ada", "mention"),
    (said("hello", replied_to_us=True), "Ada", "mention"),
    (said("hello"), "", ""),
    (said("hello", persona="Nobody"), "", ""),
])  # fmt: skip
def test_who_is_called_answers_and_where_nobody_is_nobody_does(heard: Heard, name: str, why: str) -> None:
    chosen = picked(heard)
    assert (name_of(chosen), why_of(chosen)) == (name, why)


@pytest.mark.parametrize(("strategy", "expected"), [
    ("mention", {"Ada"}),
    ("topic", {"Grace"}),
    ("random", {"Ada", "Grace", "Linus"}),
    ("weighted", {"Ada", "Grace", "Linus"}),
    ("round-robin", {"Linus"}),
])  # fmt: skip
def test_selects_entities_based_on_strategy(strategy: str, expected: set[str]) -> None:
    fleet = fleet_of(ADA, GRACE, LINUS, casting={"strategy": strategy})
    heard = said("tell me of compilers", mentioned=True)
    assert {name_of(picked(heard, fleet, turn=2, rng=random.Random(seed))) for seed in range(40)} == expected


def test_handles_entity_rotation_correctly() -> None:
    fleet = fleet_of(ADA, GRACE, LINUS, casting={"strategy": "round-robin"})
    heard = said("hello", mentioned=True)
    laps = [[name_of(picked(heard, fleet, turn=lap * 3 + at)) for at in range(3)] for lap in range(4)]
    assert all(sorted(lap) == ["Ada", "Grace", "Linus"] for lap in laps)


@pytest.mark.parametrize("strategy", ["mention", "topic", "weighted", "random", "round-robin"])
def test_respects_disabled_entities(strategy: str) -> None:
    off = {**GRACE, "enabled": False}
    fleet = fleet_of(ADA, off, LINUS, casting={"strategy": strategy})
    states = {"Linus": State(disabled=True)}
    for heard in (said("Grace, Linus, compilers and kernels", mentioned=True), said("Linus?", direct=True)):
        chosen = {
            name_of(picked(heard, fleet, states=states, turn=turn, rng=random.Random(turn))) for turn in range(20)
        }
        assert chosen == {"Ada"}
    assert picked(said("hello", persona="Grace"), fleet) is None
    assert picked(said("Linus?"), fleet, states=states) is None
    assert name_of(picked(said("Linus?"), fleet)) == "Linus"


def test_a_persona_speaks_in_its_channels_and_their_threads_only() -> None:
    fleet = fleet_of(ADA, {**GRACE, "channels": ["7"]})
    assert picked(said("Grace?", chat="1"), fleet) is None
    assert name_of(picked(said("Grace?", chat="7"), fleet)) == "Grace"
    assert name_of(picked(said("hello", chat="9", parent="7", mentioned=True), fleet)) == "Grace"


def test_a_topic_that_nobody_likes_is_answered_by_the_usual_one() -> None:
    fleet = fleet_of(ADA, GRACE, casting={"strategy": "topic"})
    assert name_of(picked(said("of cheese", mentioned=True), fleet)) == "Ada"
    context = ConversationContext(topics=("ships",))
    assert name_of(picked(said("and now?", mentioned=True), fleet, context)) == "Grace"


def test_of_two_that_like_a_topic_equally_one_whose_model_is_in_memory_answers() -> None:
    models = [{"name": "a", "builtin": "demo"}, {"name": "b", "gguf": "b.gguf"}]
    pair = [{"name": "Ada", "model": "a", "topics": ["tea"]}, {"name": "Grace", "model": "b", "topics": ["tea"]}]
    fleet = parse({"casting": {"strategy": "topic"}, "model": models, "persona": pair}, "test")
    heard = said("more tea", mentioned=True)
    assert name_of(picked(heard, fleet, residents=frozenset({"b"}))) == "Grace"
    assert name_of(picked(heard, fleet, residents=frozenset({"a"}))) == "Ada"


def test_a_word_of_its_own_brings_a_persona_in_as_often_as_its_chance_says() -> None:
    rule = {"kind": "keyword", "value": "tea", "chance": 0.25}
    fleet = fleet_of(ADA, {**GRACE, "triggers": [rule]})
    heard = [said("tea time", message=str(at)) for at in range(2_000)]
    seen = Counter(why_of(picked(one, fleet, rng=dice(one))) for one in heard)
    assert set(seen) == {"keyword", ""}
    assert 0.2 < seen["keyword"] / len(heard) < 0.3


def test_unasked_one_joins_in_as_often_as_the_chance_says_and_more_readily_on_a_question() -> None:
    fleet = fleet_of(ADA, {**GRACE, "chance": 0.0}, casting={"chance": 0.2})
    seen = {}
    for text in ("fine weather", "is it raining?"):
        heard = [said(text, message=str(at)) for at in range(2_000)]
        chosen = [picked(one, fleet, rng=dice(one)) for one in heard]
        assert {name_of(one) for one in chosen} == {"Ada", ""}
        seen[text] = sum(why_of(one) == casting.UNASKED for one in chosen) / len(heard)
    assert 0.16 < seen["fine weather"] < 0.24
    assert 0.31 < seen["is it raining?"] < 0.41


def test_a_message_that_comes_twice_is_answered_by_the_same_one() -> None:
    fleet = fleet_of(ADA, GRACE, LINUS, casting={"strategy": "random"})
    for at in range(50):
        heard = said("hello", message=str(at), mentioned=True)
        again = dataclasses.replace(heard)
        assert cast(heard, NOTHING, fleet, {}, frozenset(), 0, dice(heard)) is cast(
            again, NOTHING, fleet, {}, frozenset(), 0, dice(again)
        )


def test_bots_are_answered_for_so_many_hops_and_then_a_person_must_speak() -> None:
    fleet = fleet_of(ADA, casting={"hops": 2})
    talk = [said("hi"), *(said("Ada!", "other bot", message=str(at), from_bot=True) for at in range(3))]
    answered = [name_of(picked(talk[at], fleet, analyze(talk[: at + 1], 0))) for at in range(1, 4)]
    assert answered == ["Ada", "Ada", ""]


def test_what_a_persona_said_is_answered_by_none_of_them() -> None:
    assert picked(said("Grace, hello", "Ada", from_bot=True, mentioned=True)) is None
    assert name_of(picked(said("Grace, hello", "Ada"))) == "Grace", "a person may have the name of a persona"


def test_in_the_feed_those_speak_who_are_named_for_it() -> None:
    def in_feed(fleet: Fleet) -> set[str]:
        heard = dataclasses.replace(said("Ada, Grace, Linus?"), bot="feed")
        return set(company_of(fleet).present(heard, {}))

    assert in_feed(TRIO) == {"Ada", "Grace", "Linus"}
    assert in_feed(fleet_of(ADA, {**GRACE, "channels": ["feed"]}, LINUS)) == {"Grace"}
    assert in_feed(fleet_of(ADA, GRACE, LINUS, feed={"personas": ["Linus", "Ada"]})) == {"Ada", "Linus"}


SILENT = {"kind": "silence", "value": "60"}


def silence(seconds: int, **rest: Any) -> ConversationContext:
    return ConversationContext(messages=3, silence_ms=seconds * 1000, **rest)


def test_after_silence_one_that_may_speaks_first_and_only_once() -> None:
    fleet, last = fleet_of(ADA, {**GRACE, "triggers": [SILENT]}), said("good night")

    def first(context: ConversationContext) -> str:
        return name_of(speak_first(last, context, fleet, {}, frozenset(), 0))

    assert first(silence(59)) == ""
    assert first(silence(60)) == "Grace"
    assert first(silence(600, bots_in_a_row=1)) == ""


def test_one_silence_is_one_throw_of_the_dice_however_often_one_looks() -> None:
    fleet = fleet_of({**ADA, "triggers": [{**SILENT, "chance": 0.5}]})
    for at in range(20):
        last = said("good night", message=str(at))
        looks = {name_of(speak_first(last, silence(60 + look), fleet, {}, frozenset(), 0)) for look in range(30)}
        assert len(looks) == 1


def large(size: int) -> Fleet:
    return fleet_of(
        *(
            {
                "name": f"Persona {at}",
                "aliases": [f"pal{at}"],
                "topics": [f"topic{at}", "chess"],
                "triggers": [
                    {"kind": "keyword", "value": f"word{at}"},
                    {"kind": "regex", "value": rf"(?i)\bpat+ern{at}\b"},
                ],
            }
            for at in range(size)
        )
    )


GROWTH = """
import gc, psutil
from bots.listening.company import company_of
from tests.bots.test_casting import large

def resident():
    gc.collect()
    return psutil.Process().memory_info().rss

company_of(large(2))
before = resident()
kept = company_of(large(1000))
print((resident() - before) / 2**20)
"""
MOST_MIB = 50


def test_a_thousand_personas_take_less_than_fifty_mib() -> None:
    told = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True, cwd=ROOT)
    assert 0 < float(told.stdout) < MOST_MIB


def steps(fleet: Fleet, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how much of what takes time is done to choose who answers a message."""
    counted: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            counted[name] += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    company_of(fleet)
    context = analyze([heard], 0)
    with monkeypatch.context() as patch:
        monkeypatch = patch
        count(patterns, "found")
        count(phrases, "_stems")
        count(company, "plain")
        picked(heard, fleet, context)
    return counted


@pytest.mark.parametrize("text", ["nothing much going on", "pal7, what of chess?", "I like word5 and patttern9"])
def test_a_thousand_personas_take_no_more_steps_to_choose_from_than_fifty(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = steps(large(50), said(text), monkeypatch), steps(large(1000), said(text), monkeypatch)
    assert many["_stems"] == few["_stems"], "words of the message are looked up, not words of the personas"
    assert many["plain"] == few["plain"]
    assert many["found"] <= 3 * JOINED + 1, "of a thousand patterns one branch is tried"
