"""Adds to Scrapy's HTTP/1.1 handler what it lacks: a bound on headers, a bound on time that holds while a name is looked up, an eye
for answers that break HTTP, and an end within seconds when the run is stopped.

Scrapy bounds bodies only; endless headers take memory until the time limit (390 MB in ten seconds). When a run
is stopped it waits for every answer under way and for every request that the pace holds back, which can take minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import StopDownload
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.web.http_headers import InvalidHeaderName

from newscrawl.archive.recorder import EXCHANGE
from newscrawl.download.certificates import NamingPolicy
from newscrawl.download.context import FetchContext
from newscrawl.download.failures import ExcessBody, Refused
from newscrawl.download.guard import AddressGuard, GuardedReactor
from newscrawl.download.responses import stamp
from newscrawl.download.scrapy_internals import (
    HEADER,
    STATUS,
    BadResponseVersion,
    BindAddressAgent,
    IdentityTransferDecoder,
    LenientHTTP11ClientFactory,
    LenientHTTP11ClientProtocol,
    LenientHTTPClientParser,
    ParseError,
    ScrapyAgent,
    normalize_bind_address,
    wrap_twisted_exceptions,
)
from newscrawl.rejections import LimitReached

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.interfaces import IAddress
    from twisted.web.client import Agent

HEADER_BYTES = 256 * 1024
"""The headers of one answer may take so many bytes, those of informational answers (103) before it included."""
GRACE = 6.0
"""When the run is stopped, answers under way are waited for so many seconds."""

READ_AT_MOST = "read_at_most"
"""This key of ``request.meta`` tells after how many bytes an answer is cut and taken as it is; without it, an answer larger than
DOWNLOAD_MAXSIZE is refused."""
_MARGIN = 0.5
"""Scrapy's own time limit, which cleans up more, comes so many seconds first."""

stopping = object()
"""This Scrapy signal says that the run was asked to stop, and that what was not sent yet shall not be."""


class EndlessHeaders(Exception):
    """An answer has headers that exceed :data:`HEADER_BYTES`."""


class NotHttp(Exception):
    """What came is no HTTP answer."""


class HttpDownloadHandler(HTTP11DownloadHandler):
    """Downloads over http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory
        if crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
            self._contextFactory = NamingPolicy(self._contextFactory)  # type: ignore[assignment]
        self._under_way: set[asyncio.Task[Response]] = set()
        self._stopped = False
        self._seconds: float = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        context = FetchContext.of(crawler)
        self._recorder, self._now, self._guard = context.archive, context.clock, context.guard
        self._lookup_seconds: float = crawler.settings.getfloat("DNS_TIMEOUT")
        crawler.signals.connect(self.stop, stopping)
        crawler.signals.connect(self._read, signals.bytes_received)

    async def download_request(self, request: Request) -> Response:
        """Returns the response, once it is in the archive where there is one. Raises as :meth:`_respond`."""
        if self._stopped:
            raise _stopped()
        if self._recorder is not None:
            return await self._recorder.keep(request, self._respond)
        stamp(request, self._now())
        return await self._respond(request)

    async def _respond(self, request: Request) -> Response:
        """Returns the response. Raises :class:`Refused` once the run is stopped, TimeoutError when it takes too long in all."""
        if READ_AT_MOST in request.meta:
            request.meta["download_maxsize"] = 0
            request.meta["read_bytes"] = 0
        task = asyncio.ensure_future(self._fetch(request))
        self._under_way.add(task)
        try:
            # Scrapy's limit cannot end a lookup of a name: Twisted's resolver refuses to be cancelled.
            done, _ = await asyncio.wait(
                {task}, timeout=(request.meta.get("download_timeout") or self._seconds) + _MARGIN
            )
            if not done:
                raise TimeoutError(f"no whole answer of {request.url} in time")
            return task.result()
        except asyncio.CancelledError:
            raise _stopped() from None
        finally:
            task.cancel()
            self._under_way.discard(task)

    async def _fetch(self, request: Request) -> Response:
        """Fetches as Scrapy does, with an agent that keeps the heads of what goes over the wire."""
        agent = _Agent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        agent.guard, agent.lookup_seconds = self._guard, self._lookup_seconds
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))

    def _read(self, data: bytes, request: Request) -> None:
        """Cuts an answer of which the beginning is enough."""
        if READ_AT_MOST in request.meta:
            request.meta["read_bytes"] += len(data)
            if request.meta["read_bytes"] >= request.meta[READ_AT_MOST]:
                raise StopDownload(fail=False)

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


class _Agent(ScrapyAgent):
    """Connects to guarded addresses alone, and tells a recorder the request and the head of its answer as they were sent."""

    guard: AddressGuard
    lookup_seconds: float

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        if request.meta.get("proxy"):  # the user's own, which looks names up itself
            return super()._get_agent(request, timeout)
        from twisted.internet import reactor  # installed by now

        return BindAddressAgent(
            reactor=cast("Any", GuardedReactor(reactor, self.guard, self.lookup_seconds)),
            contextFactory=self._contextFactory,
            connectTimeout=timeout,
            bindAddress=normalize_bind_address(request.meta.get("bindaddress") or self._bindAddress),
            pool=self._pool,
        )

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        if EXCHANGE in request.meta:
            sent = txresponse.request
            rows = [b"%s: %s" % (name, value) for name, values in sent.headers.getAllRawHeaders() for value in values]
            target = urlunsplit(("", "", *urlsplit(request.url)[2:4], "")) or "/"
            head = b"\r\n".join([b"%s %s HTTP/1.1" % (sent.method, target.encode()), *rows, b"", b""])
            request.meta[EXCHANGE] = head, b"\r\n".join([*txresponse.head, b"", b""])
        return super()._cb_bodyready(txresponse, request)


def _stopped() -> Refused:
    return Refused(LimitReached, "the run was stopped")


class _BoundedParser(LenientHTTPClientParser):
    """Counts the bytes of header lines and names what is no HTTP. Its attributes have no place in a constructor, because Scrapy's
    protocol makes the parser and only its class can be exchanged."""

    MAX_LENGTH = HEADER_BYTES
    _bytes = 0
    _head: list[bytes]

    def lineReceived(self, line: bytes) -> None:
        self._bytes += len(line) + 2
        if self._bytes > HEADER_BYTES:
            raise EndlessHeaders(f"headers of more than {HEADER_BYTES} bytes")
        text = line.removesuffix(b"\r")
        if self.state == STATUS:
            self._head = [text]
        elif text:
            self._head.append(text)
        elif self.state == HEADER:
            self.response.head = self._head
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        raise EndlessHeaders(f"headers of more than {HEADER_BYTES} bytes")

    def statusReceived(self, status: bytes) -> None:
        try:
            super().statusReceived(status)  # type: ignore[no-untyped-call]
        except (ParseError, BadResponseVersion) as error:
            raise _no_http(status) from error

    def headerReceived(self, name: bytes, value: bytes) -> None:
        with contextlib.suppress(InvalidHeaderName):  # passed over, as Scrapy does a line without a colon
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:
        coding = (self.connHeaders.getRawHeaders(b"Transfer-Encoding") or [b"chunked"])[0].lower()
        if coding not in self._transferDecoders:
            raise NotHttp(f"Transfer-Encoding {coding[:40]!r} is not known")
        super().allHeadersReceived()  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure | None = None) -> None:
        babble = self.state == STATUS and self._buffer and not self._buffer.startswith(b"HTTP/")
        if babble and reason is not None and reason.check(ConnectionDone, ConnectionLost):  # type: ignore[no-untyped-call]
            reason = Failure(_no_http(self._buffer))  # type: ignore[no-untyped-call]
        super().connectionLost(reason)


def _no_http(head: bytes) -> NotHttp:
    return NotHttp(f"the answer is no HTTP; it begins with {head[:40]!r}")


class _CutBody:
    """Stands in for a body's decoder when the body is not what was stated."""

    def noMoreData(self) -> None:  # noqa: N802 - Twisted's name
        raise ExcessBody("the answer goes on behind its Content-Length")


class _BoundedProtocol(LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        assert self._parser is not None
        self._parser.__class__ = _BoundedParser
        return answer

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802 - Twisted's name
        parser = self._parser
        if parser is not None and rest.strip() and parser.response.code not in parser.NO_BODY_CODES:
            parser.connHeaders.setRawHeaders(b"Connection", [b"close"])  # what follows must not answer the next request
            if parser.bodyDecoder is None:
                parser.state = HEADER  # else it would take the answer as given
                raise ExcessBody("the answer goes on behind its Content-Length")
            if isinstance(parser.bodyDecoder, IdentityTransferDecoder):
                parser.bodyDecoder = _CutBody()  # type: ignore[assignment]
        super()._finishResponse(rest)


class _BoundedFactory(LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
