"""The fetch policy: whether a page is asked, and whether its article is written.

A page is asked when its address may be asked, the run's bounds allow it and pages with such URLs give articles. Its article is written
when the text is likely enough to be right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newscrawl.crawl.outcomes import DAY
from newscrawl.download.guard import not_public
from newscrawl.items import Article
from newscrawl.monitor import confidence
from newscrawl.rejections import BadScheme, BlockedAddress, LimitReached, OffSite, Rejection, Unsure
from newscrawl.state.articles import timestamp
from newscrawl.state.frontier import Entry
from newscrawl.state.transitions import ArticleState
from newscrawl.urls import host, problem

if TYPE_CHECKING:
    from newscrawl.crawl.site_crawl import SiteCrawl


class FetchPolicy:
    """The fetch policy of one site's crawl."""

    def __init__(self, crawl: SiteCrawl) -> None:
        self._crawl = crawl
        self._wanted = crawl.run.limits.min_confidence

    def validators(self, entry: Entry) -> dict[str, str]:
        """Returns the request headers that ask for a changed page only. Once a day they are left out, because some servers call everything unmodified."""
        known = entry.article
        if (
            known is None
            or self._crawl.full
            or self._crawl.store.now - known.whole_at >= DAY
            or known.state is ArticleState.GONE
            or self._crawl.rendering.direct
        ):
            return {}
        return {
            name: value
            for name, value in (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified))
            if value
        }

    def refusal(self, entry: Entry) -> Rejection | None:
        """Returns why a page is never asked: because of its scheme or its address, or because it belongs to another site."""
        url, now = entry.url, self._crawl.clock.began
        trouble = problem(url)
        if trouble:
            return BadScheme(url=url, detail=trouble, fetched_at=now)
        address = self._crawl.run.guard.refused_literal(host(url))
        if address:
            return BlockedAddress(url=url, detail=not_public(host(url), address), fetched_at=now)
        site = self._crawl.site_of(entry)
        return None if site.covers(url) else OffSite(url=url, detail=f"not on {', '.join(site.hosts)}", fetched_at=now)

    def put_off(self, entry: Entry) -> tuple[Rejection, float | None] | None:
        """Returns why a page is not asked in this run, with its date where ``since`` is the reason."""
        said, now = entry.evidence.modified or entry.evidence.published, self._crawl.clock.text()
        if entry.article is None and self.too_old(said):
            return LimitReached(url=entry.url, detail=f"published {said}, before since", fetched_at=now), timestamp(
                said
            )
        why = (
            self._crawl.templates.put_off(entry.url)
            if entry.article is None and not self._crawl.site.articles
            else None
        )
        return (LimitReached(url=entry.url, detail=why, fetched_at=now), None) if why else None

    def reached_bound(self) -> str | None:
        """The bound of the run that is reached, in words."""
        given = self._crawl.spider.arguments
        if given.max_pages and self._crawl.run.asked >= given.max_pages:
            return f"max_pages={given.max_pages}"
        if given.max_minutes and self._crawl.clock.running > 60 * given.max_minutes:
            return f"max_minutes={given.max_minutes:g}"
        return None

    def doubt(self, outcome: Article | Rejection | None) -> Unsure | None:
        """Returns why an article is not written although it is one: its text is too likely to be wrong."""
        return confidence.doubt(outcome, self._wanted) if isinstance(outcome, Article) else None

    def too_old(self, date: str | None) -> bool:
        """Whether a date (ISO or of a feed) lies before ``-a since=``; what cannot be read does not."""
        since, found = self._crawl.spider.arguments.since, timestamp(date)
        return since is not None and found is not None and found < since.timestamp()
