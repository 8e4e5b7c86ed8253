"""What a host has measured survives its restart."""

from __future__ import annotations

import pytest

from workers.residency.footprint import NOTHING, Measured
from workers.residency.measures import FILE, Measures

KNOWN = Measured("file 1", 4.5, 2.25, 0.0)


def test_what_was_measured_is_there_after_a_restart(tmp_path):
    Measures(tmp_path).keep("big", KNOWN)
    Measures(tmp_path).keep("small", Measured("file 2", 1.0))
    again = Measures(tmp_path)
    assert again.of("big", "file 1") == KNOWN
    assert again.of("small", "file 2").load_s is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE], "nothing half written stays"


def test_another_file_by_the_same_name_is_measured_anew(tmp_path):
    measures = Measures(tmp_path)
    measures.keep("big", KNOWN)
    assert measures.of("big", "file 2") == NOTHING
    assert measures.of("other", "file 1") == NOTHING


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"big": 3}', '{"big": {"of": "x"}}', "\x00"])
def test_a_broken_file_costs_estimates_and_no_start(tmp_path, broken):
    (tmp_path / FILE).write_text(broken)
    measures = Measures(tmp_path)
    assert measures.of("big", "x") == NOTHING
    measures.keep("big", KNOWN)
    assert Measures(tmp_path).of("big", "file 1") == KNOWN


def test_a_folder_that_takes_no_file_is_no_reason_to_end(tmp_path):
    (tmp_path / "file").touch()
    measures = Measures(tmp_path / "file")
    measures.keep("big", KNOWN)
    assert measures.of("big", "file 1") == KNOWN
