"""What people say to a bot while no host is up is kept, and answered once there is one."""

from __future__ import annotations

from tasks.jobs.store import Store
from tests.bots.conftest import Hand, eventually
from tests.emulators.telegram.emulator import Emulator as Telegram
from tests.emulators.telegram.people import texts

QUESTIONS = 10


def test_what_is_said_to_a_bot_while_no_host_is_up_is_answered_when_one_comes(
    telegram: Telegram, ledger: Store
) -> None:
    people = [f"person{number}" for number in range(QUESTIONS)]
    for person in people:
        telegram.people.say(person, f"hello from {person}")
    eventually(lambda: not telegram.people.do("pending"), "all to be taken in")
    hand = Hand(ledger)
    assert hand.bells(), "kept, with nobody there to answer"
    hand.arrive()
    for _ in people:
        claim = hand.claim()
        hand.finish(claim, f"answer to {claim.request.text}")

    def read(person: str) -> list[str]:
        return texts(telegram.people.ours(telegram.people.chat_of(person)))

    eventually(
        lambda: all(read(each) == [f"answer to hello from {each}\n\ndemo model"] for each in people), "one answer each"
    )
