"""The candidates of a run: each is registered under its identity, handed out once, and ends once.

Kept in memory; a state on disk takes its place behind the same methods.
"""
from __future__ import annotations

import heapq
import re
from dataclasses import dataclass, field

import msgspec

from newscrawl.items import Candidate, Evidence
from newscrawl.sites.registry import Site
from newscrawl.urls import identity

Place = tuple[int, ...]
"""Where a candidate was found: number of the start, page of the list, position. Orders candidates whatever answers first."""

_DRESSED = re.compile(r"//(m|mobile|wap|amp|3g)\.|[/.=_-](amp|print|m|mobile)(?=$|[/.?&=])", re.I)
_RANK = {"feed": 0, "sitemap": 1, "section": 2}


@dataclass(slots=True)
class Entry:
    """One candidate: every spelling of its URL and all that was said of it, until it is handed out."""

    key: str
    site: Site
    place: Place
    found: list[tuple[Place, Candidate]] = field(default_factory=list)
    taken: bool = False
    ended: bool = False

    @property
    def url(self) -> str:
        """The spelling to ask for: https, no mobile, AMP or print dress, the shortest, the first found."""
        return min(self.found, key=lambda one: (not one[1].url.startswith("https:"), bool(_DRESSED.search(one[1].url)),
                                                len(one[1].url), one[0]))[1].url

    @property
    def evidence(self) -> Evidence:
        """All that was said, the feed's word before the sitemap's before the section's."""
        known = [candidate.evidence for _, candidate in sorted(
            self.found, key=lambda one: (_RANK.get(one[1].evidence.via, 3), one[0]))]
        merged = msgspec.structs.asdict(known[0])
        for other in known[1:]:
            for name, value in msgspec.structs.asdict(other).items():
                merged[name] = merged[name] or value
        return Evidence(**merged)


class Ledger:
    """Registers candidates and counts how they end."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._claimed: dict[str, str] = {}
        self._waiting: list[tuple[Place, str]] = []

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def waiting(self) -> int:
        """Candidates that were not handed out yet."""
        return len(self._waiting)

    def register(self, candidate: Candidate, place: Place, site: Site) -> Entry | None:
        """Keeps a candidate; None when its identity is known already, which then knows one more spelling."""
        key = identity(candidate.url)
        if key in self._claimed:
            return None
        entry = self._entries.get(key)
        if entry is not None:
            if not entry.taken:
                entry.found.append((place, candidate))
                if place < entry.place:
                    entry.place = place
                    heapq.heappush(self._waiting, (place, key))
            return None
        entry = self._entries[key] = Entry(key, site, place, [(place, candidate)])
        heapq.heappush(self._waiting, (place, key))
        return entry

    def take(self) -> Entry | None:
        """The next candidate in the order of their places, once."""
        while self._waiting:
            _, key = heapq.heappop(self._waiting)
            entry = self._entries[key]
            if not entry.taken:
                entry.taken = True
                return entry
        return None

    def knows(self, url: str) -> bool:
        """Whether a URL has an outcome of its own: it is a candidate, or another's redirect led there."""
        key = identity(url)
        return key in self._entries or key in self._claimed

    def claim(self, url: str, entry: Entry) -> bool:
        """Makes a redirect's target part of the candidate that led there; False when it has an outcome of its own."""
        key = identity(url)
        if key == entry.key or self._claimed.get(key) == entry.key:
            return True
        if self.knows(url):
            return False
        self._claimed[key] = entry.key
        return True

    def end(self, entry: Entry) -> bool:
        """Marks a candidate as ended; False when it had ended already."""
        first = not entry.ended
        entry.ended = True
        return first
