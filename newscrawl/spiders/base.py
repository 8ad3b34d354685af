"""A spider that crawls sites: it keeps its arguments, typed, and what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import Spider

from newscrawl.sites.registry import Site
from newscrawl.spiders import arguments as typed

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newscrawl.crawl.run import Run


class SiteSpider(Spider):
    """Its subclasses are newscrawl's spiders: for them, and for no other spider of a project, the add-on installs its components.

    ``Arguments`` is the struct of what may be given with ``-a``; a subclass adds its own by a subclass of the struct.
    """

    Arguments: ClassVar[type[typed.Arguments]] = typed.Arguments
    reposts: ClassVar[bool] = False
    """Whether a site stands for the file that it names for its reposts."""
    arguments: typed.Arguments
    sites: tuple[Site, ...]
    start_url: str | None
    """Where discovery begins: as given, or the front page of a site whose file names no starts."""

    def __init__(self, name: str | None = None, **given: Any) -> None:
        super().__init__(name)
        self.raw_arguments = given

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor. Raises ArgumentError for arguments that cannot be used."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.arguments = typed.read(cls.Arguments, spider.raw_arguments)
        spider.sites, spider.start_url = cls.targets(spider.arguments, crawler.settings.get("NEWSCRAWL_SITES"))
        return spider

    @classmethod
    def targets(cls, given: typed.Arguments, folder: str | None) -> tuple[tuple[Site, ...], str | None]:
        """The sites that arguments name, and the URL from which discovery begins, if it does from one. Raises ArgumentError."""
        return typed.targets(cls.name, given, folder, reposts=cls.reposts)

    def joined(self, run: Run) -> None:
        """Takes part in a run; its extension calls this before the spider opens."""

    @property
    def label(self) -> str:
        """The sites' names as the user gave them, for files and reports."""
        return str(self.arguments.site or self.sites[0].name).replace(",", "+").replace("/", "-")[:80]
