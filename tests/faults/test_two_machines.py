"""Two machines share the work: the second joins by invitation, as docs/howto/second-machine.md has it, and lets nobody
in. Then its wire is pulled out for a while.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.house import ROOT, until
from tests.faults.machines import OWNER_ADDRESS, SECOND_ADDRESS, Machine, Pair, pair, why_not
from tests.faults.notebook import NOTEBOOK

WHY_NOT = why_not()
pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.reaches(OWNER_ADDRESS, SECOND_ADDRESS),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
]

PAGE = ROOT / "docs" / "howto" / "second-machine.md"
COMMAND = re.compile(r"^```\n(rookery [^\n]+)\n```$", re.MULTILINE)
UP_S = 60.0
PER_S = 8.0
FLEET = """
[jobs]
lease_s = 3
[flower]
enabled = false
[[model]]
name = "parrot"
aliases = { openai = "parrot" }
slots = 3
[[host]]
name = "home"
engine = "fake"
"""


def commands() -> list[list[str]]:
    """Return the commands of the page in their order, for these machines."""
    found = [shlex.split(line)[1:] for line in COMMAND.findall(PAGE.read_text("utf-8"))]
    other = {"10.0.0.1": OWNER_ADDRESS, "lmstudio+http://127.0.0.1:1234": "fake"}
    return [[other.get(word, word) for word in line] for line in found]


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two machines after what the page says to do."""
    listen, invite, join, up = commands()
    with pair(tmp_path_factory.mktemp("machines")) as machines:
        owner, second = machines.owner, machines.second
        (owner.folder / "rookery.toml").write_text(FLEET)
        owner.start(*listen)
        until(owner.is_up, UP_S)
        word = owner.run(*invite).split()[-1]
        assert join[:1] == ["join"]
        assert "This machine is 'studio' now." in second.run("join", word)
        second.start(*up)
        until(second.is_up, UP_S)
        owner.await_hosts("home", "studio")
        yield machines


def talk(machine: Machine, length_s: float) -> subprocess.Popen[str]:
    return machine.begin(ROOT / "tests" / "faults" / "talker.py", machine.folder, length_s, PER_S, "parrot")


def told(talker: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = talker.communicate(timeout=300)
    return dict(json.loads(out))


def holds(said: dict[str, Any]) -> Counter[str]:
    """Assert that everything said was answered just once, and return how many answers each machine gave."""
    views = said["views"]
    assert all(view["ended"] for view in views), "nothing is lost"
    assert {view["outcome"] for view in views} == {"reply"}
    assert {view["outcomes"] for view in views} == {1}, "nothing is doubled"
    assert said["turns"] == 2 * len(views), "each session has every question and one reply to it"
    return Counter(view["host"] for view in views)


def test_the_second_machine_shares_the_work_over_an_encrypted_connection_that_it_made_itself(joined: Pair) -> None:
    shares = holds(told(talk(joined.owner, 6.0)))
    NOTEBOOK.page.tell(**shares)
    assert shares["home"] > 0
    assert shares["studio"] > 0
    assert joined.second.hosts() == {"home", "studio"}, "it sees the whole flock"
    called = subprocess.run(
        [*joined.owner.inside, "timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{SECOND_ADDRESS}/22"],
        capture_output=True,
        check=False,
    )
    assert called.returncode != 0, "nobody reaches the second machine"
    assert json.loads((joined.second.folder / "data" / "joined.json").read_text())["certificate"]


def test_no_secret_is_seen_in_logs_or_in_the_list_of_processes(joined: Pair) -> None:
    secrets = [json.loads((joined.second.folder / "data" / "joined.json").read_text())["secret"]]
    secrets += json.loads((joined.owner.folder / "data" / "redis" / "roles.json").read_text()).values()
    shown = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    environs = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/environ") if _is_of(path, joined)]
    assert environs
    logs = "".join(path.read_text() for path in joined.owner.folder.parent.rglob("*.log"))
    for secret in secrets:
        assert secret not in shown
        assert secret not in logs
        assert not [environ for environ in environs if secret.encode() in environ]


def _is_of(path: Path, machines: Pair) -> bool:
    try:
        return str(machines.owner.folder.parent).encode() in path.read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("cut_s", [8, pytest.param(60, id="a-minute")])
def test_a_machine_that_is_cut_off_loses_and_doubles_nothing_and_comes_back_by_itself(
    joined: Pair, cut_s: float
) -> None:
    joined.owner.await_hosts("home", "studio")
    talker = talk(joined.owner, cut_s + 12.0)
    time.sleep(3)
    joined.cut()
    time.sleep(cut_s)
    joined.heal()
    healed_s = time.monotonic()
    joined.owner.await_hosts("home", "studio")
    back_s = time.monotonic() - healed_s
    shares = holds(told(talker))
    NOTEBOOK.page.tell(cut_s=cut_s, back_s=round(back_s, 1), **shares)
    assert shares["studio"] > 0
    late = holds(told(talk(joined.owner, 4.0)))
    assert late["studio"] > 0, "it works again"


def test_what_is_edited_on_the_first_machine_takes_effect_on_the_second(joined: Pair) -> None:
    file = joined.owner.folder / "rookery.toml"
    before = file.read_text()
    file.write_text(before + '\n[[host]]\nname = "annex"\nagent = "studio"\nengine = "fake"\n')
    joined.owner.await_hosts("home", "studio", "annex")
    assert "host-annex" in joined.second.log
    file.write_text(before)
    joined.owner.await_hosts("home", "studio")
    joined.owner.run("host", "pause", "studio")
    shares = holds(told(talk(joined.owner, 3.0)))
    assert shares["studio"] == 0, "a paused host takes nothing new"
    joined.owner.run("host", "resume", "studio")
    joined.owner.await_hosts("home", "studio")


def test_a_machine_that_is_revoked_is_out_and_its_work_goes_on_elsewhere(joined: Pair) -> None:
    talker = talk(joined.owner, 6.0)
    time.sleep(2)
    joined.owner.run("invite", "--revoke", "studio")
    shares = holds(told(talker))
    assert shares["home"] > 0
    joined.owner.await_hosts("home")
