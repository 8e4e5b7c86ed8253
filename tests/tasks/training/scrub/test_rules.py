from __future__ import annotations

import re
import re._parser as parser  # what a shape is made of is told nowhere else
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scrub.cases import Case, chat, given_away, kept_back
from tasks.contracts.scrubbing import Rule, Sort, scrub
from tasks.training.scrub.rules import RULES, scrubbed

CAUGHT, FALSE_ALARMS = 0.95, 0.02
OPENING = ("key", "password")  # kinds that have a text dropped
FAR = 6_000  # characters: further than any shape looks
HOSTILE = (
    *(
        "4111 ",
        "1 ",
        "a@",
        "a.",
        "1.1.",
        "+1 ",
        "0170 ",
        "born ",
        "born 1",
        "1 Aa Aa Aa Aa ",
        "12 rue de la ",
        "Calle A",
    ),
    *(
        "passport no no no ",
        "lat: ",
        ":",
        "a:",
        "Aa ",
        "a at a dot ",
        "P<<",
        "ул. а ",
        "一路1",
        "区",
        "maps@",
        "seed phrase ",
    ),
    *(
        "-----BEGIN A ",
        "1°",
        "///a",
        "password for a ",
        "aa:",
        "a [at] a",
        "tel: 1 ",
        "5 Mai 19",
        "eyJ",
        "eyJa.",
        "bc1q",
    ),
)


def is_caught(case: Case) -> bool:
    result = scrubbed(case.text)
    return result.dropped or (case.kind not in OPENING and not case.left(result.text))


def test_of_two_hundred_things_that_people_gave_away_ninety_five_percent_are_caught() -> None:
    cases = given_away()
    caught = Counter(case.kind for case in cases if is_caught(case))
    kinds = Counter(case.kind for case in cases)
    assert len(kinds) == 14
    assert len({case.language for case in cases}) >= 10
    assert caught.total() / len(cases) >= CAUGHT, kinds - caught
    assert len(cases) >= 200
    assert all(caught[kind] / count >= 0.8 for kind, count in kinds.items()), kinds - caught


def test_of_those_that_the_rules_were_not_written_for_most_are_caught() -> None:
    cases = kept_back()
    assert sum(map(is_caught, cases)) / len(cases) >= 0.9


def test_ordinary_chat_is_left_alone() -> None:
    lines = chat()
    alarms = [line for line in lines if scrubbed(line).found]
    assert len(set(lines)) >= 500
    assert len(alarms) / len(lines) < FALSE_ALARMS, alarms


def test_what_is_skipped_for_want_of_a_sign_would_not_have_been_found() -> None:
    unsigned = [replace(rule, signs=()) for rule in RULES]
    for text in (*chat(), *(case.text for case in given_away())):
        assert scrub(text, unsigned).found == scrub(text, RULES).found


def test_what_hides_between_letters_is_found() -> None:
    assert scrubbed("ann\u200b@exam\u2060ple.org").text == "[email]"
    assert scrubbed("Straße 5 ist für alle").text == "Straße 5 ist für alle"


def test_a_mask_takes_no_more_than_what_was_told() -> None:
    assert scrubbed("my passport number is X1234567, really").text == "my passport number is [passport], really"
    assert scrubbed("I was born on May 3, 1990 in Rome").text == "I was born on [birth date] in Rome"


def test_who_was_born_long_ago_may_be_told_of() -> None:
    assert not scrubbed("Mozart was born on 27 January 1756").found


@given(st.lists(st.sampled_from([case.text for case in given_away()]) | st.text(max_size=20), max_size=5))
def test_a_second_time_nothing_is_found_and_nothing_grows(parts: list[str]) -> None:
    text = " ".join(parts)
    once = scrubbed(text)
    again = scrubbed(once.text)
    assert (again.text, again.found.total()) == (once.text, 0)
    assert len(once.text) <= 4 * len(text)


@pytest.mark.parametrize("rule", RULES, ids=[f"{at}-{rule.name}" for at, rule in enumerate(RULES)])
def test_no_shape_looks_far_or_goes_on_for_ever_before_its_end(rule: Rule) -> None:
    parsed = parser.parse(rule.shape.pattern, rule.shape.flags & ~re.UNICODE)
    assert all(not _endless(item) for item in list(parsed)[:-1])
    assert _bounded(parsed) <= FAR


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_is_made_to_take_long_comes_to_its_end(text: str) -> None:
    assert scrubbed(text * (4_000 // len(text))).text is not None


def test_secrets_drop_and_the_rest_is_masked() -> None:
    names = {sort: {rule.name for rule in RULES if rule.sort is sort} for sort in Sort}
    assert names[Sort.SECRET].isdisjoint(names[Sort.PERSONAL])
    assert not scrub("[" + "] [".join(names[Sort.PERSONAL]) + "]", RULES).found


def _endless(item: object) -> bool:
    return str(parser.MAXREPEAT) in repr(item).replace("4294967295", str(parser.MAXREPEAT))


def _bounded(parsed: parser.SubPattern) -> int:
    return sum(parser.SubPattern(parsed.state, [item]).getwidth()[1] for item in list(parsed)[:-1])
