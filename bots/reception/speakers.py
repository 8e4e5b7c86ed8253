"""Who answers: what is known of the personas, the flock and the conversation, put before `bots.casting`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots import casting
from bots.guilds import Local
from bots.listening import context
from bots.listening.context import ConversationContext
from bots.lookout import READY, Lookout
from bots.platform import Heard
from bots.reception.bounded import Bounded
from bots.reception.recent import chat_of
from tasks.contracts.clock import Clock
from tasks.contracts.errors import RetryableError
from tasks.contracts.fleet import Fleet
from tasks.contracts.personas import Persona
from tasks.jobs import roster
from tasks.jobs.roster import PersonaState
from tasks.jobs.store import AsyncStore

FRESH_S = 1.0
ROUND_ROBIN = "round-robin"
MOST_FLEETS = 200


class Speakers:
    """Chooses who answers. What Redis knows is at most a second old, and what it said last while it is away."""

    def __init__(self, store: AsyncStore, lookout: Lookout, clock: Clock) -> None:
        self._store, self._lookout, self._clock = store, lookout, clock
        self._states: dict[str, PersonaState] = {}
        self._looked_s = float("-inf")
        self._fleet: Fleet | None = None
        self._narrowed: Bounded[tuple[str | None, float | None], Fleet] = Bounded(MOST_FLEETS)

    async def states(self) -> Mapping[str, PersonaState]:
        """Return who was switched off, and who spoke when."""
        if self._clock.monotonic_s() - self._looked_s >= FRESH_S:
            return await self._read_states()
        return self._states

    async def _read_states(self) -> Mapping[str, PersonaState]:
        try:
            self._states = await self._store.run(roster.state())
        except RetryableError:
            return self._states
        self._looked_s = self._clock.monotonic_s()
        return self._states

    async def who(self, heard: Heard, said: Sequence[Heard], local: Local, fleet: Fleet) -> Persona | None:
        """Return who answers a message; None: nobody does. `said` is the conversation, with the message in it."""
        among = fleet if heard.persona else self._among(fleet, local)
        around, residents = context.analyze(said, heard.at_ms), await self._residents()
        rotates = fleet.casting.strategy == ROUND_ROBIN
        states = await self._read_states() if rotates else await self.states()

        def cast(turn: int) -> Persona | None:
            return casting.cast(heard, around, among, states, residents, turn, casting.dice(heard))

        chosen = cast(0)
        if chosen is None or not rotates:
            return chosen
        # A turn is taken when it is sure that somebody answers, so that none is lost.
        return cast(await self._store.run(roster.turn(f"{heard.bot}:{chat_of(heard.place)}")))

    async def first(self, after: Heard, around: ConversationContext, local: Local, fleet: Fleet) -> Persona | None:
        """Return who speaks because nobody does; None: nobody. `after` is the last message there."""
        among, states, residents = self._among(fleet, local), await self.states(), await self._residents()
        chosen = casting.speak_first(after, around, among, states, residents, 0)
        return chosen.persona if chosen else None

    def _among(self, fleet: Fleet, local: Local) -> Fleet:
        """Return the fleet with those personas who are chosen from in a place: all of them, or the one it is set to."""
        if local.persona is None and local.chance is None:
            return fleet
        if fleet is not self._fleet:
            self._fleet, self._narrowed = fleet, Bounded(MOST_FLEETS)
        key = local.persona, local.chance
        made = self._narrowed.get(key)
        if made is None:
            own = [each for each in fleet.personas if each.name == local.persona] or list(fleet.personas)
            chance = {} if local.chance is None else {"chance": local.chance}
            made = fleet.model_copy(update={"personas": tuple(each.model_copy(update=chance) for each in own)})
            self._narrowed.put(key, made)
        return made

    async def _residents(self) -> frozenset[str]:
        """Return the models that some host holds in memory, by name."""
        seen = await self._lookout.status()
        return frozenset(
            held["name"]
            for host in (seen.hosts if seen else ())
            if host.live
            for held in host.about.get("models", [])
            if held["state"] == READY
        )
