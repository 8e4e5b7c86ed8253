from __future__ import annotations

from benchmarks.figures import Chart
from benchmarks.scrub.cases import Case, chat, given_away, kept_back
from benchmarks.scrub.measuring import is_caught, measure, share, turns


def test_what_people_gave_away_is_read_without_its_marks() -> None:
    cases = given_away()
    assert all(case.given and all(part in case.text for part in case.given) for case in cases)
    assert not [case for case in cases if set("⟦⟧¦\t") & set(case.text)]


def test_what_was_kept_back_is_nothing_that_is_there_already() -> None:
    assert {case.text for case in kept_back()}.isdisjoint(case.text for case in given_away())


def test_a_part_that_is_left_is_seen_and_so_is_a_number_of_it() -> None:
    case = Case("phone", "en", "call 0170 1234567", ("0170 1234567",))
    assert case.left("call 0170 1234567")
    assert case.left("call [phone] 1234567") == ("1234567",)
    assert case.left("call [phone]") == ()


def test_a_password_is_caught_only_with_its_text() -> None:
    assert is_caught(Case("password", "en", "my password is hunter2!x", ("hunter2!x",)))
    assert not is_caught(Case("password", "en", "write to ann@example.org", ("ann@example.org",)))


def test_turns_hold_every_line() -> None:
    assert " ".join(turns(chat())) == " ".join(chat())


def test_it_runs() -> None:
    findings = measure(lambda _part, _what: None, quick=True)
    figures = {figure.name: figure for figure in findings.figures}
    caught = next(figure for name, figure in figures.items() if name.startswith("caught, of"))
    assert caught.value == share(given_away())
    assert figures["a turn, p50"].value > 0
    assert isinstance(findings.charts[0], Chart)
    assert all(0 < value <= 100 for _, value in findings.charts[0].bars)
