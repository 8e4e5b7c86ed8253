"""Makes what goes out harmless: nothing invisible, nothing that turns a line around, nobody called. Pure."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARS = 400_000  # of one answer; no model of ours says more, and no platform should be sent more
CUT_OFF = "\n\n(cut off here)"
MOST_MARKS = 8  # that stand on one letter in any language; more of them are a heap, as below
LEAST_ALIKE = 8  # letters that a half-written message must have to be known again by them

# Marks that turn the direction of text, and characters that nobody sees. Two of them stay, as people write with them:
# the joiner of emoji and of some scripts, and the non-joiner.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JOINERS = re.compile("[\u200c\u200d]{2,}")
_HEAP = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{9,}")
_TAGS = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+")  # they are for flags alone
_MENTION = re.compile(r"@(?=[\w&!#])|<(?=[@#]|id:)")
_NEVER_JOINED = "\u2060"  # a word joiner: not seen, and no mention any more


def harmless(text: str) -> str:
    """Return text without what turns its direction, cannot be seen or controls a terminal, and not without end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _SURROGATE.sub("\ufffd", text)
    text = _TAGS.sub("", _CONTROL.sub("", _UNSEEN.sub("", text)))
    text = _JOINERS.sub(lambda found: found[0][0], text)
    text = _HEAP.sub(lambda found: found[0][:MOST_MARKS], text)
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + CUT_OFF


def unpinged(text: str) -> str:
    r"""Return text in which nothing calls anybody, for platforms that cannot be told to let mentions be words.

    >>> unpinged("@everyone") == "@" + "\u2060" + "everyone"
    True
    """
    return _MENTION.sub(lambda found: found[0] + _NEVER_JOINED, text)


def same_words(posted: str, wanted: str) -> bool:
    """Return whether a message found in a chat's history may be what is to stand there, half-written or whole.

    A platform may have trimmed it; while words still come a message holds their beginning, and where another worker
    began anew it may hold more than is to stand there so far.
    """
    found, whole = _bare(posted), _bare(wanted)
    short, long = sorted((found, whole), key=len)
    return short == long or (len(short) >= LEAST_ALIKE and long.startswith(short))


def _bare(text: str) -> str:
    """Return the letters alone, without what markup and platforms add or take away."""
    return "".join(char for char in unicodedata.normalize("NFC", text) if char.isalnum())
