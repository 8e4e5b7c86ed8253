"""What each user of our Redis may do there, asked of a real one."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError
from redis.retry import Retry

from tasks.contracts import roles
from tasks.contracts.messages import JobRequest
from tasks.jobs import bookmarks, moves, placing, pockets, quotas
from tasks.jobs.offices import AsyncOffice
from tasks.jobs.quotas import Charge
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Ways
from tests.workers.fleet.lodge import Lodge
from workers.fleet import acl

LEAST = [role for role in roles.ROLES if role != roles.ADMIN]
#: What nobody but the owner of the machine has any business with.
OF_THE_SERVER = [
    "FLUSHALL",
    "FLUSHDB",
    "CONFIG GET requirepass",
    "CONFIG SET appendonly no",
    "KEYS *",
    "SCAN 0",
    "RANDOMKEY",
    "DBSIZE",
    "ACL LIST",
    "ACL SETUSER host on nopass +@all ~*",
    "ACL GETUSER admin",
    "DEBUG SLEEP 0",
    "SHUTDOWN NOSAVE",
    "MONITOR",
    "CLIENT LIST",
    "CLIENT KILL TYPE normal",
    "MODULE LIST",
    "SCRIPT FLUSH",
    "REPLICAOF NO ONE",
    "SWAPDB 0 1",
    "SORT rookery:x",
    "SAVE",
    "PUBSUB CHANNELS",
]


@pytest.mark.parametrize("role", LEAST)
def test_a_role_may_do_nothing_with_the_server(lodge: Lodge, role: str) -> None:
    with lodge.client(role) as client:
        assert client.ping()
        for command in OF_THE_SERVER:
            with pytest.raises(redis.ResponseError, match=r"NOPERM|no permissions|not allowed"):
                client.execute_command(*command.split())


@pytest.mark.parametrize("role", LEAST)
def test_a_role_reads_no_keys_but_those_of_the_flock(lodge: Lodge, role: str) -> None:
    with lodge.client(roles.ADMIN) as admin:
        admin.set("secret:token", "canary")
    with lodge.client(role) as client:
        for attempt in (
            lambda: client.get("secret:token"),
            lambda: client.eval("return redis.call('GET', 'secret:token')", 0),
            lambda: client.copy("secret:token", "rookery:mine"),
            lambda: client.publish("elsewhere", "x"),
        ):
            with pytest.raises(redis.ResponseError, match=r"(?i)permission|can't access"):
                attempt()


def test_flower_reads_nothing_that_people_said(lodge: Lodge) -> None:
    with lodge.client(roles.HOST) as host, lodge.client(roles.FLOWER) as flower:
        host.hset("rookery:text:x", "request", "what somebody said")
        with pytest.raises(NoPermissionError):
            flower.hgetall("rookery:text:x")
        assert flower.llen("model.echo") == 0
        host.delete("rookery:text:x")


@pytest.mark.parametrize("role", [roles.BOT, roles.BEAT])
def test_who_only_rings_hears_no_bells(lodge: Lodge, role: str) -> None:
    with lodge.client(role) as client, pytest.raises(NoPermissionError):
        client.brpop(["model.echo"], 1)


def test_only_who_remembers_has_what_was_forgotten_leave_the_log(lodge: Lodge) -> None:
    for role in LEAST:
        with lodge.client(role) as client:
            if role == roles.UPKEEP:
                assert client.bgrewriteaof()
                continue
            with pytest.raises(NoPermissionError):
                client.bgrewriteaof()


def test_who_has_no_password_does_nothing(lodge: Lodge) -> None:
    at_once = Retry(NoBackoff(), 0)
    with redis.Redis(port=lodge.port, retry=at_once) as nobody, pytest.raises(redis.AuthenticationError):
        nobody.ping()


def test_roles_may_do_all_that_the_moves_of_the_ledger_do() -> None:
    lua = Path(__file__).parents[3] / "tasks" / "jobs" / "lua"
    called = {name for file in lua.glob("*.lua") for name in re.findall(r"call\('([A-Z]+)'", file.read_text())}
    assert {"HSET", "ZADD", "TIME", "XADD", "PUBLISH"} <= called
    refused = {word[1:].upper() for word in acl.COMMANDS if word.startswith("-") and "@" not in word}
    assert called.isdisjoint(refused)


def test_what_the_moves_call_is_let_through_by_redis(lodge: Lodge) -> None:
    lua = Path(__file__).parents[3] / "tasks" / "jobs" / "lua"
    called = {name for file in lua.glob("*.lua") for name in re.findall(r"p?call\('([A-Z]+)'", file.read_text())}
    with lodge.client(roles.BOT) as bot:
        for name in sorted(called - {"TIME"}):
            # Whatever Redis thinks of the arguments, it must not be the right to the command that is missing.
            channel_or_key = "rookery:watch:x" if name == "PUBLISH" else "rookery:probe"
            said = f"local said = redis.pcall('{name}', '{channel_or_key}')"
            answer = bot.eval(f"{said} return type(said) == 'table' and said.err or ''", 0)
            assert "user executing the script" not in str(answer), name


def test_the_hash_of_a_password_is_kept_and_not_the_password(lodge: Lodge) -> None:
    secret = roles.secrets_in(lodge.users.folder)[roles.HOST]
    text = lodge.users.file.read_text()
    assert secret not in text
    assert acl.hashed(secret) in text
    assert (lodge.users.folder / roles.ROLES_FILE).stat().st_mode & 0o777 == 0o600


def test_users_stay_who_they_are_from_start_to_start(lodge: Lodge) -> None:
    before = roles.secrets_in(lodge.users.folder)
    lodge.users.prepare()
    assert roles.secrets_in(lodge.users.folder) == before
    text = acl.line("machine.studio", "ab" * 32, acl.rules(roles.HOST, "rookery"))
    assert acl.digests(f"user default off\n{text}\n", "machine.") == {"machine.studio": "ab" * 32}


def test_a_bot_may_make_every_move_that_bots_make(lodge: Lodge) -> None:
    charge = Charge("user:discord:7", minute=3, hour=9, day=20)
    store = lodge.store(roles.BOT)
    try:
        for job in ("one", "two"):
            request = JobRequest(job=job, model="echo", session=job, user="u", text="hello", bot="heron", channel="d:7")
            assert store.run(quotas.take([charge, Charge("all", minute=9)], job)).ok
            assert store.run(moves.submit(request.model_copy(update={"max_in_flight_channel": 2}), Ways())).fresh
        assert store.run(quotas.quota(charge)).remaining == 1
        assert store.run(quotas.refund("never", [charge])) == 0
        assert store.run(quotas.reset(charge.scope)) == 6
        assert store.run(placing.placed("one", "heron", 1, "0", "m1"))
        assert store.run(placing.live_of("heron")) == ["one", "two"]
        placed = store.run(placing.read_placed("one"))
        assert placed is not None
        assert placed.sent == {"0": "m1"}
        for job in ("one", "two"):
            store.run(moves.withdraw(job, "u"))
        assert store.run(placing.tidied("one", "heron"))
        assert store.run(bookmarks.put_many("heron", {"7": 1, "8": 2})) == 2
        assert store.run(bookmarks.get("heron", "7")) == "1"
        assert store.run(bookmarks.forget("heron", "7"))
        assert store.run(pockets.put("token", "canary", 60))
        assert store.run(pockets.get("token")) == "canary"
        assert store.run(pockets.drop("token"))
        assert store.run(moves.lead("telegram:x", "me", 1_000))
        assert store.run(moves.resign("telegram:x", "me"))
    finally:
        store.close()


def test_a_bot_hears_its_jobs_and_keeps_its_office(lodge: Lodge) -> None:
    settings = lodge.settings(roles.BOT)

    async def scene() -> None:
        store = AsyncStore.open(settings.redis_url, settings.namespace, sockets=4)
        try:
            async with AsyncOffice(store, "discord:x"), store.client.pubsub() as ear:
                await ear.subscribe(store.key("watch", "postman.heron"))
                await store.client.publish(store.key("watch", "postman.heron"), "j\nsaid")
                heard = [await ear.get_message(timeout=5) for _ in range(2)]
                assert heard[1]["data"] == "j\nsaid"
        finally:
            await store.close()

    asyncio.run(scene())
