"""A chat in a terminal: `telnet localhost 7000`. Everybody who is connected hears everybody, and the flock joins in.

All that a platform has to be for Rookery: it shows messages (`Platform`), and passes on what it hears (`Adapter`).
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Mapping
from functools import partial

from bots.access import Rules
from bots.platform import Bounds, Heard, Outgoing, Place, Proof
from bots.reception.values import Told
from bots.runner import House
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings

PORT = "TELNET_PORT"
HALL, CALL = "hall", "@rook"
REMEMBERED = 500


def create(settings: Settings, environ: Mapping[str, str]) -> TelnetBot:
    """Return the bot: what the entry point in pyproject.toml names."""
    port = environ.get(PORT, "")
    if not port.isdecimal():
        raise ConfigurationError(f"the telnet bot cannot start: {PORT} is not set", next_step=f"set {PORT}=7000")
    return TelnetBot(int(port))


class TelnetBot:
    """The platform and its adapter in one: here nothing stands between the two."""

    name = bot = "telnet"
    office = ""  # the port is taken once; a platform with tokens names one of them by its digest

    def __init__(self, port: int) -> None:
        self.platform = self
        self._port = port
        self._people: dict[str, asyncio.StreamWriter] = {}
        self._shown: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)  # numbers and nonces
        self._numbers = itertools.count(time.time_ns())  # never the same again, also after a restart

    def rules(self, settings: Settings) -> Rules:
        """Let everybody speak who can reach the port: whoever is on this machine."""
        return Rules()

    async def run(self, house: House) -> None:
        """Listen until the process ends."""
        async with await asyncio.start_server(partial(self._meet, house), "127.0.0.1", self._port) as server:
            await server.serve_forever()

    async def _meet(self, house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Who are you? ")
        name = (await reader.readline()).decode(errors="replace").strip()[:32]
        if name and name not in self._people:
            self._people[name] = writer
            self._show(f"{name} is here")
            while line := await reader.readline():
                await self._say(house, name, line.decode(errors="replace").strip())
            del self._people[name]
        writer.close()

    async def _say(self, house: House, name: str, text: str) -> None:
        number = self._show(f"{name}: {text}", but=name)
        heard = Heard(
            platform=self.name,
            bot=self.bot,
            place=Place(HALL, message=number),
            message=number,
            user=name,  # where it matters who somebody is, this is a number that the platform vouches for
            author=name,
            text=text.replace(CALL, "").strip(),
            at_ms=time.time_ns() // 1_000_000,
            mentioned=CALL in text,
        )
        verdict = await house.desk.hear(heard)
        if isinstance(verdict, Told) and not house.manners().dry_run:
            self._show(verdict.text)

    def _show(self, text: str, nonce: str = "", but: str = "") -> str:
        number = str(next(self._numbers))
        self._shown.append((number, nonce))
        for name, writer in self._people.items():
            if name != but:
                writer.write(f"{text}\n".replace("\n", "\r\n").encode())
        return number

    def bounds(self, place: Place) -> Bounds:
        # What was printed stays as it is, so an answer is posted when it is whole.
        return Bounds(chars=1000, edit_every_s=1.0, typing_every_s=60.0, nonce_window_s=60.0, edits=False)

    def proof(self, place: Place) -> Proof:
        return Proof.NONCE

    def length(self, text: str) -> int:
        return len(text)

    async def post(self, place: Place, what: Outgoing) -> str:
        return await self.find(place, what, 0) or self._show(
            f"{what.face.name if what.face else self.bot}: {what.text}", what.nonce
        )

    async def edit(self, place: Place, message: str, what: Outgoing) -> None:
        """Not asked for: `Bounds.edits` says so."""

    async def find(self, place: Place, what: Outgoing, since_ms: int) -> str:
        return next((number for number, nonce in self._shown if nonce == what.nonce), "")

    async def typing(self, place: Place) -> None:
        """Nothing to show: a terminal has no such sign."""
