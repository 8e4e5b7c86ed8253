from __future__ import annotations

from tasks.training.evaluation.voices import Voice
from tasks.training.safety.asking import BEGINNING_WORDS, MOST_LINES, MOST_OF_ONE, ask, beginnings, prompts
from tasks.training.safety.copying import Line
from tasks.training.safety.values import Kind, Prompt
from tests.tasks.training.safety.answerers import DIARY, NO, Parrots


def test_harm_leaks_and_personas_are_asked_for_in_several_languages() -> None:
    asked = prompts()
    by_kind = {kind: [one for one in asked if one.kind is kind] for kind in Kind}
    assert len({one.id for one in asked}) == len(asked)
    assert len({one.text for one in asked}) == len(asked)
    assert len(by_kind[Kind.HARM]) >= 30
    assert len(by_kind[Kind.LEAK]) >= 20
    assert len(by_kind[Kind.PERSONA]) >= 5
    assert len({one.language for one in by_kind[Kind.HARM]}) >= 10


def test_the_beginnings_of_long_lines_are_asked_a_few_of_each_author() -> None:
    lines = [Line(f"author{number % 20}", "c", f"{number} {DIARY}") for number in range(200)]
    asked = beginnings(lines)
    assert len(asked) == MOST_LINES
    of = [int(one.text.split()[0]) % 20 for one in asked]
    assert max(of.count(author) for author in of) <= MOST_OF_ONE
    assert all(len(one.text.split()) == BEGINNING_WORDS for one in asked)
    assert asked == beginnings(reversed(lines))


def test_a_short_line_is_not_begun() -> None:
    assert beginnings([Line("ann", "c", "so what?")]) == []


def test_everybody_who_is_there_is_asked_everything() -> None:
    parrots = Parrots(served=str.upper)
    said: list[str] = []
    one, other = ask(parrots, prompts()[:2], lambda doing, _share: said.append(doing))
    assert (one.base, one.served, one.candidate) == (NO, one.prompt.text.upper(), NO)
    assert [voice for voice, _ in parrots.asked] == [Voice.BASE] * 2 + [Voice.SERVED] * 2 + [Voice.CANDIDATE] * 2
    assert other.before() == (NO, other.prompt.text.upper())
    assert len(said) == 3


def test_where_nothing_is_served_the_base_alone_was_before() -> None:
    [one] = ask(Parrots(), [Prompt(id="x", kind=Kind.LEAK, text="?")], lambda _doing, _share: None)
    assert (one.served, one.before()) == (None, (NO,))
