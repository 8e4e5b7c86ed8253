"""Brings adapters to a host, in the form that its engine takes: PEFT's folder, or a file for llama.cpp.

Nothing is used that is not, byte for byte, what its manifest says. What is damaged here is brought anew; what is
damaged where it comes from is refused, and the base goes on answering.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.contracts.atomic import write_whole
from tasks.contracts.errors import AdapterDamaged, ConfigurationError
from tasks.training.registry import fetching, layout, manifest
from tasks.training.registry.manifest import MANIFEST, WEIGHTS, FileFacts, Manifest
from tasks.training.registry.registry import AdapterRegistry
from workers.adapters.digests import FileDigests
from workers.adapters.wanted import Adapter
from workers.engines.gguf_header import read_head

if TYPE_CHECKING:
    from tasks.evolution.lora_gguf import Base

FILE, NOTE = ".gguf", ".json"
DIGESTS = "digests.json"  # of the files of models
Seen = tuple[int, int]


class Fetcher:
    """The adapters of one host, in a folder of its own."""

    def __init__(self, registry: Callable[[], AdapterRegistry], folder: Path) -> None:
        """`registry` is asked for when something has to be brought."""
        self._registry, self.folder = registry, folder
        self._checked: dict[Path, Seen] = {}
        self._digests = FileDigests(folder / DIGESTS)

    def copy(self, adapter: Adapter, model: str) -> Path:
        """Return a folder with the adapter as PEFT writes it.

        Raises:
            AdapterDamaged: what there is of it is not what its manifest says, or it is one for another model.
            UnknownThing: there is no such version.
        """
        place = self.folder / layout.version(adapter.persona, adapter.version)
        about = self._whole(place, adapter)
        if about is None:
            registry = self._registry()
            about = registry.manifest(adapter.persona, adapter.version)
            fetching.fetched(registry.shelf, self.folder, about)
        if about.origin.model != model:
            raise AdapterDamaged(
                f"{adapter.name} was trained on {about.origin.model!r} and not on {model!r}; it is not used",
                next_step="roll it back, or give the persona its former model",
            )
        return place

    def file(self, adapter: Adapter, model: str, gguf: Path) -> Path:
        """Return a file with the adapter for llama.cpp, which runs the model in `gguf`.

        Raises as `copy`, and ConfigurationError: llama.cpp cannot put it on this model, or it was trained on another
        file of that name.
        """
        self._refuse_another_base(adapter, self.copy(adapter, model), gguf)
        return self.file_for(adapter, model, read_head(gguf))

    def file_for(self, adapter: Adapter, model: str, head: Mapping[str, str | int]) -> Path:
        """Return such a file where the model's own begins with `head`. Raises as `file` does."""
        from tasks.evolution.lora_gguf import base_of, export_lora  # noqa: PLC0415  # numpy and gguf: most hosts never do

        place, base = self.copy(adapter, model), base_of(head)
        target = self.folder / f"{layout.home(adapter.persona)}@{adapter.version}{FILE}"
        if not self._is_made(target, place, base):
            export_lora(place, target, base, name=adapter.name)
            made = {**_made_of(place, base), "is": fetching.facts(target).model_dump()}
            write_whole(target.with_suffix(NOTE), json.dumps(made))
            self._see(target)
        return target

    def _refuse_another_base(self, adapter: Adapter, place: Path, gguf: Path) -> None:
        """Return where an adapter was trained on this very file, or nobody knows on which. Raises ConfigurationError.

        On other weights of the same shape it would answer without an error, and nobody could say what.
        """
        trained_on = Manifest.model_validate_json((place / MANIFEST).read_bytes()).origin.base_file
        if trained_on and self._digests.of(gguf) != trained_on:
            raise ConfigurationError(
                f"{adapter.name} was trained on another file than {gguf}; it is not used",
                next_step=f"put the file back that it was trained on, or have it trained anew on this one: "
                f"`rookery train now --persona {adapter.persona}`",
            )

    def keep_only(self, served: Collection[Adapter], used: Collection[Path]) -> None:
        """Take away what is neither served nor used by an engine."""
        homes = {self.folder / layout.version(each.persona, each.version) for each in served}
        for place in self.folder.glob("*/versions/*"):
            if place not in homes:
                shutil.rmtree(place, ignore_errors=True)
        files = {self.folder / f"{layout.home(each.persona)}@{each.version}{FILE}" for each in served} | set(used)
        for file in self.folder.glob(f"*{FILE}"):
            if file not in files:
                for each in (file, file.with_suffix(NOTE), proof_of(file)):
                    each.unlink(missing_ok=True)

    def _whole(self, place: Path, adapter: Adapter) -> Manifest | None:
        """Return the manifest of a copy that is whole; None: it is not here, or damaged."""
        try:
            about = manifest.read((place / MANIFEST).read_bytes(), adapter.name)
            if all(self._is_seen(place / name) for name in about.files):
                return about
            for name, expected in about.files.items():
                fetching.compare(adapter.name, name, expected, fetching.facts(place / name))
        except (OSError, AdapterDamaged):
            return None
        for name in about.files:
            self._see(place / name)
        return about

    def _is_made(self, target: Path, place: Path, base: Base) -> bool:
        """Return whether a file is there that was made of this very copy for this very base, and is as it was made."""
        with suppress(OSError, ValueError):
            made = json.loads(target.with_suffix(NOTE).read_text("utf-8"))
            if {**_made_of(place, base), "is": made.get("is")} != made:
                return False
            if not self._is_seen(target):
                if fetching.facts(target) != FileFacts.model_validate(made["is"]):
                    return False
                self._see(target)
            return True
        return False

    def _is_seen(self, path: Path) -> bool:
        return self._checked.get(path) == _stamp(path)

    def _see(self, path: Path) -> None:
        self._checked[path] = _stamp(path)


def proof_of(file: Path) -> Path:
    """Return what lies beside a file that llama.cpp has loaded once: a start with it will not fail by it."""
    return file.with_suffix(".proven")


def _made_of(place: Path, base: Base) -> dict[str, object]:
    about = Manifest.model_validate_json((place / MANIFEST).read_bytes())
    return {"weights": about.files[WEIGHTS].sha256, "base": asdict(base)}


def _stamp(path: Path) -> Seen:
    facts = path.stat()
    return facts.st_mtime_ns, facts.st_size
