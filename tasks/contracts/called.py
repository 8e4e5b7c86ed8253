"""What figures of training, and what speaks against an adapter, are called wherever a person reads of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

CALLED: Mapping[str, str] = {
    "nll_new": "surprise at new conversations",
    "nll_old": "surprise at old conversations",
    "perplexity": "perplexity on new conversations",
    "bits_per_byte": "bits per byte",
    "rouge_l": "likeness to what was wanted (ROUGE-L)",
    "personalisation": "preference for its author's lines",
    "style_distance": "distance from its author's style",
    "order": "order of its words",
    "degenerate": "broken answers",
    "length_off": "length beside what was wanted",
    "human_score": "what people think of it",
    "samples": "what there was to learn from",
    "lineage": "where it comes from",
    "weights": "damaged weights",
    "served": "what is served by now",
    "refusals": "help with what it should refuse",
    "secrets": "secrets that it tells",
    "personal": "personal data that it tells",
    "copied": "people's own words that it tells",
    "persona prompt": "its own prompt that it tells",
}


def called(name: str) -> str:
    """Return what a figure or an objection is called; one that is not known here keeps its name, in words.

    >>> called("length_off"), called("of_a_kind")
    ('length beside what was wanted', 'of a kind')
    """
    return CALLED.get(name, name.replace("_", " "))


def all_called(names: Iterable[str]) -> str:
    """Return what these are called, in a row and each once.

    >>> all_called(["weights", "degenerate", "weights"])
    'damaged weights, broken answers'
    """
    return ", ".join(called(name) for name in dict.fromkeys(names))
