"""Keeps one host's queue, its pace and the rest that it wants, and remembers of that what the next run needs."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newscrawl.items import Notes

REST_MAX = 86_400.0
"""A Retry-After can ask for so many seconds at most, even where it says 'in ten years'; Media Cloud has the same limit."""
SLOWEST = 64.0
"""A host's delay grows to so many times the site file's at most."""


def host_name(key: str) -> str:
    """Returns an origin as people write it: ``www.example.org``, with its port where that is not the scheme's own."""
    return re.sub(r"^http://(.*):80$|^https://(.*):443$|^\w+://", r"\1\2", key)


@dataclass(slots=True, eq=False)
class Turn:
    """The leave to send one request; given back to :meth:`Hosts.answered` or :meth:`Hosts.failed`."""

    host: Host | None
    sent: float


@dataclass(slots=True, eq=False)
class Host:
    """What a run knows of one host. Times are the monotonic clock's."""

    key: str
    delay: float = 0.0
    crawl_delay: float = 0.0
    concurrency: int = 64
    factor: float = 1.0
    """How many times slower than its site file says: doubled by each back-off, less with each good answer."""
    active: int = 0
    last: float = -math.inf
    """The last request was sent then."""
    ready: float = -math.inf
    """The pace allows the next request then."""
    rested_at: float = -math.inf
    rests_until: float = -math.inf
    streak: int = 0
    why_left: str | None = None
    promised: bool = False
    """The host is left alone for a rest that it had asked for in an earlier run."""
    waiting: list[tuple[int, int, asyncio.Future[Turn]]] = field(default_factory=list)
    timer: asyncio.Task[None] | None = None
    notes: list[Notes] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Returns the host as people write it."""
        return host_name(self.key)

    def remember(self, clock: float, wall: float) -> None:
        """Writes the rest and the factor into the notes of the sites that ask this host; nothing to tell forgets."""
        rest = max(0.0, self.rests_until - clock)
        value = {"at": wall, "until": wall + rest, "factor": round(self.factor, 3)} if rest or self.factor > 1 else None
        for notes in self.notes:
            notes.remember("host", self.key, value)

    def recall(self, notes: Notes, clock: float, wall: float) -> float:
        """Takes up what an earlier run remembered; returns the seconds for which the host still wants to rest."""
        kept = notes.note("host", self.key)
        try:
            at, until, factor = (float(kept[name]) for name in ("at", "until", "factor"))
        except (TypeError, KeyError, ValueError):
            return 0.0
        if not all(map(math.isfinite, (at, until, factor))) or wall - at > REST_MAX:
            return 0.0  # a day later it is another host
        self.factor = max(self.factor, min(max(factor, 1.0), SLOWEST))
        # `until - at` as well: a clock that was set back must not lengthen the rest.
        seconds = min(until - wall, until - at, REST_MAX)
        if seconds > 0:
            self.rested_at, self.rests_until = clock, max(self.rests_until, clock + seconds)
        return max(0.0, seconds)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Returns the header in seconds (RFC 9110 §10.2.3), a date counted from the server's own clock; None when it is missing, past or garbage."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return min(float(value[:12]), REST_MAX) or None
    date = _http_date(value)
    if date is None:
        return None
    seconds = date - (_http_date(headers.get("date", "")) or now)
    return min(seconds, REST_MAX) if seconds > 0 else None


def _http_date(value: str) -> float | None:
    try:
        date = parsedate_to_datetime(value[:100])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
