"""The commands that every platform has: how they are written, and what is said in answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bots.listening import visible
from bots.platform import Heard
from tasks.contracts.fleet import Fleet, Persona
from tasks.jobs.values import Status

ASK, PERSONA, MODEL, RESET = "ask", "persona", "model", "reset"
STATUS, HELP, STOP, RETRY = "status", "help", "stop", "retry"
REMEMBER, MEMORY, FORGET, EXPORT = "remember", "memory", "forget", "export"
LEARNING, CORRECT = "learning", "correct"
WISHES = (REMEMBER, MEMORY, FORGET, EXPORT)  # about one's own memories: see bots/wishes.py
GREETING = "start"  # what Telegram sends for a person who opens the chat
HELPS = {
    ASK: ("question", "ask me something"),
    PERSONA: ("[name]", "see who is here, or choose who answers in this channel"),
    MODEL: ("[name]", "see what can answer, or choose it for this channel"),
    RESET: ("", "start a new conversation"),
    STATUS: ("", "see how busy the flock is, and how much you may still ask"),
    STOP: ("", "take your latest question back"),
    RETRY: ("", "have your latest question answered anew"),
    REMEMBER: ("what", "have me remember something"),
    MEMORY: ("[about]", "see what I remember of you"),
    FORGET: ("what", "have me forget that, or `everything`"),
    EXPORT: ("", "get all that I remember of you, as a file"),
    LEARNING: ("[on-or-off]", "see or say whether I may learn from what you say to me"),
    CORRECT: ("answer", "tell me what I should have said"),
    HELP: ("", "this list"),
}
NAMES = tuple(HELPS)
NOBODY = frozenset({"-", "none", "default"})  # instead of a name: as it is elsewhere
MOST_LISTED = 40
_COMMAND = re.compile(r"/([a-z][a-z0-9_-]{0,31})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)

NOTHING_TO_STOP = "Nothing of yours is being answered here."
STOPPED = "Stopped."
TOO_LATE = "That is answered already."
NOT_YOURS = "Only who asked can do that."
NOT_ALLOWED = "Only those who look after this bot can change that here. You can still name somebody with /ask."
NOTHING_TO_RETRY = "I do not remember a question of yours here. Please ask again."
STILL_AT_IT = "I am still at it. /stop takes the question back."
WHAT_TO_ASK = "Please write your question behind /ask."
RESET_DONE = "A new conversation: I look back on nothing that was said here before."
LISTENING = "I am listening. Please write your question."
NOBODY_HERE = "Nobody is here to answer just now."


@dataclass(frozen=True)
class Written:
    """A command as somebody typed it."""

    name: str
    args: str
    to: str = ""
    """The name behind an @: several bots may be in one chat."""


def parse(text: str) -> Written | None:
    """Return the command that a message is; None where it is none.

    >>> parse("/persona Ada"), parse("/etc/hosts has what?")
    (Written(name='persona', args='Ada', to=''), None)
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    return Written(found[1].lower(), (found[3] or "").strip(), found[2] or "")


def help_text(unknown: str = "") -> str:
    """Return what there is to say, after a line about a command that there is not."""
    lines = [f"I do not know /{unknown}. This is what I know:"] if unknown else []
    lines += [f"/{name}{f' {args}' if args else ''} · {what}" for name, (args, what) in HELPS.items()]
    return "\n".join(lines)


def persona_named(name: str, personas: Sequence[Persona]) -> Persona | None:
    """Return who is called so, whatever the case and accents; by an alias, too."""
    known = [(persona, known) for persona in personas for known in (persona.name, *persona.aliases)]
    return next((persona for persona, called in known if visible.same(name, called)), None)


def model_named(name: str, models: Sequence[str]) -> str:
    """Return the model that is called so; empty: none is."""
    return next((model for model in models if visible.same(name, model)), "")


def may_speak(heard: Heard, fleet: Fleet, resting: frozenset[str] = frozenset()) -> tuple[Persona, ...]:
    """Return who may answer where something was said; `resting` are those that were disabled."""
    return tuple(
        persona
        for persona in fleet.personas
        if persona.enabled
        and persona.name not in resting
        and persona.may_speak_in(heard.bot, heard.place.chat, heard.parent)
    )


def persona_list(here: Sequence[Persona], current: str) -> str:
    """Return who may answer here, and who does."""
    if not here:
        return NOBODY_HERE
    return _listed("Who is here:", [persona.name for persona in here], current)


def model_list(models: Sequence[str], current: str, persona: str) -> str:
    """Return what a persona may answer with here, and what it does."""
    return _listed(f"What {persona} can answer with:", models, current)


def unknown_name(what: str, name: str, known: Sequence[str]) -> str:
    """Return what is said to who named somebody or something that is not here."""
    return f"There is no {what} {name[:64]!r} here. {_listed('There are:', known, '')}"


def resting(who: str, why: str) -> str:
    """Return what is said where somebody was asked for who was switched off."""
    return f"{who} does not answer just now{f': {why}' if why else ''}."


def chosen(who: str, elsewhere: bool) -> str:
    """Return what is said when it was set who answers in a channel, or with what."""
    return "As everywhere else, then." if elsewhere else f"{who} it is, from now on in this channel."


def status_text(seen: Status | None, quota: str) -> str:
    """Return how the flock does, in a few lines."""
    if seen is None:
        return f"I cannot see the flock just now.\n{quota}".strip()
    up = [host.name for host in seen.hosts if host.live]
    waiting = sum(backlog.waiting for backlog in seen.backlogs)
    hosts = (
        f"{len(up)} of {len(seen.hosts)} hosts {'is' if len(up) == 1 else 'are'} up" if seen.hosts else "No host is up"
    )
    queue = f"{waiting} {'question waits' if waiting == 1 else 'questions wait'}" if waiting else "nobody waits"
    lines = [f"{hosts}; {queue}."]
    lines += [f"{backlog.slug}: {backlog.waiting} waiting{_eta(backlog.eta_s)}" for backlog in seen.backlogs[:5]]
    return "\n".join([*lines, quota]).strip()


def _eta(eta_s: float | None) -> str:
    return "" if eta_s is None else f", an answer in about {max(1, round(eta_s))} s"


def _listed(opening: str, names: Sequence[str], current: str) -> str:
    lines = [f"{'›' if name == current else '·'} {name}" for name in names[:MOST_LISTED]]
    more = len(names) - MOST_LISTED
    return "\n".join([opening, *lines, *([f"and {more} more"] if more > 0 else [])])
