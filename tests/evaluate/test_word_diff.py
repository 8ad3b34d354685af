"""What a person sees of a changed text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.evaluate.word_diff import marked, paragraph_diff, word_diff


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("the cat sat", "the dog sat", "the [-cat-]{+dog+} sat"),
        ("the cat sat", "the cat sat down", "the cat sat{+ down+}"),
        ("one, two", "one", "one[-, two-]"),
        ("他说天气很好", "他说天气不好", "他说天气[-很-]{+不+}好"),
        ("By John Smith", "John Smith", "[-By -]John Smith"),
        ("a b c d e f", "a x c y e f", "a [-b-]{+x+} c [-d-]{+y+} e f"),
        ("", "new", "{+new+}"),
    ],
)
def test_words_and_characters(old: str, new: str, shown: str) -> None:
    assert marked(word_diff(old, new), colour=False) == shown


def test_a_change_of_one_space_between_changed_words_is_one_change() -> None:
    assert (
        marked(word_diff("see John Smith now please", "see Jane Doe now please"), colour=False)
        == "see [-John Smith-]{+Jane Doe+} now please"
    )


def test_colours_instead_of_signs() -> None:
    assert marked(word_diff("a b", "a c"), colour=True) == "a \033[31mb\033[0m\033[32mc\033[0m"


def test_only_changed_paragraphs_with_their_numbers() -> None:
    old, new = "first\n\nsecond one\n\nthird", "first\n\nsecond two\n\nthird\n\nRead more"
    shown = [(change.number, marked(change.changes, colour=False)) for change in paragraph_diff(old, new)]
    assert shown == [(2, "second [-one-]{+two+}"), (3, "{+Read more+}")]


def test_long_unchanged_stretches_are_shortened() -> None:
    text = "word " * 100
    line = marked(word_diff(f"{text}old {text}", f"{text}new {text}"), colour=False)
    assert "[-old-]{+new+}" in line
    assert len(line) < 120


@given(st.text(alphabet="ab ,。天气\n", max_size=60), st.text(alphabet="ab ,。天气\n", max_size=60))
def test_both_texts_can_be_put_together_again(old: str, new: str) -> None:
    changes = word_diff(old, new)
    assert "".join(change.old for change in changes) == old
    assert "".join(change.new for change in changes) == new
