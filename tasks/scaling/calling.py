"""Calls the program or the address that starts more machines, and tells when that fails."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tasks.contracts.environment import FILE_SUFFIX, SECRETS
from tasks.contracts.errors import ProcessFailed, RookeryError
from tasks.contracts.masking import mask
from tasks.contracts.notices import Notice
from tasks.contracts.sections import Scale
from tasks.jobs.notices import notify
from tasks.jobs.store import Store, translated
from tasks.jobs.values import MS, Status
from tasks.scaling.deciding import is_due, is_named, told

CALLED = "scaled"
SHOWN_CHARS = 300  # of what a program that failed said last
READ_BYTES = 65_536  # of that, with what is masked in it
SLACK_S = 60.0  # how much longer than `every_s` it is remembered when it was called
logger = logging.getLogger(__name__)


class Caller:
    """Looks whether to call, and calls in a thread of its own: a slow program holds up nobody."""

    def __init__(
        self, store: Store, rules: Callable[[], Scale], folder: Path, environ: Mapping[str, str] | None = None
    ) -> None:
        """`rules` is what `[scale]` says now; relative paths of programs start from `folder`."""
        self._store, self._rules, self._folder = store, rules, folder
        self._environ = without_secrets(os.environ if environ is None else environ)
        self._at_it: threading.Thread | None = None

    def look(self, seen: Status) -> None:
        """Call if it is time to. For the one process that leads. Raises StoreUnavailable."""
        rules = self._rules()
        if not is_named(rules) or (self._at_it is not None and self._at_it.is_alive()):
            return
        if is_due(seen, rules, self._called_ms()):
            self._note(seen.now_ms, rules)
            self._at_it = threading.Thread(target=self._call, args=(rules, told(seen, rules)), daemon=True)
            self._at_it.start()

    def wait(self) -> None:
        """Wait until the call under way is over."""
        if self._at_it is not None:
            self._at_it.join()

    def _called_ms(self) -> int:
        with translated():
            return int(self._store.client.get(self._store.key("scaled")) or 0)

    def _note(self, now_ms: int, rules: Scale) -> None:
        """Note the call before it is made: who dies at it calls no sooner again than who does not."""
        with translated():
            self._store.client.set(self._store.key("scaled"), now_ms, px=int((rules.every_s + SLACK_S) * MS))

    def _call(self, rules: Scale, body: Mapping[str, Any]) -> None:
        waits = {"models": [each["model"] for each in body["waits"]]}
        for what, call in ((rules.command, self._run), (rules.url, self._post)):
            if not what:
                continue
            try:
                call(rules, json.dumps(body))
                logger.info("called for more machines", extra=waits)
            except ProcessFailed as exc:
                logger.error("the scale hook failed", extra={**waits, "error": str(exc)})  # noqa: TRY400 (not our bug)
                self._complain(exc)

    def _complain(self, exc: ProcessFailed) -> None:
        notice = Notice(
            about="scale", title="The scale hook failed", words=str(exc)[: SHOWN_CHARS * 2], level="warning"
        )
        try:
            notify(self._store, notice)
        except RookeryError as away:
            logger.warning("nobody was told", extra={"error": str(away)})

    def _run(self, rules: Scale, body: str) -> None:
        program, *arguments = rules.command
        path = str(self._folder / program) if os.sep in program else program
        try:
            # Files: what it leaves running may hold a pipe open for as long as it likes.
            with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
                asked.write(body.encode())
                asked.seek(0)
                with subprocess.Popen(
                    [path, *arguments],
                    cwd=self._folder,
                    env=dict(self._environ),
                    stdin=asked,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # so that all that it started can be ended with it
                ) as process:
                    _await_end(process, rules.timeout_s)
                last = _last_words(said)
        except OSError as exc:
            raise ProcessFailed(
                f"{program} cannot be started: {exc.strerror}", next_step="look at `command` in [scale]"
            ) from exc
        if process.returncode:
            raise ProcessFailed(f"{program} ended with code {process.returncode}: {last}")

    def _post(self, rules: Scale, body: str) -> None:
        import requests  # noqa: PLC0415 (5 MB, for those alone who name an address)

        headers = {"Content-Type": "application/json"}
        try:
            answer = requests.post(rules.url, body, headers=headers, timeout=rules.timeout_s, allow_redirects=False)
        except requests.RequestException as exc:
            raise ProcessFailed(f"{_server(rules.url)} did not answer: {type(exc).__name__}") from exc
        if not 200 <= answer.status_code < 300:
            raise ProcessFailed(f"{_server(rules.url)} answered {answer.status_code}")


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the secrets of the flock: what somebody else's program needs is its own."""
    ours = {variable for name in SECRETS for variable in (name, name + FILE_SUFFIX)}
    return {name: value for name, value in environ.items() if name not in ours}


def _server(url: str) -> str:
    """Return where an address leads, and no more: who knows the rest of it may mostly call it, too."""
    return urlsplit(url).hostname or "the address"


def _await_end(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait for its end; what takes too long is killed with all that it started."""
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired as exc:
        os.killpg(process.pid, signal.SIGKILL)
        raise ProcessFailed(
            f"it took longer than {timeout_s:g} s", next_step="allow more with scale.timeout_s"
        ) from exc


def _last_words(said: IO[bytes]) -> str:
    said.seek(max(0, said.seek(0, os.SEEK_END) - READ_BYTES))
    return mask(said.read(READ_BYTES).decode(errors="replace")).strip()[-SHOWN_CHARS:]
