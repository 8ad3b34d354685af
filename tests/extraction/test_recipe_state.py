"""Articles whose text stands in the page's JSON: embedded state or JSON-LD; only where the HTML is a shell."""

from __future__ import annotations

import json

import pytest
from pages import HEADLINE, PROSE, URL, p, page

import newscrawl
from newscrawl.items import Article

LOADING = '<div id="app"><p>Loading…</p></div>'


def shell(lang: str, head: str) -> str:
    return f"<html><head><title>{HEADLINE[lang]} - Example Press</title>{head}</head><body>{LOADING}</body></html>"


def ld(lang: str, body: str) -> str:
    thing = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": HEADLINE[lang],
        "datePublished": "2024-05-03T10:00:00Z",
        "articleBody": body,
    }
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


def next_data(lang: str, body: object) -> str:
    thing = {
        "props": {
            "pageProps": {
                "article": {
                    "title": HEADLINE[lang],
                    "content": body,
                    "publishTime": "2024-05-03 10:00:00",
                    "source": "Example Press",
                }
            }
        }
    }
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(thing)}</script>'


def paragraphs(source: str) -> list[str]:
    article = newscrawl.extract(source, URL)
    assert isinstance(article, Article), article
    return article.text.split("\n\n")


@pytest.mark.parametrize("lang", ("en", "zh", "ar"))
def test_state(lang: str) -> None:
    assert paragraphs(shell(lang, next_data(lang, "".join(map(p, PROSE[lang]))))) == PROSE[lang]


@pytest.mark.parametrize("lang", ("en", "zh"))
def test_state_as_list(lang: str) -> None:
    assert (
        paragraphs(shell(lang, next_data(lang, [{"type": "text", "content": text} for text in PROSE[lang]])))
        == PROSE[lang]
    )


@pytest.mark.parametrize("divider", ("\n", "\n\n"))
def test_json_ld_body(divider: str) -> None:
    assert paragraphs(shell("en", ld("en", divider.join(PROSE["en"])))) == PROSE["en"]


def test_furniture_inside_the_state_goes() -> None:
    body = "".join(map(p, [*PROSE["zh"], "责任编辑：张三", "未经授权不得转载。"]))
    article = newscrawl.extract(shell("zh", next_data("zh", body)), URL)
    assert isinstance(article, Article)
    assert (article.text.split("\n\n"), article.editors) == (PROSE["zh"], ["张三"])


def test_the_visible_text_wins_where_there_is_one() -> None:
    source = page("en").replace("</head>", ld("en", "A shorter text that the page declares. " * 10) + "</head>")
    assert paragraphs(source) == PROSE["en"]


def test_markup_like_text_in_json_ld_is_text() -> None:
    body = "\n".join([*PROSE["en"], "He wrote 3 < 4 and 5 > 4 on the board, and nobody objected to it."])
    assert (
        paragraphs(shell("en", ld("en", body)))[-1]
        == "He wrote 3 < 4 and 5 > 4 on the board, and nobody objected to it."
    )
