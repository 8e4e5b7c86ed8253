"""What a base is trained on, and how: decided by us from what is there, and never left to a library's guess. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from tasks.contracts.messages import Value
from tasks.contracts.sections import Training
from tasks.training.lora.bases import INNER, TARGETS, Base, targets_of

GIB = 1 << 30
#: What CUDA itself, its kernels and a memory that is never filled to the last byte take.
CUDA_ITSELF_GIB = 1.0
#: Bytes of one number. In four bits two share a byte, and their scales take a little more.
BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "nf4": 0.56}
#: An adapter's number with its slope and the two averages of AdamW, each in single precision.
LEARNING_BYTES = 16
#: What the way back needs of the way there, as multiples of a layer's width and of its inner width, per token.
KEPT_HIDDEN, KEPT_INNER = 18, 6
#: Of every score of the vocabulary: as it was computed, in single precision, and its slope.
SCORE_BYTES = 10
#: Of what an estimate said, what there can have been at most where it did not fit.
SHY = 0.9
MOST_THREADS = 2  # whoever answers people has the others
#: Numbers of a base for which a second thread is worth its while: those of a smaller one mostly wait for each other,
#: and burn ten times the time of one where the machine is busy.
WORTH_THREADS = 100_000_000

ADAMW, PAGED = "adamw_torch", "paged_adamw_8bit"


class Kind(StrEnum):
    """What computes."""

    CUDA = "cuda"
    MPS = "mps"
    CPU = "cpu"


@dataclass(frozen=True, slots=True)
class Found:
    """What this machine has to train on."""

    kind: Kind
    name: str
    free_gib: float
    """Of its memory; on a Mac that of the machine."""
    memory_gib: float
    """Free in the machine itself."""
    cores: int = 1
    bf16: bool = False
    bitsandbytes: bool = False


class Device(Value):
    """What is trained on, and how."""

    kind: Kind
    name: str
    weights: Literal["float32", "bfloat16", "float16", "nf4"]
    """How the base lies in memory; an adapter is always in single precision."""
    compute: Literal["float32", "bfloat16", "float16"]
    """What is computed in; for `float16` its scale is minded."""
    optimizer: Literal["adamw_torch", "paged_adamw_8bit"] = "adamw_torch"
    checkpointing: bool = False
    """Whether what layers come to is computed a second time on the way back, instead of kept: a third slower."""
    threads: int = 1
    needs_gib: float = 0.0
    """As estimated."""
    warnings: tuple[str, ...] = ()
    """What was wished for and could not be, in words."""


def decide(found: Found, base: Base, training: Training) -> Device:
    """Return how a base is trained on what was found. Where nothing fits it is tried on the CPU, and said so."""
    if found.kind is Kind.CUDA:
        return _on_cuda(found, base, training)
    if found.kind is Kind.MPS:
        return _plainly(found, base, training, found.free_gib)
    return _plainly(found, base, training, found.memory_gib)


def tighter(device: Device, found: Found, base: Base, training: Training) -> Device:
    """Return how to go on where what was decided took more memory than was there: in less of it, or on the CPU."""
    return decide(replace(found, free_gib=min(found.free_gib, SHY * device.needs_gib)), base, training)


def needs_gib(base: Base, training: Training, weights: str, *, checkpointing: bool) -> float:
    """Return the estimate of what training takes, in GiB."""
    tokens = training.batch * min(training.max_tokens, base.context_tokens)
    number = BYTES["bfloat16" if weights == "nf4" else weights]
    layer = tokens * number * (KEPT_HIDDEN * base.hidden + KEPT_INNER * base.inner)
    kept = layer + tokens * number * base.hidden * base.layers if checkpointing else layer * base.layers
    scores = tokens * base.vocabulary * SCORE_BYTES
    learned = adapter_numbers(base, training) * LEARNING_BYTES
    unquantised = 2 * base.vocabulary * base.hidden * number if weights == "nf4" else 0.0
    return (base.parameters * BYTES[weights] + unquantised + kept + scores + learned) / GIB


def adapter_numbers(base: Base, training: Training) -> int:
    """Return the most numbers that an adapter of a base has: fewer where heads share keys and values."""
    inner = sum(name in INNER for name in targets_of(base, training.targets))
    return training.rank * base.layers * (2 * base.hidden * len(TARGETS) + (base.hidden + base.inner) * inner)


def _on_cuda(found: Found, base: Base, training: Training) -> Device:
    half: Literal["bfloat16", "float16"] = "bfloat16" if found.bf16 else "float16"
    room = min(found.free_gib, training.memory_gib or found.free_gib) - CUDA_ITSELF_GIB
    easy, tight = (needs_gib(base, training, half, checkpointing=saving) for saving in (False, True))
    if easy <= room:
        return Device(kind=found.kind, name=found.name, weights=half, compute=half, needs_gib=easy)
    paged: Literal["adamw_torch", "paged_adamw_8bit"] = "paged_adamw_8bit" if found.bitsandbytes else "adamw_torch"
    if tight <= room:
        return Device(
            kind=found.kind,
            name=found.name,
            weights=half,
            compute=half,
            optimizer=paged,
            checkpointing=True,
            needs_gib=tight,
        )
    quantised = needs_gib(base, training, "nf4", checkpointing=True)
    if found.bitsandbytes and quantised <= room:
        return Device(
            kind=found.kind,
            name=found.name,
            weights="nf4",
            compute=half,
            optimizer=paged,
            checkpointing=True,
            needs_gib=quantised,
        )
    said = f"{base.model} takes about {tight:.1f} GiB in 16 bits, and {room:.1f} GiB of {found.name} are free"
    if not found.bitsandbytes and quantised <= room:
        said += f"; in 4 bits it would take {quantised:.1f}, for which bitsandbytes has to be installed"
    return _plainly(found, base, training, found.memory_gib, f"{said}: it is trained on the CPU")


def _plainly(found: Found, base: Base, training: Training, room: float, *said: str) -> Device:
    """Return training without any trick: in single precision, or where that does not fit in half of it."""
    kind = Kind.CPU if said else found.kind
    name = "CPU" if said else found.name
    threads = min(MOST_THREADS, found.cores) if kind is Kind.CPU and base.parameters >= WORTH_THREADS else 1
    whole = needs_gib(base, training, "float32", checkpointing=False)
    if whole <= room:
        return Device(
            kind=kind,
            name=name,
            weights="float32",
            compute="float32",
            threads=threads,
            needs_gib=whole,
            warnings=said,
        )
    half = needs_gib(base, training, "bfloat16", checkpointing=True)
    wish = f"{base.model} takes about {whole:.1f} GiB in 32 bits, and {room:.1f} GiB are free: it is trained in 16 bits"
    if half > room:
        wish += f", and even that takes about {half:.1f} GiB"
    return Device(
        kind=kind,
        name=name,
        weights="bfloat16",
        compute="bfloat16",
        checkpointing=True,
        threads=threads,
        needs_gib=half,
        warnings=(*said, wish),
    )
