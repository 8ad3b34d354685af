"""Whole small articles in which sentences and subheadings look like page furniture: every word of them stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lookalikes import FRAGMENTS, HEADINGS, SENTENCES
from pages import PROSE, URL, h2, p, page, paragraphs, story

import newscrawl
from newscrawl.items import Article


@pytest.mark.parametrize("plain", (False, True), ids=("named", "plain"))
@pytest.mark.parametrize("lang", PROSE)
def test_plain_article(lang: str, plain: bool) -> None:
    assert paragraphs(page(lang, plain=plain)) == story(lang)


STAYS = {"sentences": 0.935, "subheadings": 0.92, "fragments": 0.95}
"""Share of the texts that look like furniture, in articles of all languages, which must stay."""


def test_sentences_that_look_like_furniture() -> None:
    """Each stands once as first, once in the middle and once as last paragraph, three to a page."""
    lost, count = [], 0
    for lang, texts in SENTENCES.items():
        for at in range(len(texts)):
            first, mid, last = (texts[(at + k) % len(texts)] for k in range(3))
            found = paragraphs(page(lang, p(first), p(mid), p(last)))
            lost += [text for text in (first, mid, last) if text not in found]
            count += 3
    assert 1 - len(lost) / count >= STAYS["sentences"], lost


@pytest.mark.parametrize(("kind", "table", "wrapped"), (("subheadings", HEADINGS, h2), ("fragments", FRAGMENTS, p)))
def test_short_texts_that_look_like_furniture(
    kind: str, table: dict[str, tuple[str, ...]], wrapped: Callable[[str], str]
) -> None:
    rows = [(lang, text) for lang, texts in table.items() for text in texts]
    lost = [text for lang, text in rows if paragraphs(page(lang, mid=wrapped(text))) != story(lang, mid=[text])]
    assert 1 - len(lost) / len(rows) >= STAYS[kind], lost


@pytest.mark.parametrize("lang", ("en", "zh", "ru"))
def test_dialogue_of_one_word_lines(lang: str) -> None:
    lines = {
        "en": ["“Yes?”", "“No.”", "“Why?”", "“Rain.”"],
        "zh": ["“谁？”", "“我。”", "“为什么？”", "“下雨。”"],
        "ru": ["— Да?", "— Нет.", "— Почему?", "— Дождь."],
    }[lang]
    assert paragraphs(page(lang, mid="".join(map(p, lines)))) == story(lang, mid=lines)


@pytest.mark.parametrize("last", ("It rained.", "Nobody came.", "The case continues.", "“Enough.”", "He was 83."))
def test_short_last_sentence(last: str) -> None:
    assert paragraphs(page("en", last=p(last))) == story("en", last=[last])


def test_text_keeps_its_promises() -> None:
    """NFC, one blank line, no control characters, no headline, by-line, caption or date; standfirst and subheading stay."""
    standfirst = "The line will open in May, after a dispute of almost six years, and cost seven million."
    body = (
        p("Cafe\u0301 owners\u00a0wel\u00adcome\u200b the\x07 plan, they said on Tuesday evening after the vote.")
        + "<p>\u3000</p>\n\n"
        + h2("What comes next")
    )
    picture = '<figure><img src="/a.jpg"><figcaption>The old harbour in May. Photo: Anna Berg</figcaption></figure>'
    source = page("en", first=body + picture).replace(
        '<div class="article-body">',
        f'<p class="standfirst">{standfirst}</p><div class="byline">By Anna Berg <time datetime="2024-05-03T10:00:00Z">3 May 2024, 10:00</time></div><div class="article-body">',
    )
    article = newscrawl.extract(source, URL)
    assert isinstance(article, Article)
    assert article.text.split("\n\n") == [
        standfirst,
        "Café owners welcome the plan, they said on Tuesday evening after the vote.",
        "What comes next",
        *PROSE["en"],
    ]
    assert (article.title, article.authors) == ("Council approves new ferry line across the bay", ["Anna Berg"])


@pytest.mark.parametrize("mark", ("\x07", "\x00", "\x1b[31m", "&#7;", "&#x1F;", "\uffff", "\x0c"))
def test_a_control_character_costs_nothing_but_itself(mark: str) -> None:
    """libxml2 lets such characters through, and trafilatura then refuses the whole page."""
    source = page("en", first='<p class="standfirst">The line will open in May.</p>').replace(
        "two thousand", f"two{mark} thousand"
    )
    assert paragraphs(source)[1:] == PROSE["en"]
