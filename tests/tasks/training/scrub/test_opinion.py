from __future__ import annotations

import copy

from detect_secrets.settings import get_plugins, get_settings
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scrub.cases import chat
from tasks.training.scrub.opinion import OVERLAP_CHARS, PIECE_CHARS, PLUGINS, pieces, suspected

SENDGRID = "SG." + "a1" * 11 + "." + "b2" * 21 + "c"


def test_a_key_that_our_table_does_not_know_is_suspected() -> None:
    assert suspected(f"look:\n{SENDGRID} is it") == {"SendGrid API Key": 1}


def test_a_key_is_suspected_wherever_it_stands_in_a_long_line() -> None:
    for before in range(0, 2 * PIECE_CHARS, 70):
        assert suspected("so " * (before // 3) + SENDGRID + " ok" * 300)


def test_ordinary_chat_is_not_suspected() -> None:
    assert not [line for line in chat() if suspected(line)]


def test_nothing_that_merely_looks_random_is_asked_for() -> None:
    assert not [plugin for plugin in PLUGINS if "Entropy" in type(plugin).__name__]


def test_what_the_library_keeps_for_a_process_stays_as_it_was() -> None:
    before = copy.deepcopy((get_settings().plugins, get_settings().filters))
    suspected(SENDGRID)
    assert (get_settings().plugins, get_settings().filters) == before
    assert get_plugins() == []


@given(st.text(alphabet="ab\n", max_size=3 * PIECE_CHARS))
def test_every_part_of_a_line_is_in_some_piece(text: str) -> None:
    shown = list(pieces(text))
    assert all(len(piece) <= PIECE_CHARS for piece in shown)
    for line in text.splitlines():
        for at in range(0, max(1, len(line) - OVERLAP_CHARS), 40):
            assert any(line[at : at + OVERLAP_CHARS] in piece for piece in shown)


def test_a_line_that_is_made_to_take_long_comes_to_its_end() -> None:
    for part in ("sk-", "//", "eyJ", "key ", "key" + " " * 400, "ibm_cloud_iam_api_key ", "https://a:"):
        assert not suspected(part * (1_000 // len(part)))
