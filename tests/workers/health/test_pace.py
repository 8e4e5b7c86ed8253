"""How fast a model is, learned from its answers, and when one has come to a crawl."""

from __future__ import annotations

import pytest

from tasks.contracts.errors import EngineStalled, EngineWedged
from tasks.contracts.messages import Usage
from workers.health.pace import ABSENT_S, KNOWN_AFTER, PREFILL_SLACK, SHARE, STILL_FINE_PER_S, Lap, Pace, Stride

WINDOW_S = 20.0
USUAL = 200.0  # letters a second
SHARE_OF_USUAL = 1 / 20


def lap(
    prompt: int = 1000, completion: int = 101, *, cached: int = 0, reads_s: float = 2.0, writes_s: float = 10.0
) -> Lap:
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)
    return Lap(usage, completion * 5, began_s=7.0, first_s=7.0 + reads_s, ended_s=7.0 + reads_s + writes_s)


def test_the_first_answer_is_believed_whole():
    pace = Pace().after(lap())
    assert (pace.prefill_tokens_per_s, pace.decode_tokens_per_s) == (500.0, 10.0)
    assert (pace.first_token_s, pace.letters_per_s) == (2.0, 50.5)


def test_later_answers_move_the_estimate_a_little():
    pace = Pace().after(lap()).after(lap(writes_s=5.0))
    assert pace.decode_tokens_per_s == 10.0 + (20.0 - 10.0) * SHARE


def test_what_was_cached_was_not_read():
    assert Pace().after(lap(cached=500)).prefill_tokens_per_s == 250.0


@pytest.mark.parametrize("few", [lap(completion=3), lap(writes_s=0.0)])
def test_an_answer_too_short_to_measure_says_nothing_about_writing(few):
    assert Pace().after(lap()).after(few).decode_tokens_per_s == 10.0


def test_a_prompt_too_short_to_measure_says_nothing_about_reading():
    pace = Pace().after(lap(prompt=10))
    assert pace.prefill_tokens_per_s == 0.0
    assert pace.prefill_s(1000, assumed_s=20.0) == 20.0


def test_a_prompt_is_given_the_time_that_was_measured_and_some():
    assert Pace().after(lap()).prefill_s(1000, assumed_s=20.0) == 2.0 * PREFILL_SLACK


def test_nothing_is_usual_before_some_answers_were_seen():
    pace = Pace()
    for _ in range(KNOWN_AFTER - 1):
        pace = pace.after(lap())
    assert pace.usual_letters_per_s == 0.0
    assert pace.after(lap()).usual_letters_per_s == 50.5


def watched(every_s: float, letters: int, seconds: float, usual: float = USUAL) -> Stride:
    """Return a stride after a first word, and `letters` every `every_s`, looked at twenty times a second."""
    stride = Stride(usual, SHARE_OF_USUAL, WINDOW_S)
    stride.saw(5, 0.0)
    ticks, due_s = int(seconds / 0.05), every_s
    for tick in range(1, ticks + 1):
        now_s = tick * 0.05
        due = now_s >= due_s - 1e-9
        stride.saw(letters if due else 0, now_s)
        due_s += every_s if due else 0.0
    return stride


def silent(stride: Stride, first: int, last: int) -> None:
    for tick in range(first, last):
        stride.saw(0, tick * 0.05)


def test_a_token_every_ten_seconds_is_a_wedged_engine():
    with pytest.raises(EngineWedged, match="letters in 20 s"):
        watched(every_s=10.0, letters=5, seconds=WINDOW_S + 1)


def test_it_is_a_stall_to_whoever_does_not_ask_further():
    assert issubclass(EngineWedged, EngineStalled)


def test_the_usual_pace_goes_on_for_ever():
    watched(every_s=0.05, letters=10, seconds=100.0)


def test_a_token_a_second_is_never_too_slow_however_fast_it_was_before():
    watched(every_s=1.0, letters=int(STILL_FINE_PER_S) + 1, seconds=60.0, usual=100_000.0)


def test_where_nothing_is_known_nothing_is_too_slow():
    watched(every_s=10.0, letters=1, seconds=60.0, usual=0.0)


def test_reading_a_long_prompt_is_not_crawling():
    silent(Stride(USUAL, SHARE_OF_USUAL, WINDOW_S), 0, 2000)


def test_a_crawl_that_begins_late_is_noticed_too():
    stride = Stride(USUAL, SHARE_OF_USUAL, WINDOW_S)
    for tick in range(1, 801):
        stride.saw(10, tick * 0.05)
    with pytest.raises(EngineWedged):
        silent(stride, 801, 1801)


def test_a_reader_that_was_away_blames_nobody():
    stride = Stride(USUAL, SHARE_OF_USUAL, WINDOW_S)
    stride.saw(5, 0.0)
    stride.saw(0, ABSENT_S + 60.0)
    stride.saw(0, ABSENT_S + 60.05)
