"""What a model takes on a host, in GiB and in seconds of loading: told, else measured there, else estimated. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

DEFAULT_GIB = 8.0  # of a model of which nothing is known
#: Billions of parameters in a name, and what such a model usually takes. Others lie in between.
GIB_BY_BILLIONS: Mapping[float, float] = {7: 4.0, 27: 17.0, 29: 29.0, 70: 40.0}
GIB_PER_BILLION = 0.58  # of a four-bit quantisation
#: What a conversation takes beside the weights: this share of them for each token of every slot's window.
SHARE_PER_TOKEN = 2.5e-5
PROCESS_GIB = 0.06  # an engine of our own before it has read any weights
FIXED_LOAD_S = 1.0
BANDWIDTH_GIB_S = 1.5  # of a disk that is neither new nor old
NEWEST_SHARE = 0.3  # what the last load counts in the average of all
#: How much more a model is taken to need once it turned out not to fit.
GROWTH = 1.25
LEAST_GROWTH_GIB = 0.25

_BILLIONS = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?![a-z0-9])")
_GIB = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)\s?gi?b(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one host has learned of one model."""

    of: str = ""
    """What was loaded, told apart from what the same name may mean tomorrow."""
    gib: float | None = None
    load_s: float | None = None
    least_gib: float = 0.0
    """It did not fit into less than this."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a model is taken to need."""

    gib: float
    origin: Literal["told", "measured", "file", "name", "guess"]


NOTHING = Measured()


def size_of(
    name: str, *, told_gib: float | None = None, measured: Measured = NOTHING, file_gib: float | None = None
) -> Size:
    """Return what `name` takes: as the fleet file says, else as measured, else by its file, else by its name.

    What it did not fit into is believed before any of them.
    """
    size = _size(name, told_gib, measured, file_gib)
    return size if size.gib >= measured.least_gib else Size(measured.least_gib, "measured")


def _size(name: str, told_gib: float | None, measured: Measured, file_gib: float | None) -> Size:
    if told_gib is not None:
        return Size(told_gib, "told")
    if measured.gib is not None:
        return Size(measured.gib, "measured")
    if file_gib is not None:
        return Size(file_gib, "file")
    named_gib = by_name(name)
    return Size(DEFAULT_GIB, "guess") if named_gib is None else Size(named_gib, "name")


def by_name(name: str) -> float | None:
    """Return the GiB of a model by what its name says of it; None where it says nothing.

    >>> by_name("llama-3.1-70b-instruct"), by_name("Gemma 3 27B"), by_name("highermind-29gb"), by_name("mixtral")
    (40.0, 17.0, 29.0, None)
    """
    words = name.lower()
    if said := _GIB.search(words):
        return float(said[1])
    if not (said := _BILLIONS.search(words)):
        return None
    billions = float(said[2]) * int(said[1] or 1)
    return GIB_BY_BILLIONS.get(billions, billions * GIB_PER_BILLION)


def by_file(weights_gib: float, context_tokens: int, slots: int) -> float:
    """Return the GiB of a model of our own engine whose weights have this size."""
    return PROCESS_GIB + weights_gib * (1.0 + SHARE_PER_TOKEN * context_tokens * slots)


def load_s_of(gib: float, measured: Measured = NOTHING) -> float:
    """Return how many seconds a load takes: as usual on this host, else by its size."""
    return measured.load_s if measured.load_s is not None else FIXED_LOAD_S + gib / BANDWIDTH_GIB_S


def loaded(before: Measured, of: str, *, gib: float | None, load_s: float | None = None) -> Measured:
    """Return what is known after a load that went well. The most that it ever took counts; None leaves a part as is.

    What was learned of something else by the same name is forgotten.
    """
    known = before if before.of == of else Measured(of)
    most = max((size for size in (known.gib, gib) if size is not None), default=None)
    return Measured(of, most, _average(known.load_s, load_s))


def _average(before: float | None, newest: float | None) -> float | None:
    if before is None or newest is None:
        return before if newest is None else newest
    return before + (newest - before) * NEWEST_SHARE


def did_not_fit(before: Measured, of: str, taken_gib: float) -> Measured:
    """Return what is known after there was not enough memory for a model that was taken to need `taken_gib`."""
    known = before if before.of == of else Measured(of)
    return replace(known, least_gib=max(taken_gib * GROWTH, taken_gib + LEAST_GROWTH_GIB))
