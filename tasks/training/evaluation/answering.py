"""A base with the adapters that are compared on it, loaded once: it answers with each of them, or with none.

Who imports this waits for torch: steps do so when they work.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from torch.nn.functional import cross_entropy
from transformers import GenerationConfig

from tasks.contracts.errors import AdapterDamaged
from tasks.contracts.learning import Sample
from tasks.contracts.messages import Turn
from tasks.training.evaluation.likelihood import Likelihood
from tasks.training.evaluation.voices import Chat, Voice

BATCH_TOKENS = 4_096  # in one forward: their logits are what takes memory
BATCH_ROWS = 16
#: What peft says of files that are no adapter, or that of another base.
UNFIT = (OSError, ValueError, KeyError, RuntimeError, SafetensorError)
FROM_HERE: dict[str, Any] = {"is_trainable": False, "local_files_only": True}
ANSWER_TOKENS = 96  # enough to hear how somebody speaks, and to see that it never ends


class Answering:
    """Answers greedily, and tells how likely an answer is, with each adapter and without.

    `adapters` holds folders as PEFT writes them. `pause` is called before each batch, and may raise.
    """

    def __init__(
        self,
        base: Any,
        tokenizer: Any,
        chat: Chat,
        adapters: Mapping[Voice, Path],
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self._model = with_adapters(base, adapters)
        self._tokenizer, self._chat, self._pause = tokenizer, chat, pause
        self._window = int(getattr(base.config, "max_position_embeddings", BATCH_TOKENS))
        self.voices = (Voice.BASE, *adapters)
        """Who can be asked."""

    def answers(self, prompts: Sequence[Sequence[Turn]], which: Voice, *, max_tokens: int = ANSWER_TOKENS) -> list[str]:
        """Return the likeliest answer to each prompt, of at most so many tokens. The last turn is what is answered."""
        asked = [self._chat.asked(turns)[max_tokens - self._window :] for turns in prompts]
        said: dict[int, str] = {}
        with self._speaking(which), torch.inference_mode():
            for batch in batches([len(ids) + max_tokens for ids in asked]):
                self._pause()
                texts = self._generated([asked[number] for number in batch], max_tokens)
                said.update(zip(batch, texts, strict=True))
        return [said[number] for number in range(len(asked))]

    def nll(self, samples: Sequence[Sample], which: Voice) -> list[Likelihood]:
        """Return how likely the answer of each sample is, given what was said before it."""
        encoded = [self._chat.answered(sample) for sample in samples]
        found: dict[int, tuple[float, int]] = {}
        with self._speaking(which), torch.inference_mode():
            for batch in batches([len(ids) for ids, _ in encoded]):
                self._pause()
                found.update(zip(batch, self._nats([encoded[number] for number in batch]), strict=True))
        return [Likelihood(*found[number], len(sample.answer.encode())) for number, sample in enumerate(samples)]

    def _speaking(self, which: Voice) -> AbstractContextManager[Any]:
        if which is not Voice.BASE:
            self._model.set_adapter(which.value)
        elif isinstance(self._model, PeftModel):
            return self._model.disable_adapter()
        return nullcontext()

    def _generated(self, asked: Sequence[Sequence[int]], max_tokens: int) -> list[str]:
        wide = max(len(ids) for ids in asked)
        end = self._ends()
        ids = self._tensor([[end[0]] * (wide - len(one)) + list(one) for one in asked])  # what is answered stands last
        mask = self._tensor([[0] * (wide - len(one)) + [1] * len(one) for one in asked])
        bounds = {"max_new_tokens": max_tokens, "eos_token_id": end, "pad_token_id": end[0]}
        greedy = GenerationConfig(do_sample=False, **bounds)  # type: ignore[no-untyped-call]
        made = self._model.generate(input_ids=ids, attention_mask=mask, generation_config=greedy)
        texts = self._tokenizer.batch_decode(made[:, wide:], skip_special_tokens=True)
        return [text.strip() for text in texts]

    def _ends(self) -> list[int]:
        """Return the tokens that end an answer."""
        named = self._model.generation_config.eos_token_id
        several = named if isinstance(named, list) else [named]
        ends = dict.fromkeys((*several, self._tokenizer.eos_token_id))
        return [token for token in ends if token is not None] or [0]

    def _nats(self, encoded: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[tuple[float, int]]:
        wide = max(len(ids) for ids, _ in encoded)
        ids = self._tensor([[*one, *[0] * (wide - len(one))] for one, _ in encoded])
        there = self._tensor([[1] * len(one) + [0] * (wide - len(one)) for one, _ in encoded])
        answered = self._tensor([[*mask, *[0] * (wide - len(mask))] for _, mask in encoded])[:, 1:].bool()
        logits = self._model(input_ids=ids, attention_mask=there, use_cache=False).logits[:, :-1]
        of_row = answered.nonzero()[:, 0]
        each = cross_entropy(logits[answered].float(), ids[:, 1:][answered], reduction="none")
        nats = torch.zeros(len(encoded), dtype=torch.float64)  # not every device counts so exactly
        nats.index_add_(0, of_row.cpu(), each.cpu().double())
        return list(zip(nats.tolist(), answered.sum(1).tolist(), strict=True))

    def _tensor(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor(rows, dtype=torch.long, device=self._model.device)


def with_adapters(base: Any, adapters: Mapping[Voice, Path]) -> Any:
    """Return a base on which each of these adapters can be switched on, in the place of the others.

    Raises:
        AdapterDamaged: one cannot be read, or is of another base.
    """
    model = base
    for voice, folder in adapters.items():
        try:
            model = _with(model, folder, voice.value)
        except torch.OutOfMemoryError:
            raise
        except UNFIT as exc:
            raise AdapterDamaged(
                f"the adapter in {folder} does not fit the base: {exc}",
                next_step="train anew on the base that is there",
            ) from exc
    return model.eval()


def _with(model: Any, folder: Path, name: str) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # peft asks by an older name
        if not isinstance(model, PeftModel):
            return PeftModel.from_pretrained(model, str(folder), adapter_name=name, **FROM_HERE)
        model.load_adapter(str(folder), adapter_name=name, **FROM_HERE)
    return model


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of rows that are computed together: of like length, so that little of it is padding."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda one: (lengths[one], one)):
        if batch and (len(batch) == BATCH_ROWS or lengths[number] * (len(batch) + 1) > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
