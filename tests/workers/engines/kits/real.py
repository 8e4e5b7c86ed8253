"""Real servers under test, where the environment names them; nothing of the kind is needed to run the tests.

    ROOKERY_TEST_OLLAMA_URL=http://127.0.0.1:11434 ROOKERY_TEST_OLLAMA_MODELS=llama3.2:1b,gemma3:1b make test-engines

For each of `KINDS` there may be `ROOKERY_TEST_<KIND>_URL`, `_MODELS` (two by their names there, one where the server
has only one; small ones that do not think aloud) and `_KEY`. The models are unloaded and loaded many times. A server on
another machine is reached by a tunnel (`ssh -L 11434:127.0.0.1:11434 studio`): tests may talk to this machine alone.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tasks.services import Engine
from tests.emulators.engines.children import Children
from tests.workers.engines.kits.kit import CONTEXT_TOKENS, SEEDS, Kit, Rig
from workers.engines.llama_router import LlamaRouterEngine
from workers.engines.lmstudio import LMStudioEngine
from workers.engines.ollama import OllamaEngine
from workers.engines.openai_compat import OpenAICompatEngine
from workers.engines.vllm import VllmEngine

Made = Callable[[str, Mapping[str, str], str], Engine]
WINDOWS = dict.fromkeys(SEEDS, CONTEXT_TOKENS)
#: By kind: how its client is made, and whether it loads models when asked to.
KINDS: dict[str, tuple[Made, bool]] = {
    "OLLAMA": (lambda url, names, key: OllamaEngine(url, names, api_key=key, context_tokens=WINDOWS), True),
    "LMSTUDIO": (lambda url, names, key: LMStudioEngine(url, names, api_key=key, context_tokens=WINDOWS), True),
    "ROUTER": (lambda url, names, key: LlamaRouterEngine(url, names, api_key=key), True),
    "VLLM": (lambda url, names, key: VllmEngine(url, names, api_key=key), False),
    "OPENAI": (lambda url, names, key: OpenAICompatEngine(url, names, api_key=key), False),
}


@contextlib.contextmanager
def real(kind: str, environ: Mapping[str, str], _children: Children) -> Iterator[Rig]:
    make, loads = KINDS[kind]
    its = environ[f"ROOKERY_TEST_{kind}_MODELS"].split(",")
    names = dict(zip(SEEDS, (name.strip() for name in its), strict=False))
    engine = make(environ[f"ROOKERY_TEST_{kind}_URL"], names, environ.get(f"ROOKERY_TEST_{kind}_KEY", ""))
    for model in names if loads else ():
        engine.unload(model)
    yield Rig(engine, tuple(names))


def kits(environ: Mapping[str, str]) -> tuple[Kit, ...]:
    """Return those that the environment names."""
    named = [(kind, loads) for kind, (_, loads) in KINDS.items() if environ.get(f"ROOKERY_TEST_{kind}_URL")]
    return tuple(
        Kit(
            f"real {kind.lower()}",
            partial(real, kind, environ),
            loads=loads,
            mortal=False,
            formats=None,
            made_for=frozenset(),
            can_be_made_to_call=kind != "OLLAMA",
        )
        for kind, loads in named
    )


KITS = kits(os.environ)
