"""Lets items go when the transaction that decided them is on the disk.

A commit waits for the disk, and the event loop with it: some milliseconds on a busy one. So the pages that end within a moment share
one, and their lines are written after it; what a killed run had not committed is decided again by the next, and was never written.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter

from newscrawl.crawl.outcomes import Delivery
from newscrawl.items import Article

if TYPE_CHECKING:
    from newscrawl.spiders.news import NewsSpider

MOMENT = 0.1
"""Seconds for which an item may be held back."""


def _mark(item: Any) -> str:
    """What tells one article's version from all others: a spider middleware may have copied the article, or made a dict of it."""
    adapter = ItemAdapter(item) if ItemAdapter.is_item(item) else {}
    return f"{adapter.get('id')}/{adapter.get('version')}"


class CommitQueue:
    """One run's items and requests on their way from the sites' crawls to the engine."""

    def __init__(self, spider: NewsSpider) -> None:
        self._spider = spider
        self._held: list[Delivery] = []
        self._due: asyncio.TimerHandle | None = None
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        """Requests, deliveries, and None for each site whose crawl is over."""
        self._under_way: dict[str, list[Delivery]] = {}  # two sites may have one article

    def sent(self, delivery: Delivery) -> Article:
        """The article, on its way through the spider's middlewares and the item pipelines; :meth:`claim` gives its delivery back."""
        article: Article = delivery.item
        self._under_way.setdefault(_mark(article), []).append(delivery)
        return article

    def claim(self, item: Any) -> Delivery | None:
        """The delivery of an article that has come to the item pipelines; None for an item that is the user's own."""
        mark = _mark(item)
        found = self._under_way.get(mark)
        if not found:
            return None
        delivery = found.pop(0)
        if not found:
            del self._under_way[mark]
        return delivery

    def hold(self, deliveries: list[Delivery]) -> None:
        """Takes items whose transaction is still open."""
        self._held += deliveries
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(MOMENT, self.flush)

    def flush(self) -> None:
        """Commits every site's state and lets go what was held back; when that fails, the items stay undecided and unwritten."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        held, self._held = self._held, []
        with self._spider.guarding_state():
            for store in self._spider.stores.values():
                store.commit()
            for delivery in held:
                self.queue.put_nowait(delivery)

    def rest(self) -> list[Delivery]:
        """What nobody will fetch from the queue any more, because the run was stopped."""
        self.flush()
        found = []
        while not self.queue.empty():
            one = self.queue.get_nowait()
            if isinstance(one, Delivery):
                found.append(one)
        return found
