"""What the clients of servers that load models by request have in common."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from workers.engines.openai_compat import CALL_S, Names, OpenAICompatEngine

GIB = 2**30
LOAD_S = 120.0


class LoadingEngine(OpenAICompatEngine):
    """A server that is asked for models which are not in memory.

    `context_tokens` is the window that each of our models gets, by our names, where the server lets that be chosen;
    `load_s` is how long a model may take to come into memory.
    """

    def __init__(
        self,
        base_url: str,
        model_names: Names | None = None,
        *,
        context_tokens: Mapping[str, int] | None = None,
        api_key: str = "",
        slots: int = 1,
        load_s: float = LOAD_S,
        call_s: float = CALL_S,
    ) -> None:
        super().__init__(base_url, model_names, api_key=api_key, slots=slots, call_s=call_s)
        self._context_tokens = dict(context_tokens or {})
        self._load_s = load_s
        self._loading = threading.Lock()  # whoever comes second finds the model there
