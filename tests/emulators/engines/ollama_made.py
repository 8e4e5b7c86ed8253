"""The disk of the emulated Ollama: files that were brought there, and models that are made of others and of these."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Call, Stock
from tests.emulators.engines.ollama_scheduler import Refusal
from workers.engines.gguf_header import read_head

BLOBS = "/api/blobs/"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
#: What a name may be that has no host and no folder: both parts begin with a letter, a digit or an underscore.
NAME = re.compile(r"(?P<model>\w[\w.-]{0,79})(:(?P<tag>\w[\w.-]{0,79}))?", re.ASCII)
NO_LONGER = "LoRA adapters are no longer supported"


class Made:
    """What was brought and made. `stocked` are all models, by their whole names."""

    def __init__(self, children: Children, stocked: dict[str, Stock], *, takes_adapters: bool) -> None:
        self._children, self._stocked, self._takes_adapters = children, stocked, takes_adapters
        self.blobs: dict[str, Path] = {}
        self._folder = Path(mkdtemp(dir=children.folder, prefix="blobs-"))

    def answer(self, call: Call) -> bool:
        """Answer what is about the disk; return whether it is."""
        pages: dict[tuple[str, str], Callable[[Call], None]] = {
            ("POST", "/api/show"): self._show,
            ("POST", "/api/create"): self._create,
            ("DELETE", "/api/delete"): self._delete,
        }
        if call.seen.path.startswith(BLOBS):
            self._blob(call, call.seen.path.removeprefix(BLOBS))
        elif page := pages.get((call.seen.method, call.seen.path)):
            page(call)
        else:
            return False
        return True

    def _blob(self, call: Call, digest: str) -> None:
        if not DIGEST.fullmatch(digest):
            raise Refusal(400, "invalid digest format")
        if call.seen.method == "HEAD":
            call.text("", 200 if digest in self.blobs else 404)
        elif digest in self.blobs:
            call.text("", 200)
        elif f"sha256:{hashlib.sha256(call.seen.body).hexdigest()}" != digest:
            raise Refusal(400, "digest mismatch")
        else:
            self.blobs[digest] = self._folder / digest.replace(":", "-")
            self.blobs[digest].write_bytes(call.seen.body)
            call.text("", HTTPStatus.CREATED)

    def _show(self, call: Call) -> None:
        stock = self._known(str(call.body.get("model", "")))
        head = read_head(self._children.gguf(stock.seed))
        info = {**head, "tokenizer.ggml.tokens": None}
        call.json({"details": {"parent_model": "", "format": "gguf"}, "model_info": info})

    def _create(self, call: Call) -> None:
        """Say how far it is, line by line, unless asked not to; then what goes wrong has a status of its own."""
        streams = call.body.get("stream", True)
        if not self._takes_adapters and call.body.get("adapters"):
            raise Refusal(400, NO_LONGER)
        found = NAME.fullmatch(str(call.body.get("model", "")))
        if not found:
            raise Refusal(400, "invalid model name")
        try:
            stock = self._made(call.body)
        except Refusal as refusal:
            if not streams:
                raise
            call.stream((line for line in (_said({"error": refusal.words}),)), "application/x-ndjson")
            return
        name = f"{found['model']}:{found['tag'] or 'latest'}"
        self._stocked[name] = replace(stock, name=name)
        steps = ("parsing GGUF", "writing manifest", "success") if streams else ("success",)
        lines = [_said({"status": status}) for status in steps]
        if streams:
            call.stream((line for line in lines), "application/x-ndjson")
        else:
            call.text(lines[-1], 200, "application/json; charset=utf-8")

    def _made(self, body: dict[str, Any]) -> Stock:
        """Return the model, which has no name yet."""
        if not body.get("from"):
            raise Refusal(400, "neither 'from' or 'files' was specified")
        try:
            stock = self._known(body["from"])
        except Refusal as refusal:
            raise Refusal(500, "pull model manifest: file does not exist") from refusal
        adapters = body.get("adapters") or {}
        if len(adapters) > 1:
            raise Refusal(400, "only one adapter is currently supported")
        for name, digest in adapters.items():
            if not name.endswith(".gguf"):
                raise Refusal(400, "unknown type")
            if digest not in self.blobs:
                file = digest.replace(":", "-")
                raise Refusal(400, f"open /root/.ollama/models/blobs/{file}: no such file or directory")
            if read_head(self.blobs[digest]).get("general.type") != "adapter":
                raise Refusal(400, "supplied file was not in GGUF format")
            return replace(stock, seed=self._children.with_adapter(stock.seed, self.blobs[digest]))
        return stock

    def _delete(self, call: Call) -> None:
        """Take it off the disk; what is in memory stays there."""
        del self._stocked[self._known(str(call.body.get("model", ""))).name]
        call.text("")

    def _known(self, name: str) -> Stock:
        for full in (name, f"{name}:latest"):
            if full in self._stocked:
                return self._stocked[full]
        raise Refusal(404, f"model '{name}' not found")


def _said(said: dict[str, Any]) -> str:
    return json.dumps(said) + "\n"
