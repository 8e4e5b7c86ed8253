"""What figures and objections are called: everywhere the same, and all of them in words."""

from __future__ import annotations

import doctest

from tasks.contracts import called
from tasks.contracts.called import CALLED
from tasks.training import gate
from tasks.training.evaluation import figures, people
from tasks.training.safety import values


def test_the_examples_hold() -> None:
    ran = doctest.testmod(called)
    assert (ran.failed, ran.attempted > 0) == (0, True)


def test_everything_that_can_speak_against_an_adapter_has_words_of_its_own() -> None:
    names = {
        *(figures.NLL_NEW, figures.NLL_OLD, figures.PERPLEXITY, figures.BITS, figures.ROUGE_L, figures.DEGENERATE),
        *(figures.LENGTH, figures.PERSONALISATION, figures.STYLE, figures.ORDER, people.METRIC),
        *(gate.SAMPLES, gate.LINEAGE, gate.BROKEN, gate.SERVED),
        *(values.REFUSALS, values.SECRETS, values.PERSONAL, values.COPIED, values.PROMPT),
    }
    assert names <= CALLED.keys()
    assert not any("_" in words for words in CALLED.values())
