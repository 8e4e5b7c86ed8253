"""ROUGE-L of answers in any script: rouge-score with a tokenizer that knows more letters than a to z. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rouge_score import rouge_scorer

#: Scripts that put no blanks between words, by the first words of their characters' names: each letter is a token.
UNSPACED = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HALFWIDTH KATAKANA",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TIBETAN",
    "YI SYLLABLE",
)
SELECTORS = "\ufe0e\ufe0f"  # whether an emoji is drawn in colours


class UnicodeTokens:
    """Cuts a text into words of letters, marks and digits; emoji and letters of unspaced scripts stand alone.

    Of ASCII it makes what rouge-score's own tokenizer does.

    >>> UnicodeTokens().tokenize("Don't panic, 船长! ⚓️")
    ['don', 't', 'panic', '船', '长', '⚓']
    """

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens, in order."""
        tokens: list[str] = []
        goes_on = False  # whether a letter would belong to the last token
        for letter in unicodedata.normalize("NFKC", text).casefold():
            kind = unicodedata.category(letter)
            if kind[0] == "M" and letter not in SELECTORS and tokens:
                tokens[-1] += letter
            elif kind == "So" or (kind[0] == "L" and _stands_alone(letter)):
                tokens.append(letter)
                goes_on = False
            elif kind[0] in "LN":
                tokens[-1:] = [tokens[-1] + letter] if goes_on else [*tokens[-1:], letter]
                goes_on = True
            else:
                goes_on = False
        return tokens


def _stands_alone(letter: str) -> bool:
    return not letter.isascii() and unicodedata.name(letter, "").startswith(UNSPACED)


def rouge_l(wanted: str, said: str) -> float:
    """Return the F-measure (0 to 1) of the longest common subsequence of tokens.

    >>> rouge_l("the cat sat on the mat", "the cat lay on the mat")
    0.8333333333333334
    """
    return rouge_ls([(wanted, said)])[0]


def rouge_ls(pairs: Sequence[tuple[str, str]]) -> list[float]:
    """Return the same of each pair of what was wanted and what was said."""
    scorer = rouge_scorer.RougeScorer(["rougeL"], tokenizer=UnicodeTokens())
    return [float(scorer.score(wanted, said)["rougeL"].fmeasure) for wanted, said in pairs]
