"""Copies of pages that are made for training: furniture inside the article, the article alone, the page as text."""

from __future__ import annotations

import random

import pytest

from newscrawl.extraction.read import blocks
from newscrawl.extraction.read.tree import parse
from newscrawl.learning import augmentation
from newscrawl.learning.alignment import shares
from newscrawl.learning.samples import HELD

TEXT = [
    f"Paragraph {n}: the council voted on Tuesday to open ferry line number {n} between two harbours." for n in range(6)
]
PARAGRAPHS = "".join(f"<p class=story>{text}</p>" for text in TEXT)
FORMS = {
    "paragraphs": PARAGRAPHS,
    "breaks": "<br><br>".join(TEXT),
    "wrappers": "".join(f"<div><p>{text}</p></div>" for text in TEXT),
}
BOX = '<div class="related-box" id="r1"><h4>More stories</h4><ul><li><a href="/a">An old ferry is sold to a museum</a></li><li><a href="/b">Night bus gets a second line</a></li></ul></div>'


def surveyed(body: str):  # noqa: ANN201 - a page and what of it is text
    page = blocks.from_tree(
        parse(
            f"<body><nav><a href=/>Home and news</a></nav><article>{body}</article>{BOX}<footer>All rights reserved by us</footer></body>"
        )
    )
    return page, shares([line.text for line in page.lines], "\n".join(TEXT))


@pytest.mark.parametrize("form", FORMS)
def test_furniture_is_set_into_the_article_and_nothing_of_it_is_lost(form: str) -> None:
    for seed in range(30):
        page, held = surveyed(FORMS[form])
        tree = page.containers[0].element
        assert augmentation.nest(page, (held >= HELD).tolist(), [BOX], random.Random(seed))
        again = [line.text for line in blocks.from_tree(tree).lines]
        assert [text for text in again if text in TEXT] == TEXT
        assert again.count("More stories") > 1


def test_pieces_are_given_without_the_article() -> None:
    page, held = surveyed(PARAGRAPHS)
    pieces = augmentation.furniture(page, (held < 0.1).tolist(), random.Random(1))
    assert any("More stories" in piece for piece in pieces)
    assert not any("Paragraph" in piece for piece in pieces)


def test_names_are_kept_lost_or_borrowed() -> None:
    classes = set()
    for seed in range(60):
        page, held = surveyed(PARAGRAPHS)
        tree = page.containers[0].element
        augmentation.nest(page, (held >= HELD).tolist(), [BOX], random.Random(seed))
        classes |= {element.get("class") for element in tree.find(".//article").iter("div")}
    assert classes == {"related-box", None, "story"}


def test_a_nameless_page_keeps_its_text() -> None:
    page, _ = surveyed(PARAGRAPHS)
    tree = page.containers[0].element
    augmentation.unname(tree)
    assert not tree.xpath("//@class | //@id | //@role")
    assert [line.text for line in blocks.from_tree(tree).lines] == [line.text for line in page.lines]


def test_the_article_alone_is_the_narrowest_element_that_holds_it() -> None:
    page, held = surveyed(PARAGRAPHS)
    element = augmentation.alone(page, (held >= HELD).tolist())
    assert element is not None and element.tag == "article"


def test_as_text_a_page_has_its_shown_lines() -> None:
    page, _ = surveyed(PARAGRAPHS + "<p hidden>nobody sees this</p>")
    lines = [line for line in augmentation.as_text(page, random.Random(1)).splitlines() if line]
    assert [line for line in lines if line in TEXT] == TEXT
    assert "nobody sees this" not in lines
