"""Asks every voice for its answers and likelihoods, and puts them side by side. Knows no torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from tasks.contracts.learning import Sample
from tasks.training.dataset.splitting import SILENCE_MS
from tasks.training.dataset.weighing import is_by_people, telling
from tasks.training.evaluation import order, style
from tasks.training.evaluation.degenerate import faults
from tasks.training.evaluation.likelihood import Likelihood
from tasks.training.evaluation.report import Heard, Ordered, Part, Report, Spoken, Trial
from tasks.training.evaluation.rouge import rouge_ls
from tasks.training.evaluation.style import Manner
from tasks.training.evaluation.voices import Voice, Voices

MOST_TRIALS = 512  # of each part
MOST_SPOKEN = {Part.NEW: 24, Part.OLD: 0, Part.PROBE: 24}  # answers take a hundred times as long as likelihoods
MOST_ORDERED = 24  # answers whose words and letters are put into other orders, a few times each
HOPELESS_NATS = 100.0  # for a token of whoever computes no numbers: worse than a guess among all the words there are

HeldOut = Mapping[Part, Sequence[Sample]]
Say = Callable[[str, float], None]


def judge(voices: Voices, held_out: HeldOut, served: str, say: Say) -> Report:
    """Return what was found of all voices on what was held out; of many samples, on as many spread evenly.

    Args:
        voices: who is asked.
        held_out: the samples of each part.
        served: the version that is served now; empty: none.
        say: is told what is being done, and how much of all is done.
    """
    tried = [(part, sample) for part in Part for sample in spread(held_out.get(part, ()), MOST_TRIALS)]
    asked = _once([(part, one) for part in Part for one in telling_first(held_out.get(part, ()), MOST_SPOKEN[part])])
    nats: dict[Voice, list[Likelihood]] = {}
    texts: dict[Voice, list[str]] = {}
    for number, voice in enumerate(voices.voices):
        say(f"{voice.value}: how likely is what was said", number / len(voices.voices))
        nats[voice] = voices.nll([sample for _, sample in tried], voice)
        say(f"{voice.value}: what it answers", (number + 0.3) / len(voices.voices))
        texts[voice] = voices.answers([sample.turns for _, sample in asked], voice)
    ordered = in_order(voices, telling_first(held_out.get(Part.NEW, ()), MOST_ORDERED))
    talks = talks_of([sample for _, sample in (*tried, *asked)])
    probes = held_out.get(Part.PROBE) or [sample for _, sample in tried]
    author = style.manner([sample.answer for sample in telling(probes, is_by_people)])
    heard = {voice: _heard([sample for _, sample in asked], said, author) for voice, said in texts.items()}
    return Report(
        served=served,
        trials=tuple(
            _trial(number, part, sample, nats, talks, ordered if part is Part.NEW else {})
            for number, (part, sample) in enumerate(tried)
        ),
        spoken=tuple(_spoken(number, part, sample, heard, talks) for number, (part, sample) in enumerate(asked)),
        broken=tuple(voice for voice, found in nats.items() if not all(math.isfinite(one.nats) for one in found)),
    )


def spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return at most so many of these, from everywhere between the first and the last."""
    said = [sample for sample in samples if sample.answer.strip()]  # of nothing there is no likelihood
    if len(said) <= most:
        return said
    return [said[number * len(said) // most] for number in range(most)]


def telling_first(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return at most so many of these, as `spread` does: of those that adapters are compared by, then of the rest."""
    theirs = telling(samples, is_by_people)
    chosen, ids = spread(theirs, most), {sample.id for sample in theirs}
    rest = [sample for sample in samples if sample.id not in ids]
    return [*chosen, *spread(rest, most - len(chosen))]


def talks_of(samples: Sequence[Sample]) -> dict[str, str]:
    """Return of which conversation each sample is, by its id; one that rested for long is another one afterwards."""
    talks: dict[str, str] = {}
    number, last = 0, ("", 0)
    for sample in sorted(samples, key=lambda one: (one.conversation, one.at_ms, one.id)):
        rested = sample.conversation == last[0] and sample.at_ms - last[1] > SILENCE_MS
        number = number + rested if sample.conversation == last[0] else 0
        last = (sample.conversation, sample.at_ms)
        talks[sample.id] = f"{sample.conversation}#{number}"
    return talks


def in_order(voices: Voices, samples: Sequence[Sample]) -> dict[str, tuple[Ordered, ...]]:
    """Return of each sample, by its id, the share of other orders of its answer that each finds less likely."""
    asked = [sample.model_copy(update={"turns": sample.turns[-1:]}) for sample in samples]  # all else costs time alone
    turned = [(one, kind, order.shuffled(one.answer, kind, one.id)) for one in asked for kind in order.Kind]
    turned = [(one, kind, others) for one, kind, others in turned if others]
    rows = [one.model_copy(update={"answer": text}) for one, _, others in turned for text in (one.answer, *others)]
    nats = {voice: iter([found.nats for found in voices.nll(rows, voice)] if rows else []) for voice in voices.voices}
    found: dict[str, tuple[Ordered, ...]] = {}
    for one, kind, others in turned:
        shares = {voice.value: order.beaten(next(told), [next(told) for _ in others]) for voice, told in nats.items()}
        found[one.id] = (*found.get(one.id, ()), Ordered(kind=kind, **shares))
    return found


def _once(asked: Sequence[tuple[Part, Sample]]) -> list[tuple[Part, Sample]]:
    """Ask nothing twice: a probe is most often one of the new samples, and counts as a probe."""
    parts = {sample.id: (part, sample) for part, sample in asked}  # probes come last
    return list(parts.values())


def _trial(
    number: int,
    part: Part,
    sample: Sample,
    nats: Mapping[Voice, Sequence[Likelihood]],
    talks: Mapping[str, str],
    ordered: Mapping[str, tuple[Ordered, ...]],
) -> Trial:
    found = {voice.value: _finite(of_voice[number]) for voice, of_voice in nats.items()}
    size = len(sample.answer.encode())
    tokens = nats[Voice.BASE][number].tokens
    return Trial(
        sample=sample.id,
        part=part,
        conversation=talks[sample.id],
        tokens=tokens,
        size=size,
        by_people=is_by_people(sample),
        ordered=ordered.get(sample.id, ()),
        **found,
    )


def _finite(found: Likelihood) -> float:
    return found.nats if math.isfinite(found.nats) else HOPELESS_NATS * found.tokens


def _spoken(
    number: int, part: Part, sample: Sample, heard: Mapping[Voice, Sequence[Heard]], talks: Mapping[str, str]
) -> Spoken:
    return Spoken(
        sample=sample.id,
        part=part,
        conversation=talks[sample.id],
        prompt=sample.turns[-1].text,
        wanted=sample.answer,
        by_people=is_by_people(sample),
        **{voice.value: said[number] for voice, said in heard.items()},
    )


def _heard(asked: Sequence[Sample], said: Sequence[str], author: Manner) -> list[Heard]:
    likeness = rouge_ls([(sample.answer, text) for sample, text in zip(asked, said, strict=True)])
    return [
        Heard(
            text=text,
            rouge_l=like,
            distance=style.distance(text, author),
            faults=faults(sample.turns[-1].text, text, (sample.answer,)),
        )
        for sample, text, like in zip(asked, said, likeness, strict=True)
    ]
