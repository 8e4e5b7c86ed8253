"""From what was said to what takes its place."""

from __future__ import annotations

from dataclasses import replace

from tasks.memory.tiers.digests import EXTRACT, SUMMARY, WRITING, begun, cited, digests, ended, named
from tasks.memory.tiers.extracts import extracted
from tasks.memory.tiers.lines import Line
from tasks.memory.values import Kind, Tier, Trust
from tests.tasks.memory.tiers.people import exchanges, reply, turn


def test_a_hundred_turns_become_ten_digests_that_name_every_one_of_them() -> None:
    said = exchanges(5)
    [made] = digests(said, extracted(said), EXTRACT)
    assert (made.kind, made.tier, made.trust, made.tags) == (Kind.DIGEST, Tier.WORKING, Trust.SAID, (EXTRACT,))
    assert set(made.sources) == {one.id for one in said}
    assert (made.tenant, made.persona, made.user, made.direct) == ("ada", "wren", "ada", True)
    assert made.at_ms == min(one.at_ms for one in said)
    assert all(f"I paid {at + 7} to Bob" in made.text for at in range(5))


def test_a_statement_is_a_memory_of_its_own_which_names_its_own_turn() -> None:
    said = [turn(1, "I live in Porto. The boiler costs 300."), reply(1, "In Porto it rains."), turn(2, "a long day")]
    home, rest = digests(said, extracted(said), EXTRACT)
    assert (home.text, home.category, home.sources) == ("Ann: I live in Porto.", "home", (said[0].id,))
    assert (rest.category, set(rest.sources)) == ("", {one.id for one in said})


def test_a_model_states_nothing_in_anybodys_place() -> None:
    said = [turn(1, "I live in Porto."), turn(2, "The boiler costs 300.")]
    home, rest = digests(said, [Line("Ann", "I live in Rome."), Line("Ann", "boiler: 300")], SUMMARY)
    assert (home.text, home.category, home.trust, home.tags) == (
        "Ann: I live in Porto.",
        "home",
        Trust.SAID,
        (EXTRACT,),
    )
    assert (rest.category, rest.trust, rest.tags) == ("", Trust.MADE, (SUMMARY,))


def test_what_a_persona_says_states_nothing_of_anybody() -> None:
    said = [turn(1, "Where do you live?"), reply(1, "I live in Porto.")]
    assert [made.category for made in digests(said, extracted(said), EXTRACT)] == [""]


def test_where_there_is_nothing_but_statements_every_turn_is_named_all_the_same() -> None:
    said = [turn(1, "I live in Porto."), reply(1, "I see.")]
    [made] = digests(said, extracted(said), EXTRACT)
    assert set(made.sources) == {one.id for one in said}


def test_the_same_turns_become_the_same_digest_whoever_words_it() -> None:
    said = exchanges(3)
    [by_hand], [by_model] = digests(said, extracted(said), EXTRACT), digests(said, [Line("", "x")], SUMMARY)
    assert by_hand.id == by_model.id
    assert by_model.trust is Trust.MADE


def test_what_was_brought_in_stays_no_better_than_that() -> None:
    said = [turn(1, "The boiler costs 300.", trust=Trust.BROUGHT), turn(2, "It rains in Porto.")]
    assert digests(said, extracted(said), EXTRACT)[0].trust is Trust.BROUGHT


def test_use_and_importance_live_on() -> None:
    said = [turn(1, "The boiler costs 300."), turn(2, "It rains in Porto.", importance=0.9, recalls=4, recalled_ms=7)]
    [made] = digests(said, extracted(said), EXTRACT)
    assert (made.importance, made.recalls, made.recalled_ms) == (0.9, 4, 7)


def test_while_it_is_written_a_digest_says_what_it_takes_the_place_of() -> None:
    said = exchanges(2)
    made = digests(said, extracted(said), EXTRACT)
    [writing] = begun(made, said)
    assert (writing.status, set(writing.dependencies)) == (WRITING, {one.id for one in said})
    assert list(ended([writing])) == made


def test_a_digest_of_digests_names_the_turns() -> None:
    said = exchanges(2)
    made = digests(said, extracted(said), EXTRACT)
    doubled = replace(said[0], sources=("older",))
    assert set(cited([*made, doubled])) == {*(one.id for one in said), "older"}
    assert named(["a", "b"]) == named(["b", "a"]) != named(["a"])
