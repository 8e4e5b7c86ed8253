"""The transcript is kept with the rights of the upkeep worker, and fed with those of a bot."""

from __future__ import annotations

from pathlib import Path

from tasks.contracts import roles
from tasks.jobs import archive, feedback, moves, sessions
from tasks.jobs.feedback import Opinion
from tasks.transcript.keeping import Keeper
from tests.workers.fleet.lodge import Lodge


def test_what_a_bot_tells_the_archive_upkeep_may_write_down(lodge: Lodge, tmp_path: Path) -> None:
    bot, upkeep = lodge.store(roles.BOT), lodge.store(roles.UPKEEP)
    for move in (feedback.of_job("j", "ada", Opinion.UP), sessions.reset("chat"), moves.forget("s")):
        bot.run(move)
    keeper = Keeper(upkeep, f"sqlite:///{tmp_path / 't.sqlite3'}")
    assert keeper.archive() is False
    assert keeper.refill() == 0
    assert upkeep.run(archive.owed()).entries == 0
    for opened in (keeper, bot, upkeep):
        opened.close()
