"""Adapters come to a host as they are in the registry, byte for byte, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import AdapterDamaged, ConfigurationError, UnknownThing
from tasks.training.registry import layout
from tasks.training.registry.manifest import Origin
from tasks.training.registry.registry import AdapterRegistry
from tests.tiny_adapter import write_tiny_adapter
from tests.tiny_model import write_tiny_gguf
from workers.adapters.fetching import Fetcher, proof_of
from workers.adapters.wanted import Adapter

PERSONA, MODEL = "sea/wolf", "tiny"
WEIGHTS = "adapter_model.safetensors"


class Shelf:
    """A registry, a host, and a base."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = AdapterRegistry.at(str(folder / "shelf"), folder / "cache")
        self.asked = 0
        self.gguf = write_tiny_gguf(folder / "tiny.gguf", seed=1)
        self.fetcher = self.another()

    def another(self) -> Fetcher:
        """Return the fetcher of a process that begins."""
        return Fetcher(self._ask, self.folder / "host")

    def _ask(self) -> AdapterRegistry:
        self.asked += 1
        return self.registry

    def publish(self, seed: int = 1, model: str = MODEL, base_file: str = "") -> Adapter:
        learned = write_tiny_adapter(self.folder / f"peft-{seed}", seed)
        origin = Origin(persona=PERSONA, model=model, base_file=base_file, created_ms=1_795_305_600_000)
        return Adapter(PERSONA, self.registry.publish(learned, origin))

    def kept(self, adapter: Adapter) -> Path:
        return self.folder / "shelf" / layout.version(PERSONA, adapter.version) / WEIGHTS


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def spoil(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def test_a_copy_is_made_once_and_is_used_while_the_registry_is_away(shelf: Shelf) -> None:
    adapter = shelf.publish()
    place = shelf.fetcher.copy(adapter, MODEL)
    assert (place / WEIGHTS).read_bytes() == shelf.kept(adapter).read_bytes()
    shutil.rmtree(shelf.folder / "shelf")
    assert shelf.another().copy(adapter, MODEL) == shelf.fetcher.copy(adapter, MODEL) == place
    assert shelf.asked == 1


def test_a_copy_that_is_damaged_is_brought_anew_and_so_is_what_was_made_of_it(shelf: Shelf) -> None:
    adapter = shelf.publish()
    file = shelf.fetcher.file(adapter, MODEL, shelf.gguf)
    whole = file.read_bytes()
    spoil(file)
    spoil(shelf.fetcher.copy(adapter, MODEL) / WEIGHTS)
    assert shelf.fetcher.file(adapter, MODEL, shelf.gguf) == file
    assert file.read_bytes() == whole
    assert shelf.asked == 2


def test_on_other_weights_of_the_same_name_an_adapter_is_not_used_until_its_own_are_back(shelf: Shelf) -> None:
    adapter = shelf.publish(base_file=file_sha256(shelf.gguf))
    own = shelf.gguf.read_bytes()
    assert shelf.fetcher.file(adapter, MODEL, shelf.gguf).is_file()
    write_tiny_gguf(shelf.gguf, seed=2)
    for fetcher in (shelf.fetcher, shelf.another()):
        with pytest.raises(ConfigurationError, match="was trained on another file") as told:
            fetcher.file(adapter, MODEL, shelf.gguf)
        assert f"rookery train now --persona {PERSONA}" in told.value.next_step
    shelf.gguf.write_bytes(own)
    assert shelf.another().file(adapter, MODEL, shelf.gguf).is_file()


def test_what_is_damaged_where_it_comes_from_is_refused_and_nothing_of_it_stays(shelf: Shelf) -> None:
    adapter = shelf.publish()
    spoil(shelf.kept(adapter))
    with pytest.raises(AdapterDamaged, match=r"SHA-256 is not the one"):
        shelf.fetcher.file(adapter, MODEL, shelf.gguf)
    assert not [*(shelf.folder / "host").rglob("*.safetensors"), *(shelf.folder / "host").rglob("*.gguf")]


def test_one_that_was_trained_on_another_model_and_one_that_is_nowhere_are_refused(shelf: Shelf) -> None:
    with pytest.raises(AdapterDamaged, match="trained on 'other' and not on 'tiny'"):
        shelf.fetcher.copy(shelf.publish(model="other"), MODEL)
    with pytest.raises(UnknownThing):
        shelf.fetcher.copy(Adapter(PERSONA, "20260101-00000000"), MODEL)


def test_a_file_is_made_anew_for_a_base_of_another_shape_and_not_for_one_that_cannot_have_it(shelf: Shelf) -> None:
    adapter = shelf.publish()
    first = shelf.fetcher.file(adapter, MODEL, shelf.gguf).read_bytes()
    wide = write_tiny_gguf(shelf.folder / "wide.gguf", seed=1, hidden=32)
    assert shelf.fetcher.file(adapter, MODEL, wide).read_bytes() != first, "two heads share the rows in another order"
    none = shelf.folder / "none.gguf"
    none.write_bytes(shelf.gguf.read_bytes().replace(b"llama", b"mamba"))
    with pytest.raises(ConfigurationError, match="of the kind 'mamba'"):
        shelf.fetcher.file(adapter, MODEL, none)


def test_what_nobody_serves_or_uses_any_more_goes(shelf: Shelf) -> None:
    first, second, third = (shelf.publish(seed) for seed in (1, 2, 3))
    files = [shelf.fetcher.file(adapter, MODEL, shelf.gguf) for adapter in (first, second, third)]
    for file in files:
        proof_of(file).touch()
    shelf.fetcher.keep_only([first], [files[1]])
    left = {path.name for path in (shelf.folder / "host").iterdir() if path.is_file()}
    assert left == {each.name for file in files[:2] for each in (file, file.with_suffix(".json"), proof_of(file))}
    assert [path.name for path in (shelf.folder / "host").glob("*/versions/*")] == [first.version]
