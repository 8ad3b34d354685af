"""A site file's corrections to the general extractor: elements that are the body, that are dropped, that hold a field."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from lxml.html import HtmlElement

from newscrawl.extraction.document import Found
from newscrawl.extraction.page import Page, ancestors
from newscrawl.extraction.read.structured import Structured
from newscrawl.items import Evidence
from newscrawl.sites.registry import Layout, Site, as_xpath, day_of


@dataclass(slots=True)
class Corrections:
    """What a layout says of one page. Empty lists and dicts correct nothing."""

    body: set[HtmlElement] = field(default_factory=set)
    drop: set[HtmlElement] = field(default_factory=set)
    fields: dict[str, Found] = field(default_factory=dict)

    def mark(self, page: Page) -> None:
        """Gives the lines of dropped elements, and those outside a stated body, the reason ``layout``."""
        if not self.drop:
            return
        for line in page.lines:
            if any(box.element in self.drop for box in ancestors(line.container)):
                line.reason = "layout"


def of(
    site: Site | None, tree: HtmlElement, page: Page, facts: Structured, evidence: Evidence | None = None
) -> Corrections:
    """The corrections of the layout that was in force on the day of publication; a page without a day has the newest.

    A selector that matches nothing corrects nothing.
    """
    if site is None:
        return Corrections()
    layout: Layout = site.layout(_day(facts, evidence) if site.layouts else None)
    found = Corrections(body=_elements(layout.body, tree), drop=_elements(layout.drop, tree))
    for name, selector in layout.fields.items():
        for hit in tree.xpath(as_xpath(selector)):
            text = " ".join(hit.text_content().split()) if isinstance(hit, HtmlElement) else str(hit).strip()
            if text:
                found.fields[name] = Found(text, "layout", text)
                break
    return found


def _day(facts: Structured, evidence: Evidence | None) -> date | None:
    """The day of publication that the page's metadata, or the feed, gives; the visible date may stand in what a layout corrects."""
    page = (facts.first("article:published_time", "datepublished", "pubdate"), str(facts.prop("datePublished") or ""))
    return next((day for text in (*page, evidence and evidence.published) if (day := day_of(text or None))), None)


def _elements(selectors: tuple[str, ...], tree: HtmlElement) -> set[HtmlElement]:
    return {hit for selector in selectors for hit in tree.xpath(as_xpath(selector)) if isinstance(hit, HtmlElement)}
