"""newscrawl: portal and syndication pages into clean JSON lines.

The way of an article, folder by folder: ``commands`` start it, ``spiders`` say what to crawl and ``crawl`` runs one site, ``discover`` finds
candidates, ``download`` and ``browser`` fetch pages, ``archive`` keeps them, ``extraction`` reads and judges them, ``state`` knows what was
written, ``output`` writes, ``monitor`` watches; ``evaluate``, ``learning`` and ``explain`` say how good it is and why; ``sites`` is what is
known of a site. A notebook user needs the two functions here::

    article = newscrawl.extract(html_bytes, url="https://example.org/news/1")
    article = newscrawl.extract_text(saved_text)
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from newscrawl.items import Article, RawPage
from newscrawl.rejections import Rejection

if TYPE_CHECKING:
    from newscrawl.addon import Addon
    from newscrawl.extraction.body.block_model import BlockModel
    from newscrawl.sites.registry import Site

__version__ = "0.2.0"

__all__ = ["Addon", "Article", "RawPage", "Rejection", "extract", "extract_text"]


def __getattr__(name: str) -> Any:
    """The add-on, for Scrapy's setting ``ADDONS``: who only extracts loads nothing of Scrapy."""
    if name == "Addon":
        from newscrawl.addon import Addon

        return Addon
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def extract(
    page: RawPage | bytes | str,
    url: str | None = None,
    *,
    site: Site | None = None,
    layout: Any = None,
    model: BlockModel | None = None,
) -> Article | Rejection:
    """Extracts the article of one HTML page, or says why the page is none.

    Nothing is fetched, read from disk or written; the same page gives the same record. The first call loads the extractor's
    libraries, which takes about a second::

        import newscrawl

        with open("page.html", "rb") as file:
            found = newscrawl.extract(file.read(), url="https://news.example/2026/11/28/a-ship.html")
        if isinstance(found, newscrawl.Article):
            print(found.title, found.published, found.confidence)
            print(found.text)
            record = found.to_dict()  # plain str, int, list and dict, in the order of the JSON line
        else:
            print(found.name, found.detail)  # such as "list_page"

    :param page: the page's bytes as they were fetched, which is best, since they tell their encoding themselves; or its HTML as text;
        or a :class:`RawPage`, which has the headers and the time of the fetch as well.
    :param url: where the page was fetched. It resolves links and tells the site, and without it the page's own canonical URL counts.
        A :class:`RawPage` brings its own.
    :param site: what is known of the site: ``newscrawl.sites.registry.load("name")``.
    :param layout: reserved for a learned layout of the site; unused.
    :param model: a block model in place of the package's own, as ``newscrawl learn`` writes it:
        ``newscrawl.extraction.body.block_model.read(path)``.
    :raises TypeError: for what is no page, such as a path, a response or a tree; the message says what to pass.
    :raises ValueError: for an address in the page's place.
    """
    from newscrawl.extraction import pipeline

    _know_items()
    return pipeline.extract(page, url, site=site, layout=layout, model=model)


def extract_text(
    page: RawPage | bytes | str,
    url: str | None = None,
    *,
    site: Site | None = None,
    model: BlockModel | None = None,
) -> Article | Rejection:
    """Extracts the article of a page that was saved as plain text, or says why the page is none.

    The parameters, and what is raised, are those of :func:`extract`.
    """
    from newscrawl.extraction import pipeline

    _know_items()
    return pipeline.extract_text(page, url, site=site, model=model)


def _know_items() -> None:
    """Lets Scrapy's ``ItemAdapter`` read articles where it is loaded: in somebody's spider that yields what :func:`extract` gives."""
    if "itemadapter" in sys.modules:
        import newscrawl.output.item_adapter  # noqa: F401
