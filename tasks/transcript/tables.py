"""What the transcript holds, as tables. Rows are added, never changed: a later row says what it takes the place of."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

VERSION = 1  # of these tables; `database.STEPS` leads there from every earlier one

Number = BigInteger().with_variant(Integer, "sqlite")  # only an INTEGER counts by itself there


class Base(DeclarativeBase):
    """All tables of the transcript."""

    type_annotation_map = {int: BigInteger}  # noqa: RUF012 (SQLAlchemy reads it off the class)


class Version(Base):
    """Which tables these are: one row."""

    __tablename__ = "version"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Exchange(Base):
    """One job that has ended: who asked whom where, what became of it, and how."""

    __tablename__ = "exchanges"
    __table_args__ = (
        Index("exchanges_by_session", "session", "answered_ms"),
        Index("exchanges_by_tenant", "tenant", "number"),
        Index("exchanges_by_first", "first"),
    )
    number: Mapped[int] = mapped_column(Number, primary_key=True)
    """Grows with each row: where a reader goes on."""
    job: Mapped[str] = mapped_column(unique=True)
    first: Mapped[str]
    """The first job of the same message; of several that were answered, the last one counts."""
    tenant: Mapped[str]
    """Whose conversation it is. Nobody reads another tenant's."""
    platform: Mapped[str]
    session: Mapped[str]
    user: Mapped[str]
    persona: Mapped[str]
    bot: Mapped[str]
    chat: Mapped[str]
    model: Mapped[str]
    adapter: Mapped[str]
    host: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str]
    """`reply`, `notice`, or empty: it was withdrawn before."""
    cause: Mapped[str]
    flags: Mapped[str]
    remember: Mapped[bool]
    """Whether it joined its session's window."""
    private: Mapped[bool]
    received_ms: Mapped[int]
    answered_ms: Mapped[int]
    ended_ms: Mapped[int]
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    record: Mapped[str]
    """All that the ledger's tombstone says, as JSON: ids and numbers."""
    marks: Mapped[str]
    """The trail, for `rookery job explain`."""


class TurnRow(Base):
    """What was said: turn 0 is the question, turn 1 the reply."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("job", "turn"),)
    number: Mapped[int] = mapped_column(Number, primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("exchanges.job"))
    turn: Mapped[int]
    role: Mapped[str]
    author: Mapped[str]
    text: Mapped[str]
    at_ms: Mapped[int]


class Message(Base):
    """A message of a platform that a reply was posted as."""

    __tablename__ = "messages"
    bot: Mapped[str] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("exchanges.job"), index=True)
    chunk: Mapped[str]


class Attachment(Base):
    """A file that came with a question: what it was, not what was in it."""

    __tablename__ = "attachments"
    job: Mapped[str] = mapped_column(ForeignKey("exchanges.job"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    kind: Mapped[str]
    size: Mapped[int]


class Feedback(Base):
    """What somebody thought of a reply, or took back. The last word of a person on a reply counts."""

    __tablename__ = "feedback"
    __table_args__ = (Index("feedback_by_message", "bot", "chat", "message"),)
    entry: Mapped[str] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(index=True)
    """Empty where it is known by its message only."""
    bot: Mapped[str]
    chat: Mapped[str]
    message: Mapped[str]
    user: Mapped[str]
    opinion: Mapped[str]
    text: Mapped[str]
    undone: Mapped[bool]
    at_ms: Mapped[int]


class Break(Base):
    """Where a session ends for whoever goes on with it: it was forgotten, or another one was begun."""

    __tablename__ = "breaks"
    entry: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    """`forget`, or `reset`: then `epoch` names the conversation that was begun."""
    epoch: Mapped[int]
    at_ms: Mapped[int]


class Stray(Base):
    """What came out of the stream and could not be read: kept as it is, so that nothing is lost."""

    __tablename__ = "strays"
    entry: Mapped[str] = mapped_column(primary_key=True)
    why: Mapped[str]
    fields: Mapped[str]
