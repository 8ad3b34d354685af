"""Answers every request from an archive, through Scrapy's whole engine, without a network.

An archive is a folder of WARC files (below it too), one such file, or a folder with an ``index.toml``, or both at once::

    fetched_at = 2026-03-01T08:00:00+00:00      # the clock stands still at this time
    [[response]]
    url = "https://example.org/news/1"
    file = "news-1.html"                        # beside index.toml; none: an empty body
    status = 200                                # default
    type = "text/html; charset=gbk"             # Content-Type; default text/html; charset=utf-8
    encode = "gbk"                              # the file is UTF-8 text, the answer is in this encoding
    location = "https://example.org/news/2"     # of a redirect
    headers = {X-Any = "value"}

A URL's answer is the one of the newest run that has it, and within a run those to its first, second … request in turn; in
archives of other tools the last one. A request that failed in the crawl fails in the same way. What the archive lacks is refused
as ``missing``, never fetched.
"""

from __future__ import annotations

import logging
import tomllib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Response

from newscrawl.archive.answers import Answer, Unanswered, WarcAnswers
from newscrawl.archive.index import ArchiveIndex, archive_files
from newscrawl.archive.notes import iso_date
from newscrawl.download.context import FetchContext
from newscrawl.download.failures import Refused
from newscrawl.download.responses import stamp
from newscrawl.rejections import Missing

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

INDEX = "index.toml"

logger = logging.getLogger(__name__)
_told: set[str] = set()
"""Problems of archives that were logged already: there is a handler for http and one for https."""


class ReplayError(Exception):
    """An archive is not there or cannot be read; the text is one line."""


class Saved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One saved response, as the index has it."""

    url: str
    file: str | None = None
    status: int = 200
    type: str = "text/html; charset=utf-8"
    encode: str | None = None
    location: str | None = None
    headers: dict[str, str] = {}


class _Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fetched_at: datetime | None = None
    response: list[Saved] = []


class Archive:
    """Finds saved responses by URL. Raises :class:`ReplayError` when there is none to be read.

    ``fetched_at`` is the time at which a replay's clock stands (ISO 8601): when the newest run began, or what ``index.toml`` says.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._saved, self.fetched_at = _saved(path / INDEX)
        self._warcs: WarcAnswers | None = None
        try:
            files = archive_files(path)
            if files:
                self._warcs = WarcAnswers(ArchiveIndex.of(path))
        except OSError as error:
            raise ReplayError(f"{path}: {error.strerror or error}: no archive to replay there") from error
        if not files and self._saved is None:
            raise ReplayError(f"{path} holds no archive to replay: no .warc or .warc.gz file, and no {INDEX}")
        self.problems = self._warcs.index.problems if self._warcs else []
        """What could not be read, a line a file."""
        if self._warcs and not len(self._warcs.index) and self._saved is None:
            raise ReplayError(self.problems[0] if self.problems else f"{path}: the archive holds no response")
        if self._warcs and self.fetched_at is None:
            began = self._warcs.index.began()
            self.fetched_at = iso_date(began)

    def find(self, url: str, turn: int = 0, limit: int = 0) -> Answer | None:
        """Returns the saved response to the ``turn``-th request for a URL; None when there is none.

        Raises :class:`Unanswered` where the request failed when the archive was made, or what is stored cannot be read.
        """
        saved = (self._saved or {}).get(url.split("#", 1)[0])
        if saved is not None:
            moment = datetime.fromisoformat(self.fetched_at) if self.fetched_at else None
            return Answer(saved.status, _headers(saved), self._body(saved), moment)
        return self._warcs.find(url, turn, limit) if self._warcs else None

    def rendered(self, url: str) -> tuple[str, str] | None:
        """Returns the page as a browser rendered it when the archive was made, and that browser; None where none did."""
        return self._warcs.rendered(url) if self._warcs else None

    def _body(self, saved: Saved) -> bytes:
        if not saved.file:
            return b""
        try:
            raw = (self.path / saved.file).read_bytes()
            return raw.decode("utf-8").encode(saved.encode) if saved.encode else raw
        except (OSError, UnicodeError, LookupError) as error:
            raise ReplayError(f"{self.path / saved.file}: {error}") from error


def _saved(path: Path) -> tuple[dict[str, Saved] | None, str | None]:
    """Returns the answers of an ``index.toml`` and their time; None where there is no such file."""
    try:
        index = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Index)
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ReplayError(f"{path}: {error}") from error
    return {one.url: one for one in index.response}, iso_date(
        index.fetched_at.isoformat()
    ) if index.fetched_at else None


def _headers(saved: Saved) -> list[tuple[bytes, bytes]]:
    told = {"Content-Type": saved.type, **saved.headers, **({"Location": saved.location} if saved.location else {})}
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]


def locate(name: str) -> Path:
    """Returns the folder ``fixtures/<name>`` of the working copy, or of the current folder. Raises :class:`ReplayError`."""
    places = [Path(__file__).resolve().parents[2] / "fixtures" / name, Path.cwd() / "fixtures" / name]
    for place in places:
        if (place / INDEX).is_file():
            return place
    raise ReplayError(
        f"the archive fixtures/{name} is not there; it comes with the source, so run this in a clone of the project"
    )


class ReplayDownloadHandler:
    """Stands in for Scrapy's http and https handlers while an archive is replayed."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        context = FetchContext.of(crawler)
        if context.replay is None:
            raise NotConfigured("no archive is replayed")
        self._archive = Archive(context.replay)
        self._limit: int = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._stats = crawler.stats
        self._recorder = context.archive
        self._turns: dict[str, int] = {}
        for problem in self._archive.problems:
            if problem not in _told:
                logger.warning("%s", problem)
                _told.add(problem)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReplayDownloadHandler:
        """Makes the object for a crawler, as Scrapy asks for it."""
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Returns the saved response. Raises :class:`Refused`: ``missing`` when there is none, else as the request failed in the crawl."""
        return await self._recorder.keep(request, self._respond) if self._recorder else await self._respond(request)

    async def _respond(self, request: Request) -> Response:
        if self._archive.fetched_at:
            stamp(request, datetime.fromisoformat(self._archive.fetched_at))
        turn = self._turns.get(request.url, 0)
        self._turns[request.url] = turn + 1
        try:
            answer = self._archive.find(request.url, turn, request.meta.get("download_maxsize", self._limit))
        except Unanswered as unanswered:
            if unanswered.date:
                stamp(request, unanswered.date)
            raise
        if answer is None:
            if self._stats:
                self._stats.inc_value("newscrawl/replay/missing")
            raise Refused(Missing, "not in the archive")
        if answer.date:
            stamp(request, answer.date)
        headers = Headers()
        for name, value in answer.headers:
            headers.appendlist(name, value)
        return Response(request.url, status=answer.status, headers=headers, body=answer.body, request=request)

    async def close(self) -> None:
        """Does nothing: no file stays open."""
