"""Trains in a process of its own, which may be told to die: `python -m benchmarks.training.killed BASE OUT STEP`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from benchmarks.stage import ROOT
from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.sections import Training

STEPS, DIES_AT = 12, 7
SAMPLES, TOKENS = 24, 64
NEVER = 0
TIMEOUT_S = 1_800.0


def same_bits(base: Path, folder: Path) -> bool:
    """Return whether a training that is killed and goes on comes to the same adapter as one that is not.

    Raises ProcessFailed where one of them cannot be trained at all.
    """
    whole = _learned(base, folder / "whole", NEVER)
    _run(base, folder / "killed", DIES_AT, dies=True)
    return _learned(base, folder / "killed", NEVER) == whole


def _learned(base: Path, out: Path, dies_at: int) -> str:
    _run(base, out, dies_at, dies=False)
    return file_sha256(out / "checkpoints" / f"checkpoint-{STEPS}" / "adapter_model.safetensors")


def _run(base: Path, out: Path, dies_at: int, *, dies: bool) -> None:
    argv = [sys.executable, "-m", "benchmarks.training.killed", str(base), str(out), str(dies_at)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if (done.returncode == -signal.SIGKILL) is not dies:
        raise ProcessFailed(f"a training ended with {done.returncode}: {done.stderr[-500:]}")


def main() -> None:
    """Train, and die at a step."""
    from tasks.training.lora.bases import read_base  # noqa: PLC0415
    from tasks.training.lora.device import decide  # noqa: PLC0415
    from tasks.training.lora.finding import find  # noqa: PLC0415
    from tasks.training.lora.offline import stay_offline  # noqa: PLC0415

    stay_offline()
    from tasks.training.lora.teaching import Lesson, teach  # noqa: PLC0415
    from tasks.training.lora.watch import Looking  # noqa: PLC0415

    folder, out, dies_at = sys.argv[1:]
    training = Training(batch=2, accumulate=1, epochs=1, min_steps=0, max_tokens=TOKENS)
    base = read_base("random", Path(folder))
    ids = [[(number * 7 + place * 3) % base.vocabulary for place in range(TOKENS)] for number in range(SAMPLES)]
    samples = [{"input_ids": each, "labels": each} for each in ids]
    lesson = Lesson(base, decide(find(), base, training), training, samples, [], 0, Path(out))

    def say(words: str, _share: float) -> None:
        if words.startswith(f"step {dies_at} "):
            os.kill(os.getpid(), signal.SIGKILL)

    teach(lesson, Looking(say, threading.Event(), TIMEOUT_S))


if __name__ == "__main__":
    main()
