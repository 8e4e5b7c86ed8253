from __future__ import annotations

import re

from bots.delivery.nonces import NONCE_CHARS, nonce_of


def test_a_nonce_is_the_same_in_every_process():
    assert nonce_of("job", "reply", "0") == "I6WMPPX6NXAWW7SKMME3VXEJ7"  # a message may stand there by it


def test_a_nonce_is_what_platforms_take():
    assert re.fullmatch(f"[A-Z2-7]{{{NONCE_CHARS}}}", nonce_of("job", "reply", "0"))


def test_job_kind_and_chunk_each_make_another_nonce():
    nonces = {nonce_of(job, kind, chunk) for job in "ab" for kind in ("reply", "notice") for chunk in "01"}
    assert len(nonces) == 8
