"""What is written down of an adapter: what it is, what it was made of, how good it was, and the digest of each file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from tasks.contracts.canary import VERSION, Version
from tasks.contracts.errors import AdapterDamaged
from tasks.contracts.learning import Metric, Verdict
from tasks.contracts.messages import Name, Value

WEIGHTS, CONFIG, MANIFEST = "adapter_model.safetensors", "adapter_config.json", "manifest.json"
NEEDED = frozenset({WEIGHTS, CONFIG})
#: What may lie in the folder of an adapter beside its manifest: weights, and text that nobody would run.
ALLOWED = NEEDED | {
    "README.md",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
}
VERSION_DIGITS = 8


class FileFacts(Value):
    """What a file is known by."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: int = Field(ge=0)

    @classmethod
    def of(cls, facts: tuple[str, int]) -> Self:
        """Return the facts that a shelf tells."""
        sha256, size = facts
        return cls(sha256=sha256, size=size)


class Origin(Value):
    """What an adapter was made of, and by whom: its lineage."""

    persona: Name
    model: Name
    """The name of the model that it rides on."""
    base: str = ""
    """The SHA-256 of that base, as the training told it."""
    base_file: str = ""
    """Of the GGUF file that this base was made of; empty: of none, and so engines cannot be held to it."""
    run: str = ""
    by: str = ""
    """`beat` or `operator`."""
    data: str = ""
    """The SHA-256 of all that it was trained on."""
    samples: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By its id each sample that it was trained on, and the jobs that this was made of."""
    consents: tuple[str, ...] = ()
    parents: tuple[Version, ...] = ()
    """What it was judged against: what was served when it was made."""
    settings: dict[str, Any] = Field(default_factory=dict)
    figures: dict[str, Any] = Field(default_factory=dict)
    """What its training and its data set told of themselves."""
    metrics: tuple[Metric, ...] = ()
    verdict: Verdict = Verdict(passed=False)
    until_ms: int = Field(default=0, ge=0)
    """It has learned nothing of what came later."""
    created_ms: int = Field(ge=0)

    @property
    def jobs(self) -> frozenset[str]:
        """Every job that it has learned of."""
        return frozenset(job for jobs in self.samples.values() for job in jobs)


class Manifest(Value):
    """One version of an adapter."""

    format: Literal[1] = 1
    version: Annotated[str, Field(pattern=VERSION)]
    origin: Origin
    files: dict[str, FileFacts]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if missing := sorted(NEEDED - set(self.files)):
            raise ValueError(f"it does not name {' and '.join(missing)}")
        if more := sorted(set(self.files) - ALLOWED):
            raise ValueError(f"it names {more[0]!r}, which is no part of an adapter")
        if not self.version.endswith(f"-{self.files[WEIGHTS].sha256[:VERSION_DIGITS]}"):
            raise ValueError("its version is not that of its weights")
        return self


def version_of(weights_sha256: str, created_ms: int) -> str:
    """Return what an adapter is called: by its day (UTC), and by its weights.

    >>> version_of("ab12cd34" + 56 * "0", 1_795_305_600_000)
    '20261122-ab12cd34'
    """
    day = datetime.fromtimestamp(created_ms / 1000, UTC)
    return f"{day:%Y%m%d}-{weights_sha256[:VERSION_DIGITS]}"


def read(told: bytes, what: str) -> Manifest:
    """Return a manifest from its file. Raises AdapterDamaged: it is none."""
    try:
        return Manifest.model_validate_json(told)
    except ValidationError as exc:
        first = exc.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "as a whole"
        raise damaged(what, MANIFEST, f"it cannot be read ({place}: {first['msg']})") from exc


def damaged(what: str, file: str, why: str) -> AdapterDamaged:
    """Return the error for an adapter with a file that is not what it should be."""
    return AdapterDamaged(
        f"{what} is damaged: {file}: {why}; nothing of it is used",
        next_step="put its folder back from a backup, or have another version served: `rookery train promote VERSION`",
    )
