"""`rookery config init`: a first `rookery.toml`, a `.env` and the folders, without touching what is there."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tasks.contracts import examples, folders
from tasks.contracts.engines import read_engine
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.examples import Prefill, example, first_settings, write_new
from tasks.contracts.fleet import parse
from tasks.contracts.settings import DEFAULT_FILE, load

ENV_FILE = ".env"
FOR_ITS_OWNER = 0o600
FOR_ALL = 0o644
MAGIC = b"GGUF"
ASK_S = 5.0
MAX_ANSWER_BYTES = 1 << 20
NOT_FOR_CHAT = ("embed", "rerank", "whisper")  # in the names of models that do not converse


def init(folder: Path, environ: Mapping[str, str], model: str = "", engine: str = "") -> Iterator[str]:
    """Write what is missing, and yield a line on each thing as it is done.

    Raises:
        ConfigurationError: the model or the server is none, the file that it should go into is there, or something
            cannot be written. What was written before that stays, and the next call goes on.
    """
    file = folder / DEFAULT_FILE
    if (model or engine) and file.exists():
        raise ConfigurationError(
            f"{file} is there already, so nothing was put into it",
            next_step="add a [[model]] to it by hand; `rookery config example` shows how",
        )
    text = first_settings(example(examples.SETTINGS), prefill(folder, model, engine))
    parse(tomllib.loads(text), str(file))
    yield _told(write_new(file, text, FOR_ALL), file, "settings; every key is explained in it")
    env = folder / ENV_FILE
    fresh = write_new(env, example(examples.VARIABLES), FOR_ITS_OWNER)
    yield _told(fresh, env, "variables and secrets, for your eyes only")
    needed = folders.folders_of(load(file, environ))
    made = folders.make(needed)
    yield from (_told(each.path in made, each.path, "a folder") for each in needed)
    yield "Next: change what you like, then `rookery config check` and `rookery up`."


def prefill(folder: Path, model: str, engine: str) -> Prefill:
    """Return what the file is to say instead of the demo model.

    Raises:
        ConfigurationError: there is no such file or server.
    """
    if engine:
        _address(engine)
        return Prefill(engine=engine, names=[model] if model else served(engine))
    if not model:
        return Prefill()
    path = Path(model).expanduser().absolute()
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError as exc:
        raise ConfigurationError(f"{path}: {exc.strerror}", next_step="give --model the path of a GGUF file") from exc
    if magic != MAGIC:
        raise ConfigurationError(f"{path} is no GGUF file", next_step="give --model the path of a GGUF file")
    inside = path.is_relative_to(folder)
    return Prefill(gguf=str(path.relative_to(folder) if inside else path), names=[path.stem])


def served(engine: str) -> list[str]:
    """Ask the server at `engine` which models it has, and return those that converse.

    Raises:
        ConfigurationError: it gave no list.
    """
    address = f"{_address(engine).rstrip('/')}/v1/models"
    try:
        # Without a proxy that the environment may name: the server is meant to be near.
        with build_opener(ProxyHandler({})).open(Request(address), timeout=ASK_S) as answer:  # noqa: S310 (checked)
            listed: Any = json.loads(answer.read(MAX_ANSWER_BYTES))
        names = [str(entry["id"]) for entry in listed["data"]]
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise ConfigurationError(
            f"{address} gave no list of models: {exc}", next_step="start that server, or name its model with --model"
        ) from exc
    found = [name for name in names if not any(word in name.lower() for word in NOT_FOR_CHAT)]
    if not found:
        raise ConfigurationError(f"{address} lists no model to talk to", next_step="load one there, or use --model")
    return found


def _address(engine: str) -> str:
    """Return where a server is that somebody named. Raises ConfigurationError where that is no server."""
    with contextlib.suppress(ValueError):
        if address := read_engine(engine).address:
            return address
    raise ConfigurationError(f"{engine} is no address of a server", next_step="write it as http://HOST:PORT")


def _told(fresh: bool, path: Path, what: str) -> str:
    return f"wrote {path}  ({what})" if fresh else f"kept  {path}  (it was there)"
