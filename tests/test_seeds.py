"""The two pages that the project starts from, in each structure of ``../shared/seeds`` and as saved text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import newscrawl
from newscrawl.items import Article, RawPage

PAGES = ("portal_br_gbk", "portal_inline", "portal_ssr", "repost_blog", "repost_br")
FIELDS = ("title", "section", "source", "language", "published")
PORTAL_TEXT, REPOST_TEXT = "000_96d157e4e4bc6efd.txt", "003_feae0fc538fe458d.txt"


def expectation(seeds: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((seeds / "pages" / f"{name}.json").read_text(encoding="utf-8")))


def check(article: object, expected: dict[str, Any], fields: tuple[str, ...] = FIELDS) -> None:
    """Every field that is named comes out equal, the body to the letter, and nothing forbidden in it."""
    assert isinstance(article, Article), article
    found = {name: getattr(article, name) for name in fields if name in expected}
    assert found == {name: expected[name] for name in fields if name in expected}
    assert article.text == "\n\n".join(expected["paragraphs"])
    assert [line for line in expected["must_not"] if line in article.text] == []
    if wanted := expected.get("syndication"):
        assert article.syndication is not None
        assert {name: getattr(article.syndication, name) for name in wanted} == wanted


@pytest.mark.parametrize("name", PAGES)
def test_page(seeds: Path, name: str) -> None:
    expected = expectation(seeds, name)
    body = (seeds / "pages" / f"{name}.html").read_bytes()
    check(newscrawl.extract(RawPage(body=body, url=expected["url"])), expected)


@pytest.mark.parametrize("name", PAGES)
def test_saved_page_without_its_url(seeds: Path, name: str) -> None:
    """`scrapy extract FILE.html`: the time zone and the section come from the page or not at all."""
    expected = expectation(seeds, name)
    article = newscrawl.extract((seeds / "pages" / f"{name}.html").read_bytes())
    check(article, expected, fields=("title", "source", "language"))


def test_portal_as_text(seeds: Path) -> None:
    text = (seeds / PORTAL_TEXT).read_text(encoding="utf-8")
    check(
        newscrawl.extract_text(text, url="https://www.kankanews.com/a/2021-08-25/x.shtml"),
        expectation(seeds, "portal_ssr"),
    )


def test_repost_as_text(seeds: Path) -> None:
    """Its text has no headline of its own: the title is the credited original title."""
    expected = expectation(seeds, "repost_blog")
    expected["title"] = expected["syndication"]["original_title"]
    check(newscrawl.extract_text((seeds / REPOST_TEXT).read_text(encoding="utf-8")), expected)
