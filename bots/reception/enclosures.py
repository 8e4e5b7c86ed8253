"""Files that come with a message: text is read along with it, the rest is declined politely."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from bots.fetching import Fetched, Fetcher, is_among
from bots.platform import Attachment
from bots.reception.asking import Enclosed
from tasks.contracts.errors import BadInput, RookeryError

MOST_FILES = 4
MOST_BYTES = 256 * 1024  # of one file
MOST_CHARS = 60_000  # of all together; a message is bounded besides
READ = (
    "text/",
    "application/json",
    "application/x-ndjson",
    "application/toml",
    "application/xml",
    "application/x-yaml",
    "application/yaml",
    "application/javascript",
    "application/x-sh",
    "application/x-python-code",
    "application/sql",
)
UNSAID = ("", "application/octet-stream")  # kinds that say nothing: the name does
NAMES = (".txt", ".md", ".csv", ".json", ".log", ".py", ".toml", ".yaml", ".yml", ".xml", ".ini", ".sql", ".sh", ".js")
NO_PICTURES = "I cannot look at pictures yet. Please tell me in words what is in it."
NO_SOUND = "I cannot listen to recordings yet. Please write it down for me."
ONLY_TEXT = "I can read text files only."
TOO_MANY = f"I can read {MOST_FILES} files at once. Please send fewer."
TOO_LARGE = f"That file is too large for me. I can read {MOST_BYTES // 1024} KiB of text."
NOT_ARRIVED = "I could not get that file. Please send it again, or paste what is in it."
UNFIT = "I cannot read that file. Please paste what is in it."


@dataclass(frozen=True)
class Reading:
    """What files came to: their text, and what is to be told about those that cannot be read."""

    files: tuple[Enclosed, ...] = ()
    trouble: str = ""


def objection(attachments: Sequence[Attachment]) -> str:
    """Return why these are not even fetched, in words for the person; empty: they are."""
    if len(attachments) > MOST_FILES:
        return TOO_MANY
    return next(filter(None, map(_objection, attachments)), "")


async def read(attachments: Sequence[Attachment], fetcher: Fetcher) -> Reading:
    """Fetch files and return their text. Never raises for what is in them or for what becomes of the fetching."""
    trouble = objection(attachments)
    if trouble or not attachments:
        return Reading(trouble=trouble)
    try:
        came = await asyncio.gather(*(fetcher.fetch(each.url, (*READ, *UNSAID), MOST_BYTES) for each in attachments))
        files = tuple(Enclosed(each.name, _text(got)) for each, got in zip(attachments, came, strict=True))
    except BadInput:
        return Reading(trouble=UNFIT)
    except RookeryError:
        return Reading(trouble=NOT_ARRIVED)
    if sum(len(file.text) for file in files) > MOST_CHARS:
        return Reading(trouble=TOO_LARGE)
    return Reading(files)


def _objection(attachment: Attachment) -> str:
    kind = attachment.kind.lower()
    if kind.startswith("image/"):
        return NO_PICTURES
    if kind.startswith(("audio/", "video/")):
        return NO_SOUND
    named = kind.partition(";")[0].strip() in UNSAID and attachment.name.lower().endswith(NAMES)
    if not (named or is_among(kind, READ)):
        return ONLY_TEXT
    return TOO_LARGE if attachment.size > MOST_BYTES else ""


def _text(got: Fetched) -> str:
    content = got.content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise BadInput("an attachment is no text") from exc
    if "\0" in text:
        raise BadInput("an attachment is no text")
    return text
