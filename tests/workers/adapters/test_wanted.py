"""What the engines of a host should have: what is served, what is tried, and what a rollback goes back to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.contracts.canary import Served
from tasks.contracts.fleet import Fleet
from workers.adapters.wanted import Adapter, learners, wanted

OLD, NOW, NEW = "20261101-0a0a0a0a", "20261120-0b0b0b0b", "20261122-ab12cd34"


def fleet(*personas: dict[str, Any], hosts: Sequence[dict[str, Any]] = ()) -> Fleet:
    models = [{"name": name, "gguf": f"{name}.gguf"} for name in ("large", "small")]
    told = {"model": models, "persona": personas, "routing": {"primary": "large"}}
    return Fleet.model_validate({**told, "host": hosts} if hosts else told)


def persona(name: str, model: str = "large", **said: Any) -> dict[str, Any]:
    return {"name": name, "model": model, "learns": "liked", **said}


SERVED = {name: Served(serial=1, current=NOW, canary=NEW, previous=OLD, share=0.1) for name in ("rook", "raven", "jay")}


def test_each_base_has_those_of_its_personas_and_what_matters_most_comes_first() -> None:
    file = fleet(persona("rook"), persona("raven"), persona("jay", "small"), persona("magpie"))
    found = wanted(SERVED, file, ["large", "small"])
    assert found["large"] == tuple(Adapter(name, version) for version in (NOW, NEW, OLD) for name in ("rook", "raven"))
    assert [adapter.name for adapter in found["small"]] == [f"jay@{version}" for version in (NOW, NEW, OLD)]
    assert set(wanted(SERVED, file, ["small"])) == {"small"}


def test_who_learns_nothing_is_off_or_leaves_its_model_open_has_none() -> None:
    file = fleet(persona("rook", learns="nothing"), persona("raven", enabled=False), persona("jay", "auto"))
    assert learners(file) == frozenset()
    assert wanted(SERVED, file, ["large"]) == {"large": ()}


def test_the_base_alone_is_no_adapter_and_the_same_one_is_wanted_once() -> None:
    served = {"rook": Served(serial=2, current="", canary=NEW, previous=NEW)}
    assert wanted(served, fleet(persona("rook")), ["large"])["large"] == (Adapter("rook", NEW),)


def test_an_adapter_goes_only_where_its_persona_may_be_answered() -> None:
    hosts: list[dict[str, Any]] = [
        {"name": "home", "labels": ["home"]},
        {"name": "plain"},
        {"name": "cloud", "labels": ["home"], "cloud": True},
    ]
    birds = (
        persona("rook", labels=["home"]),
        persona("raven", private=True),
        persona("jay", private=False, allow_cloud=True),
    )
    file = fleet(*birds, hosts=[{"engine": "fake", **host} for host in hosts])
    has = {host.name: {each.persona for each in wanted(SERVED, file, ["large"], host)["large"]} for host in file.hosts}
    assert has == {"home": {"rook", "raven", "jay"}, "plain": {"raven", "jay"}, "cloud": {"jay"}}
