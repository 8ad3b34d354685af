"""Lines of furniture in the middle and at the end of articles: they go, and nothing else."""

from __future__ import annotations

import pytest
from furniture import LINES
from pages import URL, p, page, paragraphs, story

from newscrawl.extraction import drafting
from newscrawl.extraction.read.tree import parse

GONE = {"mid": 0.34, "last": 0.97}
"""Share of the lines that must go, set between the paragraphs like one of them, and after the last. The lines are none that the model was
learned from; a single one between paragraphs, in an element like theirs, is the hardest place there is."""


@pytest.mark.parametrize("where", GONE)
def test_furniture_goes_and_takes_nothing_with_it(where: str) -> None:
    left, lost, count = [], [], 0
    for reason, rows in LINES.items():
        for lang, text in rows:
            found = paragraphs(page(lang, **{where: text if text.startswith("<h") else f"<p>{text}</p>"}))
            count += 1
            if found != story(lang):
                (lost if set(story(lang)) - set(found) else left).append((reason, text))
    assert 1 - len(left) / count >= GONE[where], left
    assert lost == []


def test_reason_is_left_on_the_block() -> None:
    rows = {
        "Share this article": "share-bar",
        "Advertisement": "advert",
        "Sign up for our newsletter": "newsletter",
        "Source: Example Press": "credit",
        "Photo: Jane Doe / Example Press": "caption",
        "All rights reserved.": "licence",
    }
    draft = drafting.read(parse(page("en", last="".join(map(p, rows)))), URL)
    assert {line.text: line.reason for line in draft.doc.blocks if line.text in rows} == rows
    assert draft.removed()["advert"] == len("Advertisement")


@pytest.mark.parametrize("name", ("related-posts", "share-bar", "newsletter-signup", "comments", "advert", "sidebar"))
def test_containers_by_name(name: str) -> None:
    box = f'<div class="{name}"><a href="/1">Old ferry sold to museum</a> <a href="/2">Harbour closed for repairs</a></div>'
    assert paragraphs(page("en", mid=box)) == story("en")
    assert paragraphs(page("en", after=box)) == story("en")


@pytest.mark.parametrize(
    "name", ("sidebar-layout", "share", "news-list", "ad-wrapper", "content-footer", "more", "widget")
)
def test_a_container_that_holds_the_article_stays_whatever_its_name(name: str) -> None:
    source = page("en").replace('class="article-body"', f'class="{name}"')
    assert paragraphs(source) == story("en")


@pytest.mark.parametrize("lang", ("en", "zh"))
def test_a_short_article_that_scripts_fade_in_is_shown(lang: str) -> None:
    """WeChat serves each article hidden; a Chinese one of 150 characters says as much as an English one of 400."""
    hidden = page(lang).replace('class="article-body"', 'class="article-body" style="visibility: hidden; opacity: 0"')
    assert "visibility: hidden" in hidden
    assert paragraphs(hidden) == story(lang)
