"""Articles as documents for people: what a page holds becomes no mark-up of the document, and the fields come with the text."""

from __future__ import annotations

import json

import pytest
from lxml import html as lxml_html

from newscrawl.items import Article, Image
from newscrawl.output import documents
from newscrawl.output.documents import FORMS


def made(text: str = "One.\n\nTwo.", **fields: object) -> Article:
    given = {"url": "https://news.example/1", "requested_url": "https://news.example/1", "site": "news.example"}
    return Article(**{**given, "title": "A ship", "text": text, **fields})  # type: ignore[arg-type]


def test_markdown_has_the_fields_that_are_known_before_the_text() -> None:
    article = made(
        title='A "ship": comes', authors=["Ann", "Bo"], published="2026-11-28T10:00:00+00:00", confidence=0.0
    )
    head, _, rest = documents.markdown(article).removeprefix("---\n").partition("---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    assert {name: json.loads(value) for name, value in fields.items()} == {
        "title": 'A "ship": comes',
        "url": "https://news.example/1",
        "site": "news.example",
        "authors": ["Ann", "Bo"],
        "published": "2026-11-28T10:00:00+00:00",
        "kind": "article",
        "confidence": 0.0,
    }
    assert rest == '\n# A "ship": comes\n\nOne.\n\nTwo.\n'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# no heading", r"\# no heading"),
        ("#hashtag stays", "#hashtag stays"),
        ("- no list", r"\- no list"),
        ("+ no list", r"\+ no list"),
        ("* no list", r"\* no list"),
        ("2026. A year", r"2026\. A year"),
        ("3.5 percent", "3.5 percent"),
        ("> no quotation", r"\> no quotation"),
        ("---", r"\---"),
        ("One line\n===", "One line\\\n\\==="),
        ("*no* emphasis, 3 * 4", r"\*no\* emphasis, 3 * 4"),
        ("snake_case and _no emphasis_", r"snake_case and \_no emphasis\_"),
        ("a `tick`", r"a \`tick\`"),
        ("[no](https://link.example)", r"\[no](https://link.example)"),
        ("[sic] stays", "[sic] stays"),
        ("<b>no tag</b>, 3 < 4", r"\<b>no tag\</b>, 3 < 4"),
        ("AT&amp;T and R&D", r"AT\&amp;T and R&D"),
        (r"a\*b and C:\dir", r"a\\\*b and C:\dir"),
        ("~~no~~", r"\~~no\~~"),
        ("第一段。", "第一段。"),
    ],
)
def test_what_looks_like_markdown_is_shown_as_it_is(text: str, shown: str) -> None:
    assert documents.markdown(made(text)).split("# A ship\n\n")[1] == f"{shown}\n"


def test_text_says_who_and_when() -> None:
    article = made(authors=["Ann", "Bo"], source="Agency", published="2026-11-28")
    assert documents.text(article) == "A ship\nAnn, Bo · Agency · 2026-11-28\nhttps://news.example/1\n\nOne.\n\nTwo.\n"
    assert documents.text(made(title=None)) == "https://news.example/1\n\nOne.\n\nTwo.\n"


def test_an_html_page_loads_and_runs_nothing_of_the_article() -> None:
    article = made(
        "<script>alert(1)</script>\n\nTwo & three",
        title="<b>A ship</b>",
        language="en",
        url='javascript:alert("x")',
        images=[Image(url="https://news.example/a.jpg", caption="<i>At sea</i>", credit="Ann")],
    )
    form = FORMS["html"]
    page = form.head(article) + form.article(article) + form.tail
    tree = lxml_html.fromstring(page)
    assert [part.text_content() for part in tree.iter("h1", "p", "figcaption")] == [
        "<b>A ship</b>",
        'javascript:alert("x")',
        "<script>alert(1)</script>",
        "Two & three",
        "<i>At sea</i> Ann",
    ]
    assert [link.get("href") for link in tree.iter("a")] == ["https://news.example/a.jpg"]
    assert not list(tree.iter("script", "img", "link", "iframe"))
    assert tree.get("lang") == "en" and tree.findtext(".//title") == "<b>A ship</b>"
