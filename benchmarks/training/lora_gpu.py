"""How fast a night's training is on a GPU, on Llamas of 1, 3 and 8 billion numbers, all of them random.

A LoRA of rank 16 on q, k, v and o is trained for a few steps, in bf16 and in 4 bits, on samples of 512 and 2048 tokens.
*Utilisation* is the share of the device's peak that went into the work: four operations for each number of the base and
each token, six where layers are computed twice to save memory; attention itself is not counted. Tokens are those that
are no padding, peaks those of the makers. A training that is killed has to come to the same bits as one that is not.
It needs CUDA, and a tiny model on a CPU runs all of its code: `python -m benchmarks.training.lora_gpu --tiny`.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import PERCENT, Figure, Findings, Goal, Grid, Tell
from benchmarks.training.killed import same_bits
from benchmarks.training.shapes import Case, Laid, Outcome, cases, peak_tflops, utilisation
from tasks.contracts.errors import ConfigurationError, RookeryError
from tasks.training.lora.device import GIB, Kind
from tasks.training.lora.offline import stay_offline

SIZES, TINY = ("1B", "3B", "8B"), "tiny"
TINY_CASES = (
    Case(TINY, "float32", 32, batch=2),
    Case(TINY, "float32", 32, batch=2, saving=True),
    Case(TINY, "float32", 64, batch=2, laid=Laid.PADDED),
    Case(TINY, "float32", 64, batch=2, laid=Laid.PACKED),
)
NIGHT_TOKENS = 1_000_000
MINUTE_S = 60.0
NIGHT, CAPPED, BUSY = Goal.most(5.0, moonshot=3.0), Goal.most(15.0), Goal.least(40.0, moonshot=50.0)
MEASURED = "8B"  # what the goals are about
COLUMNS = ("training", "tokens/s", "utilisation", "most memory, GiB", "loaded in, s")
BITSANDBYTES = "bitsandbytes"


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what trainings cost. Raises ConfigurationError where there is no CUDA; `quick` needs none."""
    return measured(tell, TINY_CASES if quick else tuple(cases(SIZES)), tiny=quick)


def measured(tell: Tell, wanted: Sequence[Case], *, tiny: bool, peak: float | None = None) -> Findings:
    """Return what these cases cost; `peak` is that of the device in TFLOP/s, where its name does not say it."""
    if missing := [name for name in ("torch", "transformers", "peft") if importlib.util.find_spec(name) is None]:
        raise ConfigurationError(
            f"this needs packages that are not installed: {', '.join(missing)}",
            next_step=".venv/bin/pip install -e '.[training]'",
        )
    stay_offline()
    from benchmarks.training.trial import STEPS, Stand, trial, write_random  # noqa: PLC0415  # seconds

    kind, name, memory_gib = _found(tiny=tiny)
    stand = Stand(kind, name, memory_gib, steps=2 if tiny else STEPS)
    able = [case for case in wanted if case.weights != "nf4" or importlib.util.find_spec(BITSANDBYTES)]
    outcomes, sizes = [], list(dict.fromkeys(case.size for case in able))
    with tempfile.TemporaryDirectory(prefix="rookery-lora-") as scratch:
        for number, size in enumerate(sizes):
            tell(number / len(sizes), f"{size} is written")
            folder = Path(scratch) / size
            write_random(size, folder, kind)
            for case in (each for each in able if each.size == size):
                tell(number / len(sizes), case.words)
                outcomes.append(trial(folder, case, stand))
        tell(0.95, "one training is killed")
        same = same_bits(Path(scratch) / sizes[0], Path(scratch))
    left_out = [case for case in wanted if case not in able]
    return findings(outcomes, left_out, name, peak or peak_tflops(name), same=same)


def findings(
    outcomes: Sequence[Outcome], left_out: Sequence[Case], device: str, peak: float | None, *, same: bool
) -> Findings:
    """Return outcomes as figures with their goals, and as a table; `left_out` needs a library that is missing."""
    rows = [_row(outcome, peak) for outcome in outcomes]
    rows += [(case.words, f"needs {BITSANDBYTES}", "", "", "") for case in left_out]
    figures = [Figure(name="killed and gone on with: the same bits", value=float(same), goal=Goal.least(1.0))]
    of_goals = [each for each in outcomes if each.case.size == MEASURED and each.tokens_per_s]
    if free := [each for each in of_goals if not each.case.cap_gib]:
        figures.append(_night(max(free, key=lambda each: each.tokens_per_s), NIGHT, "a night of 1 M tokens on 8B"))
        if shares := [share for each in free if (share := utilisation(each, peak)) is not None]:
            figures.append(Figure(name="utilisation on 8B", value=max(shares) * PERCENT, unit="%", goal=BUSY))
    if capped := [each for each in of_goals if each.case.cap_gib]:
        best = max(capped, key=lambda each: each.tokens_per_s)
        figures.append(_night(best, CAPPED, f"the same within {best.case.cap_gib:g} GiB"))
    title = f"{device}, {f'{peak:g} TFLOP/s at most' if peak else 'whose peak is not known'}"
    return Findings(figures=tuple(figures), grids=(Grid(title=title, columns=COLUMNS, rows=tuple(rows)),))


def _row(outcome: Outcome, peak: float | None) -> tuple[str, ...]:
    if not outcome.tokens_per_s:
        return (outcome.case.words, "does not fit", "", "", "")
    share = utilisation(outcome, peak)
    return (
        outcome.case.words,
        f"{outcome.tokens_per_s:,.0f}",
        f"{share:.0%}" if share is not None else "",
        f"{outcome.peak_gib:.1f}" if outcome.peak_gib else "",
        f"{outcome.load_s:.1f}",
    )


def _night(outcome: Outcome, goal: Goal, name: str) -> Figure:
    return Figure(name=name, value=NIGHT_TOKENS / outcome.tokens_per_s / MINUTE_S, unit="min", goal=goal)


def _found(*, tiny: bool) -> tuple[Kind, str, float]:
    import torch  # noqa: PLC0415  # seconds

    if torch.cuda.is_available():
        whole = torch.cuda.get_device_properties(0).total_memory / GIB
        return Kind.CUDA, torch.cuda.get_device_name(), whole
    if tiny:
        return Kind.CPU, "CPU", 0.0
    raise ConfigurationError(
        "there is no CUDA device here, and this measures one",
        next_step="run it where there is an NVIDIA GPU, or with --tiny to see on a CPU that it works",
    )


def main(words: Sequence[str] | None = None) -> int:
    """Measure what the command line names, print the table, and write JSON; return 0 when it could be measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tiny", action="store_true", help="a tiny model, on whatever is here")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument(
        "--peak", type=float, help="of the device, in TFLOP/s of dense bf16, where it is not known here"
    )
    parser.add_argument("--json", type=Path, default=Path("lora_gpu.json"), help="where figures go")
    options = parser.parse_args(words)
    console = Console()
    wanted = TINY_CASES if options.tiny else tuple(cases(options.sizes))
    try:
        found = measured(
            lambda _part, what: console.print(f"[dim]{what}[/dim]"), wanted, tiny=options.tiny, peak=options.peak
        )
    except RookeryError as exc:
        console.print(f"[red]{exc}[/red]")
        return 1
    options.json.write_text(found.model_dump_json(indent=1) + "\n", "utf-8")
    for grid in found.grids:
        table = Table(*grid.columns, title=grid.title, title_justify="left", show_edge=False)
        for row in grid.rows:
            table.add_row(*row)
        console.print(table)
    for figure in found.figures:
        verdict = f" ({figure.goal.words()}: {figure.goal.verdict(figure.value)})" if figure.goal else ""
        console.print(f"{figure.name}: {figure.value:g} {figure.unit}{verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
