"""What whoever looks after the flock is told of what is served, in words and figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.contracts.canary import Served
from tasks.contracts.learning import adapter_name
from tasks.contracts.notices import Level, Notice
from tasks.training.canary.judging import Sign
from tasks.training.notices import notice
from tasks.training.registry.events import Event, Kind

_TITLES: dict[Kind, tuple[str, Level]] = {
    Kind.CANARY: ("{} tries something new on a part of its replies", "info"),
    Kind.PROMOTED: ("{} has learned, and every reply shows it", "success"),
    Kind.DEMOTED: ("{} unlearns what it tried: its replies were worse", "warning"),
    Kind.ROLLED_BACK: ("{} is back to what it was", "warning"),
    Kind.FLAGGED: ("{} knows what it may know no more", "warning"),
}
_NAMES = {Sign.REACTIONS: "disliked", Sign.NOTICES: "not answered", Sign.BROKEN: "broken"}
_DONE = {
    Kind.CANARY: "is on trial",
    Kind.PROMOTED: "is promoted",
    Kind.DEMOTED: "is on trial no more",
    Kind.ROLLED_BACK: "is taken back",
}
NOBODY = "the base, without an adapter"


def notice_of(persona: str, event: Event) -> Notice:
    """Return what is told of a change of what is served."""
    title, level = _TITLES[event.kind]
    what = adapter_name(persona, event.version) if event.version else NOBODY
    lines = [f"{what}: {event.words}" if event.words else what, *_figures(event.figures)]
    if event.served:
        answers = adapter_name(persona, event.served.current) if event.served.current else NOBODY
        lines.append(f"{answers} answers now" + (f", for {event.by}" if event.by else ""))
    lines.append("`rookery train list` shows what there is")
    return notice(f"training:{event.kind.value}:{event.version}:{persona}", title.format(persona), lines, level)


def in_words(persona: str, served: Served, event: Event | None) -> str:
    """Return what whoever had something changed is told: what answers now, and what was done, if anything was.

    >>> in_words("pirate", Served(), None)
    'nothing was changed: the base, without an adapter, answers for pirate'
    """
    answers = f"{served.current or f'{NOBODY},'} answers for {persona}"
    if served.canary:
        answers += f", and {served.canary} a share of {served.share:.0%}"
    if event is None:
        return f"nothing was changed: {answers}"
    return f"{event.version or NOBODY} {_DONE[event.kind]}; {answers}"


def _figures(figures: Mapping[str, float]) -> list[str]:
    """Return the figures of a canary in words, one sign a line; nothing where nothing was counted."""
    if not figures.get("replies"):
        return []
    counted = f"{figures['replies']:.0f} replies of it, {figures.get('ratings', 0):.0f} judged by people"
    signs = [
        f"{name}: {figures[sign]:.1%}, before {figures[f'{sign}_before']:.1%}"
        for sign, name in _NAMES.items()
        if sign in figures
    ]
    return [counted, *signs]
