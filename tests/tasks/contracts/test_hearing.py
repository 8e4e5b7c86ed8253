"""What somebody said is told from what was quoted to the model."""

from __future__ import annotations

from bots.platform import Heard as Message
from bots.platform import Place, Quoted
from bots.reception.asking import FILE_OPENING, QUOTES_OPENING, Enclosed, worded
from tasks.contracts.hearing import Heard, heard

SAID = Message(
    platform="discord", bot="wren", place=Place("7"), message="1", user="5", author="Ann", text="I like tea.", at_ms=1
)


def test_the_name_before_what_was_said_in_company_is_whose_it_is() -> None:
    assert heard("Ann: I like tea.", direct=False) == Heard("Ann", "I like tea.")
    assert heard("I like: tea.", direct=True) == Heard("", "I like: tea.")


def test_what_has_no_name_before_it_is_left_whole() -> None:
    for text in ("I like tea.", ": tea", "I like tea\nand wine: red"):
        assert heard(text, direct=False) == Heard("", text.strip())


def test_what_was_quoted_and_what_files_said_is_not_what_was_said() -> None:
    quotes = [Quoted(author="Bob", text="No tea\nfor me: ever.")]
    text = worded(SAID, quotes, [Enclosed("list.txt", "milk\n\neggs")])
    assert QUOTES_OPENING in text
    assert FILE_OPENING in text
    assert heard(text, direct=False) == Heard("Ann", "I like tea.")


def test_who_writes_a_quotation_themselves_says_it() -> None:
    text = "> to be or not to be\nwho wrote that?"
    assert heard(text, direct=True) == Heard("", text)
