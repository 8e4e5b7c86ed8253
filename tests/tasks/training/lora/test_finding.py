"""What this machine has to train on."""

from __future__ import annotations

import os

from tasks.training.lora.finding import find
from tasks.training.lora.offline import QUIET, stay_offline


def test_what_is_found_has_memory_and_cores() -> None:
    found = find()
    assert found.memory_gib > 0
    assert found.free_gib > 0
    assert found.cores >= 1


def test_no_library_of_training_asks_the_network() -> None:
    stay_offline()
    from huggingface_hub import constants

    assert constants.HF_HUB_OFFLINE
    assert os.environ["HF_HUB_OFFLINE"] == QUIET["HF_HUB_OFFLINE"] == "1"
