"""An inference server without a model, over HTTP as OpenAI has it: it answers at once, so that what is in front shows.

Run as a program, with a port: it serves until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

WORDS = ("Good ", "morning ", "to ", "you.")
USAGE = {"prompt_tokens": 5, "completion_tokens": len(WORDS), "total_tokens": 5 + len(WORDS)}
END = b"0\r\n\r\n"
COMPACT = (",", ":")


async def serve(port: int) -> None:
    """Answer whoever connects to `port` of this machine."""
    server = await asyncio.start_server(_talk, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            asked = json.loads(await reader.readexactly(length_of(head)) or b"{}")
            writer.write(answer(head.split(b" ", 2)[1].decode(), asked))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client has gone
    finally:
        writer.close()


def length_of(head: bytes) -> int:
    r"""Return how long a body is.

    >>> length_of(b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n"), length_of(b"GET / HTTP/1.1\r\n\r\n")
    (12, 0)
    """
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if rest else 0


def answer(path: str, asked: dict[str, Any]) -> bytes:
    """Return the whole answer, head included."""
    if not path.endswith("/chat/completions"):
        return _whole(
            {"object": "list", "data": [{"id": "demo", "object": "model", "owned_by": "dummy", "created": 0}]}
        )
    said = {"id": "chatcmpl-1", "created": 0, "model": asked.get("model", "demo")}
    if not asked.get("stream"):
        message = {"role": "assistant", "content": "".join(WORDS)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return _whole({**said, "object": "chat.completion", "choices": [choice], "usage": USAGE})
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    said["object"] = "chat.completion.chunk"
    pieces = [{**said, "choices": [_choice({"role": "assistant", "content": word})]} for word in WORDS]
    pieces += [{**said, "choices": [_choice({}, "stop")]}, {**said, "choices": [], "usage": USAGE}]
    frames = [b"data: " + json.dumps(piece, separators=COMPACT).encode() + b"\n\n" for piece in pieces]
    return head + b"".join(_chunk(frame) for frame in (*frames, b"data: [DONE]\n\n")) + END


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _whole(said: dict[str, Any]) -> bytes:
    body = json.dumps(said, separators=COMPACT).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
