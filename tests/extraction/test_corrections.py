"""A site's file corrects the general extractor: body, drop, fields, and the layout of the day of publication."""

from __future__ import annotations

from datetime import date

import pytest
from pages import HEADLINE, PROSE, URL, p, page, story

import newscrawl
from newscrawl.items import Article, Evidence, RawPage
from newscrawl.sites.registry import Layout, Site

NOTE = "The harbour office asks all readers to take part in the survey about the ferry, which ends in June."


def text(source: str, site: Site, evidence: Evidence | None = None) -> list[str]:
    raw = RawPage(body=source.encode(), url=URL, evidence=evidence)
    article = newscrawl.extract(raw, site=site)
    assert isinstance(article, Article)
    return article.text.split("\n\n")


def site(**fields: object) -> Site:
    return Site(name="news", hosts=("news.example",), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("selector", (".note", "//div[@class='note']", "div.note > p"))
def test_drop(selector: str) -> None:
    source = page("en", mid=f'<div class="note">{p(NOTE)}</div>')
    assert text(source, site()) == story("en", mid=[NOTE])
    assert text(source, site(drop=(selector,))) == story("en")


def test_body() -> None:
    source = page("en").replace("<h1>", f"<div id='intro'>{p(NOTE)}</div><h1>")
    assert text(source, site(body=("#intro",))) == [NOTE]


def test_a_selector_without_a_match_corrects_nothing() -> None:
    assert text(page("en"), site(body=(".gone",), drop=("//nothing",), fields={"title": ".gone"})) == story("en")


def test_fields() -> None:
    source = page("en").replace("<h1>", "<b class='kicker'>City</b><h1>", 1)
    article = newscrawl.extract(source, URL, site=site(fields={"section": ".kicker", "authors": ".none"}))
    assert isinstance(article, Article)
    assert (article.section, article.origin["section"], article.title) == ("City", "layout", HEADLINE["en"])


DATED = '<meta property="article:published_time" content="{}T10:00:00Z">'


@pytest.mark.parametrize(
    ("day", "dropped"), (("2024-05-01", "now"), ("2024-04-15", "old"), ("2019-01-01", "oldest"), ("", "now"))
)
@pytest.mark.parametrize("via", ("page", "feed"))
def test_layout_of_the_day(day: str, dropped: str, via: str) -> None:
    boxes = "".join(f'<div class="{name}">{p(NOTE.replace("June", name))}</div>' for name in ("now", "old", "oldest"))
    source = page("en", mid=boxes)
    if day and via == "page":
        source = source.replace("</head>", DATED.format(day) + "</head>")
    known = site(
        drop=(".now",),
        layouts=(Layout(until=date(2024, 4, 15), drop=(".old",)), Layout(until=date(2020, 1, 1), drop=(".oldest",))),
    )
    found = text(
        source,
        known,
        Evidence(via="feed", published=f"{day}T10:00:00+00:00" if day else None) if via == "feed" else None,
    )
    assert found == story(
        "en", mid=[NOTE.replace("June", name) for name in ("now", "old", "oldest") if name != dropped]
    )


def test_a_drop_inside_the_body_element_goes() -> None:
    source = page("en", mid=f'<div class="note">{p(NOTE)}</div>')
    assert text(source, site(body=(".article-body",), drop=(".note",))) == PROSE["en"]
