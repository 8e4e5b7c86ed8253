from __future__ import annotations

import pytest

from workers.engines.prometheus import total


@pytest.mark.parametrize(
    ("text", "sum_of"),
    [
        ("", 0.0),
        ("depth 2", 2.0),
        ('depth{engine="0"} 2.0\ndepth{engine="1"} 3\n', 5.0),
        ('depth_by_reason{reason="a"} 7\nother 1\ndepth 1', 1.0),  # a longer name is another metric
        ("# HELP depth of it 9\ndepth NaN\ndepth +Inf\ndepth many", 0.0),
    ],
)
def test_a_metric_is_the_sum_over_its_labels(text: str, sum_of: float) -> None:
    assert total(text, "depth") == sum_of
