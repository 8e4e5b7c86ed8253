"""What is kept of a channel that was summed up."""

from __future__ import annotations

from tasks.memory.tiers.channels import source_of, summary_of
from tasks.memory.values import Kind, Tier, Trust, id_of


def test_it_names_the_messages_that_it_was_made_of_and_belongs_to_the_channel() -> None:
    made = summary_of("j", "api:c", "wren", "They ship on Friday.\n", 7, ["m1", "m2"])
    assert made is not None
    assert (made.text, made.tenant, made.channel, made.direct) == ("They ship on Friday.", "api:c", "api:c", False)
    assert (made.kind, made.tier, made.trust) == (Kind.DIGEST, Tier.WORKING, Trust.MADE)
    assert made.sources == (source_of("api:c", "m1"), id_of("api:c", "m2:0"))
    assert summary_of("j", "api:c", "wren", "again", 9, []).id == made.id  # type: ignore[union-attr]


def test_of_nothing_and_of_a_secret_nothing_is_kept() -> None:
    assert summary_of("j", "c", "wren", " \n", 7, ["m"]) is None
    assert summary_of("j", "c", "wren", "the password is hunter22!", 7, ["m"]) is None
