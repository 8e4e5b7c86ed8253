"""The whole HTTP API is asked what its own OpenAPI says that it takes, and what it says that it does not take."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.bots.conftest import PATIENCE_S, Site

EXAMPLES, FEW = 8, 3
NO_END = {"/api/events"}  # a stream that goes on for as long as one listens
OPENAI = "/v1/"
STRICT = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
USUAL = settings(
    derandomize=True,  # the same questions every time
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def operations(site: Site) -> list[APIOperation]:
    """Everything that the served API says of itself."""
    schema = schemathesis.openapi.from_url(f"{site.url}/openapi.json")
    found = [each.ok() for each in schema.get_all_operations()]
    return [each for each in found if each.path not in NO_END]


def asked(operation: APIOperation, mode: GenerationMode, ask: Callable[[Case], None], examples: int = EXAMPLES) -> None:
    """Ask one operation for this and that."""

    @settings(USUAL, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case) -> None:
        ask(case)

    with contextlib.suppress(Unsatisfiable):  # of what takes nothing at all, nothing can be wrong
        one()


def openais(operations: list[APIOperation]) -> list[APIOperation]:
    return [each for each in operations if each.path.startswith(OPENAI)]


def whom(case: Case, model: str) -> Case:
    """Ask somebody who is there, where the rest of the body will do."""
    if isinstance(case.body, dict) and isinstance(case.body.get("model"), str):
        case.body["model"] = model
    return case


def test_openais_api_does_as_it_says_of_itself(worker, site, operations) -> None:
    ours = openais(operations)
    assert {each.path for each in ours} >= {"/v1/chat/completions", "/v1/embeddings", "/v1/models"}
    statuses: set[int] = set()

    def ask(case: Case) -> None:
        case = whom(case, "demo") if case.meta.generation.mode is GenerationMode.POSITIVE else case
        answer = case.call_and_validate(base_url=site.url, checks=STRICT, timeout=PATIENCE_S)
        statuses.add(answer.status_code)

    for operation in ours:
        for mode in GenerationMode:
            asked(operation, mode, ask)
    assert {200, 400} <= statuses, "some of it was answered, and some refused"


def test_nothing_that_is_asked_of_any_route_breaks_it(worker, site, operations) -> None:
    statuses: list[int] = []

    def ask(case: Case) -> None:
        answer: Any = case.call(base_url=site.url, timeout=PATIENCE_S)
        assert answer.status_code not in (500, 502), f"{case.method} {case.formatted_path}: {answer.text[:200]}"
        statuses.append(answer.status_code)

    for operation in operations:
        if not operation.path.startswith(OPENAI):
            asked(operation, GenerationMode.NEGATIVE if operation.body else GenerationMode.POSITIVE, ask, FEW)
    assert len(statuses) >= len(operations) - len(openais(operations))
