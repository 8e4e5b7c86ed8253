from __future__ import annotations

from bots.listening import visible
from tasks.contracts.personas import Persona
from tests.bots.listening.chats import said

IN_ONE, IN_TWO = said("here", chat="1"), said("there", chat="2")
IN_THREAD = said("in a thread of the first", chat="9", parent="1")
TALK = (IN_ONE, IN_TWO, IN_THREAD)


def test_a_persona_without_channels_reads_everywhere() -> None:
    assert visible.to(TALK, Persona(name="Ada")) == TALK


def test_a_persona_reads_in_its_channels_and_their_threads_alone() -> None:
    assert visible.to(TALK, Persona(name="Ada", channels=("1",))) == (IN_ONE, IN_THREAD)


def test_a_persona_of_a_platform_reads_all_of_it_and_nothing_of_others() -> None:
    assert visible.to(TALK, Persona(name="Ada", channels=("discord",))) == TALK
    assert visible.to(TALK, Persona(name="Ada", channels=("telegram",))) == ()


def test_a_direct_message_is_not_read_by_a_persona_of_other_places() -> None:
    assert visible.to([said("psst", chat="77", direct=True)], Persona(name="Ada", channels=("1",))) == ()


def test_what_another_persona_was_asked_by_a_command_stays_between_the_two() -> None:
    asked = said("my secret", persona="Grace")
    assert visible.to([asked], Persona(name="Ada")) == ()
    assert visible.to([asked], Persona(name="Grace")) == (asked,)
    assert visible.to([asked], Persona(name="Hopper", aliases=("grace",))) == (asked,)
