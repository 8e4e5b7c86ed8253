from __future__ import annotations

from bots.feed.pace import next_s


def test_while_nothing_happens_one_looks_ever_more_rarely_up_to_the_cap() -> None:
    waits = [2.0]
    while waits[-1] < 60.0:
        waits.append(next_s(waits[-1], found=False, floor_s=2.0, cap_s=60.0))
    assert waits == sorted(waits)
    assert waits[-1] == 60.0
    assert len(waits) == 10
    assert next_s(60.0, found=False, floor_s=2.0, cap_s=60.0) == 60.0


def test_when_something_happened_one_looks_again_soon() -> None:
    assert next_s(60.0, found=True, floor_s=2.0, cap_s=60.0) == 2.0


def test_the_first_look_is_followed_by_one_at_the_floor_and_a_new_cap_counts_at_once() -> None:
    assert next_s(0.0, found=False, floor_s=2.0, cap_s=60.0) == 2.0
    assert next_s(60.0, found=False, floor_s=2.0, cap_s=5.0) == 5.0
