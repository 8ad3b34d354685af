"""The crawl of one site: its entry points first, then each page whose turn it is, at the pace of the page's host.

Discovery ends before the first article is asked for, so that all that feeds, sitemaps and sections say of an article travels
with it, and which URLs have an outcome of their own is known when one redirects to another.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from scrapy import Request

from newscrawl.archive.notes import ARTICLE
from newscrawl.archive.recorder import ARCHIVED, EVIDENCE, REQUESTED, ROLE
from newscrawl.crawl.entry_points import EntryPoints
from newscrawl.crawl.fetch_policy import FetchPolicy
from newscrawl.crawl.marks import CRAWL, PAGE, SITE
from newscrawl.crawl.outcomes import Delivery, Outcomes, PageResult
from newscrawl.crawl.render_policy import SiteRendering
from newscrawl.crawl.reorder_buffer import ReorderBuffer
from newscrawl.discover.templates import Templates, teaches
from newscrawl.download import failures
from newscrawl.download.responses import raw_page
from newscrawl.extraction.pool import PoolClosed
from newscrawl.items import Article, Candidate
from newscrawl.rejections import Duplicate, ExtractCrash, HostLeftAlone, HttpStatus, LimitReached, Rejection, Timeout
from newscrawl.sites.registry import Site, bare, for_host
from newscrawl.state.articles import timestamp
from newscrawl.state.discovery_evidence import Place
from newscrawl.state.frontier import Entry, Registration
from newscrawl.state.store import Store
from newscrawl.state.transitions import Priority
from newscrawl.urls import host, origin

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from newscrawl.crawl.run import Run
    from newscrawl.spiders.news import NewsSpider

IN_WORK = 32
"""So many pages of one site are under way at most, over all its hosts."""
ASKED_TOGETHER = (Priority.CANDIDATE, Priority.RECHECK, Priority.RETRY)
"""Priorities whose pages are asked beside one another, in their order."""
PAUSE = 20
"""After so many pages in a row that need no request, others have their turn."""


class SiteCrawl:
    """One site in one run."""

    def __init__(self, spider: NewsSpider, run: Run, site: Site, store: Store) -> None:
        self.spider = spider
        self.run = run
        self.site = site
        self.label = site.name
        self.store = store
        self.clock = run.clock
        self.full = store.full
        self.stats = run.stats.site(self.label)
        self.outcomes = Outcomes(
            store, self.stats, run.id, run.limits.revisit, run.limits.withdraw_after, pipelines=spider.pipelines
        )
        self.frontier = self.outcomes.frontier
        self.policy = FetchPolicy(self)
        self.templates = Templates(store, self.clock)
        self.rendering = SiteRendering(self)
        self.entry_points = EntryPoints(self)
        self.reorder_buffer: ReorderBuffer[PageResult] = ReorderBuffer()
        self.reorder_buffer.ordered = run.replayed
        self._entries: dict[str, Entry] = {}
        self._hosts: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self.inherited: list[Delivery] = []
        """Articles that an earlier run had decided and that have not passed the item pipelines."""

    def wake(self) -> None:
        """Has the crawl look again for a page to ask."""
        self._changed.set()

    def register(self, candidate: Candidate, place: Place, scope: str = "") -> bool:
        """Keeps what discovery found, once an identity. True when it was unknown in all runs until now."""
        found = self.frontier.register(candidate, place, scope)
        self.stats.add("listed")
        if found is Registration.NEW or (found is Registration.ASK_AGAIN and self.full):
            self.stats.add("candidates")
        return found is Registration.NEW

    def unfinished(self) -> int:
        """Returns how many candidates have their turn and have not ended."""
        return self.frontier.unasked() + len(self._entries)

    def under_way(self, key: str) -> Entry | None:
        """The page with that key while it is being asked for."""
        return self._entries.get(key)

    def site_of(self, entry: Entry) -> Site:
        """Returns the site whose rules hold for a page: this one, or that of an original which a repost names."""
        if not entry.scope:
            return self.site
        return for_host(host(entry.url), self.run.settings["NEWSCRAWL_SITES"]) or bare(entry.url)

    async def work(self) -> AsyncIterator[Request | Delivery]:
        """Asks the entry points and the pages, and tells at the end what the looks at known articles have shown."""
        for delivery in self.outcomes.quarantine(self.clock.text()):
            yield delivery
        for request in self.entry_points.requests():
            yield request
        await self.entry_points.finished.wait()
        if self.run.stopping:
            return
        since = self.spider.arguments.since
        self.frontier.unpark(since.timestamp() if since else None)
        self.frontier.recheck_due()
        self.store.commit()
        async for one in self._pages():
            yield one
        controls = self.outcomes.articles.controls(self.outcomes.removals.controls())
        if controls and not self.run.stopping and not self.policy.reached_bound():
            for key in controls:
                self.frontier.look_again(key)
            async for one in self._pages():
                yield one
        for delivery in self.outcomes.gone():
            yield delivery

    async def _pages(self) -> AsyncIterator[Request | Delivery]:
        """Hands out pages until none is left and the last one has ended."""
        unasked = 0
        while not self.run.stopping:
            bound = self.policy.reached_bound()
            if bound and not self._entries:
                async for delivery in self._leave_all(LimitReached, bound, None):
                    yield delivery
                return
            entry = None if bound else self._next()
            if entry is not None:
                request = self._begin(entry)
                if request is not None:
                    yield request
                elif (unasked := unasked + 1) % PAUSE == 0:
                    await asyncio.sleep(0)
                continue
            async for delivery in self._leave_dead_hosts():
                yield delivery
            if not self._entries and not bound and not self.frontier.unasked():
                return
            self._changed.clear()
            await self._pause(None if self._entries else 1.0)

    async def _pause(self, most: float | None) -> None:
        """Until a page has ended, or a resting host may be asked again."""
        rests = [rest for name in self.frontier.hosts if (rest := self.run.hosts.resting(name)) > 0]
        waits = [*rests, *([most] if most else [])]
        try:
            await asyncio.wait_for(self._changed.wait(), timeout=max(0.02, min(waits)) if waits else None)
        except TimeoutError:
            return

    def _next(self) -> Entry | None:
        if len(self._entries) >= IN_WORK or self.run.crowded:
            return None
        if self.reorder_buffer.ordered:
            first = (self.frontier.take_from_any_host(priority) for priority in ASKED_TOGETHER)
            return next((entry for entry in first if entry), None) or (
                self.frontier.take_from_any_host(Priority.ALONE) if not self._entries else None
            )
        for priority in ASKED_TOGETHER:
            for name in sorted(self.frontier.hosts, key=lambda name: self._hosts[name]):
                # One more than may be asked at once: the next is ready when the pace allows it.
                if (
                    self._hosts[name] > self.site.pace.concurrency
                    or self.run.hosts.left_alone(name)
                    or self.run.hosts.resting(name) > 0
                ):
                    continue
                entry = self.frontier.take(name, priority)
                if entry is not None:
                    return entry
        if self._entries:
            return None  # pages with which a run died come last, and one at a time
        alone = (
            self.frontier.take(name, Priority.ALONE)
            for name in sorted(self.frontier.hosts)
            if not self.run.hosts.left_alone(name)
        )
        return next((entry for entry in alone if entry), None)

    def _begin(self, entry: Entry) -> Request | None:
        """Returns the request for a page, or the end of one that needs none."""
        self._entries[entry.key] = entry
        self._hosts[origin(entry.url)] += 1
        refusal = self.policy.refusal(entry)
        if refusal is not None:
            self.reorder_buffer.expect(entry.key)
            self._settle(entry, PageResult(refusal))
            return None
        left = self.policy.put_off(entry)
        if left is not None:
            self.spider.commit_queue.hold(self.outcomes.leave(entry, left[0], parked=left[1]))
            self._forget(entry)
            return None
        self.reorder_buffer.expect(entry.key)
        self.run.asked += 1
        meta = {
            CRAWL: self.label,
            SITE: self.site_of(entry),
            PAGE: entry.key,
            ROLE: ARTICLE,
            REQUESTED: entry.url,
            EVIDENCE: entry.evidence,
        }
        return Request(
            entry.url,
            callback=self.parse_article,
            errback=self.failed_article,
            meta=meta,
            dont_filter=True,
            headers=self.policy.validators(entry),
        )

    async def _leave_dead_hosts(self) -> AsyncIterator[Delivery]:
        for name in list(self.frontier.hosts):
            why = self.run.hosts.left_alone(name)
            if why and not self._hosts[name]:
                async for delivery in self._leave_all(HostLeftAlone, why, name):
                    yield delivery

    async def _leave_all(self, kind: type[Rejection], why: str, only: str | None) -> AsyncIterator[Delivery]:
        """Leaves everything over, of one host or of all."""
        while (found := self.outcomes.leave_many(kind, why, self.clock.began, only)) is not None:
            for delivery in found:
                yield delivery
            await asyncio.sleep(0)
        if only:
            self.frontier.hosts.discard(only)

    async def parse_article(self, response: Response) -> None:
        """Decides on the page's record, or why it has none."""
        entry = self._entries[response.meta[PAGE]]
        try:
            await self._parse(entry, response)
        except Exception:
            self._forget(
                entry
            )  # an error of the program costs the page its turn, and the run its health; the page must not wait for ever
            raise

    async def _parse(self, entry: Entry, response: Response) -> None:
        self.stats.add("fetched")
        page = raw_page(response, entry.url, entry.evidence, self.clock.text())
        result = PageResult(
            None,
            page.headers,
            redirected=bool(response.meta.get("redirect_urls")),
            archived=response.meta.get(ARCHIVED),
        )
        if response.status != 200:
            if response.status != 304 or entry.article is None:
                result.outcome = HttpStatus(url=entry.url, status=response.status, fetched_at=page.fetched_at)
                result.transient = failures.transient(None, result.outcome)
        else:
            try:
                result.outcome = await self.rendering.article(page, response, result)
            except PoolClosed:
                return
            if self.run.stopping and isinstance(result.outcome, ExtractCrash):
                return
            self._judge(entry, result)
        self._settle(entry, result)

    def _judge(self, entry: Entry, result: PageResult) -> None:
        """Keeps what the verdict teaches of the URL's pattern, and applies the run's bounds to the date and the text that only the page had."""
        result.outcome = self.policy.doubt(result.outcome) or result.outcome
        result.lesson = teaches(result.outcome)
        if isinstance(result.outcome, Rejection):
            result.outcome.url = entry.url
            result.transient = result.transient or failures.transient(None, result.outcome)
        elif result.outcome is not None and entry.article is None and self.policy.too_old(result.outcome.published):
            result.parked = timestamp(result.outcome.published)
            result.outcome = LimitReached(
                url=entry.url,
                detail=f"published {result.outcome.published}, before since",
                fetched_at=result.outcome.fetched_at,
            )

    def failed_article(self, failure: Failure) -> None:
        """Why a page could not be fetched; after a time-out it is asked for once more, at the end."""
        if self.run.stopping:  # the stop's doing rather than the page's
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        entry = self._entries[request.meta[PAGE]]
        outcome = failures.rejection(entry.url, failure.value, request.url)
        outcome.fetched_at = request.meta.get("fetched_at") or self.clock.began
        if (
            isinstance(outcome, Timeout)
            and entry.priority not in (Priority.RETRY, Priority.ALONE)
            and not self.reorder_buffer.ordered
        ):
            self.frontier.retry_at_end(entry)
            self._forget(entry)
            return
        result = PageResult(
            outcome, transient=failures.transient(failure.value, outcome), archived=request.meta.get(ARCHIVED)
        )
        self._settle(entry, result)

    def _settle(self, entry: Entry, result: PageResult) -> None:
        """Ends a page's turn, once, and sends the items on their way whose turn has come."""
        for key, ready in self.reorder_buffer.put(entry.key, result):
            ended = self._entries.get(key)
            if ended is None:
                continue
            with self.run.guarding_state():
                if isinstance(ready.outcome, (LimitReached, HostLeftAlone)):  # not asked for
                    found = self.outcomes.leave(ended, ready.outcome, parked=ready.parked)
                else:
                    found = self.outcomes.settle(ended, ready)
                    self._archive_verdict(ended, ready, found)
                self._teach(ended, ready, found)
                self._forget(ended)
                for delivery in found:
                    if isinstance(delivery.item, Article):
                        self.spider.found(self, delivery.item)
                self.spider.commit_queue.hold(found)

    def _teach(self, entry: Entry, result: PageResult, found: list[Delivery]) -> None:
        if result.lesson and any(isinstance(delivery.item, Duplicate) for delivery in found):
            self.templates.repeated(entry.url)
        elif result.lesson is not None:
            self.templates.learned(entry.url, result.lesson)

    def _archive_verdict(self, entry: Entry, result: PageResult, found: list[Delivery]) -> None:
        """Writes into the run's archive what became of a page."""
        if self.run.archive is not None:
            for delivery in found:
                self.run.archive.verdict(entry.url, delivery.item, result.archived)

    def _forget(self, entry: Entry) -> None:
        if self._entries.pop(entry.key, None) is not None:
            self._hosts[origin(entry.url)] -= 1
        self._changed.set()
        self.run.ended()
