"""What people may want of what is remembered of them, out of how they write it. Pure."""

from __future__ import annotations

from bots.commands import EXPORT, FORGET, MEMORY, REMEMBER
from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.messages import fitting
from tasks.contracts.wishes import Wish
from tasks.jobs import intake

KIND = "memory"  # of the jobs of wishes, as ids have it, and of those who have them
EVERYTHING = frozenset({"everything", "all"})
LIST, AFTER = "list", "after"
MOST_ABOUT_CHARS = 4_000
MOST_AT_ONCE = 8  # wishes of one person that are not granted yet

WHAT_TO_REMEMBER = "Please write behind /remember what I am to remember."
WHAT_TO_FORGET = "Please write behind /forget what it is about, or `everything`. /memory shows what I remember of you."
TOO_LONG = "That is too long for one memory. Please put it in fewer words."
FORGETFUL = "Nobody here remembers anything from one conversation to the next, so I cannot keep that for you."


def wish_of(command: str, args: str) -> Wish:
    """Return what a command asks for.

    Raises:
        BadInput: it says too little or too much; its notice tells the person.

    >>> wish_of("forget", "Everything").about, wish_of("forget", "my address").about
    ('', 'my address')
    """
    about = readable(args)
    if command == REMEMBER:
        return Wish(kind="remember", about=_said(about, WHAT_TO_REMEMBER))
    if command == FORGET:
        what = _said(about, WHAT_TO_FORGET)
        return Wish(kind="forget", about="" if what.lower() in EVERYTHING else what)
    if command == EXPORT:
        return Wish(kind="export")
    assert command == MEMORY, command
    first, _, rest = about.partition(" ")
    if first.lower() == AFTER and rest and " " not in rest:
        return Wish(kind="list", after=rest)
    return Wish(kind="list", about="" if about.lower() == LIST else about)


def counted(user: str) -> str:
    """Return what somebody's wishes count against: not what their questions do, which go on while a wish waits."""
    return fitting(f"{KIND}:{user}")


def is_everything(wish: Wish) -> bool:
    """Return whether nothing at all is to be left."""
    return wish.kind == "forget" and not wish.about and not wish.ids


def readable(words: str) -> str:
    """Return words without what nobody can read; empty: nothing is left. Raises BadInput: they are too many."""
    if len(words) > MOST_ABOUT_CHARS:
        raise unfit(TOO_LONG)
    try:
        return intake.clean(words)
    except BadInput:
        return ""


def keeper(fleet: Fleet, *among: Persona | None) -> Persona:
    """Return who is to remember something: the first of these who remembers at all.

    Raises:
        BadInput: none does; its notice tells the person.
    """
    found = next((persona for persona in among if persona is not None and fleet.remembers(persona)), None)
    if found is None:
        raise unfit(FORGETFUL)
    return found


def unfit(notice: str) -> BadInput:
    """Return the error for words that make no wish."""
    exc = BadInput(notice)
    exc.notice = notice
    return exc


def _said(about: str, otherwise: str) -> str:
    if not about:
        raise unfit(otherwise)
    return about
