"""What is to stand on the platform for a job, from what the record says of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bots.delivery.chunks import split
from bots.delivery.safe import harmless
from bots.lookout import Prospect
from bots.platform import Button
from bots.replies import NOTHING_SAID, hint, phrase
from tasks.contracts.jobs import JobState, JobView, Outcome

REPLY, NOTICE = "reply", "notice"
PLACEHOLDER = "…"
MOST_PIECES = 4  # of one answer; a longer one is a preview and a file
PREVIEW = MOST_PIECES - 1
FILE_NAME = "answer.md"
EXPORT_NAME = "memories.jsonl"
EXPORTED = "Here is all that I remember of you: one memory on each line of the file."
IN_THE_FILE = "The whole answer is in the file."
NO_LONGER = "(This part belongs to an earlier try and no longer counts.)"
STOPPED = "(stopped)"
KEPT = " Your message is kept."
FIRST_CHARS = 16  # of a stream, before it is worth a message
UNASKED = "unasked"  # the flag of what nobody asked for: there is nothing to answer anew


@dataclass(frozen=True)
class Piece:
    """One message as it is to be."""

    chunk: str
    """Its name in the record: "0" is the first."""
    text: str
    final: bool = False
    buttons: tuple[Button, ...] = ()
    file: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Page:
    """All messages of a job as they are to be."""

    kind: str
    """Of their nonces."""
    pieces: tuple[Piece, ...] = ()
    whole: bool = False
    """Whether nothing more will come."""


@dataclass(frozen=True)
class Setting:
    """How pages are set for one platform and persona."""

    chars: int
    length: Callable[[str], int]
    words: Callable[[str, bool], str]
    buttons: bool = True

    def pieces(self, text: str) -> list[str]:
        """Return a text in pieces that fit."""
        return split(text, self.chars, self.length)

    def button(self, action: str, job: str, label: str) -> tuple[Button, ...]:
        """Return a button, where there are any."""
        return (Button(action, job, label),) if self.buttons else ()


def waiting(view: JobView, prospect: Prospect, setting: Setting) -> Page:
    """Return what is shown to somebody who waits long: their place in the queue, where there is something to tell."""
    if view.state is not JobState.QUEUED or (not view.ahead and not prospect.loading and not hint(view, prospect)):
        return Page(REPLY)
    said = phrase(view, prospect)
    text = f"{said[:1].upper()}{said[1:]}.{KEPT if hint(view, prospect) else ''}"
    return Page(REPLY, (Piece("0", text, buttons=setting.button("stop", view.job, "Stop")),))


def writing(job: str, text: str, setting: Setting) -> Page:
    """Return what is shown of an answer that is still being written; nothing as long as there are hardly any words."""
    shown = setting.words(harmless(text), False).strip()
    if len(shown) < FIRST_CHARS:
        return Page(REPLY)
    pieces = setting.pieces(shown)[:PREVIEW]
    set_pieces = [Piece(str(number), piece, final=True) for number, piece in enumerate(pieces)]
    set_pieces[-1] = replace(set_pieces[-1], final=False, buttons=setting.button("stop", job, "Stop"))
    return Page(REPLY, tuple(set_pieces))


def ending(view: JobView, small_print: str, setting: Setting) -> Page:
    """Return what is to stand there for ever: the reply or the notice."""
    if view.outcome is Outcome.NOTICE:
        again = setting.button("regenerate", view.job, "Try again")
        # Words that came before it was known how this ends are of the reply's kind, and so is what takes their place.
        kind = REPLY if view.first_token_ms else NOTICE
        return Page(kind, (Piece("0", harmless(view.text), final=True, buttons=again),), whole=True)
    text = setting.words(harmless(view.text), True).strip() or NOTHING_SAID
    printed = f"{text}\n\n{small_print}" if small_print else text
    pieces = setting.pieces(printed)
    again = () if UNASKED in view.flags else setting.button("regenerate", view.job, "Again")
    if len(pieces) > MOST_PIECES:
        whole = Piece(str(PREVIEW), IN_THE_FILE, final=True, buttons=again, file=(FILE_NAME, printed.encode()))
        return Page(REPLY, (*_final(pieces[:PREVIEW]), whole), whole=True)
    *first, last = _final(pieces)
    return Page(REPLY, (*first, replace(last, buttons=again)), whole=True)


def granted(view: JobView, setting: Setting) -> Page:
    """Return what is to stand there for a wish about memories: nothing to press, and an export is a file."""
    if view.outcome is Outcome.REPLY and view.text.startswith("{"):
        file = (EXPORT_NAME, view.text.encode())
        return Page(REPLY, (Piece("0", EXPORTED, final=True, file=file),), whole=True)
    page = ending(view, "", setting)
    return replace(page, pieces=tuple(replace(piece, buttons=()) for piece in page.pieces))


def stopped(view: JobView, text: str, setting: Setting) -> Page:
    """Return what is left of an answer that the person took back: what was said so far, and that it was stopped."""
    shown = setting.words(harmless(text), True).strip()
    pieces = setting.pieces(f"{shown}\n\n{STOPPED}" if shown else STOPPED)[:MOST_PIECES]
    *first, last = _final(pieces)
    return Page(REPLY, (*first, replace(last, buttons=setting.button("regenerate", view.job, "Again"))), whole=True)


def _final(pieces: list[str]) -> list[Piece]:
    return [Piece(str(number), piece, final=True) for number, piece in enumerate(pieces)]
