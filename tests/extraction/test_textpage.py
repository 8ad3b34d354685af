"""Pages saved as plain text: the rules of HTML pages decide line by line."""

from __future__ import annotations

import pytest
from furniture import LINES
from pages import HEADLINE, PROSE

import newscrawl
from newscrawl.items import Article


def saved(lang: str, mid: str = "", *, blank: str = "\n\n", below: str = "") -> str:
    """The language's article with a headline, a date line and furniture, as a browser saves it."""
    body = blank.join([*PROSE[lang][:3], *([mid] if mid else []), *PROSE[lang][3:]])
    return f"Front\nWorld\nCity\n{HEADLINE[lang]}\n2024-05-03 10:00:00\n\n{body}\n\n{below}\n"


def paragraphs(text: str) -> list[str]:
    article = newscrawl.extract_text(text)
    assert isinstance(article, Article), article
    return article.text.split("\n\n")


@pytest.mark.parametrize("blank", ("\n\n", "\n", "\n\n\n"))
@pytest.mark.parametrize("lang", PROSE)
def test_plain(lang: str, blank: str) -> None:
    assert paragraphs(saved(lang, blank=blank)) == PROSE[lang]


@pytest.mark.parametrize(("lang", "glue"), (("en", " "), ("zh", ""), ("ja", "")))
def test_wrapped_lines_join(lang: str, glue: str) -> None:
    cut = len(PROSE[lang][0]) // 2
    head, tail = PROSE[lang][0][:cut].rstrip(), PROSE[lang][0][cut:].lstrip()
    if lang == "en":
        head, _, rest = PROSE[lang][0][:cut].rpartition(" ")
        tail = rest + PROSE[lang][0][cut:]
    text = saved(lang).replace(PROSE[lang][0], f"{head}\n{tail}")
    assert paragraphs(text)[0] == head + glue + tail


GONE = 0.42
"""Share of the lines of furniture that must go from the midst of a text-only page, where nothing but their words speaks against them."""


def test_furniture_goes_and_takes_nothing_with_it() -> None:
    rows = [(lang, text) for reason in LINES for lang, text in LINES[reason] if "<" not in text]
    left, lost = [], []
    for lang, text in rows:
        found = paragraphs(saved(lang, text))
        if found != PROSE[lang]:
            (lost if set(PROSE[lang]) - set(found) else left).append(text)
    assert 1 - len(left) / len(rows) >= GONE, left
    assert lost == []


@pytest.mark.parametrize(
    ("lang", "text"),
    (
        ("en", "Subscribe to the theory that prices always return to their mean and you will be disappointed."),
        ("en", "Comments by the minister drew criticism."),
        ("en", "By Sunday evening 214 people had registered."),
        ("en", "It rained."),
        ("zh", "下载量突破一亿。"),
        ("zh", "编辑说，这本书已经重印三次。"),
        ("de", "Anzeige wurde gegen unbekannt erstattet."),
        ("fr", "Lire aussi entre les lignes, tel est son conseil."),
    ),
)
def test_sentences_stay(lang: str, text: str) -> None:
    assert paragraphs(saved(lang, text)) == [*PROSE[lang][:3], text, *PROSE[lang][3:]]


def test_headline_and_list_below() -> None:
    below = (
        "相关阅读\n老渡轮卖给博物馆\n2天前\n港区维修关闭至六月\n3天前\n夜班车增开第二条线\n5天前\n沪ICP备12345678号-1"
    )
    article = newscrawl.extract_text(saved("zh", below=below))
    assert isinstance(article, Article)
    assert (article.title, article.text.split("\n\n")) == (HEADLINE["zh"], PROSE["zh"])
