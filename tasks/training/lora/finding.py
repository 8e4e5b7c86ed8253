"""Looks at what this machine has to train on."""

from __future__ import annotations

import importlib.util
import os
import platform

import psutil

from tasks.training.lora.device import GIB, Found, Kind


def find() -> Found:
    """Return the fastest that this machine can train on, as torch sees it."""
    import torch  # noqa: PLC0415  # seconds, for whoever trains alone

    memory_gib = psutil.virtual_memory().available / GIB
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return Found(
            kind=Kind.CUDA,
            name=torch.cuda.get_device_name(),
            free_gib=free / GIB,
            memory_gib=memory_gib,
            cores=cores,
            bf16=torch.cuda.is_bf16_supported(),
            bitsandbytes=importlib.util.find_spec("bitsandbytes") is not None,
        )
    if torch.backends.mps.is_available():
        return Found(kind=Kind.MPS, name=platform.processor(), free_gib=memory_gib, memory_gib=memory_gib, cores=cores)
    return Found(kind=Kind.CPU, name="CPU", free_gib=memory_gib, memory_gib=memory_gib, cores=cores)
