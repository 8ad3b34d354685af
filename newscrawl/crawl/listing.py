"""Registers what an entry point lists, a piece at a time, so that the event loop can do other work in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from newscrawl.discover.dates import timestamp
from newscrawl.discover.reading import Reading, unpacked
from newscrawl.discover.sitemaps import undated
from newscrawl.items import Candidate
from newscrawl.state.discovery_evidence import Place
from newscrawl.urls import normalise

if TYPE_CHECKING:
    from newscrawl.crawl.entry_point_state import EntryPointState
    from newscrawl.crawl.site_crawl import SiteCrawl

TAUGHT = 100
"""From so many items of a feed or news sitemap the site's URL patterns are learned."""
PAUSE = 50
"""So many candidates are registered before others have their turn."""


class Listing:
    """Registers candidates for one site."""

    def __init__(self, crawl: SiteCrawl) -> None:
        self._crawl = crawl
        self._fresh: set[str] = set()
        """Normal forms of the URLs that were unknown before this run. A list that names one brings something new, whoever named it first."""

    async def register_all(
        self, candidates: Iterable[Candidate], place: Place, seen: set[str] | None = None
    ) -> tuple[int, int]:
        """Registers candidates; returns how many were unknown before this run, and how many are not among ``seen``, which they join."""
        fresh = new = 0
        for at, candidate in enumerate(candidates):
            key = normalise(candidate.url)
            if self._crawl.register(candidate, (*place, at)) is not False:
                self._fresh.add(key)
            fresh += key in self._fresh
            if seen is not None and key not in seen:
                seen.add(key)
                new += 1
            if at % PAUSE == PAUSE - 1:
                await asyncio.sleep(0)
        return fresh, new

    async def register_list(self, found: Reading, place: Place, seen: set[str]) -> tuple[int, int]:
        """Does the same for a feed or a section page."""
        fresh = new = at = 0
        for piece in found.pieces:
            candidates = unpacked(piece)
            one, other = await self.register_all(candidates, (*place, at), seen)
            fresh, new, at = fresh + one, new + other, at + 1
            self._teach(candidates if at == 1 else [])
        fresh += await self._try_put_off(found, place)
        return fresh, new

    async def register_sitemap(self, url: str, place: Place, found: Reading, state: EntryPointState) -> bool:
        """Does the same for a sitemap, whose ``lastmod`` are believed as far as they hold up. Returns whether anything was unknown."""
        before = state.read
        claims: list[tuple[Candidate, Place]] = []
        known = number = 0
        for piece in found.pieces:
            candidates = unpacked(piece)
            for candidate in candidates:
                at, number = (*place, number), number + 1
                changed = timestamp(candidate.evidence.modified) if before else None
                claim = changed is not None and before is not None and changed > before
                bare = undated(candidate) if found.lie or claim else candidate
                if self._crawl.register(bare, at) is False:
                    known += 1
                    if claim and not found.lie:
                        claims.append((candidate, at))
                else:
                    self._fresh.add(normalise(candidate.url))
                    if claim and not found.lie:
                        self._crawl.register(candidate, at)
                if number % PAUSE == 0:
                    await asyncio.sleep(0)
            self._teach(
                [one for one in candidates if one.evidence.title or one.evidence.published]
                if number <= len(candidates)
                else []
            )
        if state.overclaims(len(claims), known):
            self._crawl.spider.logger.info(
                "sitemap %s says again that most of its pages have changed (%d of %d): it is not believed",
                url,
                len(claims),
                known,
            )
            claims = []
        for at_claim, (candidate, at) in enumerate(claims):
            self._crawl.register(candidate, at)
            if at_claim % PAUSE == PAUSE - 1:
                await asyncio.sleep(0)
        return bool(await self._try_put_off(found, place)) or known < number

    def _teach(self, candidates: list[Candidate]) -> None:
        for candidate in candidates[:TAUGHT]:
            self._crawl.templates.seen_in(candidate.url, candidate.evidence.via)

    async def _try_put_off(self, found: Reading, place: Place) -> int:
        """Registers one page a day for each URL pattern that is put off, and says how many links are left out."""
        tried = [
            one
            for _, first in found.put_off.values()
            for one in unpacked(first)
            if self._crawl.templates.retry(one.url)
        ]
        for name, (number, _) in found.put_off.items():
            self._crawl.spider.logger.info(
                "%d links like %s are left out: pages like that have been no articles", number, name
            )
        self._crawl.stats.add("links_put_off", sum(number for number, _ in found.put_off.values()))
        return (await self.register_all(tried, (*place, 1_000_000)))[0]
