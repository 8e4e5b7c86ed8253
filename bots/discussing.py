"""`rookery ask --panel`: a panel in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from bots import replies, terminal
from bots.convening import Concluded, Happening, convene
from bots.conversation import Said
from bots.panel import Panel, Voice, panel_of
from tasks.contracts.errors import RetryableError, StoreUnavailable
from tasks.contracts.jobs import Outcome
from tasks.contracts.settings import Settings
from tasks.jobs import roster
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Ways
from tasks.jobs.watching import Answered


def ask_panel(settings: Settings, said: Said, names: str, timeout_s: float | None, *, as_json: bool) -> int:
    """Ask the panel of these names, divided by commas, show its answer, and return the exit code."""
    panel = panel_of(said, [name.strip() for name in names.split(",") if name.strip()], settings.fleet)
    teller = terminal.Teller(sys.stdout, Console(stderr=True), live=sys.stdout.isatty())

    left = [member.name for member in panel.members]

    def show(event: Happening) -> None:
        if isinstance(event, Voice):
            teller.note(told(event))
            left.remove(event.name)
            teller.wait(waiting(left))
        elif isinstance(event, Concluded):
            teller(Answered(event.view))
        else:
            teller(event)

    try:
        if not as_json:
            teller.wait(waiting(left))
        ended = asyncio.run(discuss(settings, panel, (lambda _event: None) if as_json else show, timeout_s))
    finally:
        teller.rest()
    if as_json:
        sys.stdout.write(json.dumps(public(ended, settings), indent=2) + "\n")
    elif ended.view.outcome is Outcome.REPLY:
        teller.note(foot(ended, settings))
    return replies.exit_code(ended.view)


async def discuss(
    settings: Settings, panel: Panel, show: Callable[[Happening], None], timeout_s: float | None = None
) -> Concluded:
    """Ask, show what happens, and return how it ended; who stops waiting takes all of it back.

    Raises:
        RetryableError: no answer came within `timeout_s`.
        PersonaAway: somebody takes no messages.
    """
    store = AsyncStore.open(settings.redis_url, settings.namespace)
    try:
        async with asyncio.timeout(timeout_s):
            states = await store.run(roster.disabled())
            for request in (panel.chair, *(member.request for member in panel.members)):
                roster.refuse_away(settings.fleet.persona(request.persona), states)
            ways = Ways.of(settings.fleet.jobs, archive=settings.fleet.transcript.enabled)
            async with contextlib.aclosing(convene(AsyncGateway(store, ways), panel)) as events:
                async for event in events:
                    show(event)
                    if isinstance(event, Concluded):
                        return event
    except TimeoutError as exc:
        raise RetryableError(
            f"no answer came within {timeout_s:g} s, so the panel was sent home", next_step="allow more with --timeout"
        ) from exc
    finally:
        await store.close()
    raise StoreUnavailable("the panel ended without an answer")


def waiting(left: Sequence[str]) -> str:
    """Return what is waited for while these have not answered yet."""
    return (
        f"waiting for {' and '.join(filter(None, (', '.join(left[:-1]), left[-1])))}"
        if left
        else "bringing it together"
    )


def told(voice: Voice) -> str:
    """Return what came of asking somebody, in a line."""
    if voice.view is None:
        return f"{voice.name} had no answer in time"
    if not voice.answered:
        return f"{voice.name}: {replies.ending(voice.view)}"
    return f"{voice.name} has answered · {replies.details(voice.view)}"


def foot(ended: Concluded, settings: Settings) -> str:
    """Return the line below the answer."""
    answered = [voice.name for voice in ended.voices if voice.answered]
    whose = f"made of what {', '.join(answered)} said" if ended.merged else f"what {answered[0]} said"
    return f"{whose} · {terminal.foot(ended.view, settings.fleet)}"


def public(ended: Concluded, settings: Settings) -> dict[str, object]:
    """Return what programs get: the answer, and each member's."""
    voices = [
        {
            "member": each.name,
            "answered": each.answered,
            **({"job": each.view.job, "text": each.view.text} if each.view else {}),
        }
        for each in ended.voices
    ]
    return {**replies.public(ended.view, settings.fleet), "merged": ended.merged, "voices": voices}
