"""What an agent tells a worker."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workers.post import Post

FIELDS = {
    "host": "Studio One",
    "fence": 7,
    "model": "Llama 3.1",
    "engine": "fake",
    "engine_name": "llama",
    "slots": 3,
    "context_tokens": 4096,
    "labels": ("eu",),
    "ready_file": "/x/ready",
}


def test_a_post_travels_as_text_and_arrives_as_it_was():
    post = Post(**FIELDS)
    assert Post.model_validate_json(post.model_dump_json()) == post


@pytest.mark.parametrize("wrong", [{"slots": 0}, {"context_tokens": 0}, {"password": "x"}, {"fence": "7"}])
def test_a_post_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        Post(**{**FIELDS, **wrong})


def test_a_worker_has_one_queue_a_thread_per_slot_and_the_name_of_its_place():
    options = Post(**FIELDS).worker_options()
    assert options["queues"] == ["model.llama-3-1"]
    assert (options["pool_cls"], options["concurrency"]) == ("threads", 3)
    assert options["hostname"] == "llama-3-1@studio-one"
