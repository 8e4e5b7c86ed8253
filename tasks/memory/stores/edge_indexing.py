"""The graph by which the engine finds its way among many memories, built beside those that are in force.

Without it every vector of whoever asks is compared, which costs some 15 ms for each ten thousand. The engine lets
nobody in while it builds one, nor anything else of its process, so it is built in a copy, by a process of its own:

    python -m tasks.memory.stores.edge_indexing PART DIMENSION
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import qdrant_edge as q

from tasks.contracts.atomic import write_whole
from tasks.contracts.errors import MemoryUnavailable
from tasks.memory.stores import edge_folder, edge_parts
from tasks.memory.stores.edge_language import config

MOST_UNINDEXED = 10_000  # memories: as many are compared one by one in the time that the rest of a recall takes
GRAPH = "graph"  # in a part: how many memories were there when it was built
LOOKS_S = 0.5  # how often it is looked whether the process is done
KIND = 19  # of the process: whoever waits for an answer comes first
TOLD = 300  # characters of what it said when it failed


def is_wanted(shard: Any, part: Path) -> bool:
    """Return whether so many memories have no place in the graph that it is worth building anew."""
    return unindexed(shard, part) >= MOST_UNINDEXED


def unindexed(shard: Any, part: Path) -> int:
    """Return how many memories of a part are compared one by one: new ones, and those that were changed since.

    The engine counts the vectors that have an index, of what was deleted or moved too: of each memory the two sparse
    ones always, and the two dense ones where it has its place in the graph.
    """
    named = part / GRAPH
    placed = int(named.read_text(encoding="ascii")) if named.exists() else 0
    return int(shard.info().indexed_vectors_count) // 2 - 2 * placed


class Indexing:
    """A copy of a part that is given its graph. It has a name of its own, as its process may outlive ours."""

    def __init__(self, folder: Path) -> None:
        self._part = folder / f"{edge_folder.INDEXING}{secrets.token_hex(8)}"
        self._fresh: Any = None
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def steps(self, shard: Any, dimension: int) -> Iterator[None]:
        """Copy the part and have the graph built, a moment at a time. Raises MemoryUnavailable."""
        self._fresh = edge_parts.made(self._part, dimension)
        for _ in edge_parts.copied(shard, self._fresh):
            yield
        self._let_go()
        words = [sys.executable, "-P", "-m", __name__, str(self._part), str(dimension)]
        with tempfile.TemporaryFile() as said:
            self._child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=said)
            while not self._is_over(self._child):
                yield
            if self._child.returncode and not self._stopped:
                raise _not_built(said, self._child.returncode)

    def become(self, part: Path) -> Any:
        """Return the copy, open, which is this part from now on."""
        shutil.rmtree(part, ignore_errors=True)  # somebody began it, and died
        self._part.rename(part)
        return q.EdgeShard.load(str(part))

    def stop(self) -> None:
        """Take it away, whatever it has come to. Idempotent."""
        self._stopped = True
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        self._let_go()
        shutil.rmtree(self._part, ignore_errors=True)

    def _let_go(self) -> None:
        fresh, self._fresh = self._fresh, None
        if fresh is not None:
            fresh.close()

    def _is_over(self, child: subprocess.Popen[bytes]) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LOOKS_S)
        return child.returncode is not None or self._stopped


def _not_built(said: IO[bytes], code: int) -> MemoryUnavailable:
    said.seek(0)
    why = said.read().decode(errors="replace").strip()[-TOLD:] or f"it ended with {code}"
    return MemoryUnavailable(
        f"no graph could be built of the memories: {why}",
        next_step="look whether there is memory and room on the disk; they are found without it, more slowly",
    )


def build(part: Path, dimension: int) -> None:
    """Build the graph of a part that nobody else has open, and see that it is there."""
    os.nice(KIND)
    shard = q.EdgeShard.load(str(part), config(dimension, with_graph=True))
    try:
        plain = unindexed(shard, part)
        shard.optimize()
        write_whole(part / GRAPH, str(plain))
        if left := unindexed(shard, part):
            sys.exit(f"{left} of {plain} memories have no place in it")
        shard.flush()
    finally:
        shard.close()


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]))
