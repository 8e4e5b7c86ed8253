"""What people showed to be good: liked, kept of several, or put right. Pure.

An answer that nobody said a thing about is never learned from: a model that learns from its own words only hardens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.contracts.learning import Pair, Sample, Source, sample_id
from tasks.jobs.consents import Consents
from tasks.jobs.feedback import Opinion
from tasks.training.samples.context import Spoken, asking, people, reaching, turns
from tasks.training.samples.rules import Found, Reason, Rules
from tasks.transcript.learned import Judged, Told

SHARED = ("persona", "author", "tenant", "conversation", "at_ms", "turns", "people", "channel")
THUMBS = frozenset({Opinion.UP.value, Opinion.DOWN.value})


@dataclass(frozen=True)
class Asked:
    """A message of a person: every answer that it got, in their order, and what was thought of them."""

    answers: tuple[Told, ...]
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True)
class Good:
    """An answer that somebody showed to be good, and those that it is better than."""

    source: Source
    told: Told
    text: str
    author: str
    """Whose judgement it is."""
    at_ms: int
    worse: tuple[Told, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """What tells it from all others."""
        corrected = self.source is Source.CORRECTED
        return (self.told.job, self.author, self.text) if corrected else (self.told.job,)


def goods(asked: Asked, consents: Consents | None) -> list[Good]:
    """Return the answers to a message that were shown to be good by people who agreed, lately or before.

    Without `consents`: by anybody, to tell how much is left out.
    """
    answers = [told for told in asked.answers if told.question and told.reply]
    opinions = {told.job: _Opinions.of(told, asked.judged, consents) for told in answers}
    corrected = [good for told in answers for good in _corrected(told, opinions[told.job])]
    wrong = {good.told.job for good in corrected}
    right = [told for told in answers if told.job not in wrong]
    liked = [told for told in right if opinions[told.job].is_liked]
    kept = [] if liked else [told for told in _kept(answers, opinions) if told in right]
    worse = tuple(told for told in answers if told not in (liked or kept))
    return [
        *corrected,
        *(_liked(told, opinions[told.job], worse) for told in liked),
        *(_stood(told, opinions[told.job], worse) for told in kept),
    ]


def found_in(asked: Asked, good: Sequence[Good], before: Sequence[Told], rules: Rules) -> Found:
    """Return what is learned of a message; `before` is what was said in its session until then, the oldest first.

    Only what was shown to be good in the time of this run counts: the rest was learned before, or is for the next one.
    """
    found = Found()
    told = asked.answers[0]
    new = [one for one in good if rules.is_new(one.at_ms)]
    if not new:
        return _unwilling(asked, rules)
    if not rules.consents.allow((), told.channel):
        found.left_out[Reason.CLOSED] += len(new)
    elif not rules.consents.allow((told.person,)):
        found.left_out[Reason.NOT_AGREED] += len(new)
    else:
        reach = [] if rules.alone else reaching(before, rules)
        for one in new:
            _take(one, reach, rules, found)
    return found


def _unwilling(asked: Asked, rules: Rules) -> Found:
    """Return how much would be learned of a message if everybody agreed."""
    found = Found()
    found.left_out[Reason.NOT_AGREED] = sum(rules.is_new(one.at_ms) for one in goods(asked, None))
    return found


def _take(good: Good, reach: list[Spoken], rules: Rules, found: Found) -> None:
    told = good.told
    made, said = turns([*reach, asking(told)])
    sample = Sample(
        id=sample_id(rules.persona, good.source, *good.parts),
        persona=rules.persona,
        author=good.author,
        tenant=told.tenant,
        conversation=told.session,
        at_ms=good.at_ms,
        source=good.source,
        turns=tuple(made),
        answer=good.text,
        jobs=tuple(dict.fromkeys(one.job for one in said)),
        people=tuple(sorted({good.author, *people(said)})),
        channel=told.channel,
    )
    if found.take(sample, rules):
        for worse in good.worse:
            if worse.reply != good.text:
                found.take_pair(_pair(sample, good, worse), rules)


def _pair(sample: Sample, good: Good, worse: Told) -> Pair:
    shared: dict[str, Any] = {name: getattr(sample, name) for name in SHARED}
    return Pair(
        id=sample_id(sample.persona, sample.source, *good.parts, worse.job),
        chosen=sample.answer,
        rejected=worse.reply,
        jobs=tuple(dict.fromkeys((*sample.jobs, worse.job))),
        **shared,
    )


@dataclass(frozen=True)
class _Opinions:
    """What was thought of one answer: good things by those who agreed alone, bad ones by anybody."""

    up: dict[str, int]
    """Who liked it, and when."""
    down: frozenset[str]
    kept_ms: int
    """When it was chosen among several; 0: it was not."""
    corrections: tuple[Judged, ...]

    @classmethod
    def of(cls, told: Told, judged: Sequence[Judged], consents: Consents | None) -> _Opinions:
        own = sorted((one for one in judged if one.job == told.job), key=lambda one: one.at_ms)
        thumbs = {one.user: one for one in own if one.opinion in THUMBS}  # who says both means the later one
        willing = [one for one in own if consents is None or consents.allow((_who(one.user, told),))]
        return cls(
            up={_who(u, told): o.at_ms for u, o in thumbs.items() if o.opinion == Opinion.UP.value and o in willing},
            down=frozenset(user for user, one in thumbs.items() if one.opinion == Opinion.DOWN.value),
            kept_ms=max((one.at_ms for one in willing if one.opinion == Opinion.KEPT.value), default=0),
            corrections=tuple(one for one in willing if one.opinion == Opinion.CORRECTED.value and one.text.strip()),
        )

    @property
    def is_liked(self) -> bool:
        return len(self.up) > len(self.down)

    @property
    def is_disliked(self) -> bool:
        return bool(self.down) and not self.is_liked


def _who(user: str, told: Told) -> str:
    """Return who has an opinion, as consents know them: what a job counts against may have another name."""
    return told.person if user == told.user else user


def _corrected(told: Told, opinions: _Opinions) -> Iterator[Good]:
    for one in opinions.corrections:
        yield Good(Source.CORRECTED, told, one.text.strip(), _who(one.user, told), one.at_ms, (told,))


def _liked(told: Told, opinions: _Opinions, worse: tuple[Told, ...]) -> Good:
    author = told.person if told.person in opinions.up else min(opinions.up)
    return Good(Source.LIKED, told, told.reply, author, opinions.up[author], worse)


def _kept(answers: Sequence[Told], opinions: dict[str, _Opinions]) -> list[Told]:
    """Return the one of several answers that was left standing: that was chosen, or else the last; none: it is bad."""
    if len({told.job for told in answers}) < 2:
        return []
    stands = max(answers, key=lambda told: (opinions[told.job].kept_ms, told.answered_ms, told.number))
    return [] if opinions[stands.job].is_disliked else [stands]


def _stood(told: Told, opinions: _Opinions, worse: tuple[Told, ...]) -> Good:
    at_ms = opinions.kept_ms or max(one.answered_ms for one in (told, *worse))
    return Good(Source.KEPT, told, told.reply, told.person, at_ms, worse)
