"""Keeps the libraries of training off the network, and silent: everything that they need is on this machine."""

from __future__ import annotations

import os
import sys

QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TQDM_DISABLE": "1",
    "TOKENIZERS_PARALLELISM": "false",  # its threads do not outlive a fork
    "TRANSFORMERS_VERBOSITY": "error",
    "WANDB_DISABLED": "true",
}


def stay_offline() -> None:
    """Have transformers and its kin ask no server and draw no bars. To be called before they are imported, or after."""
    os.environ.update(QUIET)
    if hub := sys.modules.get("huggingface_hub.constants"):  # what was read when it was imported
        vars(hub)["HF_HUB_OFFLINE"] = True
    from transformers.utils import logging  # noqa: PLC0415  # seconds, for whoever trains alone

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
