"""A training learns, ends when it has to, and comes to the same bits however often it is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.sections import Training
from tasks.training.lora import checkpoints
from tasks.training.lora.bases import Base
from tasks.training.lora.checkpoints import SEAL, End
from tasks.training.lora.figures import Point, points
from tasks.training.runs.folder import CHECKPOINTS, CURVE_FILE
from tasks.training.runs.spec import Interrupted

if TYPE_CHECKING:
    from tasks.training.lora.checkpoints import Checkpoint

STEPS = 12
KILLS = 20


@pytest.fixture(scope="module")
def undisturbed(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    from tests.tasks.training.lora.tiny_base import lesson, taught

    return taught(lesson(base, tmp_path_factory.mktemp("undisturbed")))


def test_a_fixed_pattern_is_learned(base: Base, undisturbed: Checkpoint) -> None:
    from tests.tasks.training.lora.tiny_base import untaught_loss

    judged = [point.eval_loss for point in curve(undisturbed) if point.eval_loss is not None]
    assert undisturbed.seal.end is End.DONE
    assert undisturbed.seal.step == STEPS
    assert len(judged) == 3  # once an epoch
    assert judged[-1] < 0.8 * untaught_loss(base)
    assert judged[-1] < judged[0]


def test_whoever_looks_while_it_trains_sees_its_losses_until_then(
    base: Base, tmp_path: Path, undisturbed: Checkpoint
) -> None:
    seen: list[dict[str, float]] = []

    def look() -> None:
        seen.extend(json.loads((tmp_path / CHECKPOINTS / CURVE_FILE).read_text()))

    gone_on_with(base, tmp_path, at_step(7, look))
    whole = [point.model_dump(exclude_none=True) for point in curve(undisturbed)]
    assert 1 < len(seen) < len(whole)
    assert seen == whole[: len(seen)]


def test_a_training_killed_in_a_step_comes_to_the_same_bits(
    base: Base, tmp_path: Path, undisturbed: Checkpoint
) -> None:
    killed(base, tmp_path, say=at_step(7, die))
    assert gone_on_with(base, tmp_path) == learned(undisturbed)


def test_a_training_killed_while_it_writes_a_checkpoint_comes_to_the_same_bits(
    base: Base, tmp_path: Path, undisturbed: Checkpoint
) -> None:
    sealed = checkpoints.seal

    def torn(folder: Path, spent_s: float, end: End = End.NOT) -> Checkpoint:
        if folder.name == "checkpoint-5":
            (folder / "optimizer.pt").write_bytes((folder / "optimizer.pt").read_bytes()[:100])
            die()
        return sealed(folder, spent_s, end)

    killed(base, tmp_path, seal=torn)
    assert gone_on_with(base, tmp_path) == learned(undisturbed)


def test_a_training_killed_at_its_end_is_not_begun_again(base: Base, tmp_path: Path, undisturbed: Checkpoint) -> None:
    def at_the_end(root: Path) -> None:
        if (root / f"checkpoint-{STEPS}" / SEAL).exists():
            die()

    killed(base, tmp_path, prune=at_the_end)
    said: list[str] = []
    assert gone_on_with(base, tmp_path, lambda words, _: said.append(words)) == learned(undisturbed)
    assert said == []


@pytest.mark.slow
def test_twenty_kills_at_any_moment_change_nothing(base: Base, tmp_path: Path, undisturbed: Checkpoint) -> None:
    from tests.tasks.training.lora.tiny_base import lesson, taught

    rng = random.Random(8)
    took_s = undisturbed.seal.spent_s
    for number in range(KILLS):
        out = tmp_path / str(number)
        for _ in range(3):
            child = forked(lambda out=out: taught(lesson(base, out)))
            time.sleep(rng.random() * took_s)  # any moment is as good
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert gone_on_with(base, out) == learned(undisturbed), number


def test_a_worker_that_is_to_end_keeps_a_checkpoint_and_goes_on_to_the_same_bits(
    base: Base, tmp_path: Path, undisturbed: Checkpoint
) -> None:
    from tests.tasks.training.lora.tiny_base import lesson, taught

    ending = threading.Event()
    with pytest.raises(Interrupted):
        taught(lesson(base, tmp_path), at_step(5, ending.set), ending=ending)
    kept = checkpoints.latest(tmp_path / "checkpoints")
    assert kept is not None
    assert (kept.seal.step, kept.seal.end) == (5, End.NOT)
    assert gone_on_with(base, tmp_path) == learned(undisturbed)


def test_time_that_is_up_ends_a_training_with_what_it_learned(base: Base, tmp_path: Path) -> None:
    from tests.tasks.training.lora.tiny_base import lesson, taught

    now_s = [0.0]

    def tick(_words: str, _share: float) -> None:
        now_s[0] += 10.0

    ended = taught(lesson(base, tmp_path), tick, budget_s=35.0, clock=lambda: now_s[0])
    assert (ended.seal.step, ended.seal.end) == (4, End.BUDGET)
    again = taught(lesson(base, tmp_path), tick, budget_s=35.0, clock=lambda: now_s[0])
    assert learned(again) == learned(ended)


def test_a_damaged_base_is_told_in_words(base: Base, tmp_path: Path) -> None:
    from tests.tasks.training.lora.tiny_base import lesson, taught

    gone = base.model_copy(update={"folder": str(tmp_path / "gone")})
    with pytest.raises(ConfigurationError, match="could not be loaded for training"):
        taught(lesson(gone, tmp_path / "out"))


def test_what_the_trainer_is_told_is_what_it_knows(tmp_path: Path) -> None:
    import transformers

    from tasks.training.lora.plan import plan, trainer_settings
    from tests.tasks.training.lora.tiny_base import CPU

    known = transformers.TrainingArguments(
        **trainer_settings(plan(100, Training(), 10**9), Training(), CPU, tmp_path, judged=True)
    )
    assert (known.use_cpu, known.optim, known.seed, known.data_seed) == (True, "adamw_torch", 0, 0)
    assert not known.bf16
    assert known.report_to == []


def curve(checkpoint: Checkpoint) -> tuple[Point, ...]:
    return points(json.loads((checkpoint.folder / "trainer_state.json").read_text())["log_history"])


def learned(checkpoint: Checkpoint) -> str:
    return checkpoint.seal.files["adapter_model.safetensors"]


def gone_on_with(base: Base, out: Path, say: Callable[[str, float], None] = lambda *_: None) -> str:
    from tests.tasks.training.lora.tiny_base import lesson, taught

    return learned(taught(lesson(base, out), say))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_step(step: int, then: Callable[[], object]) -> Callable[[str, float], None]:
    def say(words: str, _share: float) -> None:
        if words.startswith(f"step {step} "):
            then()

    return say


def killed(base: Base, out: Path, say: Callable[[str, float], None] = lambda *_: None, **instead: object) -> None:
    """Teach in a process that dies of SIGKILL; `instead` are other functions of the checkpoints in it."""
    from tests.tasks.training.lora.tiny_base import lesson, taught

    def doomed() -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            for name, function in instead.items():
                monkeypatch.setattr(checkpoints, name, function)
            taught(lesson(base, out), say)

    _, status = os.waitpid(forked(doomed), 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def forked(work: Callable[[], object]) -> int:
    """Do it in a child that has all libraries already, and return its process id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return child
