from __future__ import annotations

import pytest

from bots.listening import topics
from tests.bots.listening.chats import said


def talk(*texts: str) -> tuple[str, ...]:
    return topics.extract([said(text, author) for text, author in zip(texts, "abcdefgh", strict=False)])


def test_what_several_people_say_is_the_topic_and_common_words_are_not() -> None:
    assert talk("the printer is jammed", "again? that printer hates us", "just kick the printer") == ("printer",)


def test_what_was_said_once_is_no_topic_unless_it_is_tagged() -> None:
    assert talk("we need bread", "fine weather") == ()
    assert talk("look at #chess", "fine weather") == ("chess",)


def test_what_was_said_lately_weighs_more_than_what_was_said_long_ago() -> None:
    old = ["the garden fence", "paint the fence"]
    new = ["rocket engines", "the rocket flew"]
    fillers = [f"filler{n}" for n in range(20)]
    assert topics.extract([said(text) for text in [*old, *fillers, *new]])[:1] == ("rocket",)


def test_a_plural_is_the_same_topic() -> None:
    assert talk("my cat sleeps", "cats sleep all day")[0] == "cat"


def test_names_of_those_who_talk_are_no_topics() -> None:
    assert topics.extract([said("printer, mia!", "tom"), said("yes tom, the printer", "mia")]) == ("printer",)


def test_addresses_and_code_are_no_topics() -> None:
    assert talk("https://printer.example", "`printer`") == ()


@pytest.mark.parametrize(("texts", "topic"), [
    (("der Umzug am Samstag", "wer hilft beim Umzug"), "umzug"),
    (("¿quién hace la paella?", "la paella la hago yo"), "paella"),
    (("опять падают тесты", "какие тесты"), "тесты"),
    (("京都旅行の計画", "京都旅行は来週"), "京都旅行"),
    (("新しいゲーム買った", "そのゲームいいね"), "ゲーム"),
    (("我的电脑蓝屏了怎么修", "重启一下你的电脑"), "电脑"),
    (("카페 어디야", "그 카페는 역 앞이야"), "카페"),
    (("क्रिकेट का मैच", "आज क्रिकेट"), "क्रिकेट"),
    (("الفندق بعيد", "أين الفندق"), "الفندق"),
])  # fmt: skip
def test_topics_are_found_in_other_languages(texts: tuple[str, ...], topic: str) -> None:
    assert topic in talk(*texts)


def test_only_so_many_are_returned() -> None:
    assert len(talk("ape bee cow dog eel fox", "ape bee cow dog eel fox")) == topics.MOST_TOPICS
