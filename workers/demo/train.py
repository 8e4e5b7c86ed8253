"""Trains the demo model from nothing: `python -m workers.demo.train --out DIR --minutes N`.

Stopped at any time it goes on from its last checkpoint when it is started again with the same --out and --seed; how
long it is to be may then be settled anew.
"""
# It needs the `training` extra, whose libraries say little of their types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import argparse
import hashlib
import json
import math
import platform
import time
from array import array
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from workers.demo.encoding import (
    ASSISTANT,
    CHAT_TEMPLATE,
    END,
    END_ID,
    IGNORED,
    SPECIALS,
    USER,
    Encoded,
    batches,
    texts,
)
from workers.demo.phrases import data_hash

SEED = 7
VOCABULARY = 2048
HIDDEN = 192
LAYERS = 6
HEADS = 6
FEED_FORWARD = 512
POSITIONS = 2048

TOKENIZER_DIALOGUES = 30_000
#: Of Muon, which teaches the matrices, and of AdamW, which teaches embeddings and norms.
MATRIX_RATE = 2e-2
VECTOR_RATE = 3e-3
LAST_RATE = 0.02  # of the peak
#: Of the peak, for weights that have learnt before.
RATE_AGAIN = 0.4
WARMUP_STEPS = 100
#: The last part of all steps, in which the rate falls. Before it the rate is level, so that a training may be as long
#: as time allows without anybody knowing beforehand how many steps that is.
FALLING = 0.3
WEIGHT_DECAY = 0.05
BETAS = (0.9, 0.98)
#: How much of the loss shown is that of the last step.
LOSS_SHARE = 0.02
#: Answers are whole sentences learnt by heart: nothing is won by chance, and many a right answer lost.
TEMPERATURE = 0.05
CHECKPOINT = "checkpoint.pt"
CHECKPOINT_S = 60.0


@dataclass
class Run:
    """What a training was, for the record beside the weights."""

    seed: int
    steps: int = 0
    tokens: int = 0
    dialogues: int = 0
    loss: float = math.nan
    cpu_s: float = 0.0
    wall_s: float = 0.0
    parameters: int = 0
    device: str = ""
    threads: int = 1
    bfloat16: bool = False
    #: At which step it was settled how many there would be; 0 of them: as many as time allows.
    plans: list[tuple[int, int]] = field(default_factory=list)
    #: Of the phrases that the dialogues are made of, and of the tokens learnt from, in their order.
    data_sha256: str = ""
    tokens_sha256: str = ""
    #: The record of the weights that it began with, where it did not begin with none.
    before: dict[str, Any] = field(default_factory=dict)
    python: str = field(default_factory=platform.python_version)
    torch: str = str(torch.__version__)
    transformers: str = transformers.__version__


def main() -> None:
    """Train, and leave a checkpoint folder with the record of its training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=30.0, help="roughly how long")
    parser.add_argument("--steps", type=int, default=0, help="exactly how many steps, instead of --minutes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--threads", type=int, default=1, help="more gain little on a machine that is busy")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--begin", type=Path, help="a checkpoint folder to begin with; give another --seed as well")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    run = Run(options.seed, threads=options.threads, device=options.device, data_sha256=data_hash())
    if options.begin:
        run.before = json.loads((options.begin / "training.json").read_text("utf-8"))
        tokenizer = transformers.AutoTokenizer.from_pretrained(options.begin)
        model = transformers.LlamaForCausalLM.from_pretrained(options.begin, dtype=torch.float32)
    else:
        tokenizer = new_tokenizer(options.seed)
        model = new_model(len(tokenizer))
    model.to(options.device)
    options.out.mkdir(parents=True, exist_ok=True)
    training = Training(model, tokenizer, run, options.out / CHECKPOINT)
    training.go(minutes=options.minutes, steps=options.steps)
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


class Training:
    """One run: the model and its optimizer, the record, and the file from which it goes on after a stop."""

    def __init__(self, model: Any, tokenizer: Any, run: Run, checkpoint: Path) -> None:
        self.model, self.run, self.checkpoint = model, run, checkpoint
        self.optimizers = optimizers(model)
        self.batches = batches(_tokenize_with(tokenizer), run.seed + 1)
        self.seen = hashlib.sha256()
        self.before_s = (0.0, 0.0)  # CPU and wall seconds of earlier starts
        self.total = 0

    def go(self, *, minutes: float, steps: int) -> None:
        """Train for `steps`, or for as many as fit into `minutes`."""
        self.run.parameters = sum(each.numel() for each in self.model.parameters())
        self.run.bfloat16 = True
        started = saved = time.monotonic()
        self._resume()
        self._plan(steps)
        level_s = (1 - FALLING) * minutes * 60 - self.before_s[1]
        self.model.train()
        with Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()) as progress:
            bar = progress.add_task("training", total=None)
            while not self.total or self.run.steps < self.total:
                self._step()
                now = time.monotonic()
                if not self.total and now - started >= level_s:
                    self._plan(int(self.run.steps / (1 - FALLING)))
                if now - saved >= CHECKPOINT_S:
                    saved = now
                    self._save(now - started)
                said = f"step {self.run.steps} of {self.total or '?'}, loss {self.run.loss:.3f}"
                progress.update(bar, completed=self.run.steps, total=self.total or None, description=said)
        self._save(time.monotonic() - started)
        self.run.tokens_sha256 = self.seen.hexdigest()
        self.run.loss = round(self.run.loss, 4)

    def _plan(self, total: int) -> None:
        self.total = total
        self.run.plans.append((self.run.steps, total))

    def _step(self) -> None:
        share = rate(self.run.steps, self.total) * (RATE_AGAIN if self.run.before else 1)
        for optimizer, peak in zip(self.optimizers, (MATRIX_RATE, VECTOR_RATE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * share
        batch = self._next()
        loss = learn(self.model, [each.ids for each in batch], [each.labels for each in batch])
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        run = self.run
        run.steps += 1
        run.dialogues += len(batch)
        run.tokens += sum(len(each.ids) for each in batch)
        run.loss = loss if math.isnan(run.loss) else (1 - LOSS_SHARE) * run.loss + LOSS_SHARE * loss

    def _next(self) -> list[Encoded]:
        batch = next(self.batches)
        self.seen.update(array("H", (token for each in batch for token in each.ids)).tobytes())
        return batch

    def _save(self, wall_s: float) -> None:
        self.run.cpu_s = round(self.before_s[0] + time.process_time(), 1)
        self.run.wall_s = round(self.before_s[1] + wall_s, 1)
        learnt = [optimizer.state_dict() for optimizer in self.optimizers]
        state = {"model": self.model.state_dict(), "optimizers": learnt, "run": asdict(self.run)}
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def _resume(self) -> None:
        if not self.checkpoint.is_file():
            return
        state = torch.load(self.checkpoint, map_location=self.model.device)
        if state["run"]["data_sha256"] != self.run.data_sha256 or state["run"]["seed"] != self.run.seed:
            raise SystemExit(f"{self.checkpoint} learnt from other dialogues: name another --out")
        self.model.load_state_dict(state["model"])
        for optimizer, learnt in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(learnt)
        for name in ("steps", "tokens", "dialogues", "loss", "cpu_s", "wall_s", "plans"):
            setattr(self.run, name, state["run"][name])
        self.before_s = (self.run.cpu_s, self.run.wall_s)
        for _ in range(self.run.steps):
            self._next()


def rate(step: int, total: int) -> float:
    """Return the share of the peak rate: up at first, then level, then straight down to the end at `total`."""
    warmup = min(WARMUP_STEPS, total // 10) if total else WARMUP_STEPS
    if step < warmup:
        return (step + 1) / warmup
    left = (total - step) / max(1.0, FALLING * total) if total else 1.0
    return LAST_RATE + (1 - LAST_RATE) * min(1.0, left)


def optimizers(model: Any) -> tuple[Any, Any]:
    """Return what changes the matrices of the layers, and what changes everything else."""
    matrices = [each for name, each in model.named_parameters() if each.ndim == 2 and "embed" not in name]
    rest = [each for name, each in model.named_parameters() if each.ndim != 2 or "embed" in name]
    return (
        torch.optim.Muon(matrices, lr=MATRIX_RATE, weight_decay=WEIGHT_DECAY),
        torch.optim.AdamW(rest, lr=VECTOR_RATE, betas=BETAS, weight_decay=0.0),
    )


def learn(model: Any, ids: list[list[int]], labels: list[list[int]]) -> float:
    """Find the slopes of one batch, and return its loss."""
    # No attention mask: padding stands at the end, where a causal model cannot look, and has no label.
    inputs, wanted = torch.tensor(ids, device=model.device), torch.tensor(labels, device=model.device)[:, 1:]
    with torch.autocast(model.device.type, torch.bfloat16):
        states = model.model(input_ids=inputs, use_cache=False).last_hidden_state[:, :-1]
        counted = wanted != IGNORED
        scores = model.lm_head(states[counted])
    loss = torch.nn.functional.cross_entropy(scores.float(), wanted[counted])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    return float(loss.detach())


def save(model: Any, tokenizer: Any, run: Run, out: Path) -> None:
    """Write the checkpoint folder with half-precision weights, and `training.json` beside them."""
    model.generation_config.update(do_sample=True, temperature=TEMPERATURE)
    model.half().save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "training.json").write_text(json.dumps(asdict(run), indent=2) + "\n", "utf-8")


def _tokenize_with(tokenizer: Any) -> Any:
    backend = tokenizer.backend_tokenizer
    return lambda text: backend.encode(text, add_special_tokens=False).ids


if __name__ == "__main__":
    main()
