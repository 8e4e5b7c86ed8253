"""Ollama under test: the emulator, and its habits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.ollama import Ollama, Quirks
from tests.workers.engines.kits.kit import CONTEXT_TOKENS, SEEDS, Kit, Rig
from workers.engines.ollama import OllamaEngine

#: The first is the short form of a name, the second a whole one: Ollama lists both with their tag.
NAMES = {"alpha": "tiny-a", "beta": "org/tiny-b:q8"}
BETA_STOCK = Stock("org/tiny-b:q8", SEEDS["beta"], 3.0)
STOCKED = (Stock("tiny-a:latest", SEEDS["alpha"], 2.0), BETA_STOCK)
WINDOWS = dict.fromkeys(NAMES, CONTEXT_TOKENS)
FAULTS = frozenset({"answers_as_another", "load_fails", "loads_forever", "too_little_memory"})
SOON_S = 0.3  # for a load that never ends


@contextlib.contextmanager
def emulated(children: Children, *, mortal: bool = False, alpha: int = SEEDS["alpha"], **faults: bool) -> Iterator[Rig]:
    stocked = (Stock("tiny-a:latest", alpha, 2.0), BETA_STOCK)
    load_s = SOON_S if faults.get("loads_forever") else 60.0
    with Ollama(children, *stocked, quirks=Quirks(**faults), parallel=2) as server:
        yield Rig(
            OllamaEngine(server.url, NAMES, context_tokens=WINDOWS, slots=2, load_s=load_s),
            children=children,
            loads=lambda: len(server.loads),
            kill=server.kill,
            freeze=server.freeze,
        )


KITS = (Kit("ollama emulator", emulated, loads=True, faults=FAULTS, can_be_made_to_call=False),)
