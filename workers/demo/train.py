"""Trains the demo model from nothing: `python -m workers.demo.train --out DIR --minutes N`."""
# This file alone needs the `training` extra, which the checks of the project do not install.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import argparse
import json
import math
import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from workers.demo.encoding import ASSISTANT, CHAT_TEMPLATE, END, END_ID, IGNORED, SPECIALS, USER, batches, texts

SEED = 7
VOCABULARY = 1536
HIDDEN = 128
LAYERS = 4
HEADS = 4
FEED_FORWARD = 352
POSITIONS = 2048

TOKENIZER_DIALOGUES = 30_000
PEAK_RATE = 3e-3
LAST_RATE = 0.02  # of the peak
WARMUP_STEPS = 60
#: Steps that are timed before their number is settled.
TIMED_STEPS = 40
WEIGHT_DECAY = 0.05
BETAS = (0.9, 0.98)
#: How much of the loss shown is that of the last step.
LOSS_SHARE = 0.02
#: Answers are whole sentences learnt by heart: little is won by chance in the middle of one.
TEMPERATURE = 0.3


@dataclass
class Run:
    """What a training was, for the record beside the weights."""

    seed: int
    steps: int = 0
    tokens: int = 0
    dialogues: int = 0
    loss: float = math.nan
    cpu_s: float = 0.0
    parameters: int = 0
    device: str = ""
    python: str = field(default_factory=platform.python_version)
    torch: str = torch.__version__
    transformers: str = transformers.__version__


def main() -> None:
    """Train, and leave a checkpoint folder with the record of its training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=12.0, help="roughly how long")
    parser.add_argument("--steps", type=int, default=0, help="exactly how many steps, instead of --minutes")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)  # a model this small gains nothing from more, and equal runs stay equal
    tokenizer = new_tokenizer(options.seed)
    model = new_model(len(tokenizer)).to("cuda" if torch.cuda.is_available() else "cpu")
    run = train(model, tokenizer, Run(options.seed), minutes=options.minutes, steps=options.steps)
    save(model, tokenizer, run, options.out)


def new_tokenizer(seed: int) -> Any:
    """Return a byte-level BPE tokenizer made from the dialogues themselves."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=list(SPECIALS),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(seed, TOKENIZER_DIALOGUES), trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        pad_token=END,
        additional_special_tokens=[USER, ASSISTANT],
        chat_template=CHAT_TEMPLATE,
        model_max_length=POSITIONS,
        clean_up_tokenization_spaces=False,
    )


def new_model(vocabulary: int) -> Any:
    """Return an untrained Llama of the size at the top of this file."""
    config = transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=HIDDEN,
        intermediate_size=FEED_FORWARD,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=POSITIONS,
        tie_word_embeddings=True,
        bos_token_id=END_ID,
        eos_token_id=END_ID,
        pad_token_id=END_ID,
    )
    return transformers.LlamaForCausalLM(config)


def train(model: Any, tokenizer: Any, run: Run, *, minutes: float, steps: int) -> Run:
    """Train for `steps`, or for as many as fit into `minutes`, and return `run` with what was done."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, betas=BETAS, weight_decay=WEIGHT_DECAY)
    total = steps
    started = time.monotonic()
    model.train()
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()) as progress:
        bar = progress.add_task("training", total=total or None)
        for batch in batches(_tokenize_with(tokenizer), run.seed + 1):
            for group in optimizer.param_groups:
                group["lr"] = PEAK_RATE * rate(run.steps, total)
            _count(run, _step(model, optimizer, [each.ids for each in batch], [each.labels for each in batch]), batch)
            if not total and run.steps == TIMED_STEPS:
                total = max(TIMED_STEPS + 1, int(minutes * 60 * TIMED_STEPS / (time.monotonic() - started)))
            progress.update(bar, completed=run.steps, total=total or None, description=f"loss {run.loss:.3f}")
            if run.steps == total:
                break
    run.loss = round(run.loss, 4)
    run.cpu_s = round(time.process_time(), 1)
    run.parameters = sum(each.numel() for each in model.parameters())
    run.device = str(model.device)
    return run


def rate(step: int, total: int) -> float:
    """Return the share of the peak rate: up at first, then down along a cosine to the end at `total`."""
    if step < WARMUP_STEPS or not total:
        return min(1.0, (step + 1) / WARMUP_STEPS)
    done = (step - WARMUP_STEPS) / max(1, total - WARMUP_STEPS)
    return LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def save(model: Any, tokenizer: Any, run: Run, out: Path) -> None:
    """Write the checkpoint folder with half-precision weights, and `training.json` beside them."""
    model.generation_config.update(do_sample=True, temperature=TEMPERATURE)
    model.half().save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "training.json").write_text(json.dumps(asdict(run), indent=2) + "\n", "utf-8")


def _tokenize_with(tokenizer: Any) -> Any:
    backend = tokenizer.backend_tokenizer
    return lambda text: backend.encode(text, add_special_tokens=False).ids


def _step(model: Any, optimizer: Any, ids: list[list[int]], labels: list[list[int]]) -> float:
    """Learn from one batch and return its loss."""
    # No attention mask: padding stands at the end, where a causal model cannot look, and has no label.
    inputs, wanted = torch.tensor(ids, device=model.device), torch.tensor(labels, device=model.device)[:, 1:]
    states = model.model(input_ids=inputs, use_cache=False).last_hidden_state[:, :-1]
    counted = wanted != IGNORED
    loss = torch.nn.functional.cross_entropy(model.lm_head(states[counted]), wanted[counted])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def _count(run: Run, loss: float, batch: list[Any]) -> None:
    run.steps += 1
    run.dialogues += len(batch)
    run.tokens += sum(len(each.ids) for each in batch)
    run.loss = loss if math.isnan(run.loss) else (1 - LOSS_SHARE) * run.loss + LOSS_SHARE * loss


if __name__ == "__main__":
    main()
