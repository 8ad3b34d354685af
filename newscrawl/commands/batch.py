"""Extraction of many candidates in worker processes: bounded in memory, answers in the order of the input."""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from newscrawl.archive.saved import Candidate, file_url
from newscrawl.extraction.pool import ExtractorPool
from newscrawl.items import Article, RawPage
from newscrawl.rejections import Rejection
from newscrawl.sites import registry
from newscrawl.urls import host, identity

AHEAD_PAGES = 16
"""Candidates in flight for each worker: a slow page at the head must not leave the other workers without work."""
AHEAD_BYTES = 64 * 2**20


Found = TypeVar("Found", bound=Candidate)


def outcomes(found: Iterable[Found], pool: ExtractorPool, sites: Sites) -> Iterator[tuple[Found, Article | Rejection]]:
    """Each candidate's outcome, in the order of ``found``, which is read only a bounded way ahead."""
    ahead: deque[tuple[Found, Future[Any]]] = deque()
    size = 0
    for candidate in found:
        ahead.append((candidate, _start(candidate, pool, sites)))
        size += _bytes(candidate)
        while len(ahead) > AHEAD_PAGES * pool.workers or size > AHEAD_BYTES:
            first, future = ahead.popleft()
            size -= _bytes(first)
            yield first, placed(first, future.result())
    while ahead:
        first, future = ahead.popleft()
        yield first, placed(first, future.result())


def _start(candidate: Candidate, pool: ExtractorPool, sites: Sites) -> Future[Any]:
    if isinstance(candidate.found, RawPage):
        return pool.submit(candidate.found, sites.of(candidate.found.url))
    done: Future[Any] = Future()
    done.set_result(candidate.found)
    return done


def _bytes(candidate: Candidate) -> int:
    return len(candidate.found.body) if isinstance(candidate.found, RawPage) else 0


def placed(candidate: Candidate, outcome: Article | Rejection) -> Article | Rejection:
    """A page that names no URL of its own has its file's."""
    if not outcome.url:
        outcome.url = file_url(candidate.source)
        if isinstance(outcome, Article):
            outcome.id = identity(outcome.url, outcome.canonical_url)
    if isinstance(outcome, Article):
        outcome.requested_url = outcome.requested_url or outcome.url
    return outcome


def new_run_id(now: datetime) -> str:
    """The name of a run that began at that time."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


class Sites:
    """The site files by host; read once. Raises :class:`newscrawl.sites.registry.SiteError`."""

    def __init__(self, folder: str | None) -> None:
        self._all = [registry.load(name, folder) for name in registry.names(folder)]
        self._by_host: dict[str, registry.Site | None] = {}

    def of(self, url: str | None) -> registry.Site | None:
        """The site that the URL belongs to, if there is a file for it."""
        name = host(url)
        if not name:
            return None
        if name not in self._by_host:
            self._by_host[name] = next((site for site in self._all if site.covers(f"http://{name}/")), None)
        return self._by_host[name]


@dataclass(slots=True)
class Tally:
    """What came of a run."""

    records: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    failed_inputs: int = 0

    def summary(self, seconds: float) -> str:
        """One line: pages, records, rejections by reason, seconds."""
        rejected = self.rejected.total()
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.rejected.most_common())
        pages = self.records + rejected
        return (
            f"{pages} page{'s' * (pages != 1)}: {self.records} record{'s' * (self.records != 1)}, "
            f"{rejected} rejected{f' ({reasons})' if reasons else ''}, {seconds:.1f} s"
        )
