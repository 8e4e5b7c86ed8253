"""Which chat template a base is trained with: its own where that marks answers, else one of ours that says the same.

A base is trained on what it will be shown. So whatever template is chosen, it is proved on chats like those to come
that what is trained begins with the very text that the base's own template asks an answer with, and goes on as that
one writes answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from tasks.contracts.errors import ConfigurationError
from tasks.training.dataset.masking import Message, marks_answers, rendered

SHIPPED = Path(__file__).with_name("templates")
OWN = "own"
NEXT_STEP = (
    "put what an assistant says in the checkpoint's chat template between {% generation %} and {% endgeneration %}, "
    "or name the checkpoint of another base"
)
_USER, _ASSISTANT = "user", "assistant"


@dataclass(frozen=True)
class Template:
    """How a base is shown what was said."""

    name: str
    """A family of ours, or `own`."""
    text: str
    """Jinja, with `{% generation %}` around answers."""
    asking: str
    """The base's own, which it is asked with where it is served."""
    system: str = ""
    """The persona's prompt."""
    apart: bool = True
    """Whether the prompt is a turn of its own; else it opens the first question, as engines do it."""
    alternates: bool = False
    """Whether questions and answers have to take turns."""

    def messages(self, said: Sequence[Message]) -> list[Message]:
        r"""Return what was said with the persona's prompt before it, in the form that the base takes.

        >>> plain = Template("own", "", "", system="Be brief.", alternates=True)
        >>> [each["content"] for each in plain.messages([_said("user", "One."), _said("user", "Two.")])]
        ['Be brief.', 'One.\nTwo.']
        """
        turns = _merged(said) if self.alternates else [dict(each) for each in said]
        if not self.system:
            return turns
        if self.apart:
            return [_said("system", self.system), *turns]
        return [_said(turns[0]["role"], f"{self.system}\n{turns[0]['content']}"), *turns[1:]]


def template_of(tokenizer: Any, system: str = "") -> Template:
    """Return the template that a base is trained with for a persona of this prompt.

    Raises:
        ConfigurationError: it has none, or one that none of ours says the same as.
    """
    asking = tokenizer.chat_template
    name = getattr(tokenizer, "name_or_path", "") or "the base"
    if not isinstance(asking, str) or not asking:
        raise ConfigurationError(f"{name} has no chat template, so nobody can talk to it", next_step=NEXT_STEP)
    form = _form(tokenizer, asking, system.strip())
    tried = {}
    for template in _candidates(form):
        tried[template.name] = _differs(tokenizer, template)
        if not tried[template.name]:
            return template
    why = tried.get(OWN) or f"it marks no answers, and none of {', '.join(tried)} writes the same"
    raise ConfigurationError(f"{name} cannot be trained with its chat template: {why}", next_step=NEXT_STEP)


def _candidates(form: Template) -> Iterator[Template]:
    if marks_answers(form.asking):
        yield form
        return
    for path in sorted(SHIPPED.glob("*.jinja")):
        yield replace(form, name=path.stem, text=path.read_text("utf-8"))


def _form(tokenizer: Any, asking: str, system: str) -> Template:
    """Return how the base's own template has to be used."""
    form = Template(OWN, asking, asking, system)
    twice = [_said(_USER, "One."), _said(_USER, "Two.")]
    form = replace(form, alternates=not _takes(tokenizer, asking, twice))
    return replace(form, apart=not system or _takes(tokenizer, asking, form.messages(twice)))


def _takes(tokenizer: Any, template: str, messages: Sequence[Message]) -> bool:
    try:
        rendered(tokenizer, template, messages, asks=True)
    except TemplateError:
        return False
    return True


def _differs(tokenizer: Any, template: Template) -> str:
    """Return in what a template differs from the base's own, in words; empty: in nothing that we use."""
    try:
        for said in _CHATS:
            if why := _differs_in(tokenizer, template, said):
                return why
    except TemplateError as exc:
        return f"it does not take an ordinary chat: {exc}"
    return ""


def _differs_in(tokenizer: Any, template: Template, said: Sequence[Message]) -> str:
    whole, blocks = rendered(tokenizer, template.text, template.messages(said))
    prompt, _ = rendered(tokenizer, template.asking, template.messages(said[:-1]), asks=True)
    if not whole.startswith(prompt):
        return "what it writes of a chat does not begin with what it asks an answer with"
    if not blocks or blocks[-1][0] < len(prompt):
        return "it does not mark the last answer"
    if whole.removeprefix(prompt) != _answered(tokenizer, template, said):
        return "it writes answers otherwise"
    return ""


def _answered(tokenizer: Any, template: Template, said: Sequence[Message]) -> str | None:
    """Return how the base's own template writes an answer; None: that cannot be told apart from the question.

    Some move the prompt to the last question while it is unanswered; without a prompt they do not.
    """
    for form in (template, replace(template, system="")):
        prompt, _ = rendered(tokenizer, form.asking, form.messages(said[:-1]), asks=True)
        whole, _ = rendered(tokenizer, form.asking, form.messages(said))
        if whole.startswith(prompt):
            return whole.removeprefix(prompt)
    return None


def _merged(said: Sequence[Message]) -> list[Message]:
    turns: list[Message] = []
    for each in said:
        if turns and turns[-1]["role"] == each["role"]:
            turns[-1]["content"] += f"\n{each['content']}"
        else:
            turns.append(dict(each))
    return turns


def _said(role: str, content: str) -> Message:
    return {"role": role, "content": content}


_SHORT = (_said(_USER, "Hello there!"), _said(_ASSISTANT, "Hello."))
_LONG = (
    _said(_USER, "Wie heißt du?\nUnd seit wann?"),
    _said(_ASSISTANT, "I am called {name}, <b>so</b> to say. 你好"),
    _said(_USER, "THAT IS ALL?"),
    _said(_ASSISTANT, "¿Qué más?\n\n- one\n- two"),
)
#: In a channel several may speak before anybody answers.
_CROWD = (_said(_USER, "One."), _said(_USER, "Two?"), _said(_ASSISTANT, "Three."))
_CHATS = (_SHORT, _LONG, _CROWD)
