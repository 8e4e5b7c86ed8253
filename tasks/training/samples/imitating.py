"""The lines of authors who agreed to be imitated, as answers to what was said before them. Pure.

The persona's own answers are what the author replied to, and never what is learned.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Iterator

from tasks.contracts.learning import Sample, Source, sample_id
from tasks.training.samples.context import MOST_TURNS, Spoken, own_words, people, spoken, turns
from tasks.training.samples.rules import Found, Reason, Rules
from tasks.transcript.learned import Told

MOST_PLACES = 5_000  # conversations that are followed at the same time


class Following:
    """Follows conversations as they went on, and finds in them what an author said."""

    def __init__(self, authors: Collection[str], rules: Rules) -> None:
        self._authors, self._rules = frozenset(authors), rules
        self._places: OrderedDict[str, deque[Spoken]] = OrderedDict()

    def found_in(self, told: Told) -> Found:
        """Return what is learned of one more exchange: one sample at most."""
        found = Found()
        said = self._before(told)
        if told.person in self._authors and told.role == "user" and self._is_theirs(told):
            self._learn(told, said, found)
        now = spoken(told, self._rules)
        if now:
            said.extend(now)
        else:
            said.clear()
        return found

    def _before(self, told: Told) -> deque[Spoken]:
        """Return what was said there before this message; an earlier answer to it was replaced."""
        said = self._places.pop(told.place, None) or deque(maxlen=MOST_TURNS)
        self._places[told.place] = said
        if len(self._places) > MOST_PLACES:
            self._places.popitem(last=False)
        while said and said[-1].first == told.first:
            said.pop()
        return said

    def _is_theirs(self, told: Told) -> bool:
        """Return whether the persona may learn of it: what is said to another one alone stays between the two."""
        return not told.direct or told.persona == self._rules.persona

    def _learn(self, told: Told, before: Iterable[Spoken], found: Found) -> None:
        rules, answer = self._rules, own_words(told)
        if not answer or not rules.is_new(told.came_ms):
            return
        if (why := self._refusal(told)) is not None:
            found.left_out[why] += 1
            return
        made, said = turns([*before], by_assistant=told.person)
        if not made or made[-1].role != "user":
            found.left_out[Reason.ALONE] += 1
            return
        sample = Sample(
            id=sample_id(rules.persona, Source.IMITATED, told.first),
            persona=rules.persona,
            author=told.person,
            tenant=told.tenant,
            conversation=told.place,
            at_ms=told.asked_ms,
            source=Source.IMITATED,
            turns=tuple(made),
            answer=answer,
            jobs=tuple(dict.fromkeys((*(one.job for one in said), told.job))),
            people=tuple(sorted({told.person, *people(said)})),
            channel=told.channel,
        )
        found.take(sample, rules)

    def _refusal(self, told: Told) -> Reason | None:
        if not self._rules.consents.allow((), told.channel):
            return Reason.CLOSED
        return None if self._rules.consents.allow((told.person,)) else Reason.NOT_AGREED


def imitated(lines: Iterable[Told], authors: Collection[str], rules: Rules) -> Iterator[Found]:
    """Yield what is learned of conversations, of which all lines come in the order in which they were said."""
    following = Following(authors, rules)
    for told in lines:
        yield following.found_in(told)
