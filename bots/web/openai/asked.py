"""The body of a chat completion, as OpenAI's API has it. What would change the answer and is not done is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from bots.web.openai.base import AskedBody, only
from bots.web.openai.messages import Messages
from bots.web.openai.tools import ResponseFormat, Tool, ToolChoice
from tasks.contracts.messages import MAX_ID_CHARS, MAX_TOOLS
from tasks.contracts.personas import MAX_STOP_CHARS

MOST_STOPS = 16
MOST_TOKENS = 1_000_000
LOWEST_SEED, HIGHEST_SEED = -(2**63), 2**64 - 1
ONE_ANSWER = "there is one answer to a request; ask again for another"
NO_ODDS = "no engine of the flock tells how likely its words were; leave it out"
TEXT_ONLY = "answers are text; leave it out"
AS_IT_IS = "how much a model thinks or says is for its settings and the prompt; leave it out"
OLD_TOOLS = "functions are asked for with `tools` and `tool_choice`"
ALL_AT_ONCE = "a model may ask for several calls at once; take the first, or leave it out"

ModelName = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS)]
Stop = Annotated[str, Field(min_length=1, max_length=MAX_STOP_CHARS)]
Tokens = Annotated[int, Field(ge=1, le=MOST_TOKENS)]
Penalty = Annotated[float, Field(ge=-2, le=2, allow_inf_nan=False)]


class StreamOptions(AskedBody):
    """What a stream holds besides the answer."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None
    """Taken, and without effect: no padding is added."""


class ChatRequest(AskedBody):
    """What is asked for: a persona or a model by its name, the conversation so far, and how to go on with it."""

    model: ModelName
    messages: Messages
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    top_p: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=MOST_STOPS)] | None = None
    seed: int | None = Field(default=None, ge=LOWEST_SEED, le=HIGHEST_SEED)
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    response_format: ResponseFormat | None = None
    tools: Annotated[list[Tool], Field(max_length=MAX_TOOLS)] | None = None
    tool_choice: ToolChoice | None = None

    n: Annotated[Literal[1] | None, only(1, words=ONE_ANSWER)] = None
    logprobs: Annotated[Literal[False] | None, only(False, words=NO_ODDS)] = None
    top_logprobs: Annotated[Literal[0] | None, only(0, words=NO_ODDS)] = None
    logit_bias: Annotated[dict[str, JsonValue] | None, Field(max_length=0), only({}, words=NO_ODDS)] = None
    modalities: Annotated[list[Literal["text"]] | None, only(["text"], words=TEXT_ONLY)] = None
    audio: Annotated[None, only(words=TEXT_ONLY)] = None
    reasoning_effort: Annotated[None, only(words=AS_IT_IS)] = None
    verbosity: Annotated[None, only(words=AS_IT_IS)] = None
    web_search_options: Annotated[None, only(words="no model of the flock searches the web; leave it out")] = None
    functions: Annotated[None, only(words=OLD_TOOLS)] = None
    function_call: Annotated[None, only(words=OLD_TOOLS)] = None
    parallel_tool_calls: Annotated[Literal[True] | None, only(True, words=ALL_AT_ONCE)] = None

    # Taken, and without effect: an answer is the same with and without them.
    user: str | None = None
    safety_identifier: str | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    prediction: dict[str, Any] | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """Where the answer ends."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def most_tokens(self) -> int | None:
        """How long the answer may be; of two bounds the tighter one."""
        return min(filter(None, (self.max_tokens, self.max_completion_tokens)), default=None)

    @property
    def tells_usage(self) -> bool:
        """Whether a stream ends with the tokens that were used."""
        return bool(self.stream_options and self.stream_options.include_usage)
