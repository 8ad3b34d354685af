"""By-lines, captions and page numbers among the paragraphs, and the lines that only begin like them."""
from __future__ import annotations

import pytest
from newscrawl.extract.edges import is_byline, is_caption
from newscrawl.extract.page import Line
from pages import page, paragraphs, story


def line(text: str, tag: str = "p", *, after_picture: bool = False) -> Line:
    return Line(text=text, index=0, tag=tag, after_picture=after_picture)


@pytest.mark.parametrize("text", (
    "By Anna Berg", "By Anna Berg, Example Press", "Von Max Mustermann", "Por Ana García", "作者：张三", "来源：例子日报 2024-05-03 10:00", "2024-05-03 10:00:00 来源：例子日报", "编辑：张三", "Published May 3, 2024", "Updated 3 May 2024, 10:00 GMT", "发布时间：2024-05-03", "Stand: 03.05.2024, 10:00 Uhr", "来源：例子日报。",
))
def test_bylines(text: str) -> None:
    assert is_byline(line(text))


@pytest.mark.parametrize("text", (
    "By Sunday evening 214 people had registered.", "By 2030 the harbour will be closed.", "Published in 1911, the book is still read.", "Updated rules are expected in May.", "Stand der Dinge: Es regnet.", "编辑：这个职业正在消失。", "来源国要求尽快归还文物。", "2024年5月12日，船沉了。", "Par peur, il se tut.", "¿Por qué?", "On May 12, 2024 the ship sank.", "编辑说，这本书已经重印三次。",
))
def test_no_bylines(text: str) -> None:
    assert not is_byline(line(text))


@pytest.mark.parametrize(("text", "after_picture", "caption"), (
    ("Photo: Anna Berg / Example Press", False, True), ("图为渡轮驶离港口。新华社记者 张三 摄", False, True), ("资料图", False, True), ("A ferry leaves. Anna Berg/Getty Images", False, True),
    ("Photo: that was the first word on the ransom note.", False, False), ("Photo: the harbour on the day of the vote.", True, True),
    ("Picture by picture, the film fell apart.", False, False), ("He was photographed by Getty Images for a year.", False, False), ("Photo-finish in Oslo.", False, False), ("图书馆里座无虚席。", False, False),
))
def test_captions(text: str, after_picture: bool, caption: bool) -> None:
    assert is_caption(line(text, after_picture=after_picture)) is caption


@pytest.mark.parametrize(("text", "stays"), (("1 2 3 4", False), ("<a>2</a>", False), ("10:45.", True), ("7 – 5", True), ("2013-2015", True), ("42", True)))
def test_numbers(text: str, stays: bool) -> None:
    shown = text.replace("<a>", "").replace("</a>", "")
    assert paragraphs(page("en", mid=f"<p>{text}</p>")) == story("en", mid=[shown] if stays else [])
