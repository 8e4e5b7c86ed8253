"""What people are told of their memories."""

from __future__ import annotations

import json

from tasks.contracts.wishes import Kept, Wish
from tasks.memory.rights import telling
from tasks.memory.rights.forgetting import Chosen

DISCORD_TAKES, TELEGRAM_TAKES = 10_000_000, 50_000_000  # bytes of a file, from everybody
TEA = Kept(id="m1", text="I like\ntea.", at_ms=0, kind="turn", tier="short", author="you")


def test_a_list_says_how_it_goes_on() -> None:
    told = telling.listed([TEA], "0:m1", Wish(kind="list"))
    assert told.words.splitlines() == [
        "What I remember of you, the latest first:",
        "- 1 January 1970, you: I like tea.",
        "There is more: /memory after 0:m1",
    ]


def test_an_empty_list_says_of_what_there_is_nothing() -> None:
    wishes = (Wish(kind="list"), Wish(kind="list", about="tea"), Wish(kind="list", after="0:m1"))
    assert [telling.listed([], "", wish).words for wish in wishes] == [
        "I remember nothing of you.",
        "I remember nothing of that.",
        "That was all.",
    ]


def test_a_long_memory_is_cut_in_a_list() -> None:
    assert len(telling.line(TEA.model_copy(update={"text": "tea " * 500}))) < telling.MOST_CHARS + 40


def test_how_much_is_forgotten_is_said_and_what_it_said_is_not() -> None:
    told = telling.forgotten(Chosen(1, ("m1",), (("j", 0),), False, 1, 1, 2))
    assert told.words.startswith("That is forgotten: 1 memory, 1 message. 2 summaries that told of it went as well")
    assert (told.forgotten, told.turns, told.flagged) == (3, 1, (telling.BACKUPS,))


def test_nothing_forgotten_is_told_as_such() -> None:
    assert telling.forgotten(Chosen(1)).flagged == ()
    assert "nothing of that" in telling.forgotten(Chosen(1)).words
    assert (
        telling.forgotten(Chosen(1, everything=True)).words == "Everything of you is forgotten: 0 memories, 0 messages."
    )


def test_who_looks_after_the_flock_hears_that_adapters_may_have_learned_of_it() -> None:
    said = Chosen(1, turns=(("job-1", 0),), count=1, said=1)
    assert telling.forgotten(said, learned=True).flagged == (telling.BACKUPS, telling.ADAPTERS)
    assert telling.forgotten(said, learned=False).flagged == (telling.BACKUPS,)
    assert telling.forgotten(Chosen(1, count=1), learned=True).flagged == (telling.BACKUPS,)  # a note was never learned


def test_an_export_with_no_room_for_all_has_the_latest_and_says_where_the_others_are() -> None:
    memories = [TEA.model_copy(update={"id": f"m{number}", "at_ms": number}) for number in range(9)]
    size = len(memories[0].model_dump_json()) + 1
    told = telling.exported(memories, most_bytes=3 * size)
    *lines, last = told.words.splitlines()
    assert [Kept.model_validate_json(line).id for line in lines] == ["m6", "m7", "m8"]
    assert json.loads(last) == {"left_out": 6, "after": "6:m6"}
    assert telling.exported(memories, most_bytes=9 * size).words.count("\n") == 8


def test_an_export_is_a_file_that_every_platform_takes_whatever_its_words_are_written_in() -> None:
    long = [TEA.model_copy(update={"id": f"m{number}", "text": "茶" * 100_000}) for number in range(40)]
    told = telling.exported(long)
    assert 8_000_000 < len(told.words.encode()) < DISCORD_TAKES < TELEGRAM_TAKES
    assert json.loads(told.words.splitlines()[-1])["left_out"] > 0
