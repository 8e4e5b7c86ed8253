"""The engine of docs/howto/write-an-engine.md, installed as it says, as the engine of a host that people ask.

That it keeps what every engine promises is tried in tests/workers/engines/test_contract.py, as with our own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from tests.bots.conftest import eventually
from tests.command import Command
from tests.examples.packages import install
from workers.engines.opening import open_engine

MOST_LINES = 90
EXAMPLE = Path(__file__).parents[2] / "examples" / "parrot_engine" / "parrot_engine.py"
FLEET = """
[[model]]
name = "grey"
aliases = { cage = "african-grey" }

[[host]]
name = "cage"
engine = "parrot"
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install("parrot_engine", tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield
    sys.modules.pop("parrot_engine", None)


@pytest.mark.parametrize("spec", ["parrot", "parrot+http://10.0.0.5:1"])
def test_its_name_opens_it(installed: None, spec: str) -> None:
    engine = open_engine(spec, {"grey": "african-grey"}, slots=3)
    engine.ensure_loaded("grey")
    assert (type(engine).__name__, engine.list_resident()) == ("ParrotEngine", ["grey"])
    assert engine.capabilities().slots == 3


def test_one_that_is_not_installed_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"no package brings the engine 'parrot' along → install its package"):
        open_engine("parrot+http://10.0.0.5:1")


@pytest.mark.slow
def test_a_host_with_it_answers_people(installing: Callable[..., Command], redis_url: str) -> None:
    command = installing("parrot_engine", settings=FLEET)
    command.start("run", "host", "cage")
    store = Store.open(redis_url)
    eventually(lambda: [host for host in store.run(fleet_moves.status()).hosts if host.live], "the host")
    ended = command.run("ask", "one two three")
    assert (ended.code, ended.out.strip()) == (0, "grey says: three two one")
    assert store.run(fleet_moves.status()).hosts[0].about["engine"] == "parrot"
    store.close()


def test_an_example_is_short() -> None:
    assert len(EXAMPLE.read_text("utf-8").splitlines()) <= MOST_LINES
