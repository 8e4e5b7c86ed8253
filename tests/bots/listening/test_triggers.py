from __future__ import annotations

import pytest

from bots.listening.context import ConversationContext
from bots.listening.triggers import Kind, Rules, Trigger, detect
from tasks.contracts.personas import Persona, TriggerRule
from tests.bots.listening.chats import said

QUIET = ConversationContext(messages=3, silence_ms=600_000)
ADA = Persona(
    name="Ada",
    triggers=(
        TriggerRule(kind="keyword", value="compiler"),
        TriggerRule(kind="keyword", value="analytical engine", chance=0.5),
        TriggerRule(kind="regex", value=r"(?i)\bbug-\d+"),
        TriggerRule(kind="silence", value="300"),
    ),
)


@pytest.mark.parametrize(("heard", "trigger"), [
    (said("the compiler, THE COMPILER, compiler!"), Trigger(Kind.KEYWORD, "compiler")),
    (said("an Analytical  Engine. analytical engine"), Trigger(Kind.KEYWORD, "analytical engine", 0.5)),
    (said("see BUG-12 and bug-13"), Trigger(Kind.REGEX, r"(?i)\bbug-\d+")),
    (said("Ada, ada, @Ada"), Trigger(Kind.MENTION, "Ada")),
    (said("what is that", persona="ada"), Trigger(Kind.MENTION, "Ada")),
    (said("no", replied_to_us=True, replied_to_author="ADA"), Trigger(Kind.REPLY, "Ada")),
    (None, Trigger(Kind.SILENCE, "300")),
])  # fmt: skip
def test_each_trigger_fires_once(heard, trigger) -> None:
    assert detect(heard, ADA, QUIET) == (trigger,)


def test_several_fire_side_by_side() -> None:
    heard = said("Ada, the compiler has bug-7", replied_to_us=True, replied_to_author="Ada")
    kinds = [trigger.kind for trigger in detect(heard, ADA, QUIET)]
    assert kinds == [Kind.MENTION, Kind.REPLY, Kind.KEYWORD, Kind.REGEX]


@pytest.mark.parametrize("text", ["compilers", "decompiler", "`compiler`", "debug-12", "an analytical steam engine"])
def test_a_word_within_another_one_fires_nothing(text: str) -> None:
    assert detect(said(text), ADA, QUIET) == ()


def test_a_reply_to_somebody_else_fires_nothing() -> None:
    assert detect(said("no", replied_to_us=True, replied_to_author="Grace"), ADA, QUIET) == ()
    assert detect(said("no", replied_to="7", replied_to_author="Ada"), ADA, QUIET) == ()


def test_silence_ends_with_a_message_and_is_over_once_a_bot_spoke() -> None:
    assert detect(said("hello again"), ADA, QUIET) == ()
    assert detect(None, ADA, ConversationContext(messages=3, silence_ms=600_000, bots_in_a_row=1)) == ()


def test_silence_must_last_and_something_must_have_been_said_before() -> None:
    assert detect(None, ADA, ConversationContext(messages=3, silence_ms=299_999)) == ()
    assert detect(None, ADA, ConversationContext(messages=0, silence_ms=600_000)) == ()


def test_a_silence_trigger_without_a_time_takes_that_of_the_file() -> None:
    patient = Persona(name="Ada", triggers=(TriggerRule(kind="silence"),))
    assert detect(None, patient, QUIET) == ()
    assert detect(None, patient, QUIET, silence_s=600) == (Trigger(Kind.SILENCE),)
    assert detect(None, patient, QUIET, silence_s=601) == ()


def test_the_same_word_of_several_personas_fires_for_each_of_them() -> None:
    rule = TriggerRule(kind="keyword", value="tea")
    twice = Persona(name="Bob", triggers=(rule, rule))
    assert Rules([Persona(name="Ann", triggers=(rule,)), twice]).fired("more tea") == {
        "Ann": (Trigger(Kind.KEYWORD, "tea"),),
        "Bob": (Trigger(Kind.KEYWORD, "tea"),),
    }


def test_a_pattern_made_to_hang_others_is_matched_in_time_that_grows_with_the_text() -> None:
    trap = Persona(name="Ada", triggers=(TriggerRule(kind="regex", value="(a|a)*(a+)+$"),))
    assert detect(said("a" * 3_000 + "!"), trap, QUIET) == ()
