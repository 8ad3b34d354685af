"""``<br>`` and paragraphs (DESIGN section 4): two divide; one divides only where nothing else does, else it is a space."""

from __future__ import annotations

import pytest
from pages import PROSE, page, paragraphs, story

from newscrawl.extraction.body.paragraphs import joined


def as_body(source: str, body: str) -> str:
    """The page with the body in place of its paragraphs."""
    start, end = source.index("<p>"), source.rindex("</p>") + 4
    return source[:start] + body + source[end:]


@pytest.mark.parametrize("lang", ("en", "zh", "ko"))
@pytest.mark.parametrize("divider", ("<br>", "<br><br>", "<br/>\n<br/>", "<br> &nbsp; <br><br>"))
def test_body_of_breaks(lang: str, divider: str) -> None:
    assert paragraphs(as_body(page(lang), divider.join(PROSE[lang]))) == story(lang)


@pytest.mark.parametrize(("lang", "glue"), (("en", " "), ("zh", ""), ("ja", "")))
def test_single_break_in_paragraphs_joins(lang: str, glue: str) -> None:
    one, two, *rest = PROSE[lang]
    body = f"<p>{one}<br>{two}</p>" + "".join(f"<p>{text}</p>" for text in rest)
    assert paragraphs(as_body(page(lang), body)) == [one + glue + two, *rest]


def test_single_break_beside_double_ones_joins() -> None:
    one, two, three, *rest = PROSE["en"]
    assert paragraphs(as_body(page("en"), "<br><br>".join([f"{one}<br>{two}", three, *rest]))) == [
        f"{one} {two}",
        three,
        *rest,
    ]


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    (
        ("海湾", "轮渡", "海湾轮渡"),
        ("海湾，", "轮渡", "海湾，轮渡"),
        ("海湾", "ferry", "海湾 ferry"),
        ("the", "bay", "the bay"),
        ("2024年", "5月", "2024年 5月"),
        ("“好”", "他说", "“好”他说"),
    ),
)
def test_joined(before: str, after: str, whole: str) -> None:
    assert joined(before, after) == whole
