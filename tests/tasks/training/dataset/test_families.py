"""Every base is trained with what it will be shown, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.training.dataset.families import OWN, SHIPPED, template_of
from tests.tasks.training.dataset.bases import BASES, CHATML, GEMMA, Base

PROMPT = "You are a pirate.\nYou say arr."


def test_there_is_a_base_for_each_template_that_ships() -> None:
    assert {path.stem for path in SHIPPED.glob("*.jinja")} == BASES.keys()


@pytest.mark.parametrize("family", BASES)
@pytest.mark.parametrize("prompt", ["", PROMPT])
def test_a_template_of_ours_is_chosen_where_it_says_the_same_as_the_bases_own(family: str, prompt: str) -> None:
    assert template_of(BASES[family].tokenizer(), prompt).name == family


def test_a_base_that_marks_answers_itself_is_trained_with_its_own_template() -> None:
    marked = CHATML.template.replace(
        "message['content'] + '<|im_end|>' + '\\n'}}",
        "'' }}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}",
    )
    assert template_of(replace(CHATML, template=marked).tokenizer(), PROMPT).name == OWN


def test_where_a_base_takes_no_prompt_the_first_question_opens_with_it() -> None:
    template = template_of(GEMMA.tokenizer(), PROMPT)
    assert not template.apart
    assert template.alternates
    said = [{"role": "user", "content": "Hello"}]
    assert template.messages(said) == [{"role": "user", "content": f"{PROMPT}\nHello"}]


def changed(old: str, new: str) -> Base:
    assert old in CHATML.template
    return replace(CHATML, template=CHATML.template.replace(old, new))


@pytest.mark.parametrize(
    "base",
    [
        changed("'<|im_end|>' + '\\n'", "'<|im_end|>'"),
        changed("message['content']", "message['content'] | upper"),
        changed("{{'<|im_start|>'", "{{'<|im_start|>' + strftime_now('%Y') "),
        changed("'<|im_start|>assistant\\n'", "'<|im_start|>assistant\\n<think>\\n'"),
        changed("{% for", "{{ raise_exception('no') }}{% for"),
        changed("{% endfor %}", ""),
    ],
    ids=["ends otherwise", "shouts", "tells the year", "asks otherwise", "takes no chat", "is no template"],
)
def test_a_template_that_none_of_ours_says_the_same_as_is_refused(base: Base) -> None:
    with pytest.raises(ConfigurationError, match=r"none of .*chatml.* writes the same") as raised:
        template_of(base.tokenizer(), PROMPT)
    assert "{% generation %}" in raised.value.next_step


def test_a_template_that_marks_something_else_than_the_answer_is_refused() -> None:
    marked = changed("{{'<|im_start|>'", "{% generation %}{{ '' }}{% endgeneration %}{{'<|im_start|>'")
    with pytest.raises(ConfigurationError, match="does not mark the last answer"):
        template_of(marked.tokenizer())


@pytest.mark.parametrize("template", [None, ""])
def test_a_base_without_a_chat_template_is_refused(template: str | None) -> None:
    tokenizer = CHATML.tokenizer()
    tokenizer.chat_template = template
    with pytest.raises(ConfigurationError, match="has no chat template"):
        template_of(tokenizer)
