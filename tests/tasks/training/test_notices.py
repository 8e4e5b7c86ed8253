"""What every notice of training has in common."""

from __future__ import annotations

from tasks.contracts.notices import MAX_TITLE_CHARS, MAX_WORDS_CHARS
from tasks.training.notices import TAG, notice


def test_a_notice_has_its_lines_below_each_other() -> None:
    told = notice("training:run", "Ada has learned", ["one", "two"], "success")
    assert (told.about, told.title, told.words) == ("training:run", "Ada has learned", "one\ntwo")
    assert (told.level, told.tags) == ("success", (TAG,))


def test_what_there_is_no_room_for_is_seen_to_be_cut() -> None:
    told = notice("a" * 999, "t" * 999, ["w" * 99_999], "info")
    assert [len(each) for each in (told.about, told.title, told.words)] == [
        MAX_TITLE_CHARS,
        MAX_TITLE_CHARS,
        MAX_WORDS_CHARS,
    ]
    assert all(each.endswith("…") for each in (told.about, told.title, told.words))
