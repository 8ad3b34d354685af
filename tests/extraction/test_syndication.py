"""What a repost says of its origin: outlet, headline and address of the original, platform, machine translation."""

from __future__ import annotations

import pytest
from pages import URL, p, page, story

import newscrawl
from newscrawl.items import Article, Syndication


def found(source: str) -> Article:
    article = newscrawl.extract(source, URL)
    assert isinstance(article, Article)
    return article


def syndication(*lines: str, lang: str = "en") -> Syndication:
    article = found(page(lang, last="".join(lines)))
    assert article.text.split("\n\n") == story(lang)
    assert article.syndication is not None
    return article.syndication


def test_credited_repost() -> None:
    told = syndication(p("source / Example Press"), p("The original title / The council approves a line"))
    assert (told.source, told.original_title, told.machine_translated) == (
        "Example Press",
        "The council approves a line",
        False,
    )
    assert told.credits == ["source / Example Press", "The original title / The council approves a line"]


@pytest.mark.parametrize(
    "line",
    (
        "(Machine translated)",
        "This article was automatically translated by software.",
        "Translated by Google Translate",
    ),
)
def test_labelled_translation(line: str) -> None:
    assert syndication(p(line)).machine_translated


@pytest.mark.parametrize(
    ("line", "lang", "source"),
    (
        (
            "This article was originally published on The Riverside Review and is republished under a licence.",
            "en",
            "Riverside Review",
        ),
        ("Originally published at Riverside Review", "en", "Riverside Review"),
        ("本文转载自例子日报", "zh", "例子日报"),
        ("来源：例子日报", "zh", "例子日报"),
        ("Quelle: Beispielpresse", "de", "Beispielpresse"),
    ),
)
def test_outlet(line: str, lang: str, source: str) -> None:
    assert syndication(p(line), lang=lang).source == source


@pytest.mark.parametrize(
    "line",
    (
        "<p>Read the original article: https://other.example/2024/story-1</p>",
        '<p>This article was originally published on <a href="https://other.example/2024/story-1">The Other Example</a>.</p>',
        "<p>原文链接：https://other.example/2024/story-1</p>",
    ),
)
def test_address(line: str) -> None:
    assert syndication(line).original_url == "https://other.example/2024/story-1"


@pytest.mark.parametrize("lang", ("en", "zh", "de", "ru", "ar"))
def test_a_plain_article_is_no_repost(lang: str) -> None:
    assert found(page(lang)).syndication is None


@pytest.mark.parametrize(
    "text",
    (
        "Sources: the minister knew.",
        "Machine translation has become a weapon in the trade war.",
        "The story was first reported on Monday, and by Tuesday everyone denied it.",
    ),
)
def test_talk_of_sources_is_no_repost(text: str) -> None:
    assert found(page("en", mid=p(text))).syndication is None
