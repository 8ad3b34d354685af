"""newscrawl: portal and syndication pages into clean JSON lines.

The way of an article, folder by folder: ``commands`` start it, ``discover`` finds candidates, ``download`` fetches pages, ``extract`` reads
them, ``normalize`` cleans them, ``quality`` judges them, ``seen`` knows what was written, ``serialize`` writes; ``sites`` is what is known of a
site, ``spiders`` say where to go next. A notebook user needs the two functions here::

    article = newscrawl.extract(html_bytes, url="https://example.org/news/1")
    article = newscrawl.extract_text(saved_text)
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

# The folder `extract` is loaded before the function of that name is defined, which thereby keeps the name for good;
# the folder's modules are reached with `from newscrawl.extract import …`.
import newscrawl.extract  # noqa: F401
from newscrawl.items import Article, RawPage
from newscrawl.rejections import Rejection

if TYPE_CHECKING:
    from newscrawl.extract.block_model import BlockModel
    from newscrawl.sites.registry import Site

__version__ = "0.1.0"

__all__ = ["Article", "RawPage", "Rejection", "extract", "extract_text"]


def extract(
    page: RawPage | bytes | str, url: str | None = None, *, site: Site | None = None, layout: Any = None, model: BlockModel | None = None,
) -> Article | Rejection:
    """The article of an HTML page, or why it is none; see :func:`newscrawl.assembly.extract`.

    The extractor's libraries are loaded on the first call, so that commands that extract nothing start fast.
    """
    from newscrawl import assembly

    return assembly.extract(page, url, site=site, layout=layout, model=model)


def extract_text(
    page: RawPage | bytes | str, url: str | None = None, *, site: Site | None = None, model: BlockModel | None = None,
) -> Article | Rejection:
    """The article of a page saved as plain text, or why it is none; see :func:`newscrawl.assembly.extract_text`."""
    from newscrawl import assembly

    return assembly.extract_text(page, url, site=site, model=model)
