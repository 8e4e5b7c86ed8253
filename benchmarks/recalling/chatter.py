"""What made-up people say: things worth asking about, each with a question in other words, and much that is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NAMES = ("Ada", "Bruno", "Clara", "Dmitri", "Esra", "Femi", "Greta", "Hiro", "Ines", "Jonas", "Kavya", "Luis")


@dataclass(frozen=True)
class Fact:
    """Something that one of two people says of themselves."""

    about: str
    said: Sequence[str]
    asked: str
    lead: str = ""
    """What the other one says just before, where the answer makes no sense without it."""
    blanks: Mapping[str, Sequence[str]] = field(default_factory=dict)


_DOGS = ("Biscuit", "Momo", "Pepper", "Ziggy")
_TOWNS = ("Porto", "Ghent", "Tartu", "Lucca", "Uppsala")
_BOOKS = ("Middlemarch", "Dune", "Beloved", "The Leopard")
FACTS: tuple[Fact, ...] = (
    Fact(
        "a puppy",
        (
            "We brought home a puppy on Saturday, and the kids named her {dog}!",
            "Meet {dog}: eight weeks old and already chewing my shoes.",
        ),
        "What is the name of {who}'s dog?",
        blanks={"dog": _DOGS},
    ),
    Fact(
        "a job",
        (
            "They made me an offer as a nurse at the children's ward, and I said yes.",
            "I start on the children's ward next month, nursing again at last.",
        ),
        "Where is {who} going to work?",
    ),
    Fact(
        "moving",
        (
            "The boxes are packed. By the end of June our address is in {town}.",
            "We signed the lease: it is {town} for us from summer on.",
        ),
        "Which city will {who} live in?",
        blanks={"town": _TOWNS},
    ),
    Fact(
        "nuts",
        (
            "I had to leave the party early, one bite with hazelnut and my throat closed.",
            "No praline for me, hazelnuts put me in hospital once.",
        ),
        "Which food is {who} allergic to?",
    ),
    Fact(
        "the marathon",
        (
            "Four hours and two minutes! My legs are jelly, but I crossed the line.",
            "I finished my first marathon, four hours two.",
        ),
        "How long did {who} need for the race?",
    ),
    Fact(
        "pottery",
        (
            "Tuesday evenings are for the wheel now; I made three crooked bowls.",
            "I signed up for a ceramics class on Tuesdays.",
        ),
        "What hobby did {who} take up in the evenings?",
    ),
    Fact(
        "a sister",
        (
            "My sister is getting married in the vineyard where our parents met.",
            "Big news: my little sister said yes, the wedding is at the vineyard.",
        ),
        "Whose wedding takes place at a vineyard according to {who}?",
    ),
    Fact(
        "the guitar",
        (
            "I sold the old guitar to pay for the boiler, and I cried a little.",
            "The boiler broke, so the guitar had to go.",
        ),
        "What did {who} give up to repair the heating?",
    ),
    Fact(
        "a book",
        (
            "{book} kept me awake until three, I could not put it down.",
            "I have just turned the last page of {book} and I miss them all.",
        ),
        "Which novel did {who} finish?",
        blanks={"book": _BOOKS},
    ),
    Fact(
        "the volunteers",
        (
            "Every second Sunday I sort tins at the food bank by the station.",
            "I help out at the food bank now, every other Sunday.",
        ),
        "Where does {who} do volunteer work?",
    ),
    Fact(
        "the ferry",
        ("The ferry, definitely. Trains make me sick backwards.", "By ferry, I want to see the lights from the water."),
        "How does {who} want to travel?",
        lead="Ferry or train to the island, what do you think?",
    ),
    Fact(
        "the colour",
        ("The dark green one. It goes with the curtains.", "Dark green, I have decided."),
        "Which sofa did {who} choose?",
        lead="So which sofa is it going to be?",
    ),
    Fact(
        "an exam",
        (
            "I failed the driving test again, I forgot to look over my shoulder.",
            "Third time unlucky: the examiner shook her head at the roundabout.",
        ),
        "What happened at {who}'s driving exam?",
    ),
    Fact(
        "coffee",
        (
            "I have quit coffee, my heart was racing every afternoon.",
            "No espresso since New Year, and I sleep like a stone.",
        ),
        "Why is {who} not drinking espresso any more?",
    ),
    Fact(
        "the piano",
        (
            "My daughter plays the piano part in the school concert on the twelfth.",
            "The school concert is on the twelfth, and my girl has the piano solo.",
        ),
        "Which instrument does {who}'s child play?",
    ),
    Fact(
        "a rescue",
        (
            "I pulled a hedgehog out of the drain and it spent the night in a shoebox.",
            "There is a hedgehog in a shoebox in my kitchen, long story.",
        ),
        "Which animal did {who} save?",
    ),
    Fact(
        "the garden",
        ("The tomatoes have blight, I had to burn the whole row.", "All my tomatoes rotted on the vine."),
        "What went wrong with the vegetables {who} grew?",
    ),
    Fact(
        "a language",
        (
            "I am learning Estonian for my mother-in-law, fourteen cases!",
            "Fourteen cases, and my mother-in-law laughs at every one: Estonian is hard.",
        ),
        "What language is {who} studying?",
    ),
    Fact(
        "the bicycle",
        (
            "Somebody cut the lock and took my bicycle from outside the library.",
            "My bike is gone, stolen right in front of the library.",
        ),
        "What was stolen from {who}?",
    ),
    Fact(
        "the loan",
        (
            "The bank said no to the bakery. I shall ask my uncle.",
            "No loan for the bakery, so now it is my uncle or nothing.",
        ),
        "Who might lend {who} money for the business?",
    ),
    Fact(
        "the band",
        (
            "We play at the harbour festival, second stage, right before the fireworks.",
            "Our band got the slot before the fireworks at the harbour!",
        ),
        "Where will {who}'s band perform?",
    ),
    Fact(
        "a fear",
        (
            "I cannot go up there. Heights make my knees give way.",
            "Glass floors and I are not friends, heights terrify me.",
        ),
        "What is {who} afraid of?",
    ),
    Fact(
        "the scar",
        (
            "I fell through the ice on the pond when I was six, hence the scar.",
            "This scar? Ice on the pond, I was six.",
        ),
        "How did {who} get the scar?",
    ),
    Fact(
        "the recipe",
        ("The secret is a spoonful of miso in the caramel.", "You will not believe it: miso, in the caramel."),
        "What does {who} put into the caramel?",
    ),
    Fact(
        "the night shift",
        (
            "I changed to nights so that I can take the twins to nursery.",
            "Nights it is, then I have the mornings for the twins.",
        ),
        "Why does {who} work at night?",
    ),
    Fact(
        "the choir",
        ("We sing Fauré's requiem in the cathedral at Easter.", "Our choir does the Fauré at Easter."),
        "Which piece will {who}'s choir perform?",
    ),
    Fact(
        "the passport",
        (
            "My passport ran out in March and I only noticed at the airport.",
            "At the counter they told me that my passport had expired.",
        ),
        "Why could {who} not board the plane?",
    ),
    Fact(
        "a grandmother",
        (
            "My grandmother turns ninety-five and still beats me at chess.",
            "Ninety-five, and she took my queen in nine moves, my grandmother.",
        ),
        "How old is {who}'s grandmother?",
    ),
    Fact(
        "the podcast",
        (
            "I record a podcast about lighthouses in the wardrobe, it has the best sound.",
            "Lighthouses! That is what my podcast is about.",
        ),
        "What is {who}'s show about?",
    ),
    Fact(
        "the shoulder",
        (
            "The surgeon says six weeks without lifting anything, the shoulder is pinned.",
            "They pinned my shoulder, and I may lift nothing for six weeks.",
        ),
        "How long must {who} rest after the operation?",
    ),
    Fact(
        "the kayak",
        (
            "We paddled to the seal colony and one of them followed us home.",
            "A seal swam behind my kayak all the way back.",
        ),
        "What followed {who}'s boat?",
    ),
    Fact(
        "vegetarian",
        ("I have not eaten meat since that documentary, two years now.", "No meat for me, two years this week."),
        "Since when has {who} been vegetarian?",
    ),
    Fact(
        "the lottery",
        (
            "I won a fridge in the raffle of the fire brigade.",
            "Ticket 411 won: a fridge from the fire brigade's raffle!",
        ),
        "What prize did {who} win?",
    ),
    Fact(
        "the debt",
        (
            "I still owe my brother four hundred for the roof.",
            "Four hundred, that is what is left of what my brother lent me for the roof.",
        ),
        "How much does {who} have to pay back?",
    ),
    Fact(
        "the teacher",
        (
            "Mrs Okafor told me I would write one day; she was my chemistry teacher.",
            "It was my chemistry teacher, Mrs Okafor, who said that I should write.",
        ),
        "Who encouraged {who} to become an author?",
    ),
    Fact(
        "the bees",
        ("The second hive swarmed into the neighbour's chimney.", "My bees have moved into the chimney next door."),
        "Where did {who}'s bees go?",
    ),
    Fact(
        "the trip",
        (
            "Iceland in February, for the northern lights, and we saw only fog.",
            "Five days of Iceland and not one northern light.",
        ),
        "What did {who} hope to see in the north?",
    ),
    Fact(
        "the adoption",
        ("The agency called: we may meet the boy on Thursday.", "Thursday is the day, the agency lets us meet him."),
        "When may {who} meet the child?",
    ),
    Fact(
        "the mural",
        (
            "I am painting the underpass with fish, all forty metres of it.",
            "Forty metres of fish, that is what the underpass gets from me.",
        ),
        "What is {who} painting?",
    ),
    Fact(
        "insomnia",
        (
            "White noise of rain, that is the only thing that puts me to sleep.",
            "I fall asleep to the sound of rain now, from a small machine.",
        ),
        "What helps {who} fall asleep?",
    ),
    Fact(
        "the thesis",
        (
            "I handed in the thesis on peat bogs, two hundred pages.",
            "Two hundred pages about peat bogs, printed and delivered.",
        ),
        "What was {who}'s thesis about?",
    ),
    Fact(
        "the diet",
        ("The doctor wants me off salt because of my blood pressure.", "My blood pressure is up, so no salt for me."),
        "What does {who} have to avoid eating?",
    ),
    Fact(
        "the ring",
        ("I lost grandma's ring in the sea at the pier.", "Grandma's ring slid off my finger into the sea."),
        "What did {who} lose in the water?",
    ),
    Fact(
        "the allotment",
        ("After nine years on the list we got plot seventeen.", "Plot seventeen is ours, after nine years of waiting."),
        "Which allotment was {who} given?",
    ),
    Fact(
        "the interview",
        (
            "They asked why I left the bank and I said because of the ceiling.",
            "I told them that the ceiling drove me out of the bank.",
        ),
        "Where did {who} work before?",
    ),
    Fact(
        "the parrot",
        ("The parrot says good night in my late husband's voice.", "My parrot still speaks like my husband did."),
        "Whose voice does {who}'s bird imitate?",
    ),
    Fact(
        "the sauna",
        (
            "I built a sauna from the old shed, the stove came from a ship.",
            "The shed is a sauna now, with a ship's stove.",
        ),
        "What did {who} turn the shed into?",
    ),
    Fact(
        "chess",
        (
            "I came second at the county chess open, lost to a girl of eleven.",
            "Beaten by an eleven-year-old in the final of the county open.",
        ),
        "Who beat {who} in the tournament?",
    ),
    Fact(
        "the accent",
        ("I grew up in Cork until I was nine, hence the accent.", "Nine years of Cork, you never lose that accent."),
        "Where did {who} spend the early years of life?",
    ),
    Fact(
        "the fair",
        ("I sold forty jars of plum jam at the fair.", "Forty jars of plum jam, all gone by noon at the fair."),
        "What did {who} sell at the market?",
    ),
    Fact(
        "the divorce",
        (
            "The papers are signed, we share the dog week by week.",
            "It is official, and the dog goes back and forth every week.",
        ),
        "How do {who} and the former partner arrange things for the dog?",
    ),
    Fact(
        "the telescope",
        ("I saw Saturn's rings from the roof with my own eyes.", "Last night on the roof: Saturn, with rings and all."),
        "Which planet did {who} observe?",
    ),
    Fact(
        "the glasses",
        (
            "I need reading glasses now, the menu was a blur.",
            "The optician was right, without glasses I cannot read a menu.",
        ),
        "Why did {who} visit the optician?",
    ),
    Fact(
        "the flood",
        (
            "The cellar stood knee-deep in water, the photo albums are ruined.",
            "All our photo albums drowned in the cellar.",
        ),
        "What was destroyed when the basement flooded?",
    ),
    Fact(
        "the promotion",
        ("From May I lead the night crew at the bakery.", "They made me head of the night crew, from May on."),
        "What position was {who} promoted to?",
    ),
    Fact(
        "dancing",
        ("We dance tango in the old tram depot on Fridays.", "Fridays are tango nights for us, in the tram depot."),
        "What does {who} do on Fridays?",
    ),
    Fact(
        "the novel",
        (
            "The publisher wants a happier ending, I said over my dead body.",
            "They like the novel, but not that everybody drowns.",
        ),
        "What did the publisher dislike about {who}'s manuscript?",
    ),
    Fact(
        "the cast",
        ("I broke two toes on the door of the oven.", "Two toes, and all because of the oven door."),
        "Which injury did {who} have?",
    ),
    Fact(
        "the savings",
        (
            "Everything we put aside goes into solar panels.",
            "The roof gets solar panels, that is where the savings go.",
        ),
        "What is {who} spending the savings on?",
    ),
    Fact(
        "the tattoo",
        ("I got a heron on my wrist for my father.", "For my father: a heron, on the inside of my wrist."),
        "What does {who}'s tattoo show?",
    ),
)
CHATTER: tuple[str, ...] = (
    "How have you been?",
    "Oh, that is wonderful to hear!",
    "I know exactly what you mean.",
    "Tell me more about that.",
    "It has been raining here all week.",
    "Work was a lot today, but it is over now.",
    "Haha, that sounds like you.",
    "I am so glad that we talk.",
    "Really? I would never have guessed.",
    "That must have been hard.",
    "I had soup for lunch and it was fine.",
    "The tram was late again, of course.",
    "What are you up to this weekend?",
    "Nothing much, I might clean the windows.",
    "You always know what to say.",
    "I watched something silly on television.",
    "My neighbour says hello, by the way.",
    "I keep thinking about what you said last time.",
    "Let us hope for better weather.",
    "Good for you! You have earned it.",
    "I am tired, but the good sort of tired.",
    "We should meet in person again soon.",
    "The shop was out of bread, can you imagine?",
    "I tried a new tea and it tastes of grass.",
    "You are too kind.",
    "That reminds me of something, but I forgot what.",
    "I walked by the river for an hour.",
    "Same old, same old.",
    "I have to be quick today, the phone is nearly empty.",
    "Did you sleep well?",
    "Not really, the street was loud.",
    "I like the autumn best, all things considered.",
    "Some days are just like that.",
    "Take it one step at a time.",
    "Oh no, I am sorry to hear that.",
    "Everything in its time.",
    "The cat next door sits on my car all day.",
    "I am proud of you, you know that.",
    "Let me know how it goes.",
    "It was quiet at the office.",
    "We laughed so much.",
    "I need a holiday from my holiday.",
    "Well, what can you do.",
    "Sounds like a plan!",
    "I could not agree more.",
)
