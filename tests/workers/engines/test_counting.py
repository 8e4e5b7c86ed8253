"""What many threads ask is counted as the server counts it, down to the token."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.contracts.fleet import Persona
from tasks.contracts.messages import Sampling
from tasks.contracts.routing import Routing, Rule, route
from tasks.jobs import fleet_moves, moves
from tests.emulators.engines.children import Children
from tests.emulators.engines.ollama import Ollama
from tests.tasks.jobs.flock import Flock
from tests.workers.engines.asking import PATIENT, chat, told
from tests.workers.engines.kits.kit import ALPHA, BETA
from tests.workers.engines.kits.ollama import NAMES, STOCKED, WINDOWS
from workers.engines.ollama import OllamaEngine

THREADS = 50
A_TAG, B_TAG = (stock.name for stock in STOCKED)
PROMPT, COMPLETION = "prompt_eval_count", "eval_count"


@pytest.fixture
def server(children: Children) -> Iterator[Ollama]:
    with Ollama(children, *STOCKED, parallel=4) as emulator:
        yield emulator


@pytest.fixture
def engine(server: Ollama) -> OllamaEngine:
    return OllamaEngine(server.url, NAMES, context_tokens=WINDOWS)


def test_fifty_threads_count_every_token_and_every_model(server: Ollama, engine: OllamaEngine, flock: Flock) -> None:
    host = flock.host("anvil", ALPHA, BETA, slots=THREADS)
    lengths = itertools.cycle(range(1, 6))
    asked = [(name, next(lengths)) for name in (ALPHA, BETA) for _ in range(THREADS // 2)]
    together = threading.Barrier(THREADS)
    for number, (model, _) in enumerate(asked):
        flock.submit(model=model, user=f"user{number}")

    def answer(model: str, tokens: int) -> None:
        together.wait()
        claim = flock.take(host, model=model)
        text, completion = told(engine.chat_stream(chat(model, sampling=Sampling(max_tokens=tokens)), PATIENT))
        assert flock.store.run(moves.finish(claim, text, {"answered_by": model}, completion.usage))

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda each: answer(*each), asked))
    stats = flock.store.run(fleet_moves.stats())
    for model, its in ((ALPHA, A_TAG), (BETA, B_TAG)):
        counted = stats.model(model)
        assert counted.served == THREADS // 2
        assert (counted.prompt_tokens, counted.completion_tokens) == (
            server.spent[its, PROMPT],
            server.spent[its, COMPLETION],
        )
    assert stats.total.completion_tokens == sum(tokens for _, tokens in asked)


def test_what_a_message_is_about_says_which_model_is_asked_to_stay(server: Ollama, engine: OllamaEngine) -> None:
    routing = Routing(primary=ALPHA, rules=(Rule(pattern="(?i)haiku", model=BETA),))
    for text in ("Tell me about the birds of the north, and at length.", "A haiku, please."):
        told(engine.chat_stream(chat(route(text, Persona(name="Ada"), routing).model, text), PATIENT))
    asked = [(seen.body["model"], seen.body["keep_alive"]) for seen in server.asked("POST", "/api/chat")]
    assert asked == [(NAMES[ALPHA], -1), (NAMES[BETA], -1)]
