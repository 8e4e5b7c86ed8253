"""`rookery storage archive` and `fetch`: sees that a model may move, and moves its file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tasks.contracts.errors import Refused
from tasks.contracts.settings import Settings
from tasks.contracts.tiers import Tier
from workers.storage import moving
from workers.storage.inventory import refuse_unknown, spaces, stored
from workers.storage.plan import Stored, parts, refuse_beyond_budget, refuse_in_use, refuse_no_folder, refuse_unmovable

Pairs = Sequence[tuple[Path, Path]]


def planned(settings: Settings, name: str, to: Tier) -> Pairs:
    """Return what has to be moved so that the model lies on `to`; nothing where it does already.

    Raises:
        UnknownModel: the fleet file has none of that name.
        Refused: it cannot move, or not now; or there is no room for it.
    """
    found = stored(settings, refuse_unknown(settings))
    chosen = _chosen(settings, found, name)
    if chosen.tier is to and not _left_over(settings, chosen, to):
        return ()
    refuse_unmovable(chosen, to, one=settings.tiers.one)
    refuse_no_folder(settings.hot_dir if to is Tier.HOT else settings.archive_dir, to)
    pairs = [(settings.tiers.moved(part, _other(to)), settings.tiers.moved(part, to)) for part in parts(chosen.path)]
    coming = sum(source.stat().st_size for source, target in pairs if source.exists() and not target.exists())
    refuse_beyond_budget(chosen, coming, to, spaces(settings)[to], found)
    return pairs


def carry(settings: Settings, name: str, to: Tier, pairs: Pairs, tell: moving.Tell) -> None:
    """Move what was planned.

    Raises:
        Refused: a host has taken the model into memory meanwhile, or a disk does not do as it should. Nothing is lost.
    """

    def may_delete() -> None:
        refuse_in_use(_chosen(settings, stored(settings, refuse_unknown(settings)), name), to)

    try:
        moving.move(pairs, tell, may_delete)
    except OSError as exc:
        raise Refused(
            f"{exc.filename or pairs[0][1]}: {exc.strerror}; the model is where it was",
            next_step="see to that disk and run this again: it goes on where it was",
        ) from exc


def _chosen(settings: Settings, found: Sequence[Stored], name: str) -> Stored:
    model = settings.fleet.model(name)
    for each in found:
        if each.name == model.name:
            return each
    raise Refused(
        f"model {name!r} has no file of its own here", next_step="`rookery storage list` shows those that have one"
    )


def _left_over(settings: Settings, chosen: Stored, to: Tier) -> bool:
    """Return whether an earlier run has placed the model and not yet deleted all of its source."""
    return not settings.tiers.one and any(
        settings.tiers.moved(part, _other(to)).exists() for part in parts(chosen.path)
    )


def _other(tier: Tier) -> Tier:
    return Tier.ARCHIVE if tier is Tier.HOT else Tier.HOT
