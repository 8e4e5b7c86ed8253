"""From what stands on the platform and what is to stand there: the next thing to do. Pure.

A process that begins where another one died takes the same steps, so there is no recovery apart from this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bots.delivery.pages import NO_LONGER, PLACEHOLDER, Page, Piece
from bots.platform import Proof

FIRST = "0"


@dataclass(frozen=True)
class Post:
    """Post a message, or a placeholder in its place."""

    piece: Piece
    kind: str
    sure: bool = True
    """Whether what stands there afterwards is this: with the nonce of a message that is there already, it is not."""


@dataclass(frozen=True)
class Edit:
    """Put these words in the place of a message's."""

    piece: Piece
    message: str


@dataclass(frozen=True)
class Find:
    """Look whether a message is there that may have arrived."""

    piece: Piece
    kind: str


Step = Post | Edit | Find


@dataclass(frozen=True)
class Doubt:
    """A message that may have arrived, although nobody said so."""

    kind: str
    since_s: float
    """When it was posted, at the earliest."""
    piece: Piece | None = None
    """The words that it had; None: it is not known."""


@dataclass(frozen=True)
class Shown:
    """What stands on the platform, as far as this process knows."""

    ids: Mapping[str, str] = field(default_factory=dict)
    """By chunk."""
    stands: Mapping[str, Piece] = field(default_factory=dict)
    """What surely stands there; a chunk with an id and without this was put there by an earlier process."""
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    unsure_since_s: float | None = None
    """Since when an earlier process may have posted the first chunk that has no id; None: there was none."""

    def posted(self, step: Post, message: str) -> Shown:
        """Return what stands there after a post."""
        chunk = step.piece.chunk
        stands = {**self.stands, chunk: step.piece} if step.sure else self.stands
        return replace(self.settled(chunk), ids={**self.ids, chunk: message}, stands=stands)

    def edited(self, piece: Piece) -> Shown:
        """Return what stands there after an edit."""
        return replace(self, stands={**self.stands, piece.chunk: piece})

    def doubted(self, chunk: str, doubt: Doubt) -> Shown:
        """Return what stands there after a post of which nobody knows whether it arrived; the first one counts."""
        return replace(self, doubts={chunk: doubt, **self.doubts})

    def found(self, chunk: str, message: str) -> Shown:
        """Return what stands there after a look; empty: it had not arrived."""
        settled = self.settled(chunk)
        return replace(settled, ids={**self.ids, chunk: message}) if message else settled

    def settled(self, chunk: str) -> Shown:
        """Return it without a doubt about this chunk."""
        doubts = {name: doubt for name, doubt in self.doubts.items() if name != chunk}
        return replace(self, doubts=doubts, unsure_since_s=None)

    def without(self, chunk: str) -> Shown:
        """Return it without a message that is gone."""
        ids = {name: message for name, message in self.ids.items() if name != chunk}
        stands = {name: piece for name, piece in self.stands.items() if name != chunk}
        return replace(self.settled(chunk), ids=ids, stands=stands)

    def knowing(self, ids: Mapping[str, str]) -> Shown:
        """Return it with the ids that are in the record."""
        fresh = {chunk: message for chunk, message in ids.items() if chunk not in self.ids}
        return replace(self, ids={**self.ids, **fresh}) if fresh else self


def next_step(page: Page, shown: Shown, proof: Proof, window_s: float, now_s: float) -> Step | None:
    """Return what to do next so that the page stands there, or None when it does."""
    for piece in page.pieces:
        if piece.chunk not in shown.ids:
            return _first_post(piece, page.kind, shown, proof, window_s, now_s)
        if shown.stands.get(piece.chunk) != piece:
            return Edit(piece, shown.ids[piece.chunk])
    return _tidy(page, shown) if page.whole else None


def _first_post(piece: Piece, kind: str, shown: Shown, proof: Proof, window_s: float, now_s: float) -> Step:
    """Return how a message that has no id yet gets one."""
    if proof is Proof.PLACEHOLDER:  # what may stand there unknown is a placeholder at the worst
        return Post(Piece(piece.chunk, PLACEHOLDER), kind)
    doubt = shown.doubts.get(piece.chunk)
    if doubt is None and shown.unsure_since_s is not None:
        doubt = Doubt(kind, shown.unsure_since_s)
    if doubt is None:
        return Post(piece, kind)
    if proof is Proof.ORIGINAL and piece.chunk == FIRST:
        return Post(piece, doubt.kind)  # there is only one, whoever posts it
    if proof is Proof.NONCE and now_s - doubt.since_s < window_s:
        return Post(piece, doubt.kind, sure=False)
    return Find(doubt.piece or piece, doubt.kind)


def _tidy(page: Page, shown: Shown) -> Step | None:
    """Return how to mark a message that an earlier try had words for, and the last one has not."""
    wanted = {piece.chunk for piece in page.pieces}
    for chunk, message in shown.ids.items():
        gone = Piece(chunk, NO_LONGER, final=True)
        if chunk not in wanted and shown.stands.get(chunk) != gone:
            return Edit(gone, message)
    return None
