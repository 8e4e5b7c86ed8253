"""Turns dialogues into token ids and labels, the way the chat template writes a chat. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from workers.demo.dialogues import Exchange, as_read, dialogues

END, USER, ASSISTANT = "<|end|>", "<|user|>", "<|assistant|>"
SPECIALS = (END, USER, ASSISTANT)
END_ID, USER_ID, ASSISTANT_ID = range(3)
#: The template drops what a model of this size cannot use: system texts, shouting, the end of a long text, all but the
#: four exchanges before. Of a system text it takes no character, rather than passing over it: llama.cpp would put it
#: into the question instead. Keep it as `dialogues.as_read` has it.
CHAT_TEMPLATE = """\
{%- for message in messages[-9:] -%}
{%- set text = message['content'] | trim -%}
{%- if message['role'] == 'user' -%}
{%- if text == text | upper -%}{%- set text = text | lower -%}{%- endif -%}
{{ '<|user|>' + text[:400] + '<|end|>' }}
{%- elif message['role'] == 'assistant' -%}
{{ '<|assistant|>' + text[:400] + '<|end|>' }}
{%- else -%}
{{ message['content'][:0] }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<|assistant|>' }}
{%- endif -%}
"""

BATCH_TOKENS = 3072
#: Dialogues that are sorted by length together, so that a batch holds little padding.
POOL = 1024
#: A label that is not learnt.
IGNORED = -100

Tokenize = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids, and the same again where they are to be learnt."""

    ids: list[int]
    labels: list[int]

    def padded(self, width: int) -> Encoded:
        """Return it with as much nothing at its end as `width` asks for."""
        gap = width - len(self.ids)
        return Encoded(self.ids + [END_ID] * gap, self.labels + [IGNORED] * gap)


def encode(dialogue: tuple[Exchange, ...], tokenize: Tokenize) -> Encoded:
    """Return a dialogue with its answers to be learnt, and what was said not."""
    ids: list[int] = []
    labels: list[int] = []
    for exchange in dialogue:
        said = [USER_ID, *tokenize(as_read(exchange.says)), END_ID, ASSISTANT_ID]
        answered = [*tokenize(exchange.answer), END_ID]
        ids += said + answered
        labels += [IGNORED] * len(said) + answered
    return Encoded(ids, labels)


def batches(tokenize: Tokenize, seed: int) -> Iterator[list[Encoded]]:
    """Yield batches of about `BATCH_TOKENS` tokens for ever, each padded to one width."""
    stream = dialogues(seed)
    rng = random.Random(seed)  # noqa: S311 -- repeatable on purpose, guards nothing
    while True:
        pool = sorted((encode(each, tokenize) for each in islice(stream, POOL)), key=lambda each: len(each.ids))
        groups = list(_by_cost(pool))
        rng.shuffle(groups)
        yield from ([each.padded(len(group[-1].ids)) for each in group] for group in groups)


def texts(seed: int, count: int) -> Iterator[str]:
    """Yield what is said and answered in `count` dialogues, as the model will read it."""
    for dialogue in islice(dialogues(seed), count):
        for exchange in dialogue:
            yield as_read(exchange.says)
            yield exchange.answer


def _by_cost(pool: list[Encoded]) -> Iterator[list[Encoded]]:
    group: list[Encoded] = []
    for each in pool:
        if group and len(each.ids) * (len(group) + 1) > BATCH_TOKENS:
            yield group
            group = []
        group.append(each)
    yield group
