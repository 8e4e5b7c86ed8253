from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.recalling.conversations import made_up, read
from tasks.contracts.errors import BadInput

PUBLISHED = [
    {
        "sample_id": "conv-1",
        "conversation": {
            "speaker_a": "Ann",
            "speaker_b": "Bob",
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": [
                {"speaker": "Ann", "dia_id": "D1:1", "text": "Look!", "blip_caption": "a dog on a sofa"},
                {"speaker": "Bob", "dia_id": "D1:2", "text": "Cute!"},
            ],
            "session_2_date_time": "10:00 am on 9 May, 2023",
            "session_2": [],
        },
        "qa": [
            {"question": "What is on the sofa?", "answer": "a dog", "evidence": ["D1:1; D1:2"], "category": 4},
            {"question": "Who?", "answer": "nobody", "evidence": ["D9:9"], "category": 5},
            {"question": "Why?", "answer": "so", "category": 3},
        ],
    }
]


def read_back(told: object, folder: Path):
    file = folder / "talk.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    return read(file)


def test_published_conversations_are_read(tmp_path: Path) -> None:
    [talk] = read_back(PUBLISHED, tmp_path)
    assert [[line.text for line in session] for session in talk.sessions] == [
        ["Look! [shows a dog on a sofa]", "Cute!"]
    ]
    assert talk.sessions[0][0].at_ms == 1_683_554_160_000
    assert [(asked.question, asked.evidence) for asked in talk.asked] == [("What is on the sofa?", ("D1:1", "D1:2"))]


@pytest.mark.parametrize("told", [[{}], [{"conversation": {}}], 7, [PUBLISHED], {"a": 1}])
def test_another_shape_is_refused_in_words(told: object, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file of conversations"):
        read_back(told, tmp_path)


def test_made_up_conversations_are_the_same_for_a_seed_and_are_read_as_published_ones(tmp_path: Path) -> None:
    told = made_up(2, seed=3, sessions=4)
    assert told == made_up(2, seed=3, sessions=4) != made_up(2, seed=4, sessions=4)
    talks = read_back(told, tmp_path)
    lines = {line.id: line for talk in talks[:1] for session in talk.sessions for line in session}
    assert len(talks[0].sessions) == 4
    assert talks[0].asked
    for asked in talks[0].asked:
        assert all(len(lines[id_].text) > 10 for id_ in asked.evidence)


def test_no_question_of_a_made_up_conversation_is_asked_twice_in_it(tmp_path: Path) -> None:
    [talk] = read_back(made_up(1), tmp_path)
    questions = [asked.question for asked in talk.asked]
    assert len(set(questions)) == len(questions) > 50
