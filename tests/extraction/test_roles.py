"""By-lines, captions and headlines by their words, and the lines that only begin like them."""

from __future__ import annotations

import pytest

from newscrawl.extraction.fields.roles import is_byline, is_caption, line_is_title
from newscrawl.extraction.page import Line


def line(text: str, tag: str = "p") -> Line:
    return Line(text=text, index=0, tag=tag)


@pytest.mark.parametrize(
    "text",
    (
        "By Anna Berg",
        "By Anna Berg, Example Press",
        "Von Max Mustermann",
        "Por Ana García",
        "作者：张三",
        "来源：例子日报 2024-05-03 10:00",
        "2024-05-03 10:00:00 来源：例子日报",
        "编辑：张三",
        "Published May 3, 2024",
        "Updated 3 May 2024, 10:00 GMT",
        "发布时间：2024-05-03",
        "Stand: 03.05.2024, 10:00 Uhr",
        "来源：例子日报。",
    ),
)
def test_bylines(text: str) -> None:
    assert is_byline(line(text))


@pytest.mark.parametrize(
    "text",
    (
        "By Sunday evening 214 people had registered.",
        "By 2030 the harbour will be closed.",
        "Published in 1911, the book is still read.",
        "Updated rules are expected in May.",
        "Stand der Dinge: Es regnet.",
        "编辑：这个职业正在消失。",
        "来源国要求尽快归还文物。",
        "Par peur, il se tut.",
        "¿Por qué?",
        "On May 12, 2024 the ship sank.",
        "编辑说，这本书已经重印三次。",
    ),
)
def test_no_bylines(text: str) -> None:
    assert not is_byline(line(text))


@pytest.mark.parametrize(
    "text",
    (
        "Photo: Anna Berg / Example Press",
        "图为渡轮驶离港口。新华社记者 张三 摄",
        "资料图",
        "A ferry leaves. Anna Berg/Getty Images",
    ),
)
def test_captions(text: str) -> None:
    assert is_caption(line(text))


@pytest.mark.parametrize(
    "text",
    (
        "He was photographed by Getty Images for a year.",
        "Photo-finish in Oslo.",
        "图书馆里座无虚席。",
        "Picture by picture, the film fell apart, and " + "nobody saw it. " * 30,
    ),
)
def test_no_captions(text: str) -> None:
    assert not is_caption(line(text))


def test_the_headline_is_known_with_the_sites_name_and_cut_short_as_a_heading() -> None:
    titles = ["thecouncilapprovestheferry"]
    assert line_is_title(line("The council approves the ferry", "h1"), titles)
    assert line_is_title(line("The council approves the ferry | Example"), titles)
    assert line_is_title(line("The council approves", "h2"), titles)
    assert not line_is_title(line("The council approves"), titles)
    assert not line_is_title(line("The council approves the ferry, and the mayor is content with it"), titles)
