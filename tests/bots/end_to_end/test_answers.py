"""Somebody asks on a platform, llama.cpp answers, and the answer stands there: all processes are real ones."""

from __future__ import annotations

import json

from tests.bots.end_to_end.flock import TALKER, Chat, Flock, until
from workers.demo.judging import fault
from workers.demo.prompts import DEV, prompts

JOKE = next(prompt for prompt in prompts(DEV) if prompt.kind == "joke")
LABEL = "\n\ndemo model"


def test_a_question_is_answered_once_where_it_was_asked_with_the_words_of_the_model(chat: Chat) -> None:
    before = chat.elsewhere()
    asked = chat.ask(JOKE.says)
    job = chat.flock.ended(asked)
    until(lambda: chat.texts() == [job.text + LABEL], "the answer")
    assert chat.answered() == [asked.message]
    assert (job.model, job.host) == ("demo", "home")
    assert fault(JOKE.rules, job.text) == ""
    assert chat.elsewhere() == before


def test_an_answer_is_there_while_it_is_written_and_whole_in_the_end(chat: Chat) -> None:
    with chat.flock.amid(chat, f"{TALKER}, tell me something") as asked:
        until(chat.versions, "the first words")
    job = chat.flock.ended(asked)
    until(lambda: chat.texts() == [job.text], "the answer")
    *earlier, last = chat.versions()
    assert last == job.text
    assert earlier
    assert all(job.text.startswith(text) for text in earlier)
    assert job.model == "babble"


def test_the_command_line_is_answered_by_the_same_flock(flock: Flock) -> None:
    asked = flock.command.invoke("ask", JOKE.says, "--json")
    assert asked.code == 0, asked.errors
    told = json.loads(asked.out)
    assert fault(JOKE.rules, told["text"]) == ""
    assert (told["host"], told["model"]) == ("home", "demo")
