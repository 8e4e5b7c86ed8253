"""The tables of `rookery.toml` that hold plain settings. `rookery.example.toml` explains each key."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from tasks.contracts import redisurl
from tasks.contracts.fields import Listed, WebAddress
from tasks.contracts.masking import MASK, mask
from tasks.contracts.messages import Value
from tasks.contracts.notices import Level
from tasks.contracts.problems import Contradiction, Problem

LONGEST_S = 366 * 86_400.0  # beyond a year a duration is a typing error
HIGHEST_PORT = 65_535
MIN_LOGS_MIB = 16  # one full file, and the one that follows it
MOST_MIB = 2**30
MOST_STREAMS = 600
MAX_BODY_KIB = 64 * 1024
ADDRESS_WISH = "wanted an address of this machine such as 10.0.0.5 or 10.0.0.5:6391, or 0.0.0.0 for all of them"

Port = Annotated[int, Field(ge=1, le=HIGHEST_PORT)]
Seconds = Annotated[float, Field(gt=0, le=LONGEST_S, allow_inf_nan=False)]
Filled = Annotated[str, Field(min_length=1)]


def _redis_url(url: str) -> str:
    """Refuse what is no address of a Redis; show it only as far as a password in it can be told apart."""
    if url and not redisurl.is_sound(url):
        example = "unix:///run/redis/redis.sock?db=0" if redisurl.is_socket(url) else "redis://127.0.0.1:6379/0"
        wish = f"wanted an address such as {example} (in a password, write / as %2F and @ as %40)"
        raise Contradiction([Problem((), wish, mask(url) if "://" in url else MASK)])
    return url


def split_address(text: str, port: int) -> tuple[str, int]:
    """Return host and port of `HOST`, `HOST:PORT`, `[HOST]:PORT` or a bare IPv6 address; `port` where none is named.

    Raises:
        ValueError: it is none of these.
    """
    bare = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    try:
        address = urlsplit(f"//{bare}")
        named = address.port
    except ValueError as exc:
        raise ValueError(ADDRESS_WISH) from exc
    if not address.hostname or named == 0 or address.netloc != bare or "@" in bare:
        raise ValueError(ADDRESS_WISH)
    return address.hostname, named or port


def _listen(text: str) -> str:
    if text:
        split_address(text, HIGHEST_PORT)
    return text


def _chat(text: str) -> str:
    if not all(text.partition(":")):
        raise Contradiction([Problem((), "wanted BOT:CHAT, such as discord:381870553235193857", text)])
    return text


def _upper(level: Any) -> Any:
    return level.upper() if isinstance(level, str) else level


class Redis(Value):
    """Where the job ledger lives."""

    url: Annotated[str, AfterValidator(_redis_url), Field(repr=False)] = ""
    """Empty: `rookery up` runs a Redis of its own."""
    port: Port = 6390
    """Of our own; not 6379, so that a Redis which is already there is left alone."""
    listen: Annotated[str, AfterValidator(_listen)] = ""
    """Where other machines reach our own, HOST or HOST:PORT; empty: nowhere."""

    @property
    def gate(self) -> tuple[str, int]:
        """Where our own Redis is reached from outside; by default on the port after its own."""
        return split_address(self.listen, self.port + 1)


class Data(Value):
    """The folders that a running flock writes to; relative ones start at the file."""

    dir: Filled = "data"
    logs: Filled = "logs"
    models: Filled = "models"
    hot: Filled = "models"
    """Model files on the fast disk; relative ones are looked for here, and then in the archive."""
    archive: str = ""
    """Model files on a slow, large disk. Empty: where the fast ones are."""
    hot_gib: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """What the files in `hot` may take in all. 0: what the disk holds."""
    debug: Filled = "debug"
    """Prompts that were written down because DEBUG_PROMPTS says so."""


class Jobs(Value):
    """How jobs live and end."""

    deadline_s: Seconds = 120.0
    """From receipt to answer, where a person waits."""
    batch_deadline_s: Seconds = 14_400.0
    unhosted_life_s: Seconds = 3_600.0
    """The least life of a job that comes in while no host is there for its model."""
    lease_s: Seconds = 15.0
    """How long a worker may be silent before its job goes to another."""
    fallback_after_s: Seconds = 10.0
    """How long the hosts of a model may be gone before its jobs go on to its fallback."""
    attempts: int = Field(default=3, gt=0, le=100)
    max_in_flight: int = Field(default=2, gt=0)
    """Unanswered messages per person; one more is declined at once."""
    record_life_s: Seconds = 172_800.0
    """How long a job that has ended can still be looked up."""
    text_life_s: Seconds = 3_600.0
    """How long Redis keeps the words of a job that has ended."""
    window_turns: int = Field(default=40, gt=0, le=10_000)
    """Turns of a session that the next answer may look back on."""
    recall_timeout_s: Seconds = 1.5
    """How long an answer waits for memories before it goes on without."""
    no_progress_s: Seconds = 20.0
    """How long an engine may be silent within an answer."""
    prefill_tokens_per_s: float = Field(default=50.0, gt=0, allow_inf_nan=False)
    """The slowest reading of a prompt to be patient with; it lengthens the first silence only."""
    request_timeout_s: Seconds = 30.0
    """For what is asked of an engine besides answers."""
    load_timeout_s: Seconds = 120.0
    """For a model to come into memory."""
    load_attempts: int = Field(default=3, gt=0, le=100)
    """How often a host tries to load a model in a row before it lets it rest and leaves it to others."""


class Web(Value):
    """The chat page and the HTTP API."""

    bind: Filled = "127.0.0.1"
    """Anything but an address of this machine alone needs a key: `rookery key new`, or WEB_KEY."""
    port: Port = 8080
    names: Listed[Filled] = ()
    """What browsers may call it besides, where a DNS name or a proxy leads to it."""
    max_streams: int = Field(default=MOST_STREAMS, gt=0, le=1_500)
    """Answers that are streamed at once; whoever comes then is asked to come again in some seconds."""
    max_body_kib: int = Field(default=256, gt=0, le=MAX_BODY_KIB)
    """The largest that may be posted at once."""


class Flower(Value):
    """Celery's own monitor."""

    bind: Filled = "127.0.0.1"
    port: Port = 5555
    enabled: bool = True


class Log(Value):
    """What is written down of what happens."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    as_json: bool = Field(default=True, alias="json")
    """One JSON object a line; else lines for reading."""
    total_mib: int = Field(default=256, ge=MIN_LOGS_MIB, le=MOST_MIB)
    """What the logs of this machine may take in all; the oldest files go first."""


class Memory(Value):
    """What personas with `memory` remember of what was said before, and how much of it goes into a prompt."""

    enabled: bool = True
    """False: nobody remembers, whatever a persona says."""
    url: WebAddress = ""
    """Of a Qdrant server; its key is in QDRANT_API_KEY. Empty: in `folder`, for one process on this machine."""
    folder: Filled = "memory"
    """Where memories are without a server; a relative one lies in the data folder."""
    model: Filled = "all-MiniLM-L6-v2"
    """What makes vectors of texts: a folder, or a name among the model files or installed packages."""
    embedder: Literal["auto", "numpy", "torch"] = "auto"
    """What computes that model: numpy where it can, torch, or the first that can."""
    most: int = Field(default=8, ge=1, le=100)
    """Memories in a prompt."""
    budget_tokens: int = Field(default=400, ge=20, le=100_000)
    """What they may take of it."""
    summaries: Literal["model", "extracts"] = "model"
    """Who sums up what was said some days ago: the persona's model, in batch jobs, or nobody: people's own words."""


class Training(Value):
    """How personas that learn are trained, and what it takes for an adapter to be served."""

    enabled: bool = True
    """False: nobody learns, whatever a persona says."""
    folder: Filled = "training"
    """Where runs are; a relative one lies in the data folder."""
    adapters: Filled = "adapters"
    """Where adapters are kept: a folder, in the data folder where it is relative, or a URL that fsspec knows."""
    allow_remote: bool = False
    """True: that URL may be of another machine. Adapters may repeat what they learned from: words of people."""
    window_days: float = Field(default=30.0, gt=0, le=3_650)
    """How far back a first run looks; a later one begins where the last promoted one ended."""
    min_samples: int = Field(default=20, ge=1)
    """With fewer new ones a run is skipped."""
    min_chars: int = Field(default=50, ge=0)
    """Of a question and its answer together; shorter ones are left out."""
    exclude: Listed[Filled] = ()
    """Patterns: what matches one of them is left out."""
    replay_share: float = Field(default=0.3, ge=0, lt=1)
    """How much of what is trained on is of earlier runs, so that it is not unlearned."""
    correction_weight: int = Field(default=3, ge=1, le=20)
    """How often a correction or an example written by hand is learned for each time that a liked reply is."""
    alone_share: float = Field(default=1.0, ge=0, le=1)
    """Of samples with something before their question: how many are learned once more as if it had come first."""
    user_share: float = Field(default=0.05, gt=0, le=1)
    """The most that one person may be of it; where few agreed, an equal part each."""
    held_out_share: float = Field(default=0.15, gt=0, lt=0.5)
    """What is kept back to judge by: the latest conversations."""
    rank: int = Field(default=16, ge=1, le=512)
    alpha: float = Field(default=32.0, gt=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    targets: Literal["auto", "attention", "all"] = "auto"
    """Which layers an adapter changes: attention (q, k, v, o), or all; auto: all of bases below a hundred million."""
    learning_rate: float = Field(default=0.0, ge=0, lt=1)
    """0: chosen by the size of the base, 3e-4 from a billion parameters on, and more for smaller ones."""
    epochs: float = Field(default=3.0, gt=0, le=1_000)
    min_steps: int = Field(default=200, ge=0)
    """Where samples are few, a step is of fewer batches, and then there are up to twice the epochs, until there are so
    many; 0: `epochs` and `accumulate` alone say it."""
    max_steps: int = Field(default=0, ge=0)
    """A bound on steps; 0: there is none."""
    batch: int = Field(default=4, ge=1)
    accumulate: int = Field(default=4, ge=1)
    """Batches of a step, at most."""
    max_tokens: int = Field(default=1_024, ge=16)
    """Of one sample; longer ones lose their oldest turns."""
    warmup_steps: int = Field(default=10, ge=0)
    seed: int = Field(default=0, ge=0)
    memory_gib: float = Field(default=0.0, ge=0)
    """What training takes of the host's memory on this machine; 0: estimated by the size of the base."""
    time_budget_s: Seconds = 900.0
    """After this a run keeps a checkpoint and goes on with what it has learned."""
    least_order: float = Field(default=0.7, ge=0, le=1)
    """Of other orders of the words and letters of what was held out: how many an adapter has to find less likely, or it
    learned no language. 0: it may be anything."""
    canary_share: float = Field(default=0.1, ge=0, le=1)
    """Of a persona's jobs, that an adapter answers before it answers all; 0: all at once."""
    canary_replies: int = Field(default=200, ge=1)
    """Replies by which a canary is judged."""
    canary_days: float = Field(default=7.0, gt=0, le=3_650)
    """After so long without that many it is judged by those that there are."""
    min_ratings: int = Field(default=30, ge=1)
    """Ratings by people below which their score counts as missing."""
    keep: int = Field(default=7, ge=1)
    """Adapters of a persona that are kept, besides all that were ever promoted."""
    keep_runs: int = Field(default=14, ge=1)
    """Folders of a persona's runs that are kept, besides those whose adapters are."""


class Notify(Value):
    """Who is told of what happens to the flock itself, beside the log. Nobody, unless somebody is named."""

    level: Level = "info"
    """The least that is told: info, success, warning, error."""
    ntfy_url: WebAddress = ""
    """A server of ntfy; its token is in NTFY_TOKEN."""
    ntfy_topic: Annotated[str, Field(pattern=r"^[-_A-Za-z0-9]{0,64}$")] = ""
    chats: Listed[Annotated[str, AfterValidator(_chat)]] = ()
    """Chats that a bot of ours says it in, as BOT:CHAT."""
    channels: Listed[Filled] = ()
    """Channels of other packages, by the names of their entry points."""
    free_gib: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """Less room than this on the disk with the data is told; 0: it never is."""

    @model_validator(mode="after")
    def _ntfy_is_whole(self) -> Self:
        if bool(self.ntfy_url) != bool(self.ntfy_topic):
            missing = "ntfy_topic" if self.ntfy_url else "ntfy_url"
            raise Contradiction([Problem((missing,), "wanted ntfy_url and ntfy_topic, or none of them", "")])
        return self


class Scale(Value):
    """What is called when people wait too long for a model, to start more machines. Nothing, unless it is named."""

    command: Listed[Filled] = ()
    """A program and its arguments; never a line for a shell."""
    url: WebAddress = ""
    """Where the same is posted."""
    after_s: Seconds = 60.0
    """How long somebody has waited for a model when it is called."""
    waiting: int = Field(default=0, ge=0)
    """How many more than so many wait for a model when it is called, too; 0: their number alone is no reason."""
    every_s: Seconds = 300.0
    """The least time between two calls."""
    timeout_s: Seconds = 30.0
    """How long one may take."""
