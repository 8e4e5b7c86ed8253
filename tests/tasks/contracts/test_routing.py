from __future__ import annotations

import time
from typing import Any

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.routing import LOOKED_AT_CHARS, SHORT_CHARS, Route, is_about_code, route

LONG = "Tell me of the rooks that nest in the elms behind the church, of their quarrels and of how they sleep at night."
RULES = [{"pattern": "(?i)haiku", "model": "poet"}, {"pattern": "^Dear ", "model": "large"}]
NAMES = ("large", "coder", "small", "poet")


def fleet_of(**routing: Any) -> Fleet:
    models = [{"name": name, "gguf": f"{name}.gguf"} for name in NAMES]
    return parse({"model": models, "routing": {"primary": "large", "code": "coder", "fast": "small", **routing}}, "t")


def chosen(text: str, **routing: Any) -> Route:
    fleet = fleet_of(**routing)
    return route(text, fleet.personas[0], fleet.routing)


def problems(**routing: Any) -> str:
    with pytest.raises(ConfigurationError) as refused:
        fleet_of(**routing)
    return refused.value.message


def test_default_routing() -> None:
    assert len(LONG) >= SHORT_CHARS
    assert chosen(LONG) == Route("large", "primary")


def test_code_routing() -> None:
    assert chosen("Write a sorting function") == Route("coder", "about code")
    assert chosen("what is the postcode of Leeds") == Route("small", "short")


def test_fast_routing() -> None:
    assert chosen("x" * (SHORT_CHARS - 1)) == Route("small", "short")
    assert chosen("x" * SHORT_CHARS) == Route("large", "primary")
    assert chosen("good morning\n\nhow do you do?") == Route("small", "short")


def test_custom_rule_routing() -> None:
    assert chosen("a Haiku about a function", rules=RULES) == Route("poet", "routing.rules[0]")
    assert chosen("Dear rook, write me a haiku", rules=RULES) == Route(
        "poet", "routing.rules[0]"
    )  # the first that fits
    assert chosen("Dear rook,\nhow do you do?", rules=RULES) == Route("large", "routing.rules[1]")
    assert chosen("Oh dear", rules=RULES) == Route("small", "short")


@pytest.mark.parametrize(
    ("missing", "text", "goes_to"),
    [("code", "Write a sorting function", "small"), ("fast", "hello", "large"), ("fast", "debug this", "coder")],
)
def test_a_model_that_is_not_named_is_passed_over(missing: str, text: str, goes_to: str) -> None:
    assert chosen(text, **{missing: ""}).model == goes_to


def test_a_persona_that_names_its_model_is_asked_for_nothing_else() -> None:
    raw = {
        "routing": {"primary": "large", "code": "coder"},
        "model": [{"name": name, "gguf": name} for name in NAMES],
        "persona": [{"name": "ada", "model": "poet"}, {"name": "ben", "model": "auto"}, {"name": "cy"}],
    }
    fleet = parse(raw, "t")
    routes = [route("Write a sorting function", persona, fleet.routing) for persona in fleet.personas]
    assert routes == [Route("poet", ""), Route("coder", "about code"), Route("coder", "about code")]


@pytest.mark.parametrize(
    "text",
    [
        "implement quicksort",
        "Can you debug this for me?",
        "```\nprint(1)\n```",
        "what does def main(): do",
        "fn main() { }",
        "class Rook: pass",
        "is this C++ any good?",
        "why is there a stack trace",
    ],
)
def test_talk_of_programs_is_about_code(text: str) -> None:
    assert is_about_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "what is the postcode of Leeds",
        "my zip code is 12345",
        "a dress code for a wedding?",
        "what class is she in",
        "what is the function of the liver",
        "decode my feelings",
        "it is the definition of fun",
        "she defined it well",
    ],
)
def test_everyday_words_are_not_about_code(text: str) -> None:
    assert not is_about_code(text)


@pytest.mark.parametrize(
    ("pattern", "wish"),
    [
        ("(unclosed", "wanted a regular expression; unclosed group"),
        ("(?<=a)b", "look-around, including look-ahead and look-behind, is not supported"),
        (r"(a)\1", "backreferences are not supported"),
        ("(.{0,1000}){0,1000}", "Compiled regex exceeds size limit"),
        ("", "wanted text that is not empty"),
    ],
)
def test_a_pattern_that_is_none_is_refused_with_its_place(pattern: str, wish: str) -> None:
    said = problems(rules=[RULES[0], {"pattern": pattern, "model": "poet"}])
    assert said.startswith("t: routing.rules[1].pattern = ")
    assert wish in said


def test_a_trap_of_a_pattern_costs_no_time() -> None:
    fleet = fleet_of(rules=[{"pattern": trap, "model": "poet"} for trap in ("(a+)+$", "(a|a)*b", ".*.*.*.*=.*")])
    began_s = time.process_time()
    assert route("a" * (LOOKED_AT_CHARS - 1) + "!" * 100_000, fleet.personas[0], fleet.routing).why == "primary"
    assert time.process_time() - began_s < 5  # one of them alone would take `re` longer than the sun has left


def test_models_that_nobody_has_are_told_with_their_place() -> None:
    said = problems(code="codr", rules=[RULES[0], {"pattern": "x", "model": "poett"}])
    assert said.splitlines() == [
        "t: routing.code = \"codr\": no model has that name; did you mean 'coder'?",
        "t: routing.rules[1].model = \"poett\": no model has that name; did you mean 'poet'?",
    ]


def test_a_persona_without_a_model_needs_one_that_is_chosen() -> None:
    raw = {"model": [{"name": "m", "gguf": "m"}], "persona": [{"name": "ada"}]}
    with pytest.raises(
        ConfigurationError, match=r"persona\[0\]\.model \(persona 'ada'\): wanted a model, or primary under \[routing\]"
    ):
        parse(raw, "t")


def test_every_model_that_may_be_chosen_must_have_a_host() -> None:
    models = [{"name": name, "gguf": name} for name in NAMES]
    raw = {
        "model": models,
        "host": [{"name": "h", "models": ["large"]}],
        "routing": {"primary": "large", "fast": "small"},
    }
    with pytest.raises(ConfigurationError, match="no host may hold the model 'small'"):
        parse(raw, "t")


def test_no_model_may_be_called_by_the_word_for_the_choice() -> None:
    with pytest.raises(ConfigurationError, match='wanted another name: "auto"'):
        parse({"model": [{"name": "Auto", "gguf": "x"}]}, "t")


@pytest.mark.parametrize(
    ("chains", "line"),
    [
        ({"a": ["x"]}, "model[0].fallback[0] (model 'a') = \"x\": no model has that name"),
        ({"a": ["a"]}, "model[0].fallback[0] (model 'a') = \"a\": leads back to 'a'"),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "model[0].fallback[0] (model 'a') = \"b\": leads back to 'a'"),
        ({"a": ["b", "b"]}, "model[0].fallback[1] (model 'a') = \"b\": wanted each model once"),
    ],
)
def test_a_chain_that_leads_nowhere_or_back_is_refused(chains: dict[str, list[str]], line: str) -> None:
    models = [{"name": name, "gguf": name, "fallback": chains.get(name, [])} for name in "abc"]
    with pytest.raises(ConfigurationError) as refused:
        parse({"model": models}, "t")
    assert line in refused.value.message


def test_a_chain_may_be_as_long_as_there_are_models() -> None:
    chains = {"a": ["b", "c"], "b": ["c"]}
    models = [{"name": name, "gguf": name, "fallback": chains.get(name, [])} for name in "abc"]
    assert parse({"model": models}, "t").model("a").fallback == ("b", "c")


# ---------------------------------------------------------------- what may leave the house
def cloudy(**persona: Any) -> dict[str, Any]:
    return {
        "model": [{"name": "m", "aliases": {"openai": "m"}}],
        "host": [{"name": "sky", "engine": "http://10.0.0.9:1", "cloud": True}],
        "persona": [{"name": "ada", "model": "m", **persona}],
    }


@pytest.mark.parametrize(
    ("persona", "line"),
    [
        ({}, "persona[0].private"),
        ({"private": False}, "persona[0].allow_cloud (persona 'ada') = false: wanted allow_cloud = true"),
        ({"allow_cloud": True}, "persona[0].allow_cloud (persona 'ada') = true: wanted private = false beside it"),
    ],
)
def test_only_who_says_so_twice_goes_to_the_cloud(persona: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(cloudy(**persona), "t")
    assert line in refused.value.message
    assert parse(cloudy(private=False, allow_cloud=True), "t").persona("ada").allow_cloud
