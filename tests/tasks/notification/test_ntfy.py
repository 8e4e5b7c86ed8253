"""What arrives on a topic of ntfy, and what is made of its refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable
from tasks.contracts.notices import Level, Notice
from tasks.notification import ntfy
from tasks.notification.ntfy import MAX_BYTES, Ntfy, shortened
from tests.emulators import ntfy as emulated

TOPIC = "flock"
SECRET = "tk_3f9d"


def notice(level: Level = "warning", **fields: Any) -> Notice:
    return Notice(**{"about": "host:a", "title": "Host a is gone", "words": "Start it.", "level": level, **fields})


def tell(server: emulated.Ntfy, said: Notice, token: str = "", topic: str = TOPIC) -> emulated.Message:
    Ntfy(server.url, topic, token).tell(said, "one")
    return server.messages[-1]


def test_a_success_and_a_warning_arrive_with_their_titles_and_priorities(server: emulated.Ntfy) -> None:
    good = tell(server, notice("success", title="The adapter of Ada was promoted", words="Perplexity 12.4, was 13.1."))
    bad = tell(server, notice("warning", title="The adapter of Ada was refused", tags=("skull",)))
    assert (good.topic, good.title, good.priority) == (TOPIC, "The adapter of Ada was promoted", 3)
    assert good.text == "Perplexity 12.4, was 13.1."
    assert (bad.title, bad.priority, bad.tags) == ("The adapter of Ada was refused", 4, ("warning", "skull"))


@pytest.mark.parametrize(("level", "priority"), [("info", 2), ("success", 3), ("warning", 4), ("error", 5)])
def test_what_is_graver_is_more_urgent(server: emulated.Ntfy, level: Level, priority: int) -> None:
    assert tell(server, notice(level)).priority == priority


@pytest.mark.parametrize("title", ["Größe 🐦 ist weg", "宿主 a 已离开" * 10])
def test_a_title_in_any_language_arrives_as_it_is(server: emulated.Ntfy, title: str) -> None:
    assert tell(server, notice(title=title, words=title)).title == title


def test_what_is_too_long_is_cut_between_letters_and_never_a_file(server: emulated.Ntfy) -> None:
    told = tell(server, notice(words="é" * 3_000))
    assert told.text.startswith("ééé")
    assert told.text.endswith("…")
    assert not told.file


def test_short_words_stay_as_they_are() -> None:
    assert shortened("a" * MAX_BYTES) == b"a" * MAX_BYTES
    assert len(shortened("a" * (MAX_BYTES + 1))) == MAX_BYTES


def test_a_token_opens_a_topic() -> None:
    with emulated.Ntfy(tokens=frozenset({SECRET})) as server:
        assert tell(server, notice(), SECRET).priority == 4
        for wrong in ("", "tk_another"):
            with pytest.raises(PlatformRefused, match=r"40[13].*NTFY_TOKEN"):
                tell(server, notice(), wrong)


@pytest.mark.parametrize(
    ("status", "error"), [(500, PlatformUnavailable), (413, PlatformRefused), (404, PlatformRefused)]
)
def test_a_refusal_says_what_the_server_said(server: emulated.Ntfy, status: int, error: type[Exception]) -> None:
    server.faults.append(status)
    with pytest.raises(error, match=rf"ntfy said {status}.*{emulated.ERRORS[status][1]}"):
        tell(server, notice())


@pytest.mark.parametrize(("said", "wait_s"), [("7", 7.0), ("", ntfy.BUSY_S), ("soon", ntfy.BUSY_S)])
def test_too_much_at_once_is_tried_again_when_the_server_says_so(
    server: emulated.Ntfy, said: str, wait_s: float
) -> None:
    server.retry_after, server.burst = said, 1
    tell(server, notice())
    with pytest.raises(PlatformBusy) as caught:
        tell(server, notice())
    assert caught.value.retry_after_s == wait_s


def test_a_server_that_says_nothing_may_be_asked_again(server: emulated.Ntfy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ntfy, "READ_S", 0.1)
    for fault in (emulated.MUTE, emulated.LOST):
        server.faults.append(fault)
        with pytest.raises(PlatformUnavailable, match="did not answer"):
            tell(server, notice())


def test_nobody_there_is_not_a_reason_to_give_up(free_port: Any) -> None:
    with pytest.raises(PlatformUnavailable):
        Ntfy(f"http://127.0.0.1:{free_port()}", TOPIC).tell(notice(), "one")


def test_a_topic_that_cannot_be_is_refused(server: emulated.Ntfy) -> None:
    with pytest.raises(PlatformRefused, match="ntfy_topic"):
        tell(server, notice(), topic="no such topic")
