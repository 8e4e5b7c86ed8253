"""What made-up people tell a persona and later ask it about, each with the word that has to come back. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

BLANK = "{}"
NAMES = ("Ada", "Bruno", "Clara", "Dmitri", "Esra", "Femi", "Greta", "Hiro", "Ines", "Jonas", "Kavya", "Luis")
TOWNS = ("Porto", "Ghent", "Tartu", "Lucca", "Uppsala", "Bergen", "Cork", "Brno")
PETS = ("Biscuit", "Momo", "Pepper", "Ziggy", "Rex", "Olive")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
FOODS = ("hazelnuts", "shrimp", "celery", "mustard", "strawberries")
COLOURS = ("green", "purple", "orange", "turquoise", "yellow")
BOOKS = ("Middlemarch", "Dune", "Beloved", "The Leopard", "Austerlitz")
NUMBERS = tuple(str(number) for number in range(112, 990, 13))


@dataclass(frozen=True)
class Template:
    """A way to say something, and to ask for it."""

    said: str
    asked: str
    values: Sequence[str]
    again: str = ""
    """How it is said that it is another one now, where only one can be."""


TEMPLATES = (
    Template("My dog is called {}, after my uncle.", "What is my dog called?", PETS),
    Template("I live in {}, near the station.", "Which town do I live in?", TOWNS, "I moved to {} last week."),
    Template("My sister {} went to Canada for good.", "Which of my sisters went to Canada?", NAMES),
    Template("I cannot eat {}, I am badly allergic to that.", "What food am I allergic to?", FOODS),
    Template(
        "My dentist appointment is on {}.",
        "When is my dentist appointment?",
        DAYS,
        "My dentist appointment was moved to {}.",
    ),
    Template("We fly to {} for the holidays in June.", "Where do we fly for the holidays?", TOWNS),
    Template("My favourite colour is {}.", "What is my favourite colour?", COLOURS, "My favourite colour is {} now."),
    Template("The wifi at the cabin is called {}.", "What is the wifi at the cabin called?", PETS),
    Template("My daughter {} turns six next month.", "Who turns six next month, which daughter?", NAMES),
    Template("I paid {} euros for the new bicycle.", "How much did I pay for the bicycle?", NUMBERS),
    Template("I finished reading {} last night.", "Which book did I finish?", BOOKS),
    Template("The plumber comes on {} because of the boiler.", "When does the plumber come?", DAYS),
    Template("My locker at the gym has the number {}.", "What number has my locker at the gym?", NUMBERS),
    Template("Our deaf cat {} sleeps on the oven.", "What is the name of our deaf cat?", PETS),
    Template("My boss {} lets us leave early in summer.", "What is the name of my boss?", NAMES),
    Template("Bus {} takes me right to the office.", "Which bus takes me to the office?", NUMBERS),
    Template("I grew up in {} with my grandparents.", "Where did I grow up?", TOWNS),
    Template("Grandmother's cake needs {} grams of butter.", "How much butter is in grandmother's cake?", NUMBERS),
    Template("I have two tickets for the concert of {}.", "Whose concert do I have tickets for?", NAMES),
    Template("The parcel with the lamp has the number {}.", "What is the number of the parcel with the lamp?", NUMBERS),
    Template("We named the boat {} and painted it red.", "What did we name the boat?", PETS),
    Template("My neighbour {} waters the plants when we are away.", "Who waters my plants?", NAMES),
    Template("The choir rehearses on {} from now on.", "On which day does the choir rehearse?", DAYS),
    Template("My car has {} thousand kilometres on it.", "How many kilometres has my car?", NUMBERS),
    Template("The landlord {} wants to sell the house.", "Who is the landlord that wants to sell?", NAMES),
    Template("I painted the kitchen {} all by myself.", "What colour is the kitchen?", COLOURS),
    Template("My brother {} broke his arm while skiing.", "Which brother broke his arm?", NAMES),
    Template("The swimming course begins on {}.", "When does the swimming course begin?", DAYS),
    Template("We had {} guests at the wedding.", "How many guests were at the wedding?", NUMBERS),
    Template("The printer is in room {} at work.", "In which room is the printer?", NUMBERS),
)
SMALL = ("ok", "lol", "thanks!", "hm", "yes", "haha nice", "good morning", "bye")
_SUBJECTS = ("The tram", "My neighbour", "The radio", "Work", "The oven", "The garden", "Lunch", "The news", "My back")
_VERBS = ("was", "seemed", "felt", "sounded", "looked")
_HOW = ("a bit slow", "rather loud", "quite odd", "fine after all", "worse than usual", "better than I feared", "dull")
_WHEN = ("today", "this morning", "all day", "again", "on the way home", "as always", "before breakfast", "at noon")
_REPLIES = (
    "I see, thank you for telling me. {what} can be {how} {when}, and I hope that it gets better from here.",
    "Oh, that is interesting! {what} may be {how} {when}. Is there anything that I can do for you?",
    "Understood. I will keep that in mind, even if {what} is {how} {when}.",
)


def chatter(chance: random.Random) -> str:
    """Return something that is said and not worth asking about."""
    parts = (chance.choice(_SUBJECTS), chance.choice(_VERBS), chance.choice(_HOW), chance.choice(_WHEN))
    return " ".join(parts) + chance.choice((".", "!", ", you know."))


def reply(chance: random.Random) -> str:
    """Return what a persona answers to it."""
    words = {"what": chance.choice(_SUBJECTS), "how": chance.choice(_HOW), "when": chance.choice(_WHEN)}
    return chance.choice(_REPLIES).format(**words)
