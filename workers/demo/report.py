"""Judges the demo model by prompts that no dialogue holds: `python -m workers.demo.report --help`."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tasks.contracts.errors import ProcessFailed
from tasks.evolution.gguf import export_gguf
from workers.demo import DEMO_MODEL
from workers.demo.judging import Verdict, judge, scores
from workers.demo.model import PRECISION, WEIGHTS
from workers.demo.prompts import DEV, HELD_OUT, Prompt, prompts
from workers.engines.llamacpp import server_argv
from workers.supervision.leash import LEASH_FD_ENV

RECORD = WEIGHTS.with_name("PROVENANCE.md")
BEGIN, END = "<!-- report: begin -->\n", "<!-- report: end -->\n"
CONTEXT_TOKENS = 4096
MOST_TOKENS = 256
PATIENCE_S = 60.0
SEED = 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge, print the score of each kind with what went wrong, and write it down where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m workers.demo.report", description=__doc__)
    parser.add_argument("--part", choices=(DEV, HELD_OUT), default=DEV, help="which prompts (default: %(default)s)")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="a checkpoint folder, instead of the package's")
    parser.add_argument("--write", action="store_true", help=f"write it into {RECORD.name}")
    parser.add_argument(
        "--looks", type=int, default=1, help="how often these prompts were looked at, this time included"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        gguf = export_gguf(options.weights, Path(folder) / "demo.gguf", precision=PRECISION)
        with serving(gguf) as url:
            greedy = [
                answered(url, prompt, {"temperature": 0}) for prompt in track(prompts(options.part), "temperature 0")
            ]
            sampled = [answered(url, prompt, {"seed": SEED}) for prompt in track(prompts(options.part), "as shipped")]
    _show(greedy, sampled)
    if options.write:
        told = RECORD.read_text("utf-8")
        RECORD.write_text(rewritten(told, summary(greedy, sampled, options.looks)), "utf-8")


@contextlib.contextmanager
def serving(gguf: Path) -> Iterator[str]:
    """Yield the address of a llama.cpp that holds `gguf`. Raises ProcessFailed when it does not start."""
    read_end, write_end = os.pipe()
    argv = server_argv(DEMO_MODEL, gguf, context_tokens=CONTEXT_TOKENS, slots=1)
    environment = {**os.environ, LEASH_FD_ENV: str(read_end)}
    with (
        os.fdopen(write_end, "wb"),
        subprocess.Popen(
            argv, env=environment, pass_fds=[read_end], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process,
    ):
        os.close(read_end)
        assert process.stdout is not None
        ready, _, url = process.stdout.readline().strip().partition(" ")
        try:
            if ready != "ready":
                raise ProcessFailed(
                    f"llama.cpp could not load {gguf}",
                    next_step="start `python -m workers.engines.llamacpp_server` by hand to see why",
                )
            yield url
        finally:
            process.kill()


def answered(url: str, prompt: Prompt, sampling: dict[str, Any]) -> Verdict:
    """Hold the conversation that `prompt` describes, and return the verdict on its last answer."""
    turns: list[dict[str, str]] = []
    for says in (*prompt.before, prompt.says):
        turns.append({"role": "user", "content": says})
        body = {"messages": turns, "max_tokens": MOST_TOKENS, **sampling}
        reply = requests.post(f"{url}/v1/chat/completions", json=body, timeout=PATIENCE_S)
        reply.raise_for_status()
        turns.append({"role": "assistant", "content": reply.json()["choices"][0]["message"]["content"]})
    return judge(prompt, turns[-1]["content"])


def summary(greedy: list[Verdict], sampled: list[Verdict], looks: int) -> str:
    """Return what belongs into the record: the score of each kind, and every answer that was not acceptable."""
    lines = [
        f"{_good(greedy)} of {len(greedy)} answers were acceptable at temperature 0, "
        f"{_good(sampled)} of {len(sampled)} at the temperature of the file (seed {SEED}).",
        f"These prompts have been looked at {looks} time{'s' if looks > 1 else ''}.",
        "",
        "| kind | acceptable | kind | acceptable | kind | acceptable |",
        "|---|---|---|---|---|---|",
    ]
    cells = [f"{kind} | {good} of {of}" for kind, (good, of) in scores(greedy).items()]
    cells += [" | "] * (-len(cells) % 3)
    lines += [f"| {' | '.join(cells[at : at + 3])} |" for at in range(0, len(cells), 3)]
    lines += ["", "Not acceptable at temperature 0:", ""]
    lines += [
        f"- {each.prompt.kind}: {_quoted(_said(each.prompt))} got {_quoted(each.answer)}" for each in _bad(greedy)
    ]
    return "\n".join(lines) + "\n"


def rewritten(record: str, told: str) -> str:
    """Return `record` with `told` between its marks."""
    before, _, rest = record.partition(BEGIN)
    return f"{before}{BEGIN}{told}{END}{rest.partition(END)[2]}"


def _show(greedy: list[Verdict], sampled: list[Verdict]) -> None:
    console = Console()
    table = Table("kind", "temperature 0", "as shipped", box=None)
    shipped = scores(sampled)
    for kind, (good, of) in scores(greedy).items():
        table.add_row(kind, f"{good} of {of}", f"{shipped[kind][0]} of {of}", style="" if good == of else "yellow")
    table.add_row("all", f"{_good(greedy)} of {len(greedy)}", f"{_good(sampled)} of {len(sampled)}", style="bold")
    console.print(table)
    for each in _bad(greedy):
        console.print(f"\n{each.prompt.kind}: {_said(each.prompt)}", style="yellow", markup=False, highlight=False)
        console.print(f"  {each.answer}\n  {each.fault}", markup=False, highlight=False)


def _good(verdicts: list[Verdict]) -> int:
    return sum(not each.fault for each in verdicts)


def _bad(verdicts: list[Verdict]) -> list[Verdict]:
    return [each for each in verdicts if each.fault]


def _said(prompt: Prompt) -> str:
    return " / ".join((*prompt.before, prompt.says))


def _quoted(text: str) -> str:
    one_line = " ".join(text.split())
    return f"“{one_line if len(one_line) <= 90 else one_line[:87] + '…'}”"


if __name__ == "__main__":
    main()
