"""What lies beside an adapter says what it is, what it was made of, and that it may repeat that."""

from __future__ import annotations

from tasks.training.lora.card import card
from tasks.training.lora.checkpoints import End
from tasks.training.lora.device import Device, Kind
from tasks.training.lora.figures import Figures, Point

FIGURES = Figures(
    model="demo",
    base_sha256="a" * 64,
    data_sha256="b" * 64,
    adapter_sha256="c" * 64,
    samples=1_400,
    steps=20,
    planned_steps=27,
    end=End.BUDGET,
    tokens=22_077,
    seconds=900.4,
    trainable=147_456,
    parameters=3_052_992,
    device=Device(kind=Kind.CPU, name="CPU", weights="float32", compute="float32"),
    curve=(Point(step=2, loss=3.0144), Point(step=20, loss=1.2), Point(step=20, eval_loss=1.5)),
    versions={"torch": "2.13.0", "peft": "0.21.2"},
)


def test_a_card_names_base_and_data_by_their_hashes_and_gives_the_figures() -> None:
    told = card("pirate", FIGURES, 16, 32.0)
    for words in (
        "# pirate, on demo",
        "(LoRA, rank 16, alpha 32)",
        *("a" * 64, "b" * 64, "c" * 64),
        "| samples | 1,400 |",
        "| steps | 20 of 27: until its time was up |",
        "147,456 of 3,200,448 numbers (4.61%)",
        "3.014 → 1.200",
        "| time | 900 s on CPU, base in float32 |",
        "peft 0.21.2, torch 2.13.0",
        "It may repeat what it\nlearned from",
    ):
        assert words in told


def test_a_card_begins_with_the_header_that_hubs_read_and_makes_nothing_up() -> None:
    told = card("pirate", FIGURES.model_copy(update={"curve": ()}), 16, 32.0)
    assert told.startswith("---\nlibrary_name: peft\n")
    assert "| loss, first and last | unknown |" in told
