"""What delivery can do on a feed: post what is final, once. Nothing that stands there can be changed."""

from __future__ import annotations

import math

from bots.feed.client import Client
from bots.feed.comments import PLATFORM, Draft
from bots.platform import Bounds, Outgoing, Place, Proof
from tasks.contracts.entries import DEMO_LABEL

CHARS = 990  # servers of this kind cut what is longer than a thousand
PACE_S = 1.0  # between two comments
CLOCKS_APART_MS = 120_000  # the server's and ours
TOO_LONG = "(The rest was too long for this place.)"


class FeedPlatform:
    """The platform that delivery knows.

    A post bears its nonce as an idempotency key and in the comment's id. When it is not known whether one has arrived,
    it is looked for, and then posted with the same key: so it stands there once, whether or not a server knows keys.
    """

    name = PLATFORM

    def __init__(self, client: Client, username: str) -> None:
        """`username` is who speaks where no persona does."""
        self._client, self._username = client, username

    def bounds(self, _place: Place) -> Bounds:
        """Return what may be posted."""
        return Bounds(CHARS, edit_every_s=PACE_S, typing_every_s=math.inf, edits=False)

    def proof(self, _place: Place) -> Proof:
        """Return that a nonce goes with each comment."""
        return Proof.NONCE

    def length(self, text: str) -> int:
        """Return how long a text is by the server's count."""
        return len(text)

    async def post(self, _place: Place, what: Outgoing) -> str:
        """Post a comment and return its id."""
        return (await self._client.post_message(self.draft(what))).id

    async def edit(self, _place: Place, _message: str, _what: Outgoing) -> None:
        """Leave a comment as it is: only what was final was posted, and that stands there."""

    async def find(self, _place: Place, what: Outgoing, since_ms: int) -> str:
        """Return the id of a comment that was posted with this nonce; of one in these words where ids are lost."""
        found = await self._client.find(self.draft(what), max(0, since_ms - CLOCKS_APART_MS))
        return found.id if found else ""

    async def typing(self, _place: Place) -> None:
        """Show nothing: in a feed nobody sees who writes."""

    def draft(self, what: Outgoing) -> Draft:
        """Return a message as a comment. There are no files in a feed, so that only says that there was more."""
        text = TOO_LONG if what.file else what.text
        if text.endswith(f"\n\n{DEMO_LABEL}"):  # servers squeeze lines into one, and it must not read as the last words
            text = f"{text.removesuffix(DEMO_LABEL).rstrip()} ({DEMO_LABEL})"
        return Draft(text, what.face.name if what.face else self._username, what.nonce)
