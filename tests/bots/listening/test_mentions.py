from __future__ import annotations

import pytest

from bots.listening import mentions
from tasks.contracts.personas import Persona

ADA = Persona(name="Ada", aliases=("Countess", "エイダ", "艾达", "에이다", "Ада"))
CALLS = [
    "Ada",
    "ada, are you there",
    "ask @Ada!",
    "ADA???",
    "áda hilf mir",
    "what would Ada's mother say",
    "Ada-san, good morning",
    "thanks ada.",
    "countess?",
    "エイダさん、元気？",
    "我觉得艾达说得对",
    "에이다는 어떻게 생각해",
    "에이다야 안녕",
    "Ада, привет",
    "A\u200bda hides behind a zero width space",
    "(Ada)",
    "Ｌet us ask Ａｄａ",
]
SILENT = [
    "",
    "the armada sailed",
    "Adam and the adage",
    "ada_lovelace wrote this",
    "a canada-adam thing",
    "look at ada-compiler",
    "see https://ada.example/ada",
    "mail ada@example.com",
    "run `ada --help`",
    "```\nAda\n```",
    "> Ada said so\nhm",
    "open ada.py",
    "エイダン先生",
    "viscountess",
    "Адам пришёл",
]


@pytest.mark.parametrize("text", CALLS)
def test_a_name_or_an_alias_calls_whatever_its_case_accents_and_script(text: str) -> None:
    assert mentions.detect(text, ADA)


@pytest.mark.parametrize("text", SILENT)
def test_a_name_within_a_word_an_address_code_or_a_quotation_calls_nobody(text: str) -> None:
    assert not mentions.detect(text, ADA)


@pytest.mark.parametrize("text", ["Grace Hopper?", "hi @GraceHopper", "hi @grace_hopper", "GRACE  HOPPER"])
def test_a_name_of_several_words_is_called_as_one_too(text: str) -> None:
    assert mentions.detect(text, Persona(name="Grace Hopper"))


def test_one_word_of_a_longer_name_is_not_that_name() -> None:
    assert not mentions.detect("such grace", Persona(name="Grace Hopper"))


@pytest.mark.parametrize(("name", "text", "called"), [
    ("C++", "who likes C++ here", True),
    ("C++", "vitamin C helps", False),
    ("Maeve 🌙", "maeve?", True),
    ("O'Brien", "ask O’Brien", True),
    ("さくら", "さくらはどう思う", True),
    ("さくら", "さくらんぼが好き", False),
    ("李", "李：你好", True),
    ("李", "我喜欢李子", False),
    ("สมชาย", "คุณสมชายครับ", True),
    ("राम", "राम, कैसे हो", True),
    ("राम", "रामायण पढ़ो", False),
])  # fmt: skip
def test_signs_and_short_names_are_told_from_what_contains_them(name: str, text: str, called: bool) -> None:
    assert mentions.detect(text, Persona(name=name)) is called


def test_several_are_called_in_the_order_of_the_text_each_once() -> None:
    index = mentions.index([ADA, Persona(name="Grace"), Persona(name="Linus")])
    assert mentions.named("Grace, ask Ada. Grace?", index) == ("Grace", "Ada")


def test_the_longer_of_two_names_is_meant_where_one_is_part_of_the_other() -> None:
    index = mentions.index([Persona(name="Ada"), Persona(name="Ada Lovelace")])
    assert mentions.named("Ada Lovelace, please", index) == ("Ada Lovelace",)
    assert mentions.named("Ada, please", index) == ("Ada",)
