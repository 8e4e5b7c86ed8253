"""The examples that explain every setting, and how a first `rookery.toml` and `.env` are made of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.engines import read_engine
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import DEMO, EXAMPLE, HOME
from tasks.contracts.tomltext import written

SETTINGS, VARIABLES = EXAMPLE, ".env.example"
#: A wheel has them beside this module; in the project they stand at its front, where people look for them.
PLACES = (Path(__file__).parent, Path(__file__).parents[2])

_DEMO_LINES = f"""\
# A model that comes with Rookery. "demo" is the only one: tiny, and honest about it.
builtin = {written(DEMO.builtin)}
"""
_ENGINE_LINE = f"engine = {written(HOME.engine)}\n"
_NEXT_ENTRY = "\n#[[model]]\n"
_COPY_IT = "Copy it to rookery.toml and keep what you change"
_KEEP_IT = "Keep what you change"
_INSTEAD_OF = "# Without any [[{}]] there is this one:\n"


@dataclass(frozen=True)
class Prefill:
    """What a first `rookery.toml` is to say instead of the demo model: a file, or the names that a server has."""

    gguf: str = ""
    engine: str = ""
    """As a host names its server: an address, with its kind before it if that is known."""
    names: Sequence[str] = ()
    """Of the models, as personas and the server call them; the first one answers."""


def example(name: str) -> str:
    """Return the text of an example.

    Raises:
        ConfigurationError: this installation lacks it.
    """
    for place in PLACES:
        if (place / name).is_file():
            return (place / name).read_text(encoding="utf-8")
    raise ConfigurationError(f"this installation lacks {name}", next_step="install Rookery again")


def first_settings(text: str, prefill: Prefill) -> str:
    """Return the example as a file of one's own, with what `prefill` says in place of the demo model, if anything."""
    text = text.replace(_COPY_IT, _KEEP_IT, 1)
    if not prefill.names:
        return text
    first, *others = prefill.names
    text = text.replace(_INSTEAD_OF.format("model"), "", 1)
    text = text.replace(f"name = {written(DEMO.name)}", f"name = {written(first)}", 1)
    text = text.replace(_DEMO_LINES, _origin(prefill, first), 1)
    text = text.replace(_NEXT_ENTRY, "".join(_entry(prefill, name) for name in others) + _NEXT_ENTRY, 1)
    text = text.replace(f"\nmodel = {written(DEMO.name)}\n", f"\nmodel = {written(first)}\n", 1)
    if prefill.engine:
        text = text.replace(_INSTEAD_OF.format("host"), "", 1)
        text = text.replace(_ENGINE_LINE, f"engine = {written(prefill.engine)}\n", 1)
    return text


def write_new(path: Path, text: str, mode: int, *, over: bool = False) -> bool:
    """Write a whole file at once, unless there is one that may not be written `over`; return whether it was written.

    Raises:
        ConfigurationError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(file, "w", encoding="utf-8") as fresh:
                fresh.write(text)
                fresh.flush()
                os.fsync(fresh.fileno())
            os.chmod(name, mode)
            if over:
                os.replace(name, path)
                return True
            return _put(name, path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as exc:
        raise ConfigurationError(
            f"{path} cannot be written: {exc.strerror}", next_step="go to a folder that can be written to, with room"
        ) from exc


def _put(fresh: str, path: Path) -> bool:
    """Give a file its name unless something has it, which a renaming would not notice."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    return True


def _entry(prefill: Prefill, name: str) -> str:
    return f"\n[[model]]\nname = {written(name)}\n{_origin(prefill, name)}"


def _origin(prefill: Prefill, name: str) -> str:
    if prefill.gguf:
        return f"# A file for llama.cpp.\ngguf = {written(prefill.gguf)}\n"
    kind = read_engine(prefill.engine).kind.value
    return f"# What the server calls it.\naliases = {{ {kind} = {written(name)} }}\n"
