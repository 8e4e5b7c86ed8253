"""What Redis holds of words that are to be forgotten goes; of what was forgotten nothing can be read."""

from __future__ import annotations

from redis.exceptions import NoPermissionError, ResponseError

from tasks.contracts.messages import Turn
from tasks.jobs import forgetting
from tasks.jobs.forgetting import Tombstones, keep_answer
from tests.tasks.jobs.flock import Flock


def test_a_message_leaves_its_sessions_window_and_others_stay(flock: Flock):
    host = flock.host()
    first, second = (flock.submit(text, session="s") for text in ("one", "two"))
    for _ in range(2):
        flock.finish(flock.take(host))
    flock.client.set("rookery:condensed:s", "one, in short")
    assert flock.store.run(forgetting.unsay("s", [first])) == 2
    left = [Turn.model_validate_json(turn) for turn in flock.client.lrange("rookery:session:s", 0, -1)]
    assert {turn.job for turn in left} == {second}
    assert "forgotten" in flock.client.get("rookery:condensed:s"), "no summary, but what tells those who had read it"
    assert flock.store.run(forgetting.unsay("s", [first])) == 0


def test_the_words_of_what_has_ended_go_and_of_what_lives_stay(flock: Flock):
    ended = flock.submit("said")
    flock.serve(flock.host())
    lives = flock.submit("waits")
    assert flock.store.run(forgetting.hush([ended, lives, "nobody"])) == 1
    assert not flock.client.exists(f"rookery:text:{ended}")
    assert flock.client.exists(f"rookery:text:{lives}")
    assert flock.view(ended).text == ""


def test_no_answer_is_given_a_second_time(flock: Flock):
    for digest in ("a", "b"):
        flock.store.run(keep_answer(digest, "{}", 60_000))
    assert flock.client.zcard("rookery:cached") == 2
    assert flock.store.run(forgetting.drop_answers()) == 2
    assert not flock.client.keys("rookery:cache*")


def test_the_names_of_answers_that_are_gone_are_not_kept(flock: Flock):
    flock.store.run(keep_answer("a", "{}", 60_000))
    flock.client.zadd("rookery:cached", {"a": 1})
    flock.store.run(keep_answer("b", "{}", 60_000))
    assert flock.client.zrange("rookery:cached", 0, -1) == ["b"]


def test_tombstones_tell_what_was_forgotten_and_until_when_to_who_knows_its_name(flock: Flock):
    stones = Tombstones(flock.store)
    stones.bury(["m1", "m2"], 7)
    stones.bury_person("web:ada", 9)
    stones.bury_person("web:ada", 8)
    again = Tombstones(flock.store)
    assert again.buried(["m1", "m3"]) == {"m1"}
    assert again.silent_until_ms(["web:ada", "web:bob"]) == {"web:ada": 9}
    assert (again.buried([]), again.silent_until_ms([])) == (set(), {})
    kept = str(flock.client.hgetall("rookery:bookmark:forgotten"))
    assert "m1" not in kept
    assert "web:ada" not in kept  # three letters of a name may stand in a digest by chance


def test_two_flocks_have_other_tombstones_for_the_same(flock: Flock):
    for namespace in ("one", "two"):
        store = type(flock.store)(flock.client, namespace)
        Tombstones(store).bury(["m1"], 7)
    one, two = (set(flock.client.hkeys(f"{name}:bookmark:forgotten")) - {"salt"} for name in ("one", "two"))
    assert one.isdisjoint(two)


def test_a_log_that_is_being_written_anew_is_asked_for_once_more(flock: Flock, monkeypatch):
    told: list[Exception] = [
        ResponseError("Background append only file rewriting already in progress"),
        NoPermissionError("this user may not"),
    ]

    def refuse() -> None:
        raise told[0]

    monkeypatch.setattr(flock.client, "bgrewriteaof", refuse)
    assert forgetting.rewrite_log(flock.store) is False
    told.pop(0)
    assert forgetting.rewrite_log(flock.store) is True
