"""Vectors as they travel: the reply of a job that embeds, as JSON text of base64 of little-endian float32. Pure."""

from __future__ import annotations

import array
import base64
import json
import sys
from collections.abc import Sequence

FLOAT32 = "f"


def packed(vectors: Sequence[Sequence[float]]) -> str:
    """Return the reply that these vectors are, in their order.

    >>> packed([[0.5, -1.0]])
    '{"vectors":["AAAAPwAAgL8="]}'
    """
    return json.dumps({"vectors": [_base64(vector) for vector in vectors]}, separators=(",", ":"))


def base64_of(reply: str) -> list[str]:
    """Return the vectors in a reply as OpenAI's HTTP has them with `encoding_format` base64."""
    return [str(each) for each in json.loads(reply)["vectors"]]


def unpacked(reply: str) -> list[list[float]]:
    """Return the vectors in a reply, as numbers.

    >>> unpacked('{"vectors":["AAAAPwAAgL8="]}')
    [[0.5, -1.0]]
    """
    return [_floats(each) for each in base64_of(reply)]


def _base64(vector: Sequence[float]) -> str:
    return base64.b64encode(_little_endian(array.array(FLOAT32, vector)).tobytes()).decode()


def _floats(text: str) -> list[float]:
    return _little_endian(array.array(FLOAT32, base64.b64decode(text))).tolist()


def _little_endian(numbers: array.array[float]) -> array.array[float]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
