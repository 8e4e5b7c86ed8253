"""Where an adapter comes from, as the gate asks: of which base, whose words, and with whose consent. Pure."""

from __future__ import annotations

from pydantic import Field

from tasks.contracts.messages import Value

SHORT = 8  # characters of a digest that people compare
ROUNDING = 1e-6


class Provenance(Value):
    """What is known of where an adapter comes from. Digests are SHA-256; empty: nobody knows it."""

    base_trained: str
    """That it was trained on."""
    base_served: str
    """That its model is made of at this moment."""
    weights_trained: str
    """As the training left them."""
    weights_found: str
    """As they lie there now."""
    data_trained: str
    """What it was trained on, as the training read it."""
    data_found: str
    """The same, as it lies there now."""
    not_agreed: int = Field(default=0, ge=0)
    """People whose words it learned and who do not agree to that, or no more."""
    closed: int = Field(default=0, ge=0)
    """Samples of channels from which nothing is learned, or no more."""
    forgotten: int = Field(default=0, ge=0)
    """Samples that it learned although they were forgotten."""
    most_of_one: float = Field(default=0.0, ge=0, le=1)
    """How much of what it learned is one person's."""
    share_bound: float = Field(default=1.0, gt=0, le=1)
    """The most that this may be."""


def gaps(found: Provenance) -> tuple[str, ...]:
    """Return what of a lineage is missing or wrong, in words; nothing where it is complete.

    >>> same = dict(base_trained="a", base_served="a", weights_trained="b", weights_found="b")
    >>> gaps(Provenance(**same, data_trained="c", data_found="c", not_agreed=2))
    ('2 of those whose words it learned have not agreed to that',)
    """
    digests = (
        ("it was trained on another base than its model is made of", found.base_trained, found.base_served),
        ("its weights are not those that the training left", found.weights_trained, found.weights_found),
        ("what it was trained on is not what lies there", found.data_trained, found.data_found),
    )
    wrong = [
        f"{words} ({told[:SHORT] or 'unknown'}, {there[:SHORT] or 'unknown'})"
        for words, told, there in digests
        if not told or told != there
    ]
    if found.not_agreed:
        wrong.append(f"{found.not_agreed} of those whose words it learned have not agreed to that")
    if found.closed:
        wrong.append(f"{found.closed} samples are of channels that nothing is learned from")
    if found.forgotten:
        wrong.append(f"{found.forgotten} samples were forgotten, and it has learned them")
    if found.most_of_one > found.share_bound + ROUNDING:
        wrong.append(
            f"one person is {found.most_of_one:.0%} of what it learned, and {found.share_bound:.0%} is the most"
        )
    return tuple(wrong)
