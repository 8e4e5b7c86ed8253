from __future__ import annotations

import json

import pytest
from rich.console import Console

from workers.doctor import showing
from workers.doctor.findings import Finding, Level

FINDINGS = [
    Finding("ports", Level.OK, "web.port 8080 is free"),
    Finding("ports", Level.PROBLEM, "redis.port is taken by [bold]nginx", "end it"),
    Finding("engines", Level.NOTE, "LM Studio runs\x1b[2J", "write the lines", '[[host]]\nname = "a\x1b"'),
]


def printed(*what: object) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        for part in what:
            console.print(part)
    return captured.get()


def test_a_group_is_named_once_and_what_to_do_stands_below():
    told = [line.rstrip() for line in printed(showing.table(FINDINGS)).splitlines()]
    assert told == [
        "ports   ✓ web.port 8080 is free",
        "        ✗ redis.port is taken by [bold]nginx",
        "          → end it",
        "engines · LM Studio runs\ufffd[2J",
        "          → write the lines",
    ]


def test_a_long_path_is_broken_and_never_cut():
    path = "/very/long" * 20
    told = printed(showing.table([Finding("disk", Level.OK, path)]))
    assert path in "".join(line.removeprefix("disk ✓").strip() for line in told.splitlines())


def test_lines_to_write_come_with_whose_they_are_and_harmless():
    assert list(showing.toml_blocks(FINDINGS)) == [
        ("LM Studio runs\ufffd[2J. For the end of rookery.toml:", '[[host]]\nname = "a\ufffd"')
    ]


def test_of_several_servers_one_is_to_be_taken_first():
    headings = [heading for heading, _ in showing.toml_blocks([FINDINGS[2]] * 2)]
    assert [showing.SEVERAL in heading for heading in headings] == [True, False]


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ([], "No problems, no warnings."),
        ([Level.OK, Level.NOTE], "No problems, no warnings."),
        ([Level.WARNING], "No problems, 1 warning."),
        ([Level.PROBLEM, Level.WARNING, Level.WARNING], "1 problem, 2 warnings."),
    ],
)
def test_the_last_line_counts_what_wants_something_done(levels: list[Level], told: str):
    assert showing.summary([Finding("x", level, "y") for level in levels]).plain == told


def test_the_line_of_progress_stays_short():
    assert showing.progress(["Redis", "ports"]) == "Looking at Redis, ports …"
    assert showing.progress(["a", "b", "c", "d"]) == "Looking at a, b, c and more …"


def test_programs_read_every_field_and_the_counts():
    told = json.loads(json.dumps(showing.as_data(FINDINGS)))
    assert told["counts"] == {"ok": 1, "note": 1, "warning": 0, "problem": 1}
    assert told["findings"][1] == {
        "check": "ports",
        "level": "problem",
        "what": "redis.port is taken by [bold]nginx",
        "next_step": "end it",
        "toml": "",
    }
