from __future__ import annotations

import pytest

from bots.web.openai.listing import listing, one
from bots.web.openai.speakers import MODEL, PERSONA, speaker, speakers
from tasks.contracts.errors import UnknownModel
from tasks.contracts.fleet import parse
from tasks.jobs.roster import PersonaState

FLEET = parse(
    {
        "model": [{"name": "crow", "gguf": "crow.gguf"}, {"name": "demo", "builtin": "demo"}],
        "persona": [{"name": "crow", "model": "crow"}, {"name": "ada", "model": "demo", "enabled": False}],
    },
    "test",
)


def test_everybody_has_a_name_of_their_own_and_is_found_by_it() -> None:
    named = {who.name: who for who in speakers(FLEET)}
    assert {name: who.kind for name, who in named.items()} == {
        "crow": PERSONA,
        "ada": PERSONA,
        "model:crow": MODEL,
        "demo": MODEL,
    }
    assert all(speaker(name, FLEET) == who for name, who in named.items())
    assert speaker("model:demo", FLEET).persona == speaker("demo", FLEET).persona


def test_the_demo_model_is_labelled_wherever_it_answers() -> None:
    assert {who.name for who in speakers(FLEET) if who.demo} == {"ada", "demo"}
    assert one("demo", FLEET).demo


@pytest.mark.parametrize("name", ["model:ada", "Crow", "", "model:"])
def test_a_name_of_nobody_is_told_with_those_that_there_are(name: str) -> None:
    with pytest.raises(UnknownModel, match="there are: crow, ada, model:crow, demo"):
        speaker(name, FLEET)


def test_who_takes_no_messages_is_not_listed_and_models_always_are() -> None:
    assert [each.id for each in listing(FLEET, {}).data] == ["crow", "model:crow", "demo"]
    away = {"crow": PersonaState(disabled=True)}
    assert [each.id for each in listing(FLEET, away).data] == ["model:crow", "demo"]
