from __future__ import annotations

import pytest

from bots.listening.patterns import JOINED, Tree
from tasks.contracts import patterns


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every expression that is tried."""
    tried: list[str] = []
    real = patterns.found

    def found(pattern: str, text: str) -> bool:
        tried.append(pattern)
        return real(pattern, text)

    monkeypatch.setattr(patterns, "found", found)
    return tried


THOUSAND = [rf"\bword{n}\b" for n in range(1000)]


def test_a_thousand_expressions_cost_one_look_where_none_is_there(looks: list[str]) -> None:
    tree = Tree(THOUSAND)
    assert list(tree.found("nothing of interest")) == []
    assert len(looks) == 1


def test_one_of_a_thousand_is_found_by_going_down_one_branch(looks: list[str]) -> None:
    assert list(Tree(THOUSAND).found("that is word573")) == [573]
    assert len(looks) <= 3 * JOINED + 1


def test_all_that_are_there_are_found_in_their_order() -> None:
    assert list(Tree(THOUSAND).found("word999 word5 word16")) == [5, 16, 999]


@pytest.mark.parametrize("odd", ["(?i)LOUD", "(?x) a b # a comment", "^begin", "end$", "a|b", "(?s)x.y", "[)|(]"])
def test_joining_changes_no_expression(odd: str) -> None:
    texts = ["loud", "ab", "begin", "xx begin", "end", "end.", "b", "x\ny", "|", "word3", "none"]
    alone = [patterns.found(odd, text) for text in texts]
    tree = Tree([*THOUSAND[:20], odd, *THOUSAND[20:40]])
    assert [20 in tree.found(text) for text in texts] == alone
    assert list(tree.found("word3")) == [3]


def test_expressions_too_large_to_be_joined_are_tried_one_by_one() -> None:
    large = [rf"{n}!(?:[\w&&[^{n}]]{{1,90}})" for n in range(20)]
    with pytest.raises(ValueError, match="size limit"):
        patterns.check("|".join(large))
    assert list(Tree(large).found("see 7!abc")) == [7]


def test_no_expressions_find_nothing() -> None:
    assert list(Tree([]).found("x")) == []
