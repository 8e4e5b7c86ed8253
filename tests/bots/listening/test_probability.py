from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.listening import probability
from bots.listening.context import ConversationContext, Tempo
from bots.listening.triggers import Kind, Trigger
from tasks.contracts.personas import Persona
from tests.bots.listening.chats import said

ADA = Persona(name="Ada")
HEARD = said("hello")
NOTHING = ConversationContext()

chances = st.floats(min_value=0, max_value=1)
contexts = st.builds(
    ConversationContext,
    question=st.booleans(),
    tempo=st.sampled_from(Tempo),
    topics=st.lists(st.sampled_from(["chess", "tea", "rust"]), max_size=2).map(tuple),
    silence_ms=st.integers(0, 10**7),
)
personas = st.builds(
    Persona, name=st.just("Ada"), chance=st.none() | chances, topics=st.sampled_from([(), ("chess",), ("Tea", "rust")])
)
messages = st.builds(
    said,
    text=st.text(max_size=20),
    author=st.sampled_from(["mia", "Ada"]),
    mentioned=st.booleans(),
    direct=st.booleans(),
    replied_to_us=st.booleans(),
    from_bot=st.booleans(),
    persona=st.sampled_from(["", "ada", "Grace"]),
)
triggers = st.lists(st.builds(Trigger, kind=st.sampled_from(Kind), chance=chances), max_size=4)


@given(contexts, messages, personas, triggers, chances)
def test_it_is_a_probability(context, heard, persona, fired, chance):
    assert 0.0 <= probability.of(context, heard, persona, fired, chance) <= 1.0


@given(contexts, messages, personas, triggers, chances)
def test_a_question_never_makes_an_answer_less_likely(context, heard, persona, fired, chance):
    plain, asked = (dataclasses.replace(context, question=flag) for flag in (False, True))
    assert probability.of(asked, heard, persona, fired, chance) >= probability.of(plain, heard, persona, fired, chance)


@given(contexts, messages, personas, triggers, chances)
def test_a_mention_never_makes_an_answer_less_likely(context, heard, persona, fired, chance):
    plain, meant = (dataclasses.replace(heard, mentioned=flag) for flag in (False, True))
    assert probability.of(context, meant, persona, fired, chance) >= probability.of(
        context, plain, persona, fired, chance
    )


@given(contexts, messages, personas, triggers, chances)
def test_one_more_trigger_never_makes_an_answer_less_likely(context, heard, persona, fired, chance):
    fewer = probability.of(context, heard, persona, fired[:-1], chance)
    assert probability.of(context, heard, persona, fired, chance) >= fewer


@given(contexts, messages, personas, triggers, chances)
def test_its_own_words_are_never_answered(context, heard, persona, fired, chance):
    own = dataclasses.replace(heard, author="ADA", from_bot=True, mentioned=True)
    assert probability.of(context, own, persona, fired, chance) == 0.0


@pytest.mark.parametrize("mark", [{"mentioned": True}, {"direct": True}, {"replied_to_us": True}, {"persona": "ada"}])
def test_who_is_meant_answers_for_certain(mark) -> None:
    assert probability.of(NOTHING, dataclasses.replace(HEARD, **mark), ADA) == 1.0


@pytest.mark.parametrize("kind", [Kind.MENTION, Kind.REPLY])
def test_who_is_called_answers_for_certain(kind: Kind) -> None:
    assert probability.of(NOTHING, HEARD, ADA, [Trigger(kind)]) == 1.0


def test_what_another_persona_was_asked_by_a_command_is_not_meant_for_this_one() -> None:
    asked = dataclasses.replace(HEARD, persona="Grace", mentioned=True)
    assert probability.of(NOTHING, asked, ADA) == 0.0


def test_unasked_it_is_the_chance_of_the_file_or_the_persona() -> None:
    assert probability.of(NOTHING, HEARD, ADA) == 0.0
    assert probability.of(NOTHING, HEARD, ADA, chance=0.25) == 0.25
    assert probability.of(NOTHING, HEARD, Persona(name="Ada", chance=0.5), chance=0.25) == 0.5


def test_questions_and_topics_that_it_likes_are_joined_in_on_more_readily_and_busy_talks_less() -> None:
    chess = Persona(name="Ada", topics=("Chess",), chance=0.5)
    context = ConversationContext(topics=("chess",))
    assert probability.of(dataclasses.replace(NOTHING, question=True), HEARD, chess) == 0.75
    assert probability.of(context, HEARD, chess) == 0.75
    assert probability.of(dataclasses.replace(NOTHING, tempo=Tempo.BUSY), HEARD, chess) == 0.25


def test_triggers_and_joining_in_add_up_as_independent_chances() -> None:
    fired = [Trigger(Kind.KEYWORD, "tea", 0.5), Trigger(Kind.REGEX, "t.a", 0.5)]
    assert probability.of(NOTHING, HEARD, ADA, fired) == 0.75
