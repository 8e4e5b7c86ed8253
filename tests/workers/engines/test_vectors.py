from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tasks.contracts.errors import EngineUnavailable, WrongModel
from tasks.contracts.messages import Usage
from tasks.services import Vectors
from workers.engines import vectors
from workers.engines.failures import Asked

ASKED = Asked("http://nest", "tiny")
Read = Callable[[Asked, Mapping[str, Any], int], Vectors]


def openai(*rows: object, **fields: Any) -> dict[str, Any]:
    data = [{"index": index, "embedding": row} for index, row in enumerate(rows)]
    return {"data": data, "model": "tiny", **fields}


def ollama(*rows: object, **fields: Any) -> dict[str, Any]:
    return {"embeddings": list(rows), "model": "tiny", **fields}


FORMS: dict[str, tuple[Read, Callable[..., dict[str, Any]]]] = {
    "OpenAI": (vectors.openai, openai),
    "Ollama": (vectors.ollama, ollama),
}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> tuple[Read, Callable[..., dict[str, Any]]]:
    return FORMS[request.param]


def test_each_text_has_its_vector(form: tuple[Read, Callable[..., dict[str, Any]]]) -> None:
    read, said = form
    found = read(ASKED, said([1, 2.5], [3, 4]), 2)
    assert (found.rows, found.answered_by) == ([[1.0, 2.5], [3.0, 4.0]], "tiny")


def test_vectors_stand_where_they_say_that_they_belong() -> None:
    said = openai([1.0], [2.0])
    said["data"].reverse()
    assert vectors.openai(ASKED, said, 2).rows == [[1.0], [2.0]]


def test_tokens_are_those_that_the_server_counted() -> None:
    assert vectors.openai(ASKED, openai([1], usage={"prompt_tokens": 7}), 1).usage == Usage(prompt_tokens=7)
    assert vectors.ollama(ASKED, ollama([1], prompt_eval_count=7), 1).usage == Usage(prompt_tokens=7)
    assert vectors.openai(ASKED, openai([1]), 1).usage == Usage()


@pytest.mark.parametrize(
    "rows", [(), ([1],), ([1], [2], [3]), ([1], []), ([1], None), ([1], ["x"]), ([1], [float("nan")])]
)
def test_what_is_no_vector_for_each_text_is_a_failure(
    form: tuple[Read, Callable[..., dict[str, Any]]], rows: tuple[object, ...]
) -> None:
    read, said = form
    with pytest.raises(EngineUnavailable) as caught:
        read(ASKED, said(*rows), 2)
    assert caught.value.next_step


@pytest.mark.parametrize("said", [{}, {"data": 7, "embeddings": 7}, {"data": [{}], "embeddings": [7]}])
def test_an_answer_of_another_shape_is_a_failure(
    form: tuple[Read, Callable[..., dict[str, Any]]], said: dict[str, Any]
) -> None:
    with pytest.raises(EngineUnavailable):
        form[0](ASKED, said, 1)


def test_vectors_of_another_model_are_noticed(form: tuple[Read, Callable[..., dict[str, Any]]]) -> None:
    read, said = form
    with pytest.raises(WrongModel):
        read(ASKED, said([1], model="other"), 1)
