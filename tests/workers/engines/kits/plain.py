"""The engines that load no model themselves: the embedded llama.cpp, and the one that makes its answers up."""

from __future__ import annotations

import contextlib
import functools
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.emulators.engines.children import Children, name_of
from tests.workers.engines.kits.kit import ALPHA, BETA, SEEDS, Kit, Rig
from workers.engines.fake import FakeEngine
from workers.engines.llamacpp import LlamaCppEngine
from workers.engines.openai_compat import OpenAICompatEngine


@contextlib.contextmanager
def asked_by(
    client: type[OpenAICompatEngine],
    children: Children,
    *,
    mortal: bool = False,
    answers_as_another: bool = False,
    alpha: int = SEEDS[ALPHA],
) -> Iterator[Rig]:
    """Have a real llama.cpp with one model, and an engine of this class in front of it."""
    with contextlib.ExitStack() as ends:
        if mortal:
            folder = ends.enter_context(TemporaryDirectory())
            children = ends.enter_context(Children(Path(folder)))
        running = children.of(alpha)
        its_name = name_of(SEEDS[BETA] if answers_as_another else alpha)
        yield Rig(
            client(running.url, {ALPHA: its_name}),
            models=(ALPHA,),
            children=children,
            kill=running.process.kill,
            freeze=lambda: running.process.send_signal(signal.SIGSTOP),
        )


@contextlib.contextmanager
def fake(_children: Children, *, alpha: int = SEEDS[ALPHA]) -> Iterator[Rig]:
    engine = FakeEngine((ALPHA, BETA))
    engine.unload(ALPHA)
    engine.unload(BETA)
    yield Rig(engine)


KITS = (
    Kit("embedded llama.cpp", functools.partial(asked_by, LlamaCppEngine), faults=frozenset({"answers_as_another"})),
    Kit("fake", fake, loads=True, mortal=False),
)
