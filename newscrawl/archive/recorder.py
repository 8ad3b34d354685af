"""Hands what the download handlers fetch to the run's archive (settings ``ARCHIVE_DIR`` and ``ARCHIVE_BYTES``).

A handler is given the run's recorder and sends its requests through :meth:`Recorder.keep`; what became of a
page is told by :meth:`Recorder.verdict`, a rendered page by :meth:`Recorder.rendered`. When the archive cannot be written the
signal :data:`archive_failed` is sent (``error``: OSError, with the file's name), and no answer goes further than to here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from scrapy import signals

from newscrawl.archive.notes import ARTICLE, ROBOTS, Note
from newscrawl.archive.warc_writer import Fetch, WarcWriter
from newscrawl.download.failures import Refused, rejection
from newscrawl.download.responses import stamp
from newscrawl.items import Article
from newscrawl.rejections import LimitReached, Missing, Rejection

if TYPE_CHECKING:
    from datetime import datetime

    from scrapy import Request
    from scrapy.http import Headers, Response
    from scrapy.signalmanager import SignalManager

archive_failed = object()
"""This Scrapy signal says that the archive cannot be written."""
EXCHANGE = "exchange"
"""``request.meta``: the heads as they went over the wire, ``(request, response)``; a handler that knows them fills it in."""
ARCHIVED = "archived"
"""``request.meta``: the WARC-Record-ID of the last response to the request, or of its failure."""

ROLE = "role"
"""``request.meta``: what is asked for, ``article`` or the kind of an entry point."""
REQUESTED = "requested"
"""``request.meta`` of an article's page: the URL under which it was found."""
EVIDENCE = "evidence"
"""``request.meta`` of an article's page: what was said of it where it was found."""


class Clock(Protocol):
    """The run's time."""

    @property
    def began(self) -> str:
        """When the run began."""

    def __call__(self) -> datetime:
        """Now."""


class Recorder:
    """Writes the archive of one run."""

    def __init__(
        self, signals_: SignalManager, folder: Path, run_id: str, clock: Clock, file_bytes: int, version: str
    ) -> None:
        self._signals = signals_
        self._now = clock
        self._writer = WarcWriter(folder, run_id, clock.began, file_bytes, version)
        signals_.connect(self.close, signals.engine_stopped)

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
            self._signals.send_catch_log(archive_failed, error=error)
            raise Refused(LimitReached, "the archive cannot be written") from error


def _note(request: Request, response: Response) -> Note:
    role = _role(request)
    if role != ARTICLE or response.status != 200:
        return Note(role=role)
    return Note(role=role, requested=request.meta.get(REQUESTED), evidence=request.meta.get(EVIDENCE))


def _role(request: Request) -> str:
    role = request.meta.get(ROLE)
    if role != ARTICLE and urlsplit(request.url).path == "/robots.txt":
        return ROBOTS
    return str(role or "other")


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
