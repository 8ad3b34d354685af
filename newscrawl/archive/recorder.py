"""Hands what the download handlers fetch to the run's archive (settings ``ARCHIVE_DIR`` and ``ARCHIVE_BYTES``).

A handler asks :meth:`Recorder.of` for the run's recorder and sends its requests through :meth:`Recorder.keep`; what became of a
page is told by :meth:`Recorder.verdict`, a rendered page by :meth:`Recorder.rendered`. When the archive cannot be written the
signal :data:`archive_failed` is sent (``error``: OSError, with the file's name), and no answer goes further than to here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy import signals

from newscrawl.archive.notes import ARTICLE, ROBOTS, Note
from newscrawl.archive.warc_writer import Fetch, WarcWriter
from newscrawl.download.failures import Refused, rejection
from newscrawl.download.responses import stamp
from newscrawl.items import Article
from newscrawl.rejections import LimitReached, Missing, Rejection

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

archive_failed = object()
"""This Scrapy signal says that the archive cannot be written."""
EXCHANGE = "exchange"
"""``request.meta``: the heads as they went over the wire, ``(request, response)``; a handler that knows them fills it in."""
ARCHIVED = "archived"
"""``request.meta``: the WARC-Record-ID of the last response to the request, or of its failure."""

_recorders: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


class Recorder:
    """Writes the archive of one run."""

    def __init__(self, crawler: Crawler, folder: Path) -> None:
        spider: Any = crawler.spider
        self._crawler = crawler
        self._now = run_clock(crawler)
        run_id: str = getattr(spider, "run_id", None) or f"{self._now():%Y%m%dT%H%M%SZ}"
        began = getattr(getattr(spider, "clock", None), "began", None) or self._now().isoformat(timespec="seconds")
        self._writer = WarcWriter(
            folder, run_id, began, crawler.settings.getint("ARCHIVE_BYTES"), crawler.settings["BOT_VERSION"] or ""
        )
        crawler.signals.connect(self.close, signals.engine_stopped)

    @classmethod
    def of(cls, crawler: Crawler) -> Recorder | None:
        """Returns the run's recorder, the same one for all who ask; None without ``ARCHIVE_DIR``. Raises OSError."""
        if crawler not in _recorders:
            folder = crawler.settings["ARCHIVE_DIR"]
            _recorders[crawler] = cls(crawler, Path(folder)) if folder else None
        found: Recorder | None = _recorders[crawler]
        return found

    async def keep(self, request: Request, fetch: Callable[[Request], Awaitable[Response]]) -> Response:
        """Returns the response of ``fetch``, once it is in the archive; a failure is written down and raised again."""
        stamp(request, self._now())
        request.meta[EXCHANGE] = None
        request.meta.pop(ARCHIVED, None)
        try:
            response = await fetch(request)
        except Exception as error:
            failed = rejection(request.url, error)
            if not isinstance(failed, (LimitReached, Missing)):
                with self._writing():
                    note = Note(role=_role(request), reason=failed.name, detail=failed.detail)
                    request.meta[ARCHIVED] = self._writer.failure(request.url, request.meta["asked"], note)
            raise
        finally:
            exchange = request.meta.pop(EXCHANGE, None)
        asked, answered = exchange or (_request_head(request), _response_head(response))
        with self._writing():
            request.meta[ARCHIVED] = self._writer.response(
                Fetch(
                    url=request.url,
                    date=request.meta["asked"],
                    status=response.status,
                    request=asked,
                    head=answered,
                    body=response.body,
                    address=str(response.ip_address) if response.ip_address else None,
                    note=_note(request, response),
                    cut="download_stopped" in response.flags,
                )
            )
        return response

    def verdict(self, url: str, outcome: Article | Rejection, of: str | None = None) -> None:
        """Writes down what became of a page: of the response ``of``, or, without one, why it was not asked for.

        What a bound of the run left over is not written: it is no property of the page.
        """
        if isinstance(outcome, LimitReached):
            return
        if isinstance(outcome, Article):
            note = Note(role=ARTICLE, article=outcome.id, version=outcome.version)
        else:
            note = Note(role=ARTICLE, reason=outcome.name, detail=outcome.detail)
        with suppress(Refused), self._writing():
            if of is not None:
                self._writer.verdict(url, self._now(), note, of)
            elif note.reason:
                self._writer.failure(url, self._now(), note)

    def rendered(self, url: str, html: str, of: str, browser: str = "", *, used: bool = True) -> str:
        """Writes a page as ``browser`` rendered it beside its response ``of``; gives back its WARC-Record-ID.

        Where the record was made of the response after all (not ``used``), a replay passes the rendering over.
        """
        with self._writing():
            return self._writer.rendered(url, html, of, browser, used=used)

    def close(self) -> None:
        """Ends the archive's file."""
        self._writer.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._crawler.signals.send_catch_log(archive_failed, error=error)
            raise Refused(LimitReached, "the archive cannot be written") from error


def _note(request: Request, response: Response) -> Note:
    role, entry = _role(request), request.meta.get("entry")
    if entry is None or response.status != 200:
        return Note(role=role)
    return Note(role=role, requested=entry.url, evidence=entry.evidence)


def _role(request: Request) -> str:
    if "entry" in request.meta:
        return ARTICLE
    if urlsplit(request.url).path == "/robots.txt":
        return ROBOTS
    return str(getattr(request.meta.get("entry_point"), "kind", None) or "other")


def _request_head(request: Request) -> bytes:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{request.method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode() + _lines(request.headers)


def _response_head(response: Response) -> bytes:
    phrase = HTTPStatus(response.status).phrase if response.status in set(HTTPStatus) else ""
    return f"HTTP/1.1 {response.status} {phrase}\r\n".encode() + _lines(response.headers)


def _lines(headers: Headers) -> bytes:
    return (
        b"".join(name + b": " + value + b"\r\n" for name, values in headers.items() for value in values or []) + b"\r\n"
    )


def run_clock(crawler: Crawler) -> Callable[[], datetime]:
    """Returns the run's time: the spider's clock, or the system's for a spider without one."""
    clock: Callable[[], datetime] | None = getattr(crawler.spider, "clock", None)
    return clock or (lambda: datetime.now(UTC))
