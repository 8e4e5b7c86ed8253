from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.delivery.pages import NO_LONGER, NOTICE, PLACEHOLDER, REPLY, Page, Piece
from bots.delivery.steps import Doubt, Edit, Find, Post, Shown, Step, next_step
from bots.platform import Proof

HELLO = Piece("0", "hello", final=True)
WORLD = Piece("1", "world", final=True)
PAGE = Page(REPLY, (HELLO, WORLD), whole=True)
WINDOW_S = 60.0


def step(page: Page, shown: Shown, proof: Proof = Proof.NONCE, now_s: float = 100.0) -> Step | None:
    return next_step(page, shown, proof, WINDOW_S, now_s)


def test_what_never_stood_there_is_posted():
    assert step(PAGE, Shown()) == Post(HELLO, REPLY)


def test_the_next_message_waits_until_the_one_before_has_its_id():
    shown = Shown().posted(Post(HELLO, REPLY), "m0")
    assert step(PAGE, shown) == Post(WORLD, REPLY)


def test_nothing_is_done_where_all_stands_as_it_should():
    shown = Shown().posted(Post(HELLO, REPLY), "m0").posted(Post(WORLD, REPLY), "m1")
    assert step(PAGE, shown) is None


def test_other_words_are_edited_in():
    shown = Shown().posted(Post(replace(HELLO, text="hel"), REPLY), "m0")
    assert step(PAGE, shown) == Edit(HELLO, "m0")


def test_what_an_earlier_process_put_there_is_edited_and_never_posted_again():
    assert step(PAGE, Shown().knowing({"0": "m0"})) == Edit(HELLO, "m0")


@pytest.mark.parametrize("now_s", [100.0, 159.9])
def test_in_doubt_the_same_nonce_is_posted_again_within_its_window(now_s: float):
    doubtful = Shown().doubted("0", Doubt(REPLY, 100.0))
    assert step(PAGE, doubtful, now_s=now_s) == Post(HELLO, REPLY, sure=False)


def test_in_doubt_the_history_is_asked_after_the_window():
    assert step(PAGE, Shown().doubted("0", Doubt(REPLY, 100.0)), now_s=160.0) == Find(HELLO, REPLY)


def test_a_doubt_begins_with_the_first_try():
    doubtful = Shown().doubted("0", Doubt(REPLY, 100.0)).doubted("0", Doubt(REPLY, 150.0))
    assert step(PAGE, doubtful, now_s=170.0) == Find(HELLO, REPLY)


def test_what_may_stand_there_already_is_edited_after_it_was_posted_again():
    again = Post(HELLO, REPLY, sure=False)
    assert step(PAGE, Shown().doubted("0", Doubt(REPLY, 100.0)).posted(again, "m0")) == Edit(HELLO, "m0")


def test_what_was_found_is_edited():
    assert step(PAGE, Shown().doubted("0", Doubt(REPLY, 0.0)).found("0", "m0")) == Edit(HELLO, "m0")


def test_what_was_not_found_is_posted():
    assert step(PAGE, Shown().doubted("0", Doubt(REPLY, 0.0)).found("0", "")) == Post(HELLO, REPLY)


def test_what_is_looked_for_are_the_words_that_were_posted():
    former = Piece("0", "hel")
    assert step(PAGE, Shown().doubted("0", Doubt(NOTICE, 0.0, former))) == Find(former, NOTICE)


def test_a_doubt_keeps_the_kind_that_it_arose_with():
    notice = Page(NOTICE, (HELLO,), whole=True)
    assert step(notice, Shown().doubted("0", Doubt(REPLY, 100.0))) == Post(HELLO, REPLY, sure=False)


def test_an_earlier_process_leaves_the_first_message_without_an_id_in_doubt():
    left = Shown(unsure_since_s=0.0).knowing({"0": "m0"}).edited(HELLO)
    assert step(PAGE, left) == Find(WORLD, REPLY)
    assert step(PAGE, left.found("1", "")) == Post(WORLD, REPLY)


def test_with_a_placeholder_there_is_one_before_each_message():
    first = step(PAGE, Shown(unsure_since_s=0.0), Proof.PLACEHOLDER)
    assert first == Post(Piece("0", PLACEHOLDER), REPLY)
    assert isinstance(first, Post)
    assert step(PAGE, Shown().posted(first, "m0"), Proof.PLACEHOLDER) == Edit(HELLO, "m0")


def test_an_original_is_the_same_message_whoever_posts_it():
    assert step(PAGE, Shown(unsure_since_s=0.0), Proof.ORIGINAL) == Post(HELLO, REPLY)


def test_what_follows_an_original_is_looked_for_in_doubt():
    shown = Shown().posted(Post(HELLO, REPLY), "m0").doubted("1", Doubt(REPLY, 99.0))
    assert step(PAGE, shown, Proof.ORIGINAL) == Find(WORLD, REPLY)


def test_what_an_earlier_try_said_too_much_is_marked_at_the_end():
    shown = Shown().posted(Post(HELLO, REPLY), "m0").posted(Post(WORLD, REPLY), "m1")
    assert step(Page(REPLY, (HELLO,)), shown) is None
    gone = step(Page(REPLY, (HELLO,), whole=True), shown)
    assert gone == Edit(Piece("1", NO_LONGER, final=True), "m1")
    assert step(Page(REPLY, (HELLO,), whole=True), shown.edited(gone.piece)) is None


def test_a_message_that_was_taken_away_is_posted_anew():
    shown = Shown().posted(Post(HELLO, REPLY), "m0").without("0")
    assert step(PAGE, shown) == Post(HELLO, REPLY)


class Memory:
    """A platform in a dictionary, whose answers get lost when a test wants it."""

    def __init__(self) -> None:
        self.messages: dict[str, str] = {}
        self.by_nonce: dict[tuple[str, str], str] = {}

    def take(self, step: Step, shown: Shown, *, lost: bool, dies: bool) -> Shown:
        """Take a step; return what the process knows afterwards, or what the next one does, where it `dies`."""
        chunk = step.piece.chunk
        if isinstance(step, Post):
            nonce = (step.kind, chunk)
            message = self.by_nonce.setdefault(nonce, f"m{len(self.messages)}")
            self.messages.setdefault(message, step.piece.text)
            if dies:
                return Shown(ids=shown.ids, unsure_since_s=0.0)
            return shown.doubted(chunk, Doubt(step.kind, 0.0)) if lost else shown.posted(step, message)
        if isinstance(step, Edit):
            self.messages[step.message] = step.piece.text
            if dies:
                return Shown(ids=shown.ids, unsure_since_s=0.0)
            return shown if lost else shown.edited(step.piece)
        found = self.by_nonce.get((step.kind, chunk), "")
        return shown.found(chunk, found)


@given(
    st.lists(st.sampled_from(["fine", "lost", "dies"]), max_size=12),
    st.lists(st.text("ab", min_size=1), min_size=1, max_size=4),
    st.sampled_from([0.0, WINDOW_S]),
)
def test_whatever_gets_lost_and_whoever_dies_each_message_stands_there_once(
    fates: list[str], texts: list[str], window_s: float
):
    page = Page(REPLY, tuple(Piece(str(number), text) for number, text in enumerate(texts)), whole=True)
    platform, shown = Memory(), Shown()
    fate = iter(fates)
    while (following := next_step(page, shown, Proof.NONCE, window_s, 1.0)) is not None:
        now = next(fate, "fine")
        shown = platform.take(following, shown, lost=now == "lost", dies=now == "dies")
    assert list(platform.messages.values()) == texts
