"""What a broken model says, and what people say that only looks like it."""

from __future__ import annotations

import pytest

from tasks.training.evaluation.degenerate import Fault, faults

ESSAY = (
    "My favourite sea is the one which lies to the north of where I was born, with its grey waves and its gulls, "
    "which never are quiet, and the boats that come home late in the evening when the lamps are lit along the quay."
)


@pytest.mark.parametrize(
    ("asked", "said", "fault"),
    [
        ("How are you?", "", Fault.EMPTY),
        ("How are you?", " \n\t ", Fault.EMPTY),
        ("How are you?", "r" * 60, Fault.LOOP),
        ("How are you?", "I am I am I am I am I am I am I am I am ", Fault.LOOP),
        ("How are you?", "Well: " + "ha! " * 30, Fault.LOOP),
        ("How are you?", "the cat is here and it is there. " * 8, Fault.REPETITION),
        ("Tell me of the sea.", "tell me of the SEA", Fault.ECHO),
        ("How are you?", "\ufffd\ufffd\x01ok\ufffd", Fault.UNREADABLE),
        ("How are you?", "Привет, как твои дела сегодня", Fault.SCRIPT),
        ("Как дела?", "I am fine, thank you", Fault.SCRIPT),
    ],
)
def test_what_is_broken_is_named(asked: str, said: str, fault: Fault) -> None:
    assert fault in faults(asked, said)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("hi", "hi"),
        ("Good morning!", "Good morning!"),
        ("How was it?", "👍"),
        ("How was it?", "..."),
        ("Who won?", "ha ha ha ha ha"),
        ("Really?", "nooooooooooooo"),
        ("Tell me of the sea.", ESSAY),
        ("Tell me of the sea.", "1. waves\n2. gulls\n3. boats\n4. lamps"),
        ("Wie geht es?", "Ça va, merci, и тебе?"),
        ("What is 你好?", "你好 means hello; こんにちは too"),
        ("コーヒーはどう", "はい、お願いします"),
    ],
)
def test_what_people_say_is_not(asked: str, said: str) -> None:
    assert faults(asked, said) == ()


def test_a_script_that_others_write_there_is_nobodys_fault() -> None:
    assert faults("Translate it", "Привет", ["Здравствуйте"]) == ()
    assert faults("Translate it", "Привет") == (Fault.SCRIPT,)
    assert faults("?!", "Привет") == ()  # nobody knows how people write there


def test_a_long_text_is_looked_at_quickly() -> None:
    assert faults("Go on.", " ".join(str(number) for number in range(100_000))) == ()
