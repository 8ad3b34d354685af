"""Scrapy's HTTP/1.1 handler with what it lacks: a bound on headers, and an end within seconds when the run is stopped.

Scrapy bounds bodies only; endless headers take memory until the time limit (OPERATION §0.8: 390 MB in ten seconds). When a run
is stopped it waits for every answer under way and for every request that the pace holds back, which can take minutes.
"""
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)

from newscrawl.download.failures import Refused
from newscrawl.rejections import LimitReached

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.interfaces import IAddress

HEADER_BYTES = 256 * 1024
"""Of one answer, the informational ones (103) before it included."""
GRACE = 6.0
"""Seconds for which answers under way are waited for when the run is stopped."""

stopping = object()
"""Signal (Scrapy's kind): the run was asked to stop, and what was not sent yet shall not be."""


class EndlessHeaders(Exception):
    """An answer whose headers exceed :data:`HEADER_BYTES`."""


class HttpDownloadHandler(HTTP11DownloadHandler):
    """Downloads over http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory
        self._under_way: set[asyncio.Task[Response]] = set()
        self._stopped = False
        crawler.signals.connect(self.stop, stopping)

    async def download_request(self, request: Request) -> Response:
        """The response. Raises :class:`Refused` once the run is stopped."""
        if self._stopped:
            raise _stopped()
        task = asyncio.ensure_future(super().download_request(request))
        self._under_way.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            raise _stopped() from None
        finally:
            self._under_way.discard(task)

    def stop(self) -> None:
        """Refuses what the pace holds back and, after :data:`GRACE`, ends what is under way."""
        self._stopped = True
        engine = self._crawler.engine
        for slot in list(engine.downloader.slots.values()) if engine else []:
            while slot.queue:
                slot.queue.popleft()[1].errback(_stopped())
        asyncio.get_running_loop().call_later(GRACE, self._cut)

    def _cut(self) -> None:
        for task in list(self._under_way):
            task.cancel()


def _stopped() -> Refused:
    return Refused(LimitReached, "the run was stopped")


class _BoundedParser(_LenientHTTPClientParser):
    """Counts the bytes of header lines. Its one attribute has its default in the class, because Scrapy's protocol makes the
    parser and only its class can be exchanged."""

    _bytes = 0

    def lineReceived(self, line: bytes) -> None:
        self._bytes += len(line) + 2
        if self._bytes > HEADER_BYTES:
            raise EndlessHeaders(f"headers of more than {HEADER_BYTES} bytes")
        super().lineReceived(line)


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        assert self._parser is not None
        self._parser.__class__ = _BoundedParser
        return answer


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
