"""Who answers: a persona, as an entry of `rookery.toml` or a file of its own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from tasks.contracts.fields import Chance, Count, Listed, Name, WebAddress
from tasks.contracts.messages import MAX_ID_CHARS, MAX_TEXT_CHARS, MAX_TOKENS, Context, Reasoning, Sampling, Value
from tasks.contracts.patterns import MAX_PATTERN_CHARS, check
from tasks.contracts.problems import Contradiction, Problem
from tasks.contracts.sections import LONGEST_S

AUTO = "auto"  # the model of a persona that leaves the choice to [routing]
HIGHEST_SEED = 2**32 - 1
MOST_TRIGGERS = 200
MOST_WEIGHT = 1_000.0
MAX_PATH_CHARS, MAX_STOP_CHARS = 4_096, 1_000
KEYWORD, REGEX, SILENCE = "keyword", "regex", "silence"
WORKSPACE_FILES = ("AGENTS.md", "SOUL.md", "TOOLS.md", "IDENTITY.md")


class TriggerRule(Value):
    """What makes a persona answer although nobody asked it."""

    kind: Literal["keyword", "regex", "silence"]
    value: str = Field(default="", max_length=MAX_PATTERN_CHARS)
    """A word or phrase; a regular expression; or seconds without a word, as text (empty: `casting.silence_s`)."""
    chance: Chance = 1.0
    """How likely it then answers."""

    @model_validator(mode="after")
    def _can_fire(self) -> TriggerRule:
        wish = _wish(self.kind, self.value)
        if wish:
            raise Contradiction([Problem(("value",), wish, self.value)])
        return self

    @property
    def silence_s(self) -> float:
        """Seconds of silence that a silence trigger waits for; 0: `casting.silence_s` says it."""
        return float(self.value) if self.kind == SILENCE and self.value else 0.0


def _wish(kind: str, value: str) -> str:
    """Return what was wanted of a trigger's value; empty where it will do."""
    if kind == SILENCE:
        return "" if not value or _is_duration(value) else 'wanted seconds as text, such as "600", or no such key'
    if not value.strip():
        return "wanted a word or phrase" if kind == KEYWORD else "wanted a regular expression"
    if kind == REGEX:
        try:
            check(value)
        except ValueError as exc:
            return str(exc)
    return ""


def _is_duration(text: str) -> bool:
    try:
        return 0 < float(text) <= LONGEST_S
    except ValueError:
        return False


def _words(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("wanted text without line breaks or blanks around it")
    return text


Place = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_words)]


class Persona(Value):
    """Who answers: a model, a character, and bounds."""

    name: Name
    aliases: Listed[Name] = ()
    """Other names that it is called by."""
    enabled: bool = True
    """False: it is known, and never answers."""
    model: Name = AUTO
    """Left out: `[routing]` says it for each message."""
    prompt: str = Field(default="", max_length=MAX_TEXT_CHARS)
    workspace: Annotated[str, Field(max_length=MAX_PATH_CHARS), AfterValidator(_words)] = ""
    """A folder whose AGENTS.md, SOUL.md, TOOLS.md and IDENTITY.md, where they are there, go on behind the prompt."""
    temperature: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    top_p: float | None = Field(default=None, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int = Field(default=MAX_TOKENS, ge=1, le=1_000_000)
    seed: int | None = Field(default=None, ge=0, le=HIGHEST_SEED)
    stop: Listed[Annotated[str, Field(max_length=MAX_STOP_CHARS)]] = ()
    pin: str = Field(default="", max_length=MAX_ID_CHARS)
    labels: Listed[Name] = ()
    adapter: str = Field(default="", max_length=MAX_ID_CHARS)
    private: bool = True
    allow_cloud: bool = False
    """Whether a host that belongs to somebody else may answer."""
    memory: bool = False
    """Whether it remembers what people said to it in other conversations, as far as they may be told here."""
    learns: Literal["nothing", "liked", "imitate"] = "nothing"
    """What it learns from overnight, from those who agreed: nothing; what people showed to be good; or the lines of the
    authors that it imitates."""
    imitates: Listed[Place] = ()
    """Those authors, as the ids of people on their platforms, such as `discord:1234`."""
    examples: Annotated[str, Field(max_length=MAX_PATH_CHARS), AfterValidator(_words)] = ""
    """A folder of examples written by hand, which it learns from too."""
    wait_for_people: bool = False
    """Whether no adapter of it is served before people have rated it."""
    unlearns: Literal["in quiet", "at once"] = "in quiet"
    """When it is trained anew without what was forgotten: once nobody has asked anything for a while, or at once."""
    context: Context = "summary"
    """What of a session that has grown too long goes into its prompts: its latest turns, or a summary before them, too;
    or nothing of it ever: each question stands alone."""
    reasoning: Reasoning = "hidden"
    """Folded: the page shows what the model thought before its answer, closed until somebody opens it."""
    max_in_flight: int | None = Field(default=None, gt=0)
    channels: Listed[Place] = ()
    """Where on chat platforms it may speak: ids of channels and chats, and names of bots. Empty: everywhere."""
    topics: Listed[Place] = ()
    """What it likes to talk about, in words."""
    triggers: Annotated[Listed[TriggerRule], Field(max_length=MOST_TRIGGERS)] = ()
    chance: Chance | None = None
    """Of answering what nobody was asked. None: `casting.chance`."""
    weight: float = Field(default=1.0, ge=0, le=MOST_WEIGHT, allow_inf_nan=False)
    """How often it is chosen beside the others, where the choice is weighted."""
    avatar: WebAddress = ""
    """A picture, where the platform shows one."""
    per_minute: Count = 0
    per_hour: Count = 0
    per_day: Count = 0
    """Answers in all. 0: `limits.persona_…` says it."""
    cache_s: float = Field(default=0.0, ge=0, le=LONGEST_S, allow_inf_nan=False)
    """How long an answer may be given again to the very same question. 0: never."""

    @property
    def sampling(self) -> Sampling:
        """How the model picks its words for this persona."""
        return Sampling(
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            seed=self.seed,
            stop=self.stop,
        )

    def may_speak_in(self, bot: str, channel: str, parent: str = "") -> bool:
        """Return whether `channels` lets it speak there; of a thread, the channel that it belongs to counts too."""
        return not self.channels or not {bot, channel, parent}.isdisjoint(self.channels)
