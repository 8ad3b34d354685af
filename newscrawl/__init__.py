"""newscrawl: portal and syndication pages into clean JSON lines.

The way of an article, folder by folder: ``commands`` start it, ``spiders`` say what to crawl and ``crawl`` runs one site, ``discover`` finds
candidates, ``download`` and ``browser`` fetch pages, ``archive`` keeps them, ``extraction`` reads and judges them, ``state`` knows what was
written, ``output`` writes, ``monitor`` watches; ``evaluate``, ``learning`` and ``explain`` say how good it is and why; ``sites`` is what is
known of a site. A notebook user needs the two functions here::

    article = newscrawl.extract(html_bytes, url="https://example.org/news/1")
    article = newscrawl.extract_text(saved_text)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newscrawl.items import Article, RawPage
from newscrawl.rejections import Rejection

if TYPE_CHECKING:
    from newscrawl.addon import Addon
    from newscrawl.extraction.body.block_model import BlockModel
    from newscrawl.sites.registry import Site

__version__ = "0.1.0"

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
    """The article of an HTML page, or why it is none; see :func:`newscrawl.extraction.pipeline.extract`.

    The extractor's libraries are loaded on the first call, so that commands that extract nothing start fast.
    """
    from newscrawl.extraction import pipeline

    return pipeline.extract(page, url, site=site, layout=layout, model=model)


def extract_text(
    page: RawPage | bytes | str,
    url: str | None = None,
    *,
    site: Site | None = None,
    model: BlockModel | None = None,
) -> Article | Rejection:
    """The article of a page saved as plain text, or why it is none; see :func:`newscrawl.extraction.pipeline.extract_text`."""
    from newscrawl.extraction import pipeline

    return pipeline.extract_text(page, url, site=site, model=model)
