"""LM Studio under test: the emulator, with its own protocol and without."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.emulators.engines.children import CALLER, Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.lmstudio import LMStudio, Quirks
from tests.workers.engines.kits.kit import CONTEXT_TOKENS, SEEDS, Kit, Rig
from workers.engines.lmstudio import LMStudioEngine

NAMES = {"alpha": "someone/tiny-a", "beta": "someone/tiny-b"}
BETA_STOCK = Stock("someone/tiny-b", SEEDS["beta"], 3.0)
STOCKED = (Stock("someone/tiny-a", SEEDS["alpha"], 2.0), BETA_STOCK)
WINDOWS = dict.fromkeys(NAMES, CONTEXT_TOKENS)
KEY = "sk-nest"
FAULTS = frozenset({"answers_as_another", "load_fails", "loads_forever", "too_little_memory"})
SOON_S = 0.3  # for a load that never ends


@contextlib.contextmanager
def emulated(
    children: Children, *, mortal: bool = False, has_v1: bool = True, alpha: int = SEEDS["alpha"], **faults: bool
) -> Iterator[Rig]:
    stocked = (Stock("someone/tiny-a", alpha, 2.0), BETA_STOCK)
    load_s = SOON_S if faults.get("loads_forever") else 60.0
    with LMStudio(children, *stocked, quirks=Quirks(has_v1=has_v1, **faults), parallel=2, key=KEY) as server:
        yield Rig(
            LMStudioEngine(server.url, NAMES, context_tokens=WINDOWS, api_key=KEY, slots=2, load_s=load_s),
            children=children,
            loads=lambda: len(server.loads),
            kill=server.kill,
            freeze=server.freeze,
        )


@contextlib.contextmanager
def emulated_v0(children: Children, **faults: Any) -> Iterator[Rig]:
    with emulated(children, has_v1=False, **faults) as rig:
        yield rig


KITS = (
    Kit("lmstudio v1 emulator", emulated, loads=True, faults=FAULTS),
    # There, asking for a word is the only way to load a model.
    Kit("lmstudio v0 emulator", emulated_v0, faults=FAULTS, made_for=frozenset({CALLER})),
)
