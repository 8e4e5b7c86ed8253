"""Many regular expressions over one text. Mostly none is found, and then one look tells it for all of them. Pure.

Expressions are joined, sixteen at a time, into a tree of alternatives. Who looks begins at the root, and goes down
only where something was found: a thousand expressions cost one look where none is there, and some forty where one is.
Each look takes time that is linear in the text (`tasks.contracts.patterns`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.contracts import patterns

_VERBOSE = re.compile(r"\(\?[a-zA-Z]*x")  # a comment in such a pattern would hide what is joined to it
JOINED = 16
MOST_JOINED_CHARS = 20_000  # of one expression in the tree: what is much larger takes too much memory to compile


@dataclass(frozen=True)
class _Node:
    pattern: str
    """Empty: too large, so that one looks below it at once."""
    at: int = -1
    """Of a leaf, which one of the expressions it is."""
    below: tuple[_Node, ...] = ()


class Tree:
    """Regular expressions, each of which was accepted by `patterns.check`."""

    def __init__(self, expressions: Sequence[str]) -> None:
        level = [_Node(pattern, at) for at, pattern in enumerate(expressions)]
        while len(level) > 1:
            level = [_joined(level[at : at + JOINED]) for at in range(0, len(level), JOINED)]
        self._roots = level

    def found(self, text: str) -> Iterator[int]:
        """Yield which of the expressions are found in a text, by their number."""
        waiting = list(self._roots)
        while waiting:
            node = waiting.pop()
            if node.pattern and not patterns.found(node.pattern, text):
                continue
            if node.at >= 0:
                yield node.at
            waiting.extend(reversed(node.below))


def _joined(nodes: Sequence[_Node]) -> _Node:
    if len(nodes) == 1:
        return nodes[0]
    pattern = "|".join(f"(?:{node.pattern})" for node in nodes)
    if all(node.pattern and not _VERBOSE.search(node.pattern) for node in nodes) and len(pattern) <= MOST_JOINED_CHARS:
        try:
            return _Node(patterns.check(pattern), below=tuple(nodes))
        except ValueError:  # together they are larger than the engine takes
            pass
    return _Node("", below=tuple(nodes))
