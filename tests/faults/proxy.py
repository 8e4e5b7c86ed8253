"""A TCP proxy that makes the way to a server as bad as a test wants: slow, a black hole, broken off."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

READ_BYTES = 65_536
POLL_S = 0.02
RESET = struct.pack("ii", 1, 0)  # linger for no time: the kernel sends RST


class Proxy:
    """Passes bytes on to `port`, each `delay_s` later in either direction. While it is a `hole`, nothing comes out."""

    def __init__(self, port: int, delay_s: float = 0.0) -> None:
        self._target, self._delay_s = port, delay_s
        self.hole = False
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        self._up.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def reset(self) -> None:
        """Break every connection off."""
        self._loop.call_soon_threadsafe(self._break_off)

    def _break_off(self) -> None:
        for writer in self._writers:
            with contextlib.suppress(OSError):  # it was closed already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()
        server.close()
        self._break_off()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:  # `gather` of nothing asks for a loop that this thread does not have any more
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        pair = {writer, far_writer}
        self._writers |= pair
        try:
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        finally:
            self._writers -= pair
            for end in pair:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sender = asyncio.ensure_future(self._send_late(late, writer))
        with contextlib.suppress(OSError):
            while data := await reader.read(READ_BYTES):
                late.put_nowait((time.monotonic() + self._delay_s, data))
        late.put_nowait((time.monotonic() + self._delay_s, b""))
        await sender

    async def _send_late(self, late: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                due_s, data = await late.get()
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                if not data:
                    writer.write_eof()
                    return
                while self.hole:
                    await asyncio.sleep(POLL_S)
                writer.write(data)
                await writer.drain()
