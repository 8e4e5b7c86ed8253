"""How a job is told to people: the words while they wait, the labels, the small print, the exit code. Pure."""

from __future__ import annotations

import re
from typing import Any

from bots.lookout import UNKNOWN, Prospect
from tasks.contracts.entries import AUTO
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.jobs import WAITING, JobState, JobView, Outcome
from tasks.jobs import steps

MS = 1000
ANSWERED, NOT_ANSWERED, FAILED = 0, 1, 2  # exit codes: 0 is for an answer and nothing else
NO_HOST = "no host is up"  # the ledger's word, in the first mark of a job that came in while its model had none
FALLBACK, FAILOVER = "fallback", "failover"  # the ledger's words for another model, and for another host, than meant
KEPT = "Your message is kept. `rookery up`, or `rookery run host NAME` on a machine that has the model, starts a host."
NOTHING_SAID = "The answer was empty."
OF_THE_PROMPT = frozenset({"memories", "recalled", "condensed", "condensed_of"})  # fields of a job

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SOON_S, MINUTE_S = 5, 60  # an estimate is no better than that
_UNHOSTED = "waiting for a host that has"
_PHRASES = {
    JobState.RECEIVED: "waiting for your earlier message",
    JobState.RECALLING: "remembering",
    JobState.CLAIMED: "claimed by {host}",
    JobState.GENERATING: "{host} is writing",
    JobState.DONE: "arriving",
    JobState.DELIVERING: "arriving",
    JobState.DELIVERED: "answered",
    JobState.UNDELIVERABLE: "could not be delivered",
    JobState.WITHDRAWN: "stopped",
}


def phrase(view: JobView, prospect: Prospect = UNKNOWN) -> str:
    """Return where a job stands, in the words for whoever waits for it."""
    if view.state in WAITING and view.attempts:
        return "trying again"
    if view.state is JobState.QUEUED:
        return _queued(view, prospect)
    return _PHRASES[view.state].format(host=view.host or "a host")


def _queued(view: JobView, prospect: Prospect) -> str:
    unhosted = bool(view.marks) and view.marks[0].why == NO_HOST
    if prospect.loading and not prospect.ready:
        return f"{prospect.loading} is loading {view.model}"
    if unhosted and not prospect.ready:
        return f"{_UNHOSTED} {view.model}"
    if not view.ahead:
        return "queued"
    return f"queued, {view.ahead} before you{_estimate(view.eta_s)}"


def _estimate(eta_s: float | None) -> str:
    """Return about how long an answer will take, in words; nothing where nobody can tell, or it is soon."""
    if eta_s is None or eta_s < SOON_S:
        return ""
    if eta_s < MINUTE_S:
        return f", about {round(eta_s / SOON_S) * SOON_S} s"
    return f", about {round(eta_s / MINUTE_S)} min"


def hint(view: JobView, prospect: Prospect = UNKNOWN) -> str:
    """Return what may be done about a wait that will not end by itself, or nothing."""
    return KEPT if phrase(view, prospect).startswith(_UNHOSTED) else ""


def is_demo(model: str, fleet: Fleet) -> bool:
    """Return whether the built-in demo model answers under this name."""
    return any(known.name == model and known.builtin == "demo" for known in fleet.models)


def speaks_as_demo(persona: Persona, fleet: Fleet) -> bool:
    """Return whether the built-in demo model answers for a persona, most of the time at least."""
    return is_demo(fleet.routing.primary if persona.model == AUTO else persona.model, fleet)


def ending(view: JobView) -> str:
    """Return the words to show when a job is over: the reply, the notice, or that it was stopped."""
    if view.outcome is None:
        return f"{phrase(view).capitalize()}."
    return view.text or NOTHING_SAID


def details(view: JobView) -> str:
    """Return the small print below an answer: who, where, how much, how long."""
    who = f"{view.model} on {view.host}" if view.host else view.model
    parts = [f"{who}{steps.rider(view).rstrip(',')}"]
    if view.usage.completion_tokens:
        parts.append(f"{view.usage.prompt_tokens} → {view.usage.completion_tokens} tokens")
    timings = view.timings_ms()
    if "first_token" in timings:
        parts.append(f"first word {seconds(timings['first_token'])}")
    if view.marks:
        parts.append(f"{seconds(view.marks[-1].at_ms - view.received_ms)} in all")
    if FALLBACK in view.flags:
        parts.append(f"in place of {view.asked}, which nobody could answer with")
    elif FAILOVER in view.flags:
        parts.append("its own host is away")
    if view.attempts > 1:
        parts.append(f"{view.attempts} tries")
    if view.finish_reason == "length":
        parts.append("cut at the token limit")
    return " · ".join(parts)


def seconds(ms: int) -> str:
    """Return a duration as people read it.

    >>> seconds(340), seconds(12_345)
    ('0.34 s', '12.3 s')
    """
    exact = max(ms, 0) / MS
    return f"{exact:.2f} s" if exact < 10 else f"{exact:.1f} s"


def exit_code(view: JobView) -> int:
    """Return the exit code of the command that asked."""
    return ANSWERED if view.outcome is Outcome.REPLY and view.state is not JobState.WITHDRAWN else NOT_ANSWERED


def public(view: JobView, fleet: Fleet) -> dict[str, Any]:
    """Return a job as `--json` and the page get it; what stood in its prompt is for who looks after the flock."""
    told = {**view.public(), "demo": is_demo(view.model, fleet)}
    return {name: value for name, value in told.items() if name not in OF_THE_PROMPT}


def error(exc: RookeryError) -> dict[str, dict[str, str]]:
    """Return an error of the tree as JSON says it."""
    return {"error": {"type": type(exc).__name__, "message": exc.message, "next_step": exc.next_step}}


def printable(text: str) -> str:
    """Return text that cannot move a terminal's cursor, recolour it or rename its window."""
    return _CONTROL.sub("", text)
