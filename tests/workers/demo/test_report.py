from __future__ import annotations

from workers.demo.judging import judge
from workers.demo.model import demo_gguf
from workers.demo.prompts import Prompt, Rules
from workers.demo.report import BEGIN, END, answered, rewritten, serving, summary

GOOD = judge(Prompt("greeting", "hi", Rules(any_of=("hello",))), "Hello!")
BAD = judge(Prompt("recall", "who am i", Rules(any_of=("leo",)), ("I'm Leo",)), "I do\nnot know.")


def test_the_record_says_the_score_and_every_answer_that_failed():
    told = summary([GOOD, BAD], [GOOD, GOOD], looks=2)
    assert "1 of 2 answers were acceptable at temperature 0" in told
    assert "2 of 2 at the temperature of the file" in told
    assert "2 times" in told
    assert "| greeting | 1 of 1 | recall | 0 of 1 |  |  |" in told
    assert "- recall: “I'm Leo / who am i” got “I do not know.”" in told


def test_only_what_stands_between_the_marks_is_rewritten():
    record = f"before\n{BEGIN}old\n{END}after\n"
    assert rewritten(record, "new\n") == f"before\n{BEGIN}new\n{END}after\n"


def test_a_conversation_is_held_turn_by_turn_with_the_model_s_own_answers(tmp_path):
    rules = Rules(any_of=("demo model",))
    with serving(demo_gguf(tmp_path)) as url:
        verdict = answered(url, Prompt("who", "who are you?", rules, ("hello",)), {"temperature": 0})
    assert verdict.fault == ""
