from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.leaving import told

LINE = "what people say to 'ada' may leave the house: host 'sky' belongs to somebody else (http://10.0.0.9:1)"


def fleet_of(persona: dict[str, Any], sky: dict[str, Any] | None = None, **tables: Any) -> Fleet:
    models = [
        {"name": "own", "gguf": "own.gguf", "fallback": ["theirs"]},
        {"name": "theirs", "aliases": {"openai": "t"}},
        {"name": "small", "gguf": "small.gguf"},
    ]
    hosts = [
        {"name": "home", "labels": ["eu"]},
        {"name": "sky", "engine": "http://10.0.0.9:1", "cloud": True, **(sky or {})},
    ]
    return parse({"model": models, "host": hosts, "persona": [{"name": "ada", **persona}], **tables}, "t")


OPEN = {"private": False, "allow_cloud": True}


@pytest.mark.parametrize(
    "persona", [{"model": "theirs", **OPEN}, {"model": "own", **OPEN}], ids=["its model", "a fallback of it"]
)
def test_a_host_of_somebody_else_that_may_answer_is_told(persona: dict[str, Any]):
    assert told(fleet_of(persona)) == (LINE,)


def test_so_is_one_that_may_be_chosen():
    assert told(fleet_of(OPEN, routing={"primary": "small", "fast": "theirs"})) == (LINE,)


@pytest.mark.parametrize(
    ("persona", "sky"),
    [
        ({"model": "small", **OPEN}, {}),
        ({"model": "own"}, {}),
        ({"model": "own", "private": False}, {}),
        ({"model": "own", **OPEN}, {"enabled": False}),
        ({"model": "own", **OPEN}, {"cloud": False}),
        ({"model": "own", "labels": ["eu"], **OPEN}, {}),
    ],
)
def test_what_stays_in_the_house_is_not_told(persona: dict[str, Any], sky: dict[str, Any]):
    assert told(fleet_of(persona, sky)) == ()
