"""The add-on ``newscrawl.Addon``: brings newscrawl's spiders into a Scrapy project.

::

    ADDONS = {"newscrawl.Addon": 500}

It installs middlewares, extensions, download handlers, feed storage and defaults for the crawlers of newscrawl's spiders (instances of
:class:`newscrawl.spiders.base.SiteSpider`) and for no other crawler: another spider of the project runs as Scrapy alone would run it.
A setting of the project, of a spider or of the command line wins over what is set here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from newscrawl.configuration import apply_environment
from newscrawl.crawl.run import replay_folder
from newscrawl.default_settings import OWN, TABLES, VALUES
from newscrawl.monitor.log_records import PrintableRecord
from newscrawl.spiders.base import SiteSpider

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

SPIDERS = "newscrawl.spiders"
# The item pipelines are Scrapy's; what they make of an article is the line that the state waits for. Set whatever a project says (also
# Scrapy's default, where a script flattens its settings into a dict): without it ArticleFeeds would write nothing.
ITEM_PROCESSOR = "newscrawl.pipelines.ItemPipelines"
REPLAY = dict.fromkeys(("http", "https"), "newscrawl.archive.replay.ReplayDownloadHandler")
_PRIORITY = "addon"


class Addon:
    """Scrapy's interface of an add-on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Addon:
        """Scrapy's constructor."""
        return cls(crawler)

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Before there is a crawler: newscrawl's own settings, and its spiders beside the project's."""
        for name, value in OWN.items():
            settings.set(name, value, _PRIORITY)
        modules = settings.getlist("SPIDER_MODULES")
        if SPIDERS not in modules:  # first: of two spiders of one name Scrapy takes the later, which is the project's
            settings.set("SPIDER_MODULES", [SPIDERS, *modules], settings.getpriority("SPIDER_MODULES") or _PRIORITY)

    def update_settings(self, settings: BaseSettings) -> None:
        """Installs what newscrawl's spiders need, for their crawlers alone."""
        for name, value in OWN.items():
            settings.set(name, value, _PRIORITY)
        apply_environment(settings)
        spider = self._crawler.spider
        if isinstance(spider, SiteSpider):  # `scrapy shell` has none as yet: it shows a page as Scrapy gets it
            install(settings, replayed=replay_folder(settings, spider.sites) is not None)


def install(settings: BaseSettings, *, replayed: bool = False) -> None:
    """Sets what newscrawl's components need where nobody has set it; ``replayed``: an archive answers in the network's place."""
    for name, value in {**OWN, **VALUES}.items():
        settings.set(name, value, _PRIORITY)
    for name, table in TABLES.items():
        _complete(settings, name, table)
    settings.set("ITEM_PROCESSOR", ITEM_PROCESSOR, settings.getpriority("ITEM_PROCESSOR") or _PRIORITY)
    if replayed:  # whatever else would answer: a replay asks nobody
        handlers = {**settings.getdict("DOWNLOAD_HANDLERS"), **REPLAY}
        settings.set("DOWNLOAD_HANDLERS", handlers, settings.getpriority("DOWNLOAD_HANDLERS") or _PRIORITY)
    logging.setLogRecordFactory(PrintableRecord)
    # Scrapy opens the root logger to all levels, so charset_normalizer builds a hundred records a detection for nobody.
    for name in ("charset_normalizer", "trafilatura", "htmldate", "py.warnings"):
        logging.getLogger(name).setLevel(logging.WARNING)


def installed(settings: BaseSettings) -> BaseSettings:
    """A copy of the settings with newscrawl's components, for a command that asks for pages without a spider of ours."""
    made = settings.copy()
    install(made, replayed=bool(settings["REPLAY_DIR"]))
    return made


def _complete(settings: BaseSettings, name: str, table: dict[str, Any]) -> None:
    """Adds to a table what it does not have; classes count as the paths that name them."""
    given = settings.getdict(name)
    known = {key if isinstance(key, str) else f"{key.__module__}.{key.__qualname__}" for key in given}
    added = {key: value for key, value in table.items() if key not in known}
    if added:
        settings.set(name, {**added, **given}, settings.getpriority(name) or _PRIORITY)
