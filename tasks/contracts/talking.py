"""The tables of `rookery.toml` about conversations: who answers, with which words, and what is kept of it."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from tasks.contracts.fields import Chance
from tasks.contracts.masking import MASK, mask
from tasks.contracts.messages import Value
from tasks.contracts.problems import Contradiction, Problem
from tasks.contracts.sections import LONGEST_S, Filled

Strategy = Literal["mention", "topic", "weighted", "random", "round-robin"]
MOST_HOPS = 100
TRANSCRIPT_FILE = "transcript.sqlite3"  # in the data folder
DATABASES = ("sqlite", "postgresql")


def _database(url: str) -> str:
    """Refuse what is no address of a database; show it only as far as a password in it can be told apart."""
    if url and ("://" not in url or urlsplit(url).scheme.partition("+")[0] not in DATABASES):
        wish = (
            "wanted an address such as postgresql://rookery@10.0.0.5/rookery or sqlite:////var/lib/transcript.sqlite3"
        )
        raise Contradiction([Problem((), wish, mask(url) if "://" in url else MASK)])
    return url


class Casting(Value):
    """Who answers where nobody was asked by name."""

    strategy: Strategy = "mention"
    chance: Chance = 0.0
    """Of answering what nobody was asked."""
    silence_s: float = Field(default=0.0, ge=0, le=LONGEST_S, allow_inf_nan=False)
    """After so long without a word a persona may speak first; 0: none ever does."""
    hops: int = Field(default=2, ge=0, le=MOST_HOPS)
    """How often bots may answer each other before a person has said something."""


class Words(Value):
    """Files that a person edits while the flock runs; relative ones lie in the data folder."""

    blocked: Filled = "personalities/blocked_words.yaml"
    """Words that are neither taken in nor said."""
    settings: Filled = "discord/settings.json"
    """What holds in single guilds and channels."""
    personas: Filled = "personalities"
    """A folder with a file for each persona."""


class Transcript(Value):
    """What was said, word for word, for as long as nobody has it forgotten."""

    url: Annotated[str, AfterValidator(_database), Field(repr=False)] = ""
    """Of a database; empty: a file in the data folder."""
    enabled: bool = True
