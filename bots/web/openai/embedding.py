"""Vectors of texts, as OpenAI's API asks for them and has them. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from bots.web.openai.asked import ModelName
from bots.web.openai.base import UNSUPPORTED, AskedBody, only
from bots.web.openai.said import Told
from tasks.contracts import vectors
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import MAX_INPUTS

FLOAT, BASE64 = "float", "base64"


def _no_tokens(asked: Any) -> Any:
    listed = isinstance(asked, list) and asked
    if listed and isinstance(asked[0], int | list):
        words = "the flock's models count tokens in ways of their own: send text, not tokens"
        raise PydanticCustomError(UNSUPPORTED, "{words}", {"words": words})
    return asked


Text = Annotated[str, Field(min_length=1)]
Texts = Text | Annotated[list[Text], Field(min_length=1, max_length=MAX_INPUTS)]


class EmbeddingRequest(AskedBody):
    """What is to be made into vectors, and by which model."""

    model: ModelName
    input: Annotated[Texts, BeforeValidator(_no_tokens)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[None, only(words="vectors are as long as the model makes them; leave it out")] = None
    user: str | None = None

    @property
    def inputs(self) -> list[str]:
        """The texts."""
        return [self.input] if isinstance(self.input, str) else self.input


class Embedding(Told):
    """The vector of one text."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(Told):
    """What it took."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Told):
    """The vectors, in the order of the texts."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


def answer(view: JobView, asked: EmbeddingRequest) -> EmbeddingList:
    """Return the vectors in a job's reply as they were asked for."""
    read = vectors.base64_of if asked.encoding_format == BASE64 else vectors.unpacked
    found: Any = read(view.text)
    used = view.usage.prompt_tokens
    return EmbeddingList(
        data=[Embedding(index=at, embedding=each) for at, each in enumerate(found)],
        model=asked.model,
        usage=EmbeddingUsage(prompt_tokens=used, total_tokens=used),
    )
