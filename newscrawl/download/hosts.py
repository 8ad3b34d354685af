"""Keeps the pace at which each host is asked, rests when one asks for it, and leaves alone one that fails again and again.

A host is scheme, name and port (``urls.origin``). Each has its own queue: nothing here ever holds back another host. What a host
taught (until when it wants to rest, how much slower than its site file says) is remembered under the kind ``host`` of a site's
notes and honoured by the next run. Durations are measured on the monotonic clock; the wall clock only serves the notes and
Retry-After dates, and a clock that jumped never makes a rest longer than :data:`REST_MAX`. It is our own because Scrapy's delays
(also AutoThrottle's) know neither Retry-After nor robots.txt's Crawl-delay, and forget what a host taught when the run ends.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from newscrawl.download.failures import Refused
from newscrawl.download.host import REST_MAX, SLOWEST, Host, Turn, retry_after
from newscrawl.rejections import (
    BadResponse,
    ConnectionFailed,
    HostLeftAlone,
    LimitReached,
    Rejection,
    Timeout,
    TlsError,
    TooLarge,
)
from newscrawl.sites.registry import Pace, Site
from newscrawl.urls import origin

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newscrawl.items import Notes

FAILURES_MAX = 5
"""After so many failures in a row a host is left alone for the run (as by Nutch's ``fetcher.max.exceptions.per.queue``)."""
PATIENCE = 300.0
"""A run without a bound of its own waits so many seconds for a host; what would take longer is put off to the next run."""
BACK_OFF_MAX = 300.0
"""A rest that a host did not ask for itself takes so many seconds at most."""
SLOW_MAX = 60.0
"""A host is slowed to one request in so many seconds at most, unless its site file or robots.txt says more."""
_RECOVERY = 0.9
"""Each good answer lowers the factor by which a host was slowed to this share of it."""
_JITTER = 0.25
_EVENTS_MAX = 1000


class Hosts:
    """Paces the hosts of one run: ``turn`` is called before each request, ``answered`` or ``failed`` after it.

    ``seconds_left`` says how long the run may still take, None when nothing bounds it; ``delay`` takes the place of all site files'
    delays; without ``paced`` nothing waits and nothing counts (replays). ``clock``, ``wall``, ``sleep`` and ``draw`` are for tests.
    """

    def __init__(
        self,
        *,
        paced: bool = True,
        delay: float | None = None,
        seconds_left: Callable[[], float | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.events: list[dict[str, Any]] = []
        """What the report tells, in order: host, kind (``backoff``, ``retry_after``, ``host_left_alone``), status, seconds, until, at, why."""
        self.seconds_left = seconds_left
        self._paced = paced
        self._delay = delay
        self._clock, self._wall, self._sleep, self._draw = clock, wall, sleep, draw
        self._hosts: dict[str, Host] = {}
        self._sequence = count()
        self._stopped: str | None = None
        self._told = 0

    @classmethod
    def from_settings(
        cls,
        settings: BaseSettings,
        seconds_left: Callable[[], float | None] = lambda: None,
        wall: Callable[[], float] = time.time,
        *,
        paced: bool = True,
    ) -> Hosts:
        """Makes them from the settings: a ``DOWNLOAD_DELAY`` on the command line takes the place of the site files' delays."""
        named = (settings.getpriority("DOWNLOAD_DELAY") or 0) >= 40  # Scrapy's SETTINGS_PRIORITIES["cmdline"]
        delay = settings.getfloat("DOWNLOAD_DELAY") if named else None
        return cls(paced=paced, delay=delay, seconds_left=seconds_left, wall=wall)

    async def turn(self, url: str, site: Site | None = None, notes: Notes | None = None, priority: int = 0) -> Turn:
        """Waits until the URL's host may be asked; of the waiting, higher priorities go first.

        Raises :class:`Refused`: ``host_left_alone`` when the host is left alone, also while waiting, ``limit`` when the run was stopped.
        """
        if self._stopped is not None:
            raise Refused(LimitReached, self._stopped)
        if not self._paced:
            return Turn(None, self._clock())
        host = self._known(url, notes)
        self._set_pace(host, site.pace if site is not None else Pace())
        if host.why_left is not None:
            raise Refused(HostLeftAlone, host.why_left)
        if not host.waiting and host.active < host.concurrency and self._rest(host) <= 0:
            return self._grant(host)
        future: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        heapq.heappush(host.waiting, (-priority, next(self._sequence), future))
        self._serve(host)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._release(future.result())
            raise

    def answered(self, turn: Turn, status: int, headers: Mapping[str, str]) -> None:
        """Takes in that an answer came; ``headers`` have lower-case names. Whatever it holds, only 429 and 5xx are failures."""
        host = turn.host
        if host is None:
            return
        if status == 429 or status >= 500:
            asked_to_rest = status in (429, 503)
            # Answers to what was under way when the host began to rest tell nothing new.
            late = asked_to_rest and turn.sent <= host.rested_at
            if asked_to_rest:
                self._back_off(host, status, retry_after(headers, self._wall()), late)
            if not late:
                self._failure(host, f"status {status}")
        else:
            host.streak = 0
            if host.factor > 1:
                host.factor = max(1.0, host.factor * _RECOVERY)
                host.remember(self._clock(), self._wall())
        self._release(turn)

    def failed(self, turn: Turn, rejected: Rejection) -> None:
        """Takes in that no answer came that could be used. Only what says that the host cannot be reached counts."""
        if turn.host is None:
            return
        if isinstance(rejected, (Timeout, ConnectionFailed, TlsError)):
            self._failure(turn.host, rejected.name)
        elif isinstance(rejected, (TooLarge, BadResponse)):
            turn.host.streak = 0
        self._release(turn)

    def left_alone(self, url: str) -> str | None:
        """Returns why the URL's host is left alone for the rest of the run; None when it is not."""
        host = self._hosts.get(origin(url))
        return host.why_left if host else None

    def put_off(self, url: str) -> bool:
        """Returns whether the URL's host was not asked at all, because in an earlier run it had asked for a rest that is not over."""
        host = self._hosts.get(origin(url))
        return host is not None and host.promised

    def resting(self, url: str) -> float:
        """Returns the seconds until the URL's host may be asked again, its ordinary pace apart; 0 means now."""
        host = self._hosts.get(origin(url))
        return max(0.0, host.rests_until - self._clock()) if host else 0.0

    def crawl_delay(self, url: str, seconds: float) -> None:
        """Keeps at least ``seconds`` between two requests to the URL's host, one at a time (robots.txt's Crawl-delay, already bounded)."""
        if self._paced:
            host = self._known(url, None)
            host.crawl_delay = seconds
            host.ready = max(host.ready, host.last + seconds)

    def waive(self, url: str) -> None:
        """Lets the next request to the URL's host go without a pause after the last; rests and a Crawl-delay that it asks for are kept."""
        host = self._hosts.get(origin(url))
        if host is not None:
            host.ready = min(host.ready, host.last + host.crawl_delay)

    def charge(self, url: str, requests: int) -> None:
        """Takes in that further requests went to the URL's host at once, for a rendered page: it rests for them, so that its delay holds on average."""
        host = self._hosts.get(origin(url))
        if host is not None and self._paced:
            seconds = min(SLOW_MAX, requests * max(host.delay, host.crawl_delay))
            host.ready = max(host.ready, self._clock()) + seconds

    def stop(self, why: str = "the run was stopped") -> None:
        """Refuses (``limit``) all that waits, and whatever comes later."""
        self._stopped = why
        for host in self._hosts.values():
            self._refuse(host, LimitReached, why)

    def new_events(self) -> list[dict[str, Any]]:
        """Returns the events since the last call."""
        new = self.events[self._told :]
        self._told = len(self.events)
        return new

    def _known(self, url: str, notes: Notes | None) -> Host:
        key = origin(url)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = Host(key)
        if notes is not None and not any(notes is one for one in host.notes):
            host.notes.append(notes)
            seconds = host.recall(notes, self._clock(), self._wall())
            if seconds > 0:
                self._put_off(host, seconds)
                host.promised = host.why_left is not None
        return host

    def _set_pace(self, host: Host, pace: Pace) -> None:
        # Two sites on one host: the slower of the two.
        host.delay = self._delay if self._delay is not None else max(host.delay, pace.delay)
        host.concurrency = min(host.concurrency, pace.concurrency)
        if host.crawl_delay:
            host.concurrency = 1

    def _rest(self, host: Host) -> float:
        return max(host.ready, host.rests_until) - self._clock()

    def _grant(self, host: Host) -> Turn:
        now = self._clock()
        host.active += 1
        host.last = now
        base = max(host.delay, host.crawl_delay)
        gap = max(base, min(base * host.factor, SLOW_MAX))
        host.ready = now + max(host.crawl_delay, gap * self._draw(1 - _JITTER, 1 + _JITTER))
        return Turn(host, now)

    def _release(self, turn: Turn) -> None:
        if turn.host is not None:
            turn.host.active -= 1
            self._serve(turn.host)

    def _serve(self, host: Host) -> None:
        """Gives turns to the waiting as far as the pace allows now, and sees that the next is given when it does."""
        while host.waiting:
            future = host.waiting[0][2]
            if future.done():
                heapq.heappop(host.waiting)
            elif host.active >= host.concurrency:
                return
            elif self._rest(host) > 0:
                if host.timer is None:
                    host.timer = asyncio.ensure_future(self._later(host))
                return
            else:
                heapq.heappop(host.waiting)
                future.set_result(self._grant(host))

    async def _later(self, host: Host) -> None:
        while (rest := self._rest(host)) > 0:
            await self._sleep(rest)
        host.timer = None
        self._serve(host)

    def _back_off(self, host: Host, status: int, asked: float | None, late: bool) -> None:
        if asked is None and late:
            return
        if asked is not None:
            seconds, kind = min(asked, REST_MAX), "retry_after"
        else:
            seconds, kind = (
                min(max(host.delay, 1.0) * host.factor * self._draw(1 - _JITTER, 1 + _JITTER), BACK_OFF_MAX),
                "backoff",
            )
        if not late:
            host.factor = min(host.factor * 2, SLOWEST)
        now = self._clock()
        if now + seconds <= host.rests_until:
            return
        host.rested_at, host.rests_until = now, now + seconds
        self._event(host, kind, status, seconds, "wants to rest" if asked is not None else "is given a rest")
        host.remember(self._clock(), self._wall())
        self._put_off(host, seconds)

    def _put_off(self, host: Host, seconds: float) -> None:
        """Leaves the host alone when its rest is longer than the run, or than is worth waiting for."""
        left = self.seconds_left()
        if seconds > (PATIENCE if left is None else left):
            until = datetime.fromtimestamp(self._wall() + seconds, UTC).isoformat(timespec="seconds")
            self._leave(host, f"nothing is to be asked until {until}, which is put off to a later run", seconds)

    def _failure(self, host: Host, what: str) -> None:
        host.streak += 1
        if host.streak >= FAILURES_MAX:
            self._leave(host, f"{host.streak} failures in a row, the last: {what}")

    def _leave(self, host: Host, why: str, seconds: float | None = None) -> None:
        if host.why_left is None:
            host.why_left = why
            self._event(host, "host_left_alone", None, seconds, f"is left alone: {why}")
            self._refuse(host, HostLeftAlone, why)

    def _refuse(self, host: Host, kind: type[Rejection], why: str) -> None:
        waiting, host.waiting = host.waiting, []
        for _, _, future in waiting:
            if not future.done():
                future.set_exception(Refused(kind, why))
        if host.timer is not None:
            host.timer.cancel()
            host.timer = None

    def _event(self, host: Host, kind: str, status: int | None, seconds: float | None, why: str) -> None:
        now = self._wall()
        if len(self.events) < _EVENTS_MAX:
            self.events.append(
                {
                    "host": host.name,
                    "kind": kind,
                    "status": status,
                    "seconds": None if seconds is None else round(seconds, 1),
                    "until": None if seconds is None else now + seconds,
                    "at": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
                    "why": why,
                }
            )
