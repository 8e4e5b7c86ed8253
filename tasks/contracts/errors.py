"""Every failure this project raises on purpose, as one tree. Each says what happened and what to do next.

RookeryError
├── ConfigurationError          a file or variable says something that cannot be
├── BadInput                    what a person or client sent cannot be used
│   └── KeyReused               an idempotency key came with another request before
├── UnknownThing                a name that nothing answers to
│   ├── UnknownModel
│   ├── UnknownPersona
│   └── UnknownJob
├── KeyNeeded                   no key was shown, or none that opens anything
├── NotAllowed                  the key that was shown is not good for this
├── PersonaAway                 a persona that takes no messages; the reason is told
├── Refused                     understood, and not now: too much in flight
├── JobMoved                    the job is no longer where the caller thought (fence, withdrawn, ended)
├── MemoryLocked                another process owns the folder of memories
├── BackupDamaged               a copy is not whole, or not what was written
├── SteppedAside                a batch job gives its slot to a person who waits
├── RetryableError              may work on another try or another host
│   ├── StoreUnavailable        Redis did not answer
│   ├── StoreFull               Redis answered that it has no room
│   ├── ServerBusy              as many are served as can be; `retry_after_s` says when
│   ├── TranscriptUnavailable   the database of what was said did not answer
│   ├── MemoryUnavailable       memories can be neither read nor written; replies go out without
│   │   ├── MemoryFull          there is no room for another one; they can be read
│   │   └── MemorySlow          they did not answer in time
│   ├── EngineError
│   │   ├── EngineUnavailable   no connection, 5xx, the process is gone
│   │   ├── EngineOverloaded    busy or still loading; `retry_after_s` says when
│   │   ├── EngineStalled       no progress, or past the deadline
│   │   │   └── EngineWedged    words come, at a small part of the usual pace
│   │   ├── EngineTruncated     the stream ended without saying that it was done
│   │   ├── ModelLoadFailed     it could not take the model into memory
│   │   ├── OutOfMemory         it has not enough memory, for the model or for the answer
│   │   └── WrongModel          another model answered than was asked
│   └── PlatformUnavailable     a chat platform did not answer; whether it took a message is not known
│       └── PlatformBusy        it said no for now; `retry_after_s` says when
├── PlatformRefused             a chat platform will never take this: no right to, or the place is gone
├── EngineRejected              the engine will never take this request
│   ├── OnlyThoughts            it thought until it had no tokens left for an answer
│   └── ContextExceeded         too long for the model's window
├── TrainingSkipped             there is too little to learn from, or nobody agreed to it
├── AdapterDamaged              an adapter is not what its manifest says
└── ProcessFailed               a child process could not be started or kept
    ├── PortTaken
    └── AlreadyRunning

What is retried is read from this tree alone: `RetryableError` is given back to the queue, the rest becomes a notice.
"""

from __future__ import annotations


class RookeryError(Exception):
    """The root. `message` is for the reader of a log or terminal; `notice` is for the person in the chat."""

    #: What a person in a chat is told when this ends their message. Never holds internals.
    notice = "Something went wrong on my side, so I could not answer. Please try again."

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} → {self.next_step}" if self.next_step else self.message


class ConfigurationError(RookeryError):
    """A file or an environment variable says something that cannot be."""


class BadInput(RookeryError):
    """What a person or a client sent cannot be used."""

    notice = "I could not read that message. Please send it as plain text."


class KeyReused(BadInput):
    """An idempotency key came with another request before: it is not known which of both is meant."""


class UnknownThing(RookeryError):
    """A name that nothing answers to."""


class UnknownModel(UnknownThing):
    """No model of that name is in the fleet file."""

    notice = "The model that was asked for is not part of this flock."


class UnknownPersona(UnknownThing):
    """No persona of that name is in the fleet file."""

    notice = "There is nobody of that name here."


class UnknownJob(UnknownThing):
    """No record of that id: it never existed, or its tombstone has expired."""


class KeyNeeded(RookeryError):
    """No key was shown, or none that opens anything."""

    notice = "That needs a key."


class NotAllowed(RookeryError):
    """The key that was shown is not good for what was asked."""

    notice = "That key is not good for this."


class PersonaAway(RookeryError):
    """A persona that somebody disabled."""

    notice = "I take no messages just now. Please come again later, or ask somebody else here."


class Refused(RookeryError):
    """Understood, and not now."""

    notice = "I am still busy with your earlier messages. One moment, please."

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        notice: str = "",
        scope: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.notice = notice or self.notice
        self.scope = scope
        """Whose bound was reached: "user", "channel" or "all"."""
        self.retry_after_s = retry_after_s
        """Until there may be room again; None where nobody can tell."""


class JobMoved(RookeryError):
    """The job is no longer where the caller thought: its fence has moved on."""


class SteppedAside(RookeryError):
    """A batch job gives its slot to a person who waits; it will be tried again."""


class RetryableError(RookeryError):
    """May work on another try or on another host."""

    notice = "I could not reach my model, even after trying again. Please ask once more in a moment."


class StoreUnavailable(RetryableError):
    """Redis did not answer."""


class StoreFull(RetryableError):
    """Redis answered that it has no room, on disk or in memory."""

    notice = "I have no room for new messages just now. Please try again in a few minutes."


class ServerBusy(RetryableError):
    """As many are served as can be at once."""

    notice = "Many people are here just now. Please try again in a moment."

    def __init__(self, message: str, *, next_step: str = "", retry_after_s: float = 1.0) -> None:
        super().__init__(message, next_step=next_step)
        self.retry_after_s = retry_after_s


class TranscriptUnavailable(RetryableError):
    """The database of what was said cannot be opened, read or written; Redis keeps what is owed to it."""


class MemoryUnavailable(RetryableError):
    """What the flock remembers cannot be read or written; replies go out without it."""


class MemoryFull(MemoryUnavailable):
    """There is no room for another memory; what is there can be read, and what was said is remembered later."""


class MemorySlow(MemoryUnavailable):
    """What keeps the memories did not answer in time; whether it wrote what it was given is not known."""


class MemoryLocked(RookeryError):
    """Another process owns the folder of memories."""


class BackupDamaged(RookeryError):
    """A copy that was made to be restored is not whole, or not what was written."""


class TrainingSkipped(RookeryError):
    """There is too little to learn from, or nobody agreed to it; nothing is wrong."""


class AdapterDamaged(RookeryError):
    """An adapter is not what its manifest says; nothing of it is served."""


class EngineError(RetryableError):
    """An inference server failed in a way that another try may mend."""


class EngineUnavailable(EngineError):
    """No connection, a 5xx, or the process is gone."""


class EngineOverloaded(EngineError):
    """Busy or still loading."""

    def __init__(self, message: str, *, next_step: str = "", retry_after_s: float = 0.0) -> None:
        super().__init__(message, next_step=next_step)
        self.retry_after_s = retry_after_s


class EngineStalled(EngineError):
    """No progress for too long, or the job's deadline passed while it streamed."""

    notice = "My model took too long to answer. Please try again, or ask for something shorter."


class EngineWedged(EngineStalled):
    """Words come, at so small a part of the usual pace that something must be wrong with the engine."""


class EngineTruncated(EngineError):
    """The stream ended without `[DONE]` or a finish reason: half an answer is no answer."""


class ModelLoadFailed(EngineError):
    """The server was asked to take a model into memory and could not, or not in time."""

    notice = "My model could not be started. Please try again in a moment."


class OutOfMemory(EngineError):
    """The server has not enough memory, for the model or for the answer."""

    notice = "There is not enough memory for my model just now. Please try again in a moment."


class WrongModel(EngineError):
    """Another model or adapter answered than was asked for."""


class PlatformUnavailable(RetryableError):
    """A chat platform did not answer, or not in words that can be read; it may have taken the message all the same."""


class PlatformBusy(PlatformUnavailable):
    """A chat platform took nothing, and said when to come again."""

    def __init__(self, message: str, *, next_step: str = "", retry_after_s: float = 1.0) -> None:
        super().__init__(message, next_step=next_step)
        self.retry_after_s = retry_after_s


class PlatformRefused(RookeryError):
    """A chat platform will never take this: the bot has no right to, or the place or message is gone."""


class EngineRejected(RookeryError):
    """The engine understood and will never take this request."""

    notice = "My model would not take that message."


class OnlyThoughts(EngineRejected):
    """The model spent all the tokens that it was given on thinking, and had none left for an answer."""

    notice = "I thought about that for so long that no room was left for an answer. Please ask for less at once."


class ContextExceeded(EngineRejected):
    """The prompt is longer than the model's window."""

    notice = "That is more text than my model can read at once. Please send less."


class ProcessFailed(RookeryError):
    """A child process could not be started or kept alive."""


class PortTaken(ProcessFailed):
    """Somebody else listens on the port."""


class AlreadyRunning(ProcessFailed):
    """Another process holds the lock on the same folder or the same name."""
