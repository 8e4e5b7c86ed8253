"""`rookery chat`: a conversation in the terminal, and its commands."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console

from bots import conversation, lessons, replies, terminal
from bots.conversation import Said
from bots.lessons import Decision
from bots.terminal import Teller
from tasks.contracts.entries import DEMO_LABEL
from tasks.contracts.errors import RetryableError, RookeryError
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.jobs import Outcome
from tasks.contracts.settings import Settings
from tasks.jobs import consents, feedback, intake, roster
from tasks.jobs.feedback import Opinion
from tasks.jobs.store import Store
from tasks.jobs.values import Move

T = TypeVar("T")
PERSON = f"{conversation.TERMINAL}:{terminal.USER}"  # as the ledger knows whoever can run the command
LEAVE = frozenset({"/quit", "/exit", "/q"})
HELP = """\
/regenerate      ask the last message anew; its old answer is forgotten
/new             start a new conversation
/persona [NAME]  say who there is, or talk to somebody else
/learning [on]   say whether it may be learned from what you say; on or off decides that
/correct TEXT    say what the last answer should have been
/help            this list
/quit            leave; so does Ctrl-C here, which takes a message back while it is answered"""
PROMPT = "you › "
_COMMAND = re.compile(r"(/[a-z]+)(?:\s+(.*))?", re.DOTALL)


def command_of(text: str) -> tuple[str, str] | None:
    """Return the command in a line and what follows it; None for a line that is meant for the flock.

    >>> command_of("/persona Ada"), command_of("/new"), command_of("/etc/hosts has what?")
    (('/persona', 'Ada'), ('/new', ''), None)
    """
    found = _COMMAND.fullmatch(text)
    return (found[1], (found[2] or "").strip()) if found else None


@dataclass
class Talk:
    """Who talks with whom, and what was said last."""

    fleet: Fleet
    persona: Persona
    session: str = field(default_factory=lambda: secrets.token_hex(terminal.ID_BYTES))
    last: Said | None = None
    answered: str = ""
    """The job of the last answer; empty: there is none in this conversation."""
    reached: bool = True
    """Whether the flock is known to have taken in what was said last."""

    def say(self, text: str) -> Said:
        """Return a new message of the person."""
        self.last = terminal.said_of(text, self.persona.name, self.session)
        return self.last

    def anew(self) -> Said | None:
        """Return the last message to be answered anew, or None; what never arrived is sent as what it was."""
        if self.last is not None and self.reached:
            self.last = dataclasses.replace(self.last, ordinal=self.last.ordinal + 1)
        return self.last

    def start_over(self) -> None:
        """Begin a new conversation."""
        self.session, self.last, self.answered = secrets.token_hex(terminal.ID_BYTES), None, ""

    def turn_to(self, name: str) -> None:
        """Talk to somebody else from now on, in a conversation of its own. Raises UnknownPersona."""
        self.persona, self.last, self.answered = self.fleet.persona(name), None, ""

    def called(self, persona: Persona) -> str:
        """Return a persona's name, with the label where the built-in model speaks for it."""
        return f"{persona.name} ({DEMO_LABEL})" if replies.speaks_as_demo(persona, self.fleet) else persona.name


class Chat:
    """The loop: hears lines, does what commands say, and shows answers."""

    def __init__(self, settings: Settings, talk: Talk, aside: Console) -> None:
        self._settings, self._talk, self._aside = settings, talk, aside
        self._commands: dict[str, Callable[[str], None]] = {
            "/regenerate": lambda _rest: self._regenerate(),
            "/new": lambda _rest: self._start_over(),
            "/persona": self._turn_to,
            "/learning": self._decide,
            "/correct": self._correct,
            "/help": lambda _rest: self._tell(HELP),
        }

    def run(self) -> None:
        """Talk until the person leaves: /quit, the end of input, or Ctrl-C at the prompt."""
        self._tell(
            f"{self._talk.called(self._talk.persona)} listens. Ctrl-C takes a message back, /help tells the rest."
        )
        while (line := heard()) is not None:
            try:
                self._take(line)
            except RookeryError as exc:
                self._tell(str(exc))

    def _take(self, line: str) -> None:
        command = command_of(line)
        if command is None:
            if line:
                self._answer(self._talk.say(line))
        elif command[0] in self._commands:
            self._commands[command[0]](command[1])
        else:
            self._tell(f"there is no {command[0]}; /help lists what there is")

    def _answer(self, said: Said) -> None:
        talk = self._talk
        teller = Teller(sys.stdout, self._aside, live=True, speaker=talk.called(talk.persona))
        talk.reached = True
        try:
            request = conversation.request_of(said, talk.fleet)
            view = asyncio.run(terminal.talk(self._settings, request, teller))
        except KeyboardInterrupt:
            teller.note("\n(taken back; /regenerate asks again)")
        except RetryableError as exc:
            talk.reached = False
            teller.note(f"{exc}\n(/regenerate tries the same message again)")
        else:
            if view.outcome is Outcome.REPLY:
                talk.answered = request.job
                teller.note(terminal.foot(view, talk.fleet))
        finally:
            teller.rest()

    def _regenerate(self) -> None:
        said = self._talk.anew()
        if said is None:
            self._tell("nothing was said yet")
        else:
            self._answer(said)

    def _start_over(self) -> None:
        self._talk.start_over()
        self._tell("a new conversation")

    def _turn_to(self, name: str) -> None:
        if name:
            self._talk.turn_to(name)
            self._tell(f"{self._talk.called(self._talk.persona)} listens")
            return
        for persona in self._talk.fleet.personas:
            mark = "›" if persona is self._talk.persona else " "
            self._tell(f"{mark} {self._talk.called(persona)}{'' if persona.enabled else ' (takes no messages)'}")

    def _decide(self, args: str) -> None:
        decided = lessons.decided(args)
        if decided is None or decided.here:
            return self._tell(lessons.HOW)
        if decided.what is Decision.STATUS:
            return self._tell(lessons.standing(self._run(consents.look(PERSON))))
        if decided.what is Decision.ON:
            self._run(consents.agree(PERSON))
            return self._tell(lessons.AGREED)
        self._run(consents.withdraw(PERSON))
        return self._tell(lessons.WITHDRAWN)

    def _correct(self, text: str) -> None:
        if not text or not self._talk.answered:
            return self._tell("nothing was answered yet" if text else lessons.WHAT_TO_CORRECT)
        words = intake.clean(text)
        self._run(feedback.of_job(self._talk.answered, PERSON, Opinion.CORRECTED, words))
        return self._tell(lessons.thanks(self._run(consents.look(PERSON))))

    def _run(self, move: Move[T]) -> T:
        store = Store.open(self._settings.redis_url, self._settings.namespace)
        try:
            return store.run(move)
        finally:
            store.close()

    def _tell(self, words: str) -> None:
        self._aside.print(words, style="dim", markup=False, highlight=False)


def chat(settings: Settings, persona: str, session: str) -> None:
    """Talk in the terminal. Raises UnknownPersona, or BadInput for a session that cannot be used."""
    fleet = settings.fleet
    first = next(iter(roster.present(fleet.personas, conversation.NOBODY_AWAY)), fleet.personas[0])
    talk = Talk(fleet, fleet.persona(persona) if persona else first)
    if session:
        talk.session = conversation.label(session, "session")
    Chat(settings, talk, Console(stderr=True)).run()


def heard() -> str | None:
    """Return the next line of the person; None when they leave."""
    try:
        text = input(PROMPT).strip()
    except (EOFError, KeyboardInterrupt):
        sys.stdout.write("\n")
        return None
    return None if text in LEAVE else text
