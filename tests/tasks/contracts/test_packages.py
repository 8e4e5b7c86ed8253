"""What other packages bring along is found by its name, and what is wrong with it is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts import packages
from tasks.contracts.errors import ConfigurationError
from tests.examples.packages import install

LISTENER = "counting"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages, with an example in it."""
    install("counting_listener", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("counting_listener", None)


def test_what_is_installed_is_found_and_loaded_by_its_name(site: Path) -> None:
    assert list(packages.brought(packages.LISTENERS)) == [LISTENER]
    assert callable(packages.load(packages.LISTENERS, LISTENER, "listener"))


def test_one_group_holds_nothing_of_another(site: Path) -> None:
    assert packages.brought(packages.NOTIFIERS) == {}


@pytest.mark.parametrize(("name", "hint"), [("countin", "did you mean 'counting'"), ("xyz", "there are: counting")])
def test_a_name_that_nobody_brings_along_is_told_with_those_that_somebody_does(
    site: Path, name: str, hint: str
) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        packages.load(packages.LISTENERS, name, "listener")


@pytest.mark.parametrize("broken", ["raise ImportError('no such library')", "pass"])
def test_a_package_that_is_broken_is_told_with_where_it_comes_from(site: Path, broken: str) -> None:
    module = site / "counting_listener.py"
    module.unlink()
    module.write_text(broken)
    with pytest.raises(
        ConfigurationError, match=r"cannot be loaded from counting_listener:create.*install its package"
    ):
        packages.load(packages.LISTENERS, LISTENER, "listener")
