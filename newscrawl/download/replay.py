"""Answers every request from an archive folder, through Scrapy's whole engine, without a network.

The folder's ``index.toml``::

    fetched_at = 2026-03-01T08:00:00+00:00      # the clock stands still at this time
    [[response]]
    url = "https://example.org/news/1"
    file = "news-1.html"                        # beside index.toml; none: an empty body
    status = 200                                # default
    type = "text/html; charset=gbk"             # Content-Type; default text/html; charset=utf-8
    encode = "gbk"                              # the file is UTF-8 text, the answer is in this encoding
    location = "https://example.org/news/2"     # of a redirect
    headers = {X-Any = "value"}

What the archive lacks is refused as ``missing``, never fetched.
"""
from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from scrapy.http import Headers, Response

from newscrawl.download.failures import Refused
from newscrawl.rejections import Missing

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

INDEX = "index.toml"


class ReplayError(Exception):
    """An archive that is not there or cannot be read; the text is one line."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    response: list[Answer] = []


class Archive:
    """A folder of saved responses by URL. Raises :class:`ReplayError` when its index is missing or wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / INDEX
        try:
            index = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Index)
        except FileNotFoundError as error:
            raise ReplayError(f"{path} is missing: no archive to replay there") from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ReplayError(f"{path}: {error}") from error
        self.fetched_at = index.fetched_at.isoformat() if index.fetched_at else None
        self._answers = {answer.url: answer for answer in index.response}

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, url: str) -> Answer | None:
        """The saved response to a URL, without its fragment."""
        return self._answers.get(url.split("#", 1)[0])

    def body(self, answer: Answer) -> bytes:
        """The response's bytes."""
        if not answer.file:
            return b""
        try:
            raw = (self.folder / answer.file).read_bytes()
            return raw.decode("utf-8").encode(answer.encode) if answer.encode else raw
        except (OSError, UnicodeError, LookupError) as error:
            raise ReplayError(f"{self.folder / answer.file}: {error}") from error


def locate(name: str) -> Path:
    """The folder ``fixtures/<name>`` of the working copy, or of the current folder. Raises :class:`ReplayError`."""
    places = [Path(__file__).resolve().parents[2] / "fixtures" / name, Path.cwd() / "fixtures" / name]
    for place in places:
        if (place / INDEX).is_file():
            return place
    raise ReplayError(f"the archive fixtures/{name} is not there; it comes with the source, so run this in a clone of the project")


class ReplayDownloadHandler:
    """Stands in for Scrapy's http and https handlers; setting ``REPLAY_DIR`` names the folder."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        self._archive = Archive(Path(crawler.settings["REPLAY_DIR"]))
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReplayDownloadHandler:
        """Scrapy's constructor."""
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """The saved response. Raises :class:`Refused` (``missing``) when there is none."""
        if self._archive.fetched_at:
            request.meta["fetched_at"] = self._archive.fetched_at
        answer = self._archive.find(request.url)
        if answer is None:
            if self._stats:
                self._stats.inc_value("newscrawl/replay/missing")
            raise Refused(Missing, "not in the archive")
        headers = Headers({"Content-Type": answer.type, **answer.headers})
        if answer.location:
            headers["Location"] = answer.location
        return Response(request.url, status=answer.status, headers=headers, body=self._archive.body(answer), request=request)

    async def close(self) -> None:
        """Nothing is open."""
