"""A process that does nothing but use the gateway, as the smallest bot would: `python -m benchmarks.small_client URL`.

It submits and reads a few jobs, and prints its own proportional memory in bytes.
"""

from __future__ import annotations

import sys
import uuid

from tasks.contracts.messages import JobRequest
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store

JOBS = 20


def main(url: str) -> None:
    """Use the gateway, then weigh this process."""
    gateway = Gateway(Store.open(url))
    for _ in range(JOBS):
        request = JobRequest(job=uuid.uuid4().hex, model="demo", session="bench", user="bench", text="hello")
        gateway.submit(request)
        gateway.job(request.job)
    import psutil  # noqa: PLC0415  # only to weigh what is there without it

    print(getattr(psutil.Process().memory_full_info(), "pss", psutil.Process().memory_info().rss))


if __name__ == "__main__":
    main(sys.argv[1])
