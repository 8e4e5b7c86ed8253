"""`rookery ask` and `rookery chat`, as the person at the terminal has them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import rookery as command
from tasks.contracts.jobs import NOTICES, Cause, JobState
from tasks.jobs import fleet_moves, moves
from tasks.jobs.gateway import Gateway
from tests.logged import logging_as_it_was

REPO = Path(__file__).parents[2]
PATIENCE_S = 30


@pytest.fixture
def rookery(tmp_path: Path, redis_url: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Call it with arguments for a `rookery` that runs, far from any rookery.toml but its own."""
    config = tmp_path / "rookery.toml"
    config.write_text(f'[redis]\nurl = "{redis_url}"\n')
    environ = {**os.environ, "ROOKERY_CONFIG": str(config), "PYTHONPATH": str(REPO), "PYTHONUNBUFFERED": "1"}
    environ |= {"PYTHONIOENCODING": "utf-8", "TERM": "xterm", "COLUMNS": "200"}
    started = []

    def run(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        line = [sys.executable, "-m", "rookery", *arguments]
        process = subprocess.Popen(line, cwd=tmp_path, env=environ, text=True, encoding="utf-8", **pipes)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def here(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Call it with arguments for a `rookery` in this process, which is quicker, once it has ended."""
    config = tmp_path / "rookery.toml"
    config.write_text(f'[redis]\nurl = "{redis_url}"\n')
    monkeypatch.setenv("ROOKERY_CONFIG", str(config))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rookery", *arguments])
        with logging_as_it_was(), pytest.raises(SystemExit) as end:
            command.main()
        return int(end.value.code or 0), *capsys.readouterr()

    return run


def ended(process: subprocess.Popen[str], said: str | None = None) -> tuple[int, str, str]:
    out, errors = process.communicate(said, timeout=PATIENCE_S)
    assert "Traceback" not in errors, errors
    return process.returncode, out, errors


def only_job(gateway: Gateway) -> str | None:
    jobs = gateway.store.run(moves.list_jobs())
    return jobs[0] if jobs else None


# ---------------------------------------------------------------- ask


def test_ask_prints_the_answer_and_nothing_else_and_exits_with_zero(rookery, hand) -> None:
    asking = rookery("ask", "hello")
    claim = hand.claim()
    hand.say(claim, "Good ")
    hand.finish(claim, "Good morning 🦉")
    code, out, errors = ended(asking)
    assert (code, out) == (0, "Good morning 🦉\n")
    assert "demo model · demo on home · 12 → 5 tokens" in errors
    assert claim.request.text == "hello"


def test_ask_prints_the_whole_job_for_programs(rookery, hand) -> None:
    asking = rookery("ask", "hello", "--json")
    claim = hand.answer("caw")
    code, out, errors = ended(asking)
    told = json.loads(out)
    assert (code, errors) == (0, "")
    assert (told["job"], told["host"], told["model"], told["demo"]) == (claim.job, "home", "demo", True)
    assert (told["text"], told["usage"]["completion_tokens"]) == ("caw", 5)
    assert next(iter(told["timings_ms"])) == "received"


def test_ask_reads_what_to_say_from_standard_input(rookery, hand) -> None:
    asking = rookery("ask", "-")
    asking.stdin.write("two\nlines\n")
    asking.stdin.close()
    asking.stdin = None
    assert hand.answer("ok").request.text == "two\nlines"
    assert ended(asking)[0] == 0


def test_a_notice_goes_to_standard_error_and_exits_with_one(rookery, hand) -> None:
    asking = rookery("ask", "hello")
    claim = hand.claim()
    hand.store.run(moves.give_back(claim.job, claim.fence, Cause.REJECTED.value, "no"))
    code, out, errors = ended(asking)
    assert (code, out) == (1, "")
    assert NOTICES[Cause.REJECTED] in errors


def test_a_notice_is_json_too_and_still_exits_with_one(rookery, hand) -> None:
    asking = rookery("ask", "hello", "--json")
    claim = hand.claim()
    hand.store.run(moves.give_back(claim.job, claim.fence, Cause.REJECTED.value, "no"))
    code, out, _errors = ended(asking)
    assert (code, json.loads(out)["outcome"]) == (1, "notice")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", ""], "the message is empty"),
        (["ask", "hello", "--persona", "nobody"], "nobody"),
        (["ask", "hello", "--session", "not fit"], "letters, digits"),
        (["chat", "--persona", "nobody"], "nobody"),
        (["chat", "--session", "not fit"], "letters, digits"),
    ],
)
def test_what_cannot_be_used_exits_with_two_and_says_what_to_do(here, arguments, words) -> None:
    code, out, errors = here(*arguments)
    assert (code, out) == (2, "")
    assert words in errors
    assert "→" in errors


def test_without_redis_ask_exits_with_two_and_says_what_to_do(here, tmp_path, free_port) -> None:
    (tmp_path / "rookery.toml").write_text(f'[redis]\nurl = "redis://127.0.0.1:{free_port()}/0"\n')
    code, out, errors = here("ask", "hello")
    assert (code, out) == (2, "")
    assert "Redis did not answer" in errors
    assert "rookery up" in errors


def test_who_waits_no_longer_takes_the_message_back(rookery, hand, gateway, eventually) -> None:
    asking = rookery("ask", "hello", "--timeout", "0.5")
    job = hand.claim().job
    code, _out, errors = ended(asking)
    assert code == 2
    assert "no answer came within 0.5 s" in errors
    assert f"rookery job explain {job}" in errors
    assert gateway.job(job).state is JobState.WITHDRAWN


def test_ctrl_c_takes_the_question_back(rookery, hand, gateway) -> None:
    asking = rookery("ask", "hello")
    job = hand.claim().job
    asking.send_signal(signal.SIGINT)
    assert ended(asking)[0] == 130
    assert gateway.job(job).state is JobState.WITHDRAWN


def test_without_a_host_ask_says_that_it_waits(here, gateway, eventually) -> None:
    assert "no host is up for this model" in here("ask", "hello", "--timeout", "0.5")[2]


def test_ask_is_a_new_conversation_each_time_unless_it_is_named(here, hand) -> None:
    sessions = []
    with ThreadPoolExecutor(1) as answering:
        for options in ([], [], ["--session", "mine"], ["--session", "mine"]):
            answered = answering.submit(hand.answer, "caw")
            assert here("ask", "hello", *options)[:2] == (0, "caw\n")
            sessions.append(answered.result().request.session)
    assert len(set(sessions)) == 3
    assert sessions[2] == sessions[3] == "terminal:rookery:mine"


def test_in_a_terminal_the_answer_is_written_as_it_comes(rookery, hand) -> None:
    mine, theirs = pty.openpty()
    asking = rookery("ask", "hello", stdout=theirs)
    os.close(theirs)
    claim = hand.claim()
    hand.say(claim, "One \x1b[31m")
    heard = b""
    while b"One " not in heard:
        heard += os.read(mine, 1024)
    hand.finish(claim, "One \x1b[31mtwo")
    assert asking.wait(PATIENCE_S) == 0
    while b"two" not in heard:
        heard += os.read(mine, 1024)
    os.close(mine)
    assert heard.count(b"One ") == 1
    assert b"\x1b[31m" not in heard


def test_a_second_try_in_a_terminal_is_written_whole(rookery, hand) -> None:
    mine, theirs = pty.openpty()
    asking = rookery("ask", "hello", stdout=theirs)
    os.close(theirs)
    claim = hand.claim()
    hand.say(claim, "Wrong")
    heard = b""
    while b"Wrong" not in heard:
        heard += os.read(mine, 1024)
    hand.store.run(moves.give_back(claim.job, claim.fence, "retry", "fell over"))
    hand.answer("Right")
    assert asking.wait(PATIENCE_S) == 0
    while b"Right" not in heard:
        heard += os.read(mine, 1024)
    os.close(mine)
    assert heard.replace(b"\r", b"").split(b"\n")[:2] == [b"Wrong", b"Right"]


# ---------------------------------------------------------------- chat


def test_chat_is_one_conversation_that_ends_with_quit(rookery, hand) -> None:
    chatting = rookery("chat")
    sessions = set()
    for said, answered in (("hello", "caw"), ("again", "caw caw")):
        chatting.stdin.write(f"{said}\n")
        chatting.stdin.flush()
        claim = hand.answer(answered)
        sessions.add(claim.request.session)
        assert claim.request.text == said
    code, out, errors = ended(chatting, "\n/quit\n")
    assert code == 0
    assert out.index("caw\n") < out.index("caw caw\n")
    assert "rookery (demo model) listens" in errors
    assert "demo model · demo on home" in errors
    assert len(sessions) == 1


def test_chat_asks_anew_starts_over_and_says_who_there_is(rookery, hand) -> None:
    chatting = rookery("chat")

    def say(line: str) -> None:
        chatting.stdin.write(f"{line}\n")
        chatting.stdin.flush()

    say("/regenerate")
    say("name a bird")
    first = hand.answer("a rook")
    say("/regenerate")
    second = hand.answer("a jay")
    assert (second.request.text, second.request.replaces, second.window) == ("name a bird", first.job, ())
    say("and another")
    assert [turn.text for turn in hand.answer("a crow").window] == ["name a bird", "a jay"]
    say("/new")
    say("hello")
    third = hand.answer("hi")
    assert (third.request.session != first.request.session, third.window) == (True, ())
    code, out, errors = ended(chatting, "/persona\n/persona nobody\n/nonsense\n/help\n/quit\n")
    assert code == 0
    assert [word for word in ("a rook", "a jay", "a crow", "hi") if word in out] == ["a rook", "a jay", "a crow", "hi"]
    for words in ("nothing was said yet", "› rookery (demo model)", "no persona 'nobody'", "there is no /nonsense"):
        assert words in errors
    assert "/regenerate      ask the last message anew" in errors


def test_chat_whose_redis_was_away_tries_the_very_same_message_again(rookery, hand, kill_redis, revive_redis) -> None:
    chatting = rookery("chat")
    noted = ""
    while "listens" not in noted:
        noted += chatting.stderr.read(1)
    kill_redis()
    chatting.stdin.write("hello\n")
    chatting.stdin.flush()
    while "tries the same message again" not in noted:
        noted += chatting.stderr.read(1)
    revive_redis()
    hand.arrive()
    chatting.stdin.write("/regenerate\n")
    chatting.stdin.flush()
    assert hand.answer("hi").request.replaces == ""
    code, out, _errors = ended(chatting, "/quit\n")
    assert (code, "hi\n" in out) == (0, True)


def test_in_a_terminal_who_waits_sees_that_a_model_is_loading_and_who_speaks(rookery, hand) -> None:
    about = json.dumps({"models": [{"name": "demo", "slug": "demo", "state": "starting"}]})
    assert hand.store.run(fleet_moves.host_beat("home", hand.fence, 60_000, about, []))
    mine, theirs = pty.openpty()
    chatting = rookery("chat", stdout=theirs, stderr=theirs)
    os.close(theirs)
    chatting.stdin.write("hello\n")
    chatting.stdin.flush()
    heard = b""
    while b"home is loading demo" not in heard:
        heard += os.read(mine, 4096)
    hand.answer("caw")
    while b"rookery (demo model) \xe2\x80\xba " not in heard or b"caw" not in heard:
        heard += os.read(mine, 4096)
    chatting.stdin.write("/quit\n")
    chatting.stdin.flush()
    assert chatting.wait(PATIENCE_S) == 0
    os.close(mine)


def test_chat_ends_with_its_input(rookery) -> None:
    assert ended(rookery("chat"), "")[0] == 0


def test_ctrl_c_in_chat_takes_the_message_back_and_a_second_one_leaves(rookery, hand, gateway) -> None:
    chatting = rookery("chat")
    chatting.stdin.write("hello\n")
    chatting.stdin.flush()
    claim = hand.claim()
    hand.say(claim, "Well, ")
    heard = ""
    while "Well, " not in heard:
        heard += chatting.stdout.read(1)
    chatting.send_signal(signal.SIGINT)
    noted = ""
    while "(taken back" not in noted:
        noted += chatting.stderr.read(1)
    assert gateway.job(claim.job).state is JobState.WITHDRAWN
    chatting.stdin.write("still there?\n")
    chatting.stdin.flush()
    hand.answer("yes")
    while "yes\n" not in heard:
        heard += chatting.stdout.read(1)
    while "you › " not in heard.rpartition("yes")[2]:
        heard += chatting.stdout.read(1)
    chatting.send_signal(signal.SIGINT)
    assert ended(chatting)[0] == 0


def test_chat_goes_on_after_an_error(rookery, hand) -> None:
    chatting = rookery("chat")
    chatting.stdin.write(f"{'x' * 100_001}\nhello\n")
    chatting.stdin.flush()
    assert hand.answer("caw").request.text == "hello"
    code, out, errors = ended(chatting, "/quit\n")
    assert code == 0
    assert "100,001 characters" in errors
    assert "caw" in out


def test_help_is_there_without_loading_what_it_does_not_need() -> None:
    probe = "import sys, bots.cli; print(sorted({'redis', 'celery', 'pydantic', 'rich.console'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", probe], cwd=REPO, capture_output=True, text=True, check=True)
    assert "redis" not in shown.stdout
    assert "celery" not in shown.stdout
