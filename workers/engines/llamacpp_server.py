"""The child program that serves one GGUF file with llama.cpp: `python -m workers.engines.llamacpp_server --help`.

It is a process of its own because what goes wrong inside llama.cpp takes its process with it. It prints one line,
`ready http://127.0.0.1:PORT`, once it answers; it ends with code 3 and one line that says why when it cannot start; it
ends when its parent does. SIGTERM and SIGINT keep the system's own meaning, immediate death: llama.cpp holds Python's
lock while it loads, so a handler of ours would run minutes late, and tearing down its server object can hang. For the
same reason the leash is only looked at before and after the load, so that while it loads Linux itself ends it with the
thread that started it; where there is no Linux, who cannot wait for the load wraps this in `leash.wrap`.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

from tasks.contracts.errors import BadInput, PortTaken, ProcessFailed, RookeryError
from workers.engines.gguf_header import embeds
from workers.supervision import leash

HOST = "127.0.0.1"
CANNOT_START = 3
GGUF_MAGIC = b"GGUF"
LOG_WARNINGS = 2  # llama.cpp's word for: errors and warnings, not ten lines for each request
#: Main memory for the prompts of sessions that are in no slot; llama.cpp's own default is 8 GiB.
PROMPT_CACHE_MIB = 256
#: A text is embedded in one go, or refused; the memory for that grows with the square of this.
LONGEST_TEXT_TOKENS = 4096


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Serve until somebody ends this process."""
    options = _options(arguments)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    leashed = leash.watch()
    try:
        for path in (options.gguf, *options.adapter):
            check_gguf(path)
        check_port(options.port)
        with leash.dying_with_parent() if leashed else nullcontext():
            server = _serve(options)
    except RookeryError as exc:
        sys.stderr.write(f"{exc}\n")
        sys.exit(CANNOT_START)
    sys.stdout.write(f"ready {server.listening_address}\n")
    sys.stdout.flush()
    while True:
        signal.pause()


def check_gguf(path: Path) -> None:
    """Raise BadInput unless `path` is a file that at least begins like a GGUF file."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(GGUF_MAGIC))
    except OSError as exc:
        raise BadInput(f"{path}: {exc.strerror}", next_step="give the path of a readable GGUF file") from exc
    if begins != GGUF_MAGIC:
        raise BadInput(f"{path} is no GGUF file", next_step="convert the model to GGUF, or download it as such")


def check_port(port: int) -> None:
    """Raise PortTaken when somebody listens on `port`: llama.cpp would not always notice."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except (OSError, OverflowError) as exc:
            raise PortTaken(f"port {port}: {exc}", next_step="use another port, or 0 for any") from exc


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="llamacpp_server", description="Serve one GGUF file with llama.cpp.")
    parser.add_argument("--gguf", type=Path, required=True, help="the model")
    parser.add_argument("--alias", required=True, help="the name that it answers with")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--context", type=_positive, default=4096, help="tokens of the window of each slot")
    parser.add_argument("--slots", type=_positive, default=2, help="requests that it works on at a time")
    parser.add_argument("--adapter", type=Path, action="append", default=[], help="a LoRA adapter as GGUF; repeatable")
    return parser.parse_args(arguments)


def _positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise ValueError(word)
    return number


def _serve(options: argparse.Namespace) -> Any:
    """Return the running server; it answers from now on."""
    import xllamacpp  # noqa: PLC0415  # 100 MB of library; a missing file or a taken port is told without it

    params = xllamacpp.CommonParams()
    params.model.path = str(options.gguf)
    params.model_alias = {options.alias}
    params.hostnames = [HOST]
    params.port = options.port
    params.n_ctx = options.context * options.slots  # llama.cpp divides it among the slots
    params.n_parallel = options.slots
    params.endpoint_metrics = True
    params.ui = False
    params.cors_origins = f"http://{HOST}"  # no page of another origin may talk to it from somebody's browser
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.verbosity = LOG_WARNINGS
    params.lora_adapters = [_adapter(xllamacpp, path) for path in options.adapter]
    if embeds(options.gguf):
        params.embedding = True
        params.n_batch = params.n_ubatch = min(options.context, LONGEST_TEXT_TOKENS)
    try:
        return xllamacpp.Server(params)
    except RuntimeError as exc:
        raise ProcessFailed(
            f"llama.cpp could not load {options.gguf}", next_step="its own words stand beside this line"
        ) from exc


def _adapter(library: Any, path: Path) -> Any:
    """Return an adapter that has no say until a request gives it one: each names the scale of every adapter."""
    said = library.CommonAdapterLoraInfo()
    said.path, said.scale = str(path), 0.0
    return said


if __name__ == "__main__":
    main()
