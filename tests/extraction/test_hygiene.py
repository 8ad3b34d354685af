"""Text keeps its letters and loses what no reader sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.extraction.hygiene import clean, paragraphs

CASES = [
    ("  two \t words\n", "two words"),
    ("no\u00a0break\u202fthin\u2009space", "no break thin space"),
    ("\u3000\u3000全角缩进。", "全角缩进。"),
    ("Bundes\u00adkanzler", "Bundeskanzler"),
    ("zero\u200bwidth\ufeff\u2060", "zerowidth"),
    ("bidi \u202eevil\u202c \u2066x\u2069\u200e", "bidi evil x"),
    ("red \x1b[1;31malarm\x1b[0m!", "red alarm!"),
    ("\x1b]0;window title\x07text", "text"),
    ("bell\x07 and\x00 null\x7f", "bell and null"),
    ("lone \ud800 half", "lone half"),
    ("\ud83d\ude00", "😀"),
    ("e\u0301te\u0301", "été"),
    ("line\u2028separator\x85next", "line separator next"),
]
KEPT = [
    "习近平指出:“鞋子合不合脚,只有穿的人才知道。”",
    "１２３，ＡＢＣ！",
    "½ ﬁ ℃ ①",
    "می‌خواهم",
    "क्‍ष",
    "👨‍👩‍👧 ❤️",
    "„Straße“ — naïve…",
    "한국어 테스트",
    "שלום, עולם",
    "a < b & c > d",
    "C:\\path\\[x]",
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_hygiene(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_letters_stay(text: str) -> None:
    assert clean(text) == text


def test_none_is_empty() -> None:
    assert (clean(None), paragraphs(None), paragraphs([])) == ("", "", "")


@pytest.mark.parametrize(
    "body",
    [
        "one\n\n\n two \n\u3000\nthree",
        ["one", " ", "two", "\u200b", "three"],
        "one\r\ntwo\u2029three",
        ["one\ntwo", "three\n"],
    ],
)
def test_paragraphs_are_divided_by_one_blank_line(body: str | list[str]) -> None:
    assert paragraphs(body) == "one\n\ntwo\n\nthree"


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_comes_out_writable_and_stable(text: str) -> None:
    once = paragraphs(text)
    once.encode("utf-8")
    assert paragraphs(once) == once
    assert not [c for c in once if c < " " and c != "\n" or "\x7f" <= c < "\xa0"]


def test_the_seeds_texts_stay_equal(seeds: Path) -> None:
    for path in sorted((seeds / "pages").glob("*.json")):
        expected = json.loads(path.read_text(encoding="utf-8"))["paragraphs"]
        assert paragraphs(expected) == "\n\n".join(expected)
