"""From what Redis holds to what people see: flat fields in, a `JobView` out. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks.contracts import condensed
from tasks.contracts.jobs import Cause, JobState, JobView, Mark, Outcome, notice_of
from tasks.contracts.messages import JobClass, JobRequest, ToolCall, Turn, Usage, Work
from tasks.contracts.queues import slug

CHAT: Work = "chat"
EMBED: Work = "embed"
MEMORY: Work = "memory"
WORKS: dict[str, Work] = {work: work for work in (CHAT, EMBED, MEMORY)}


def paired(flat: Iterable[Any]) -> dict[str, str]:
    """Return a flat list of fields and values as a mapping.

    >>> paired(["a", "1", "b", "2"])
    {'a': '1', 'b': '2'}
    """
    items = iter(flat)
    return dict(zip(items, items, strict=True))


def record_of(request: JobRequest, settings: Mapping[str, int | str]) -> str:
    """Return the fields of a new record as JSON: ids and numbers only, never a person's words."""
    return json.dumps(
        {
            "model": request.model,
            "slug": slug(request.model),
            "class": request.job_class.value,
            "session": request.session,
            "user": request.user,
            "persona": request.persona,
            "pin": request.pin,
            "labels": ",".join(request.labels),
            "adapter": request.adapter,
            "private": "1" if request.private else "0",
            "allow_cloud": "1" if request.allow_cloud else "0",
            "routed": request.routed,
            "bot": request.bot,
            "then_queue": request.then.queue if request.then else "",
            **_ways_on(request),
            **({} if request.work == CHAT else {"work": request.work}),
            **{field: str(value) for field, value in settings.items()},
        }
    )


def _ways_on(request: JobRequest) -> dict[str, str]:
    """Return what a job needs that may go on to another model or host while its own is gone."""
    ways = {"deadline_s": str(request.deadline_s)} if request.fallback or request.pin else {}
    return (
        {**ways, "fallback": ",".join(f"{slug(name)}|{name}" for name in request.fallback)}
        if request.fallback
        else ways
    )


def request_of(texts: Mapping[str, str]) -> JobRequest:
    """Return the request as it stands now: an edit changes its words, never the settings that it was accepted with."""
    request = JobRequest.model_validate_json(texts["request"])
    return request.model_copy(update={"text": texts["edited"]}) if "edited" in texts else request


def marks_of(text: str) -> tuple[Mark, ...]:
    """Return the trail of a job, one mark per line."""
    marks = []
    for line in text.split("\n")[:-1]:
        at_ms, state, who, why = line.split("|", 3)
        marks.append(Mark(at_ms=int(at_ms), state=JobState(state), who=who, why=why))
    return tuple(marks)


def text_of(texts: Mapping[str, str], outcome: Outcome | None, cause: Cause | None, model: str = "") -> str:
    """Return the words to show: the reply, the notice, or what has been streamed so far."""
    if outcome is Outcome.NOTICE and cause is not None:
        return notice_of(cause, model)
    return texts.get("reply", texts.get("partial", ""))


def calls_text(calls: Sequence[ToolCall]) -> str:
    """Return calls as the record holds them; nothing where there are none."""
    return json.dumps([call.model_dump() for call in calls]) if calls else ""


def calls_of(text: str) -> tuple[ToolCall, ...]:
    """Return the calls that a record holds.

    >>> calls_of(calls_text([ToolCall(id="1", name="look")]))
    (ToolCall(id='1', name='look', arguments=''),)
    """
    return tuple(ToolCall.model_validate(call) for call in json.loads(text)) if text else ()


def window_of(turns: Iterable[str], replaced: str) -> tuple[Turn, ...]:
    """Return the turns of a session as the next answer may see them, without those that it is to replace."""
    window = map(Turn.model_validate_json, turns)
    return tuple(turn for turn in window if not replaced or turn.job != replaced)


def view_of(job: str, fields: Mapping[str, str], texts: Mapping[str, str], ahead: int = 0) -> JobView:
    """Return the job as everybody may see it; `ahead` of it have others for its model waited longer."""
    outcome = Outcome(fields["outcome"]) if fields.get("outcome") else None
    cause = Cause(fields["cause"]) if fields.get("cause") else None

    older = condensed.of(texts.get("condensed", ""))

    def number(name: str) -> int:
        return int(float(fields.get(name) or 0))

    return JobView(
        job=job,
        state=JobState(fields["state"]),
        fence=number("fence"),
        model=fields.get("model", ""),
        session=fields.get("session", ""),
        user=fields.get("user", ""),
        persona=fields.get("persona", ""),
        job_class=JobClass(fields.get("class", JobClass.INTERACTIVE)),
        attempts=number("attempts"),
        crashes=number("crashes"),
        ahead=ahead,
        host=fields.get("host", ""),
        adapter=fields.get("adapter", ""),
        asked=fields.get("asked", ""),
        routed=fields.get("routed", ""),
        outcome=outcome,
        cause=cause,
        text=text_of(texts, outcome, cause, fields.get("model", "")),
        work=WORKS.get(fields.get("work", CHAT), CHAT),
        calls=calls_of(texts.get("calls", "")),
        thoughts=texts.get("thoughts", ""),
        error=fields.get("error", ""),
        answered_by=fields.get("answered_by", ""),
        usage=Usage(
            prompt_tokens=number("prompt_tokens"),
            completion_tokens=number("completion_tokens"),
            cached_tokens=number("cached_tokens"),
        ),
        finish_reason=fields.get("finish_reason", ""),
        received_ms=number("received_ms"),
        deadline_ms=number("deadline_ms"),
        first_token_ms=number("first_ms"),
        ended_ms=number("ended_ms"),
        flags=tuple(flag for flag in fields.get("flags", "").split(",") if flag),
        memories=tuple(id_ for id_ in (texts.get("memories") or fields.get("memories", "")).split(",") if id_),
        recalled=texts.get("recalled", ""),
        condensed=older.text,
        condensed_of=older.covered,
        marks=marks_of(fields.get("marks") or texts.get("marks", "")),
    )
