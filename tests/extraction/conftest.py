"""A page for the field finders, from a few lines of HTML."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html

from newscrawl.extraction.document import Document
from newscrawl.extraction.fields.title import find_title
from newscrawl.extraction.read import blocks, structured
from newscrawl.extraction.read.structured import Structured

FETCHED = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
Page = tuple[Document, Structured]
MakePage = Callable[..., Page]


@pytest.fixture
def page() -> MakePage:
    """``page(body, head="", url=None, lang="", body_at=..., **document fields)`` -> the document, its headline known, and its metadata."""

    def make(
        body: str,
        head: str = "",
        url: str | None = "https://news.example/world/a-story-1.html",
        lang: str = "",
        **fields: Any,
    ) -> Page:
        attribute = f' lang="{lang}"' if lang else ""
        tree = html.document_fromstring(f"<html{attribute}><head>{head}</head><body>{body}</body></html>")
        facts = structured.read(tree, url)
        doc = Document(
            url=url, tree=tree, blocks=list(blocks.from_tree(tree).lines), **{"fetched_at": FETCHED, **fields}
        )
        find_title(doc, facts)
        return doc, facts

    return make
