"""The official client, over HTTP and the queue to a worker and back."""

from __future__ import annotations

import asyncio
import json

import httpx
import openai
import pytest
from pydantic import BaseModel

from tests.bots.conftest import PATIENCE_S

HELLO = [{"role": "user", "content": "good morning"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def test_a_conversation_is_answered(worker, ai) -> None:
    said = ai.chat.completions.create(model="rookery", messages=HELLO)
    (choice,) = said.choices
    assert (choice.message.role, choice.message.content, choice.finish_reason) == (
        "assistant",
        "echo: good morning",
        "stop",
    )
    assert (said.object, said.model, said.system_fingerprint) == (
        "chat.completion",
        "rookery",
        "demo model: demo@anvil",
    )
    assert said.usage is not None
    assert said.usage.completion_tokens == 3
    assert said.usage.total_tokens == said.usage.prompt_tokens + 3


def test_a_persona_adds_its_own_prompt_behind_that_of_the_client_and_a_model_adds_none(worker, ai, fleet) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "my name is Ada"},
        {"role": "assistant", "content": "Hello Ada"},
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "who"}, {"type": "text", "text": "am I?"}]},
    ]
    ai.chat.completions.create(model="rookery", messages=messages)
    said = [("user", "my name is Ada"), ("assistant", "Hello Ada"), ("user", "who\nam I?")]
    assert worker.engine.heard == [("system", f"Be brief.\n\nBe kind.\n\n{fleet.personas[0].prompt}"), *said]
    ai.chat.completions.create(model="demo", messages=messages[1:])
    assert worker.engine.heard == [("system", "Be kind."), *said]


def test_one_conversation_leaves_nothing_behind_for_the_next(worker, ai) -> None:
    ai.chat.completions.create(model="demo", messages=HELLO)
    ai.chat.completions.create(model="demo", messages=HELLO)
    assert worker.engine.heard == [("user", "good morning")]


def test_how_words_are_picked_reaches_the_engine(worker, ai) -> None:
    ai.chat.completions.create(
        model="demo",
        messages=HELLO,
        temperature=0,
        top_p=0.5,
        seed=-1,
        stop=["\n", "END"],
        max_completion_tokens=7,
        presence_penalty=0.5,
        frequency_penalty=-0.5,
    )
    sampling = worker.engine.asked[-1][0].sampling
    assert (sampling.temperature, sampling.top_p, sampling.seed, sampling.stop) == (0, 0.5, 2**32 - 1, ("\n", "END"))
    assert (sampling.max_tokens, sampling.presence_penalty, sampling.frequency_penalty) == (7, 0.5, -0.5)


def test_a_bound_on_the_answer_is_kept_and_told(worker, ai) -> None:
    said = ai.chat.completions.create(model="demo", messages=HELLO, max_tokens=2)
    assert (said.choices[0].message.content, said.choices[0].finish_reason) == ("echo: good", "length")


def test_an_answer_is_streamed_to_its_end_with_what_it_took(worker, ai) -> None:
    text = " ".join(f"word{number}" for number in range(30))
    with ai.chat.completions.create(
        model="rookery",
        messages=[{"role": "user", "content": f"!slow 0.01 {text}"}],
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        chunks = list(stream)
    told = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert told == f"echo: !slow 0.01 {text}"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(told.split())
    assert len(chunks) > 4, "it came in pieces"


def test_without_being_asked_a_stream_tells_no_usage(worker, ai) -> None:
    with ai.chat.completions.create(model="demo", messages=HELLO, stream=True) as stream:
        chunks = list(stream)
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)


def test_what_a_model_asks_to_be_called_comes_back_and_its_result_goes_to_the_model(worker, ai) -> None:
    question = {"role": "user", "content": "what is the weather in Ulm"}
    said = ai.chat.completions.create(model="demo", messages=[question], tools=[WEATHER])
    (choice,) = said.choices
    (call,) = choice.message.tool_calls
    assert (choice.finish_reason, call.type, call.function.name) == ("tool_calls", "function", "weather")
    assert json.loads(call.function.arguments) == {"city": question["content"]}
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    said = ai.chat.completions.create(
        model="demo", messages=[question, choice.message.model_dump(), result], tools=[WEATHER]
    )
    assert said.choices[0].message.content == "echo: rain"
    turns = worker.engine.asked[-1][0].turns
    assert [turn.role for turn in turns] == ["user", "assistant", "tool"]
    assert (turns[1].calls[0].id, turns[2].call) == (call.id, call.id)


def test_calls_are_streamed_too(worker, ai) -> None:
    with ai.chat.completions.create(
        model="demo",
        messages=HELLO,
        tools=[WEATHER],
        stream=True,
        tool_choice={"type": "function", "function": {"name": "weather"}},
    ) as stream:
        chunks = list(stream)
    (told,) = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert (told.index, told.function.name, json.loads(told.function.arguments)) == (
        0,
        "weather",
        {"city": "good morning"},
    )
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


class Place(BaseModel):
    city: str
    people: int


def test_an_answer_of_a_form_is_parsed_by_the_client(worker, ai) -> None:
    said = ai.chat.completions.parse(model="demo", messages=HELLO, response_format=Place)
    assert said.choices[0].message.parsed == Place(city="good morning", people=0)


def test_an_answer_comes_with_the_id_of_its_job(worker, ai, gateway) -> None:
    raw = ai.chat.completions.with_raw_response.create(model="demo", messages=HELLO)
    job = raw.headers["x-request-id"]
    assert gateway.job(job).text == "echo: good morning"
    assert raw.parse().id == f"chatcmpl-{job}"


def test_many_at_once_are_answered_each_with_its_own(worker, site) -> None:
    async def talk() -> list[str | None]:
        http = openai.DefaultAsyncHttpxClient(trust_env=False)
        client = openai.AsyncOpenAI(base_url=f"{site.url}/v1", api_key="none", http_client=http, timeout=PATIENCE_S)

        async def one(number: int) -> str | None:
            messages = [{"role": "user", "content": f"number {number}"}]
            if number % 2:
                said = await client.chat.completions.create(model="demo", messages=messages)
                return said.choices[0].message.content
            stream = await client.chat.completions.create(model="demo", messages=messages, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

        async with client:
            return await asyncio.gather(*map(one, range(12)))

    assert asyncio.run(talk()) == [f"echo: number {number}" for number in range(12)]


def test_texts_become_vectors(worker, ai) -> None:
    told = ai.embeddings.create(model="demo", input=["a", "b", "a"])  # the client asks for base64
    plain = ai.embeddings.create(model="demo", input="a", encoding_format="float")
    assert [each.index for each in told.data] == [0, 1, 2]
    assert list(told.data[0].embedding) == list(told.data[2].embedding) == plain.data[0].embedding
    assert list(told.data[0].embedding) != list(told.data[1].embedding)
    assert told.model == "demo"
    assert told.usage.total_tokens == told.usage.prompt_tokens > 0


def test_who_answers_is_listed(ai) -> None:
    assert [(one.id, one.owned_by, one.demo) for one in ai.models.list()] == [
        ("rookery", "persona", True),
        ("demo", "model", True),
    ]
    assert ai.models.retrieve("demo").id == "demo"
    with pytest.raises(openai.NotFoundError, match=r"nobody answers under the name 'rokery'.*did you mean 'rookery'"):
        ai.models.retrieve("rokery")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/chat/completions", 405), ("DELETE", "/v1/models/demo", 405), ("POST", "/v1/images", 404)],
)
def test_what_is_not_there_is_told_in_the_words_that_clients_know(client: httpx.Client, method, path, status) -> None:
    told = client.request(method, path)
    assert told.status_code == status
    assert told.json()["error"]["type"] == "invalid_request_error"
    assert (status == 405) is ("allow" in told.headers)
