from __future__ import annotations

import pytest

from bots.listening.questions import has_question

ASKED = [
    "what time is it?",
    "really?!",
    "??",
    "行きますか？",
    "你好吗？",
    "متى نلتقي؟",
    "Τι κάνεις;",  # the semicolon of a Greek keyboard
    "Πού είσαι\u037e",  # the question mark that Unicode has for Greek
    "¿vienes",
    "Ինչպե՞ս ես",
    "ስምህ ማን ነው፧",
    "is it broken⁉",
    "何時ですか。",
    "これ使っていいですか",
    "明日も来るかな",
    "你吃了吗",
    "我很好，你呢",
    "언제 갑니까",
    "같이 갈까요",
    "지금 뭐 하나요.",
    "can you help me",
    "hey, does anyone know the wifi password",
    "anyone up for a raid tonight",
    "ok so where is the spec",
    "how do I reset it",
    "any idea why this fails",
    "the log is attached. could you have a look",
    "> it crashed\nwhat did you do?",
]
NOT_ASKED = [
    "",
    "thanks, that helped.",
    "what a day!",
    "when I came home the light was on",
    "do it now",
    "have a good one",
    "see https://example.org/search?q=rookery and page.php?id=3",
    "it is `x ? y : z` in C",
    "```\nif ready?\n  go\n```",
    "> did you see that?\nyes",
    "静かな部屋",
    "どこか行きたい。",
    "그러니까.",
    "κάτι άλλο. τέλος.",
    "first; then second",
    "I know how; trust me",
]


@pytest.mark.parametrize("text", ASKED)
def test_a_question_is_heard_in_any_script_with_or_without_its_mark(text: str) -> None:
    assert has_question(text)


@pytest.mark.parametrize("text", NOT_ASKED)
def test_what_only_looks_like_a_question_is_none(text: str) -> None:
    assert not has_question(text)
