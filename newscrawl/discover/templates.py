"""Learns from a site's verdicts, feeds and news sitemaps which URLs that look alike (URL templates) are articles.

A template keeps what names a kind of page and drops what numbers it: ``/sport/2026/03/09/a-late-goal-1234.html?id=7`` is
``news.example/sport/#/#/#/*.html?id``. Templates end the traps that shape alone cannot tell from articles (calendars, filters,
endless archives): one whose pages keep being rejected is asked less, then not at all but for one page a day.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from newscrawl import urls
from newscrawl.items import Article, Notes
from newscrawl.rejections import Duplicate, NotAnArticle, Rejection
from newscrawl.urls import normalise

FIRST_PAGES = 30
"""So many pages of a template are asked before it is put off for having given no article."""
MOST_PATIENCE = 480
"""After so many rejections in a row a template is asked less, however many articles it has given."""
KEPT = 40
"""Templates kept in each of :data:`BUCKETS`; the least recently met goes first."""
BUCKETS = 32
LISTED = 3
"""Mentions in feeds and news sitemaps that make a template an article's before there is a verdict."""
DAY = 86400.0
_KIND = "templates"
_DISPATCH = frozenset("m c a r mod act action do option view controller task op app".split())
"""Query keys whose value names the kind of page (``?m=content&a=show``)."""
_ENDING = re.compile(r"\.(s?html?|php|aspx?|jsp|cms|ece)$", re.I)


def template(url: str) -> str:
    """Returns the URL with everything that tells pages of one kind apart taken out; bounded in length."""
    parts = urls.split(normalise(url))
    steps = [unquote(step, errors="replace") for step in parts.path.split("/") if step]
    found = [_step(step, last=at == len(steps) - 1) for at, step in enumerate(steps)]
    query = "&".join(_pair(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True)[:12])
    return f"{parts.netloc}/{'/'.join(found[:12])}{'?' + query if query else ''}"[:200]


def _step(step: str, *, last: bool) -> str:
    ending = _ENDING.search(step)
    stem, end = (step[: ending.start()], ending[0].lower()) if ending else (step, "")
    if re.fullmatch(r"[\d_.,~-]+", stem):
        return "#" + end
    words = [word for word in re.split(r"[-_+ ]", stem) if word]
    if re.fullmatch(r"[A-Za-z]{1,12}[-_.]?\d+([-_]\d+)?", stem):  # c_1001, a123, page-2, index_3
        return re.sub(r"\d+", "#", stem.lower()) + end
    if len(words) > 2 or len(stem) > 24 or not stem.isascii() and len(stem) > 5:
        return "*" + end
    if re.search(r"\d", stem):
        return "~" + end
    # A last step is the page's own name, a step before it the name of its folder.
    return ("@" if last else stem.lower()[:24]) + end


def _pair(key: str, value: str) -> str:
    key = re.sub(r"\d+", "#", key.lower())[:24]
    return f"{key}={value.lower()[:16]}" if key in _DISPATCH and value.isalpha() else key


@dataclass(slots=True)
class _Known:
    """What is known of one template; kept as a list."""

    pages: int = 0
    articles: int = 0
    row: int = 0
    """Rejections since the last article."""
    turn: int = 0
    """Times that its turn was asked for while it was asked less."""
    tried: float = 0.0
    """When a page was last let through although the template is off."""
    listed: int = 0
    """Mentions in feeds and news sitemaps."""
    met: float = 0.0
    example: str = ""

    def fields(self) -> list[Any]:
        return [self.pages, self.articles, self.row, self.turn, self.tried, self.listed, self.met, self.example]

    @property
    def patience(self) -> int:
        """Returns the number of rejections in a row that it may have before it is asked less."""
        return min(MOST_PATIENCE, FIRST_PAGES * (1 + self.articles))

    @property
    def share(self) -> int:
        """Returns of how many pages one is asked: 1 all, 2 every second …, 0 none."""
        if self.row < self.patience:
            return 1
        if not self.articles or self.row >= 4 * self.patience:
            return 0
        return 2 if self.row < 2 * self.patience else 4


@dataclass(frozen=True, slots=True)
class PutOff:
    """A template that is asked less or not at all."""

    template: str
    pages: int
    articles: int
    row: int
    share: int
    """Of how many pages one is asked; 0: one a day."""
    example: str
    """URL of the page that was rejected last."""


class Templates:
    """Keeps what the notes of a site hold of its templates. There are at most ``BUCKETS * KEPT`` of them."""

    def __init__(self, notes: Notes, clock: Callable[[], datetime]) -> None:
        """``clock`` gives the run's time."""
        self._notes = notes
        self._clock = clock
        self._buckets: dict[int, dict[str, _Known]] = {}

    def learned(self, url: str, is_article: bool) -> None:
        """Takes in a verdict on a page that was read: a record, or a rejection as no article. Failures to fetch or read teach nothing."""
        known, bucket = self._known(url)
        known.pages += 1
        known.articles += is_article
        known.row = 0 if is_article else known.row + 1
        if is_article:
            known.turn = 0
        else:
            known.example = url[:300]
        self._save(known, bucket)

    def repeated(self, url: str) -> None:
        """Takes in that a page repeats a known article: session ids, filters and print versions make endless ones.

        It says nothing of a template that has given articles of its own, or that feeds and news sitemaps list.
        """
        known, _ = self._known(url)
        if not known.articles and known.listed < LISTED:
            self.learned(url, False)

    def seen_in(self, url: str, via: str) -> None:
        """Takes in that a feed or a news sitemap (``via``) lists the page as an article; that is counted up to :data:`LISTED`, sections say nothing."""
        if via not in ("feed", "sitemap"):
            return
        known, bucket = self._known(url)
        if known.listed < LISTED:
            known.listed += 1
            self._save(known, bucket)

    def put_off(self, url: str) -> str | None:
        """Returns why a page is not asked now; None: it may be, and counts as asked."""
        known, bucket = self._known(url)
        share = known.share
        if share == 1:
            return None
        if share == 0:
            if self.retry(url):
                return None
            given = (
                f"gave no article in {known.pages} pages"
                if not known.articles
                else f"gave no article in the last {known.row} pages"
            )
            return f"URLs like {template(url)} are put off: they {given}; one a day is tried"
        known.turn += 1
        self._save(known, bucket)
        if known.turn % share == 1:
            return None
        return (
            f"of URLs like {template(url)} one in {share} is asked: they gave no article in the last {known.row} pages"
        )

    def retry(self, url: str) -> bool:
        """Returns whether a template that is put off may be tried now; True once a day."""
        known, bucket = self._known(url)
        now = self._clock().timestamp()
        if 0 <= now - known.tried < DAY - 3600:  # an hour early, so that a daily run is a day later
            return False
        known.tried = now
        self._save(known, bucket)
        return True

    def verdict(self, url: str) -> bool | None:
        """Returns whether pages like this one are articles, as far as the site has taught; None where it has not."""
        return self._verdict(self._known(url)[0], template(url))

    def known(self) -> dict[str, bool]:
        """Returns all templates whose verdict is certain: what a section page's links are told by."""
        return {
            name: verdict
            for number in range(BUCKETS)
            for name, known in self._bucket(number).items()
            if (verdict := self._verdict(known, name)) is not None
        }

    def report(self) -> list[PutOff]:
        """Returns the templates that are asked less or not at all, the worst first."""
        found = [
            PutOff(name, known.pages, known.articles, known.row, known.share, known.example)
            for number in range(BUCKETS)
            for name, known in self._bucket(number).items()
            if known.share != 1
        ]
        return sorted(found, key=lambda one: (-one.row, one.template))

    @staticmethod
    def _verdict(known: _Known, name: str) -> bool | None:
        if known.share == 0:
            return False
        if name.partition("?")[0].endswith("/@") and "?" not in name:
            return None  # single words name sections as well as articles
        if known.articles >= 3 and 2 * known.articles >= known.pages:
            return True
        return True if known.listed >= LISTED and 2 * known.articles >= known.pages else None

    def _known(self, url: str) -> tuple[_Known, int]:
        name = template(url)
        number = zlib.crc32(name.encode("utf-8", "replace")) % BUCKETS
        return self._bucket(number).setdefault(name, _Known()), number

    def _bucket(self, number: int) -> dict[str, _Known]:
        if number not in self._buckets:
            kept = self._notes.note(_KIND, str(number)) or {}
            self._buckets[number] = {name: _Known(*fields) for name, fields in kept.items()}
        return self._buckets[number]

    def _save(self, known: _Known, number: int) -> None:
        known.met = self._clock().timestamp()
        bucket = {name: one for name, one in self._bucket(number).items() if one.met}
        if len(bucket) > KEPT:
            # One that is put off stays longer than one that would be learned again at once.
            oldest = min(bucket, key=lambda name: (bucket[name].share != 1, bucket[name].pages > 0, bucket[name].met))
            del bucket[oldest]
        self._buckets[number] = bucket
        self._notes.remember(_KIND, str(number), {name: one.fields() for name, one in bucket.items()})


def teaches(outcome: Article | Rejection | None) -> bool | None:
    """Returns what a verdict says of its URL's pattern: an article, none, or nothing."""
    if isinstance(outcome, Article):
        return True
    return False if isinstance(outcome, NotAnArticle) and not isinstance(outcome, Duplicate) else None
