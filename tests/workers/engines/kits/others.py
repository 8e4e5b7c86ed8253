"""vLLM and llama-server, emulated; and any OpenAI-compatible server: a real llama.cpp that is asked as one."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from tests.emulators.engines import llama_router, vllm
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Emulator, Stock
from tests.emulators.engines.llama_router import EmulatedRouter
from tests.emulators.engines.vllm import EmulatedVllm
from tests.workers.engines.kits.kit import ALPHA, BETA, SEEDS, Kit, Rig
from tests.workers.engines.kits.plain import asked_by
from workers.engines.llama_router import LlamaRouterEngine
from workers.engines.openai_compat import OpenAICompatEngine
from workers.engines.vllm import VllmEngine

NAMES = {ALPHA: "org/Alpha-7B", BETA: "org/Beta-7B"}
BETA_STOCK = Stock(NAMES[BETA], SEEDS[BETA])
LOAD_S = 60.0
SHORT_LOAD_S = 0.3  # where a load never ends


@contextlib.contextmanager
def emulated_vllm(
    children: Children,
    *,
    mortal: bool = False,
    answers_as_another: bool = False,
    load_fails: bool = False,
    loads_forever: bool = False,
    too_little_memory: bool = False,
    alpha: int = SEEDS[ALPHA],
) -> Iterator[Rig]:
    switches = vllm.Switches(
        answers_as=NAMES[BETA] if answers_as_another else "",
        awake=answers_as_another,
        wake_fails=load_fails,
        wakes_never=loads_forever,
        memory_gone=too_little_memory,
    )
    with EmulatedVllm(children, Stock(NAMES[ALPHA], alpha), switches=switches) as server:
        engine = VllmEngine(server.url, NAMES, slots=2, load_s=SHORT_LOAD_S if loads_forever else LOAD_S)
        yield rig_of(engine, server, "/wake_up", models=(ALPHA,))


@contextlib.contextmanager
def emulated_router(
    children: Children,
    *,
    mortal: bool = False,
    answers_as_another: bool = False,
    load_fails: bool = False,
    loads_forever: bool = False,
    too_little_memory: bool = False,
    alpha: int = SEEDS[ALPHA],
) -> Iterator[Rig]:
    switches = llama_router.Switches(
        answers_as=NAMES[BETA] if answers_as_another else "",
        load_fails=load_fails,
        loads_for_ever=loads_forever,
        memory_gone=too_little_memory,
    )
    with EmulatedRouter(children, Stock(NAMES[ALPHA], alpha), BETA_STOCK, switches=switches) as server:
        engine = LlamaRouterEngine(server.url, NAMES, load_s=SHORT_LOAD_S if loads_forever else LOAD_S)
        yield rig_of(engine, server, "/models/load", models=(ALPHA, BETA))


def rig_of(engine: VllmEngine | LlamaRouterEngine, server: Emulator, load: str, *, models: tuple[str, ...]) -> Rig:
    return Rig(
        engine,
        models=models,
        children=server.children,
        loads=lambda: len(server.asked("POST", load)),
        kill=server.kill,
        freeze=server.freeze,
    )


FAULTS = frozenset({"answers_as_another", "load_fails", "loads_forever", "too_little_memory"})
KITS = (
    Kit(
        "any OpenAI-compatible server",
        functools.partial(asked_by, OpenAICompatEngine),
        faults=frozenset({"answers_as_another"}),
        chooses_by_name=False,  # llama.cpp takes it for no choice, and whoever knows that asks in another way
    ),
    Kit("vLLM emulator", emulated_vllm, loads=True, faults=FAULTS, formats=frozenset({"safetensors"})),
    Kit("llama-server router emulator", emulated_router, loads=True, faults=FAULTS),
)
