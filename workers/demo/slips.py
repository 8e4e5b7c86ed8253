"""Types a text as people do: hedges, slang, slips of the finger, marks left out, capitals. Pure and seeded."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from workers.demo.phrases import SLOT

#: How often a text has a hedge before it, behind it, slang, and slips; how many slips at most.
AFFIX = 0.1
SLANG = 0.2
SLIPS = 0.22
MOST_SLIPS = 3
UNMARKED = 0.1  # how often it has no marks at all
SHORTENED = 0.6  # of what has a short form, in a text with slang
#: A short word with a slip in it is another word.
LEAST_LETTERS = 4

_PREFIXES = (
    "hey, ", "hi, ", "hello! ", "ok, ", "so, ", "well, ", "um, ", "please ", "rookery, ", "bot, ", "oh, ", "hey ",
    "ok so ", "umm ", "hmm ", "bro ", "dude ", "yo ", "lol ", "hi ", "btw ", "sorry, ", "and ", "but ", "actually ",
    "quick question: ", "wait, ", "just wondering, ", "omg ", "listen, ", "tbh ", "okay ", "alright, ", "look, ",
)  # fmt: skip
_SUFFIXES = (
    " please", " then", " now", " today", " thanks", " right now", " bot", " for me", " ok", " my friend", " pls",
    " lol", " bro", " man", " dude", " haha", " tho", " again", " rookery", " or what", " thx", " if you can",
    " i guess", " :(", " xD", " 😅", " 🙏", " 🙂", " buddy", " mate", " idk", " honestly",
)  # fmt: skip
_ENDINGS = ("", "", "", "", "{own}", "{own}", "{own}", ".", "!", "?", "??", "!!", "...", " :)", "!?", " ?", "…")
_SLANG = {
    "you": ("u", "ya", "yu"), "are": ("r",), "your": ("ur", "yr"), "you're": ("ur", "youre"), "please": ("pls", "plz"),
    "what": ("wat", "wut", "wht"), "because": ("cuz", "bc"), "thanks": ("thx", "thnx"), "going to": ("gonna",),
    "want to": ("wanna",), "have to": ("gotta", "hav to"), "i am": ("im", "i'm"),
    "what is": ("whats", "wats", "what's"), "do not": ("dont",), "cannot": ("cant",),
    "people": ("ppl",), "with": ("w/", "wit"),
    "something": ("sth", "smth"), "about": ("abt", "bout"), "know": ("kno",), "really": ("rly", "realy"),
    "tonight": ("2nite", "tonite"),
    "today": ("2day",), "before": ("b4",), "love": ("luv",), "the": ("da", "teh", "th"), "and": ("n", "an", "&"),
    "how": ("hw",), "to": ("2",), "for": ("4",), "be": ("b",), "see": ("c",), "why": ("y",), "tell me": ("tel me",),
    "my": ("ma", "mi"), "don't know": ("dunno", "dont kno"), "model": ("modle", "modell"), "connect": ("conect",),
    "name": ("nme",), "hello": ("helo", "hellooo"), "good": ("gud", "gd"), "can": ("cn",), "have": ("hav",),
    "that": ("dat",), "this": ("dis",), "right": ("rite",), "night": ("nite",), "is": ("iz",),
}  # fmt: skip
_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
_QUESTION = re.compile(
    r"(what|who|where|when|why|how|which|is|are|am|was|do|does|did|can|could|will|would|should|may|has|have|any)"
)
_WORD = re.compile(r"[a-z']+")


def typed(text: str, rng: random.Random) -> str:
    """Return `text`, whose slots are still open, as another person would type it. What is in a slot stays whole."""
    own = "?" if _QUESTION.match(text.lower()) else "."
    text = rng.choice(_PREFIXES) + text if rng.random() < AFFIX else text
    text = text + rng.choice(_SUFFIXES) if rng.random() < AFFIX else text
    if text[-1:].isalnum():
        text += rng.choice(_ENDINGS).format(own=own)
    if rng.random() < SLANG:
        text = _outside(text, lambda part: _slang(part, rng))
    text = text.replace("'", rng.choice(("'", "'", "’", "")))
    if rng.random() < SLIPS:
        for _ in range(rng.randint(1, MOST_SLIPS)):
            text = _slip(text, rng)
    if rng.random() < UNMARKED:
        text = re.sub(r"[.,!?]", "", text)
    return text


def cased(text: str, rng: random.Random) -> str:
    """Return `text` as it is, with a capital in front, or all in capitals."""
    return rng.choice((text, text, text, text[:1].upper() + text[1:], text[:1].upper() + text[1:], text.upper()))


def _outside(text: str, change: Callable[[str], str]) -> str:
    """Return `text` with everything outside its slots changed."""
    parts = re.split(r"(\{\w+\})", text)
    return "".join(part if SLOT.fullmatch(part) else change(part) for part in parts)


def _slang(text: str, rng: random.Random) -> str:
    for plain, shorts in _SLANG.items():
        if plain in text and rng.random() < SHORTENED:
            text = re.sub(rf"\b{plain}\b", rng.choice(shorts), text)
    return text


def _slip(text: str, rng: random.Random) -> str:
    """Return `text` with one slip in one of its longer words."""
    open_slots = [slot.span() for slot in SLOT.finditer(text)]
    spots = [
        word.span()
        for word in _WORD.finditer(text)
        if len(word[0]) >= LEAST_LETTERS and not any(a <= word.start() < b for a, b in open_slots)
    ]
    if not spots:
        return text
    start, end = rng.choice(spots)
    at = rng.randrange(start, end - 1)
    here, following = text[at], text[at + 1]
    instead = rng.choice(("", here * 2, following + here, rng.choice(_NEAR.get(here, here))))
    return text[:at] + instead + text[at + (2 if instead == following + here else 1) :]
