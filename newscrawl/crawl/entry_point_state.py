"""What a site's state remembers of its entry points: validators, when they were read whole, and what they led to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from newscrawl.discover.dates import precise, timestamp
from newscrawl.items import Notes
from newscrawl.urls import origin

WHOLE_READ_INTERVAL = 23 * 3600.0
"""Seconds after which an entry point is asked without validators and all its pages are read: a day, less the delay that an hourly run may have."""
COMMON_PATHS_INTERVAL = 30 * 86400.0
"""Seconds after which the common paths of a site that has no feed or sitemap there are tried again."""
RECENT = 1800.0
"""Within so many seconds after the last read, a sitemap whose dates are all of this very moment may be telling the truth."""
COMMON_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/posts/default")
COMMON_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml")
MAX_FOUND = 100
"""So many entry points are remembered for one URL."""
_ENTRY, _AROUND, _TRIED = "entry", "around", "tried"


class EntryPointState:
    """What is known of one entry point. A change counts once it is saved."""

    def __init__(self, notes: EntryPointStates, url: str) -> None:
        self._notes = notes
        self.url = url
        self._value: dict[str, Any] = notes.load(url)

    @property
    def known(self) -> bool:
        """Whether it has been read in some run."""
        return bool(self._value.get("read"))

    @property
    def read(self) -> float | None:
        """When it was read last, in seconds since 1970."""
        found = self._value.get("read")
        return float(found) if found else None

    @property
    def recent(self) -> bool:
        """Whether it was read so shortly before that dates of this very moment may all be true."""
        return self.read is not None and 0 <= self._notes.now - self.read < RECENT

    @property
    def count(self) -> int:
        """How many candidates it listed then."""
        return int(self._value.get("count") or 0)

    @property
    def whole(self) -> bool:
        """Whether it has to be asked without validators and with all its pages: it is an index, or that was never done to its end, or a day ago."""
        done = self._value.get("whole")
        return (
            not done
            or bool(self._value.get("open"))
            or self._value.get("found") == "index"
            or not 0 <= self._notes.now - float(done) < WHOLE_READ_INTERVAL
        )

    @property
    def validators(self) -> dict[str, str]:
        """Request headers that ask the server to answer only if something has changed."""
        pairs = (("If-None-Match", self._value.get("etag")), ("If-Modified-Since", self._value.get("modified")))
        return {name: value for name, value in pairs if value}

    def same(self, body: bytes) -> bool:
        """Returns whether these are the bytes that were read last."""
        return self._value.get("hash") == _hash(body)

    def unchanged_in(self, lastmod: str | None) -> bool:
        """Returns whether an index's ``lastmod`` says, believably, that the sitemap is as it was when it was read."""
        if (
            not lastmod
            or lastmod != self._value.get("index")
            or self._value.get("lied")
            or self.whole
            or self.read is None
        ):
            return False
        return self._read_after(lastmod)

    def _read_after(self, lastmod: str) -> bool:
        """Returns whether the last read came after all that a ``lastmod`` stands for: a day without a time may have gone on after it."""
        changed = timestamp(lastmod)
        return (
            changed is not None
            and self.read is not None
            and changed + (60 if precise(lastmod) else 2 * 86400) < self.read
        )

    def check_lastmod(self, lastmod: str | None, unknown: bool) -> None:
        """Remembers that a sitemap listed something unknown although its index said that it had not changed."""
        if unknown and lastmod and lastmod == self._value.get("index") and self._read_after(lastmod):
            self._value["lied"] = True

    def overclaims(self, claims: int, known: int) -> bool:
        """Returns whether a sitemap claims at every read that most of its known pages have changed since the read before."""
        most = claims >= 10 and 2 * claims > known
        self._value["cries"] = min(9, int(self._value.get("cries") or 0) + 1) if most else 0
        return int(self._value["cries"]) > 1

    def keep(
        self,
        body: bytes,
        headers: dict[str, str],
        found: str,
        count: int,
        *,
        lastmod: str | None = None,
        paginating: bool = False,
        whole: bool,
    ) -> None:
        """Remembers a read. ``paginating`` says that its further pages are still to be asked, which a run that dies leaves to the next one."""
        now = self._notes.now
        self._value.update(
            read=now,
            etag=headers.get("etag"),
            modified=headers.get("last-modified"),
            hash=_hash(body),
            found=found,
            count=count,
            index=lastmod,
            open=paginating,
        )
        if whole and not paginating:
            self._value["whole"] = now
        self._save()

    def pagination_ended(self, whole: bool) -> None:
        """Remembers that the further pages have been asked to their end."""
        self._value["open"] = False
        if whole:
            self._value["whole"] = self._notes.now
        self._save()

    def _save(self) -> None:
        self._notes.save(
            self.url, {name: value for name, value in self._value.items() if value not in (None, False, 0)}
        )


class EntryPointStates:
    """The states of all entry points of one site."""

    def __init__(self, notes: Notes, clock: Callable[[], datetime]) -> None:
        self._notes = notes
        self._clock = clock

    @property
    def now(self) -> float:
        """The run's time, in seconds since 1970."""
        return self._clock().timestamp()

    def of(self, url: str) -> EntryPointState:
        """Returns the state of one entry point."""
        return EntryPointState(self, url)

    def load(self, url: str) -> dict[str, Any]:
        """Returns the fields that are kept of an entry point."""
        return dict(self._notes.note(_ENTRY, url) or {})

    def save(self, url: str, value: dict[str, Any]) -> None:
        """Keeps these fields of an entry point."""
        self._notes.remember(_ENTRY, url, value)

    def found_from(self, start: str) -> list[tuple[str, str]]:
        """Kind and URL of the entry points that earlier runs found from ``start``."""
        return [(str(kind), str(url)) for kind, url in self._notes.note(_AROUND, start) or []]

    def found(self, start: str, kind: str, url: str) -> None:
        """Remembers an entry point."""
        known = self.found_from(start)
        if (kind, url) not in known and len(known) < MAX_FOUND:
            self._notes.remember(_AROUND, start, [*map(list, known), [kind, url]])

    def lost(self, start: str, url: str) -> None:
        """Forgets an entry point that is there no longer."""
        known = self.found_from(start)
        left = [list(one) for one in known if one[1] != url]
        if len(left) < len(known):
            self._notes.remember(_AROUND, start, left)

    def common_paths(self, kind: str, url: str) -> list[str]:
        """Returns where feeds or sitemaps often are, unless the site of ``url`` was asked there within 30 days."""
        if (
            0
            <= self.now - float(self._notes.note(_TRIED, f"{kind} {origin(url)}") or -COMMON_PATHS_INTERVAL)
            < COMMON_PATHS_INTERVAL
        ):
            return []
        root = "/".join(url.split("/", 3)[:3])
        return [f"{root}{path}" for path in (COMMON_FEEDS if kind == "feed" else COMMON_SITEMAPS)]

    def tried(self, kind: str, url: str) -> None:
        """Remembers that the common paths were tried to their end."""
        self._notes.remember(_TRIED, f"{kind} {origin(url)}", self.now)


def _hash(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=12).hexdigest()
