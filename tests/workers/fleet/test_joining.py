"""How a machine is invited and joins, through a real gate with TLS; and what it is told when that cannot be."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
import redis

from tasks.contracts import membership, roles
from tasks.contracts.errors import AlreadyRunning, BadInput, ConfigurationError, StoreUnavailable, UnknownThing
from tasks.contracts.logs import mask
from tasks.contracts.settings import Settings, load
from tasks.jobs import fleet_file
from tasks.jobs.store import Store
from tests.workers.fleet.lodge import OUTSIDE, Lodge
from tests.workers.household import until
from workers.fleet import acl, inviting, joining, users
from workers.fleet.following import Follower, refuse_elsewhere
from workers.fleet.invitation import MARK, Invitation, read, seconds, write
from workers.fleet.owner import looking
from workers.supervision.instance import hold

HOUR_S = 3600


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Another machine, which has heard of nothing."""
    monkeypatch.chdir(tmp_path)
    return load(None, {})


def invited(lodge: Lodge, name: str, life_s: int = HOUR_S) -> Invitation:
    store = lodge.store()
    try:
        return read(inviting.invite(lodge.settings(), store, name, life_s))
    finally:
        store.close()


def joined(lodge: Lodge, second: Settings, name: str = "studio") -> Settings:
    joining.join(invited(lodge, name), second, lambda _line: None)
    return load(None, {})


# ---------------------------------------------------------------- how it goes


def test_a_machine_that_was_invited_joins_and_knows_the_fleet(lodge: Lodge, second: Settings) -> None:
    now = joined(lodge, second)
    assert [host.name for host in now.fleet.hosts] == ["home"]
    assert now.machine == "studio"
    assert now.redis_url.startswith("rediss://machine.studio:")
    with redis.Redis.from_url(now.redis_url) as client:
        assert client.ping()
        with pytest.raises(redis.ResponseError):
            client.flushall()
    for name in (membership.JOINED_FILE, membership.TOLD_FILE, membership.CERTIFICATE_FILE):
        assert (now.data_dir / name).stat().st_mode & 0o777 == 0o600
    until(lambda: "studio has joined" in lodge.said, "the owner's word")


def test_an_invitation_lets_in_one_machine_once(lodge: Lodge, second: Settings, tmp_path: Path) -> None:
    invitation = invited(lodge, "studio")
    joining.join(invitation, second, lambda _line: None)
    with pytest.raises(ConfigurationError, match="used, revoked or over"):
        joining.join(invitation, second, lambda _line: None)
    assert invitation.secret not in (second.data_dir / membership.JOINED_FILE).read_text()


def test_a_machine_that_is_revoked_is_cut_off_at_once(lodge: Lodge, second: Settings) -> None:
    now, store = joined(lodge, second), lodge.store()
    with redis.Redis.from_url(now.redis_url) as client:
        client.ping()
        inviting.revoke(store, "studio")
        with pytest.raises((redis.ConnectionError, redis.AuthenticationError)):
            client.ping()
    assert "studio" not in [each.name for each in inviting.standings(store)]
    with pytest.raises(UnknownThing, match="no machine 'studio' was invited"):
        inviting.revoke(store, "studio")


def test_a_machine_that_is_revoked_says_so_where_it_runs(lodge: Lodge, second: Settings) -> None:
    now, admin = joined(lodge, second), lodge.store()
    store = Store.open(now.redis_url, now.namespace)
    follower, said = Follower(now, store, tell=lambda _line: None), []
    follower.look()
    inviting.revoke(admin, "studio")
    with looking(follower.look, said.append, every_s=0.01):
        until(lambda: said, "a word about it")
    assert "the flock lets this machine in no more" in said[0]
    assert "rookery invite" in said[0]


def test_an_invitation_that_nobody_used_in_time_is_over(lodge: Lodge, second: Settings) -> None:
    invitation, store = invited(lodge, "late", life_s=0), lodge.store()
    until(lambda: "late" not in [each.name for each in inviting.standings(store)], "the end of the invitation")
    with pytest.raises(ConfigurationError, match="used, revoked or over"):
        joining.join(invitation, second, lambda _line: None)


def test_who_was_invited_and_who_joined_is_listed(lodge: Lodge, second: Settings) -> None:
    joined(lodge, second)
    invited(lodge, "waits")
    store = lodge.store()
    states = {each.name: each.state for each in inviting.standings(store)}
    assert (states["studio"], states["waits"]) == ("joined", "invited")
    inviting.revoke(store, "waits")


def test_machines_stay_let_in_over_a_restart_of_redis(lodge: Lodge, second: Settings) -> None:
    joined(lodge, second)
    assert "user machine.studio on" in lodge.users.file.read_text()
    before = lodge.users.file.read_text()
    lodge.users.prepare()  # as a start does
    line = next(each for each in lodge.users.file.read_text().splitlines() if each.startswith("user machine.studio"))
    assert line.split()[3] in before, "the same password"


def test_a_change_of_the_file_reaches_a_machine_that_joined(lodge: Lodge, second: Settings) -> None:
    now = joined(lodge, second)
    store, said = lodge.store(roles.HOST), []
    follower = Follower(now, store, tell=said.append)
    lodge.file.write_text(lodge.told('[[host]]\nname = "studio"\nagent = "studio"\n'))

    def told() -> list[str]:
        follower.look()
        return [host.name for host in load(None, {}).fleet.hosts]

    until(lambda: told() == ["studio"], "the new host")
    assert said[-1].startswith("took up version")
    lodge.file.write_text("[[host]\n")
    until(lambda: any("cannot be" in line for line in lodge.said), "the owner's word about a bad file")
    assert told() == ["studio"]


def test_a_machine_that_joined_starts_while_the_flock_is_away(lodge: Lodge, second: Settings) -> None:
    joined(lodge, second)
    given = membership.joined(second.data_dir)
    assert given is not None
    away = given.model_copy(update={"address": f"{OUTSIDE}:1"})
    membership.write_private(second.data_dir / membership.JOINED_FILE, away.model_dump_json())
    assert [host.name for host in load(None, {}).fleet.hosts] == ["home"]


def test_an_agent_is_refused_where_it_does_not_belong(lodge: Lodge, second: Settings) -> None:
    now = joined(lodge, second)
    with pytest.raises(ConfigurationError, match="runs on the machine that has the fleet file, and this machine is"):
        refuse_elsewhere(now, "home")
    lodge.file.write_text(lodge.told('[[host]]\nname = "studio"\nagent = "studio"\n'))
    with pytest.raises(ConfigurationError, match="runs on the machine 'studio', and this machine has the fleet file"):
        refuse_elsewhere(lodge.settings(), "studio")


# ---------------------------------------------------------------- what can go wrong


def test_a_flock_that_cannot_be_reached_is_told_with_every_address(lodge: Lodge, second: Settings) -> None:
    with socket.create_server((OUTSIDE, 0)) as taken:
        port = taken.getsockname()[1]
    nowhere = invited(lodge, "studio").model_copy(update={"hosts": ("127.0.0.3", OUTSIDE), "port": port})
    with pytest.raises(StoreUnavailable, match=rf"127\.0\.0\.3:{port} .*127\.0\.0\.2:{port}"):
        joining.join(nowhere, second, lambda _line: None)


def test_an_impostor_is_not_given_the_password(lodge: Lodge, second: Settings) -> None:
    other = invited(lodge, "studio").model_copy(update={"fingerprint": "00" * 32})
    with pytest.raises(ConfigurationError, match="another certificate than the one you were invited with"):
        joining.join(other, second, lambda _line: None)


def test_what_does_not_speak_tls_is_no_gate(lodge: Lodge, second: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "REACH_S", 0.3)
    plain = invited(lodge, "studio").model_copy(update={"hosts": ("127.0.0.1",), "port": lodge.port})
    with pytest.raises(ConfigurationError, match="does not speak TLS"):
        joining.join(plain, second, lambda _line: None)


def test_a_machine_that_runs_a_flock_of_its_own_does_not_join_another(lodge: Lodge, second: Settings) -> None:
    with hold(second.data_dir), pytest.raises(AlreadyRunning, match="Rookery runs in"):
        joining.join(invited(lodge, "studio"), second, lambda _line: None)


def test_a_machine_that_was_told_of_a_redis_is_asked_to_forget_it(lodge: Lodge, second: Settings) -> None:
    told = load(None, {"REDIS_URL": "redis://:canary@10.0.0.9/0"})
    with pytest.raises(ConfigurationError, match="REDIS_URL") as caught:
        joining.join(invited(lodge, "studio"), told, lambda _line: None)
    assert "canary" not in str(caught.value)


def test_a_clock_that_is_off_is_told(lodge: Lodge, second: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    real = time.time
    monkeypatch.setattr(joining.time, "time", lambda: real() + 7200)
    joining.join(invited(lodge, "studio"), second, said.append)
    assert any("clock of this machine is 7200 s ahead" in line for line in said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("certificate verify failed: certificate is not yet valid (_ssl.c:1006)", "set this machine's clock"),
        ("certificate verify failed: certificate has expired (_ssl.c:1006)", "set this machine's clock"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "another certificate"),
        ("Connection reset by peer", "did not answer"),
    ],
)
def test_what_redis_py_says_is_put_into_words_for_people(said: str, told: str) -> None:
    error = joining._in_words(redis.ConnectionError(said), "h:1")
    assert told in f"{error.message} {error.next_step}"


def test_a_flock_on_loopback_alone_invites_nobody(second: Settings) -> None:
    with pytest.raises(ConfigurationError, match="listens on this machine alone") as caught:
        inviting.refuse_closed(second)
    assert "rookery up --listen" in caught.value.next_step


# ---------------------------------------------------------------- who would let others in, or themselves for good


def ask(store: Store, machine: str, digest: str, secret: str) -> None:
    mask = acl.masked(acl.hashed(secret), machine, digest)
    assert store.run(fleet_file.ask(machine, mask, acl.proof(digest, machine, mask)))


def test_a_machine_that_joined_lets_no_other_one_in(lodge: Lodge, second: Settings) -> None:
    inside, admin = joined(lodge, second), lodge.store()
    store = Store.open(inside.redis_url, inside.namespace)
    waits = invited(lodge, "waits")
    store.run(fleet_file.invite("back-door", HOUR_S * 1000))
    for machine in ("back-door", "waits"):
        ask(store, machine, acl.hashed("mine"), "a guess")
    owner = lodge.owner()
    owner.look()
    assert "back-door" not in users.admitted(admin)
    states = {each.name: each.state for each in inviting.standings(admin)}
    assert states["waits"] == "invited"
    joining.join(waits, second, lambda _line: None)  # who has the invitation is let in all the same
    for machine in ("back-door", "waits"):
        inviting.revoke(admin, machine)


def test_a_machine_that_is_revoked_while_it_is_let_in_stays_out(
    lodge: Lodge, second: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation, store, late = invited(lodge, "studio"), lodge.store(), threading.Event()
    admit = users.admit

    def meanwhile(let_in: Store, machine: str, digest: str) -> None:
        inviting.revoke(store, machine)
        admit(let_in, machine, digest)
        late.set()

    monkeypatch.setattr(users, "admit", meanwhile)
    ask(store, "studio", acl.hashed("new"), invitation.secret)
    assert late.wait(20)
    until(lambda: "studio" not in users.admitted(store), "its dismissal")


def test_a_machine_whose_coming_in_was_not_noted_is_known_by_its_own_password(lodge: Lodge, second: Settings) -> None:
    invited(lodge, "studio")
    store = lodge.store()
    users.admit(store, "studio", acl.hashed("new"))
    ask(store, "studio", acl.hashed("new"), "of the invitation, which is void")
    until(lambda: inviting.standings(store)[-1].state == "joined", "the note")


def test_what_a_machine_asks_for_tells_others_nothing_and_is_no_door_when_it_is_tampered_with(
    lodge: Lodge, second: Settings
) -> None:
    store, invitation, digest = lodge.store(), invited(lodge, "waits"), acl.hashed("new")
    mask = acl.masked(acl.hashed(invitation.secret), "waits", digest)
    assert digest not in (mask, acl.proof(digest, "waits", mask))
    for tampered in ("", "x", "00" * 32, mask[::-1], mask.upper(), "é" * 64):
        for proof in ("", acl.proof(digest, "waits", mask), acl.proof("", "waits", tampered), "é"):
            assert users.asked_for(store, "waits", tampered, proof) == ""
    assert users.asked_for(store, "waits", mask, acl.proof(digest, "waits", mask)) == digest
    assert users.asked_for(store, "nobody", mask, acl.proof(digest, "nobody", mask)) == ""
    inviting.revoke(store, "waits")


# ---------------------------------------------------------------- what is pasted


def test_an_invitation_reads_back_however_it_was_pasted(lodge: Lodge) -> None:
    invitation = invited(lodge, "studio")
    word = write(invitation)
    for pasted in (word, f"  {word}\n", f"rookery join {word}", f"{word[:40]}\n{word[40:]}"):
        assert read(pasted) == invitation


@pytest.mark.parametrize(
    "text", ["", "hello", MARK, f"{MARK}####", f"{MARK}{base64.b64encode(b'{}').decode()}", "rookery2.x"]
)
def test_what_is_no_invitation_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="no invitation, or not all of it"):
        read(text)


def test_an_invitation_is_masked_wherever_it_is_written_down(lodge: Lodge) -> None:
    invitation = invited(lodge, "studio")
    assert invitation.secret not in repr(invitation)
    assert mask(f"could not read {write(invitation)} at all") == f"could not read {MARK}*** at all"


@pytest.mark.parametrize(("text", "length_s"), [("30s", 30), ("30m", 1800), ("1h", HOUR_S), ("2d", 172_800)])
def test_durations_are_read(text: str, length_s: int) -> None:
    assert seconds(text) == length_s


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "31d", "1.5h", "0m"])
def test_what_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="is no duration"):
        seconds(text)


# ---------------------------------------------------------------- the command


def test_the_command_prints_one_line_for_the_other_machine_and_puts_its_host_into_the_file(lodge: Lodge) -> None:
    said = lodge.command.invoke("invite", "lab", "--engine", "fake", "--models", "echo", "--expires", "5m")
    assert said.code == 0, said.errors
    (line,) = said.out.splitlines()
    assert line.startswith(f"rookery join {MARK}")
    assert "It is a secret" in said.errors
    text = lodge.file.read_text()
    assert '[[host]]\nname = "lab"\nagent = "lab"\nengine = "fake"\nmodels = ["echo"]\n' in text
    assert "# The hosts of this flock." in text
    assert "# the first one" in text
    listed = lodge.command.invoke("invite", "--list")
    assert "lab" in listed.out
    assert "invited" in listed.out
    assert lodge.command.invoke("invite", "--revoke", "lab").code == 0


def test_the_command_joins_with_what_is_pasted_on_stdin(lodge: Lodge, second: Settings) -> None:
    import subprocess
    import sys

    word = write(invited(lodge, "studio"))
    process = subprocess.run(
        [sys.executable, "-P", "-m", "rookery", "join"],
        input=f"rookery join {word}\n",
        capture_output=True,
        text=True,
        cwd=second.folder,
        env={**lodge.command.environ(), "ROOKERY_CONFIG": ""},
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "This machine is 'studio' now." in process.stdout
    secret = json.loads((second.data_dir / membership.JOINED_FILE).read_text())["secret"]
    assert secret not in process.stdout + process.stderr
    assert word not in process.stdout + process.stderr


def said(connection: socket.socket) -> bytes:
    try:
        return connection.recv(64)
    except OSError:
        return b""


def test_everything_on_its_way_is_encrypted(lodge: Lodge) -> None:
    with socket.create_connection((OUTSIDE, lodge.outside_port), 5) as plain:
        plain.sendall(b"PING\r\n")
        plain.settimeout(5)
        assert not said(plain), "who speaks no TLS is hung up on"
    context = ssl.create_default_context(cafile=str(lodge.users.folder / "gate.pem"))
    context.check_hostname = False
    with (
        socket.create_connection((OUTSIDE, lodge.outside_port), 5) as plain,
        context.wrap_socket(plain) as secured,
    ):
        secured.sendall(b"PING\r\n")
        assert secured.recv(64).startswith(b"-NOAUTH")
    assert (lodge.users.folder / "gate.key").stat().st_mode & 0o777 == 0o600
