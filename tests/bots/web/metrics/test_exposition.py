"""The text that Prometheus reads."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from bots.web.metrics.exposition import Family, Summed, text
from bots.web.metrics.names import Kind, Metric
from tasks.jobs.measures import Histogram

DEPTH = Metric("rookery_depth", Kind.GAUGE, "How deep.", ("model",))
TOOK = Metric("rookery_took_seconds", Kind.HISTOGRAM, "How long.", ("model",))
SWAPPED = Metric("rookery_swapped_seconds", Kind.SUMMARY, "How long.")


def test_a_gauge_is_a_line_for_each_value() -> None:
    assert text([Family(DEPTH, {("crow",): 2, ("wren",): 0.5})]) == (
        "# HELP rookery_depth How deep.\n"
        "# TYPE rookery_depth gauge\n"
        'rookery_depth{model="crow"} 2\n'
        'rookery_depth{model="wren"} 0.5\n'
    )


def test_a_histogram_is_cumulative() -> None:
    told = text([Family(TOOK, {("crow",): Histogram((0.25, 1.0), (3, 0, 1), 4.5)})])
    assert told.splitlines()[2:] == [
        'rookery_took_seconds_bucket{model="crow",le="0.25"} 3',
        'rookery_took_seconds_bucket{model="crow",le="1"} 3',
        'rookery_took_seconds_bucket{model="crow",le="+Inf"} 4',
        'rookery_took_seconds_sum{model="crow"} 4.5',
        'rookery_took_seconds_count{model="crow"} 4',
    ]


def test_a_summary_is_a_sum_and_a_count() -> None:
    assert text([Family(SWAPPED, {(): Summed(2, 7.25)})]).splitlines()[2:] == [
        "rookery_swapped_seconds_sum 7.25",
        "rookery_swapped_seconds_count 2",
    ]


def test_a_metric_without_a_value_is_left_out() -> None:
    assert text([Family(DEPTH, {})]) == ""


def test_whatever_a_label_holds_is_read_back_as_it_was() -> None:
    names = ('qu"ote', "back\\slash", "new\nline", "\\n", "drozd ždán 🐦", "a{b}=c")
    (family,) = text_string_to_metric_families(text([Family(DEPTH, {(name,): 1 for name in names})]))
    assert [sample.labels["model"] for sample in family.samples] == list(names)


def test_large_counts_and_small_times_keep_their_digits() -> None:
    told = text([Family(DEPTH, {("a",): 12_345_678_901, ("b",): 0.000123})])
    assert [line.rpartition(" ")[2] for line in told.splitlines()[2:]] == ["12345678901", "0.000123"]
