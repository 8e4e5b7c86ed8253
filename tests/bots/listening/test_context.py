from __future__ import annotations

import pytest

from bots.listening.context import NOTHING_SAID, Tempo, analyze, tempo_of
from tests.bots.listening import chats
from tests.bots.listening.chats import said

CHATS = {chat.name: chat for chat in chats.every()}
AFTER_MS = 30_000  # one looks half a minute after the last message

GOLDEN = {
    "english_gaming_and_dinner": (("jonas", "priya", "tobi", "marcus", "lena"), False, Tempo.STEADY, {"cake"}),
    "english_support_channel": (("amira", "dan_k", "oleg", "sarah"), False, Tempo.STEADY, {"acme"}),
    "german_umzug_und_fussball": (("Emre", "Nils", "Jule", "Basti", "Miriam"), False, Tempo.STEADY, {"transporter"}),
    "spanish_trabajo_y_fiesta": (("carmen", "pablo", "jorge", "lucía"), False, Tempo.STEADY, {"costes"}),
    "japanese_旅行とゲーム": (("みお", "りく", "けんた", "ゆき"), False, Tempo.STEADY, {"新幹線", "清水寺"}),
    "russian_ремонт_и_код": (("Катя", "Игорь", "Олег", "Света"), False, Tempo.STEADY, {"тесты"}),
    "english_noisy_lobby": (("molly_b", "pixel", "drift", "hexa", "kestrel"), False, Tempo.BUSY, {"blue", "server"}),
    "turkish_kedi_ve_sinav": (("deniz", "mert", "elif", "can"), False, Tempo.STEADY, set()),
    "chinese_周末和电脑": (("小雨", "阿强", "老王", "婷婷"), False, Tempo.STEADY, {"驱动"}),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_chat_is_summed_up_as_a_reader_would(name: str) -> None:
    messages = CHATS[name].messages
    context = analyze(messages, messages[-1].at_ms + AFTER_MS)
    participants, question, tempo, topics = GOLDEN[name]
    assert context.participants == participants
    assert context.last_speaker == participants[0]
    assert context.messages == len(messages)
    assert context.question is question
    assert context.tempo is tempo
    assert topics <= set(context.topics)
    assert context.silence_ms == AFTER_MS


def test_where_nothing_was_said_there_is_no_context() -> None:
    assert analyze([], 5) is NOTHING_SAID


def test_a_question_is_unanswered_until_somebody_else_speaks() -> None:
    asked = [said("where is the key?", "ann", message="1"), said("anyone there", "ann", message="2")]
    assert analyze(asked, 0).unanswered == "1"
    assert analyze([*asked, said("in the drawer", "bob", message="3")], 0).unanswered == ""


def test_bots_at_the_end_are_counted_and_the_last_one_is_known() -> None:
    talk = [said("hi"), said("hello", "Ada", from_bot=True), said("hello", "Grace", from_bot=True)]
    context = analyze(talk, 0)
    assert (context.bots_in_a_row, context.last_persona) == (2, "Grace")
    assert analyze([*talk, said("wow")], 0).bots_in_a_row == 0
    assert analyze([*talk, said("wow")], 0).last_persona == "Grace"


@pytest.mark.parametrize("mark", ["mentioned", "replied_to_us", "direct"])
def test_the_last_message_tells_whether_the_bot_is_addressed(mark: str) -> None:
    assert analyze([said("hi", **{mark: True})], 0).addressed
    assert not analyze([said("hi", **{mark: True}), said("you")], 0).addressed


def test_what_stands_behind_an_at_is_a_mention_and_an_address_is_not() -> None:
    text = "@Ada and @Zoë, mail bob@example.com @ 5"
    assert analyze([said(text)], 0).mentions == ("ada", "zoe")


@pytest.mark.parametrize(("rate", "tempo"), [(0, "quiet"), (0.9, "quiet"), (1, "steady"), (3, "busy"), (90, "busy")])
def test_tempo_goes_by_messages_a_minute(rate: float, tempo: str) -> None:
    assert tempo_of(rate) == tempo


def test_only_the_last_minutes_count_for_the_tempo() -> None:
    messages = [said("x", at_ms=at) for at in range(0, 10_000, 1000)]
    assert analyze(messages, 10_000).per_minute == 2.0
    assert analyze(messages, 3_600_000).per_minute == 0.0
