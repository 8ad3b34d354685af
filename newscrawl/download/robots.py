"""Asks for the robots.txt files of a run by RFC 9309, and decides what each answer means and how long it holds.

It is our own because Scrapy's middleware asks once a run and takes a failed request for a permission.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from newscrawl.download.failures import rejection
from newscrawl.download.host import host_name
from newscrawl.download.robots_rules import LARGE, Robots, Rules, decode, parse
from newscrawl.items import MemoryNotes, Notes
from newscrawl.rejections import BlockedAddress, HostLeftAlone, HttpStatus, LimitReached, Missing, Redirect, Rejection
from newscrawl.urls import absolute, origin, problem

logger = logging.getLogger(__name__)

REDIRECTS = 5
"""So many redirects are followed, to other hosts too (§2.3.1.2); a file behind more counts as one that is not there."""
FRESH = 6 * 3600.0
"""After so many seconds a host is asked again, with the validators of the copy."""
KEPT = 24 * 3600.0
"""A copy may serve for so many seconds while the host cannot be asked (§2.4); an older one never does."""
RETRY = 300.0
"""A host that could not be asked is asked again after so many seconds within a run."""
_TRIES = 2
_EVENTS_MAX = 1000
_AT_ONCE = 32 * 1024
"""So many bytes are parsed on the event loop; a larger file, which takes up to half a second, is parsed in a thread."""

_WORDS = {
    "robots_unreachable": "robots.txt could not be asked, so nothing else is",
    "robots_stale": "robots.txt could not be asked; the copy of the last 24 hours holds",
    "robots_forbidden_file": "robots.txt itself is forbidden, which allows everything (RFC 9309 §2.3.1.3)",
    "robots_html": "robots.txt is an HTML page",
    "robots_changed": "robots.txt has changed",
    "robots_forbids_all": "robots.txt forbids everything",
    "robots_start": "robots.txt forbids an entry point",
    "crawl_delay": "robots.txt asks for a longer delay than CRAWL_DELAY_MAX, which is kept instead",
}
_HTML = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml|script|!--)", re.I)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``headers`` have lower-case names, ``body`` may be cut after :data:`ROBOTS_BYTES`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Ask = Callable[[str, dict[str, str]], Awaitable[Answer]]
"""Asks for a URL with headers, without following redirects; what it raises is told by :func:`newscrawl.download.failures.rejection`."""


Count = Callable[[str], None]
"""This function is told an event's kind."""


def _uncounted(kind: str) -> None:
    """Counts nothing, for those who read the events alone."""


class _Kept(msgspec.Struct, kw_only=True):
    """A host's robots.txt in the notes (kind ``robots``, key its origin)."""

    at: float
    """Unix time at which the host last confirmed it."""
    status: int
    rules: Rules
    agent: str
    sha: str
    """This hash of the rules changes when they do."""
    forbids_all: bool = False
    changed_at: float | None = None
    etag: str | None = None
    modified: str | None = None


class RobotsFiles:
    """Knows the robots.txt of all hosts of a run, each asked for once, and again when it grows old. ``clock`` and ``wall`` are for tests."""

    def __init__(
        self, agent: str, *, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self.events: list[dict[str, Any]] = []
        """What the report tells: host, kind (a key of ``_WORDS``), detail, at."""
        self._agent = agent
        self._clock, self._wall = clock, wall
        self._known: dict[str, tuple[asyncio.Task[Robots], float]] = {}
        self._notes = MemoryNotes()

    async def of(self, url: str, ask: Ask, notes: Notes | None = None, count: Count = _uncounted) -> Robots:
        """Returns the rules for a URL's scheme, host and port; ``count`` learns what is worth reporting."""
        key = origin(url)
        task, until = self._known.get(key, (None, -math.inf))
        if task is None or (task.done() and self._clock() >= until):
            task = asyncio.ensure_future(self._find(key, ask, self._notes if notes is None else notes, count))
            self._known[key] = task, -math.inf
        # Others wait for the same answer: one that is cancelled must not take it from them.
        return await asyncio.shield(task)

    def note_event(self, url: str, kind: str, detail: str | None, count: Count) -> None:
        """Logs an event, counts it and keeps it."""
        name = host_name(origin(url))
        logger.warning("%s: %s%s", name, _WORDS[kind], f" ({detail})" if detail else "")
        count(kind)
        if len(self.events) < _EVENTS_MAX:
            at = datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="seconds")
            self.events.append({"host": name, "kind": kind, "detail": detail, "at": at})

    async def _find(self, key: str, ask: Ask, notes: Notes, count: Count) -> Robots:
        kept = self._recall(key, notes)
        age = self._wall() - kept.at if kept else math.inf
        if kept and 0 <= age < FRESH:  # a negative age: the clock was set back
            robots, valid = await _built(kept.rules), FRESH - age
        else:
            robots, valid = await self._asked(key, ask, notes, count, kept)
        self._known[key] = self._known[key][0], self._clock() + valid
        if robots.forbids_all:
            self.note_event(key, "robots_forbids_all", None, count)
        return robots

    async def _asked(self, key: str, ask: Ask, notes: Notes, count: Count, kept: _Kept | None) -> tuple[Robots, float]:
        """Returns the rules, and the seconds for which they hold."""
        url = _file(key)
        validators = {"If-None-Match": kept.etag, "If-Modified-Since": kept.modified} if kept else {}
        answer = await _fetch(url, ask, {name: value for name, value in validators.items() if value})
        now = self._wall()
        if isinstance(answer, Rejection):
            if kept and 0 <= now - kept.at < KEPT:
                self.note_event(key, "robots_stale", answer.name, count)
                return await _built(kept.rules), RETRY
            if not isinstance(answer, LimitReached):  # the run was stopped
                self.note_event(
                    key,
                    "robots_unreachable",
                    f"{answer.name}: {answer.detail}" if answer.detail else answer.name,
                    count,
                )
            return Robots(unreachable=answer), RETRY
        if answer.status == 304 and kept:
            kept.at = now
        else:
            kept = await self._read(key, answer, count, kept)
        notes.remember("robots", key, msgspec.to_builtins(kept))
        return await _built(kept.rules), FRESH

    async def _read(self, key: str, answer: Answer, count: Count, before: _Kept | None) -> _Kept:
        body = answer.body if 200 <= answer.status < 300 else b""
        if answer.status in (401, 403):
            self.note_event(key, "robots_forbidden_file", f"status {answer.status}", count)
        if _HTML.match(body):
            self.note_event(key, "robots_html", None, count)
        rules = (
            await asyncio.to_thread(parse, decode(body), self._agent)
            if len(body) > _AT_ONCE
            else parse(decode(body), self._agent)
        )
        rules.sitemaps = [
            link for line in rules.sitemaps if (link := absolute(_file(key), line)) and problem(link) is None
        ]
        sha = hashlib.sha256(msgspec.json.encode((rules.rules, rules.delay))).hexdigest()[:16]
        now = self._wall()
        changed = before is not None and before.sha != sha
        if changed:
            self.note_event(key, "robots_changed", "forbids all now" if rules.forbids_all else None, count)
        return _Kept(
            at=now,
            status=answer.status,
            rules=rules,
            agent=self._agent,
            sha=sha,
            forbids_all=rules.forbids_all,
            changed_at=now if changed else before.changed_at if before else None,
            etag=answer.headers.get("etag"),
            modified=answer.headers.get("last-modified"),
        )

    def _recall(self, key: str, notes: Notes) -> _Kept | None:
        """Returns the copy of an earlier run; None when there is none that can be read, or it was read for another product token."""
        try:
            kept = msgspec.convert(notes.note("robots", key), _Kept)
        except msgspec.ValidationError:
            return None
        return kept if kept.agent == self._agent else None


async def _built(rules: Rules) -> Robots:
    return await asyncio.to_thread(Robots, rules) if len(rules.rules) > LARGE else Robots(rules)


def _file(key: str) -> str:
    return f"{key.partition('://')[0]}://{host_name(key)}/robots.txt"


async def _fetch(url: str, ask: Ask, headers: dict[str, str]) -> Answer | Rejection:
    """Returns the answer in the end, 404 where there is no such file; why it could not be asked after two tries, the first try's reason."""
    first: Rejection | None = None
    for _ in range(_TRIES):
        answer = await _follow(url, ask, headers)
        if not isinstance(answer, Rejection):
            return answer
        first = first or answer
        if isinstance(answer, (BlockedAddress, HostLeftAlone, LimitReached)):
            break
    assert first is not None
    return first


async def _follow(url: str, ask: Ask, headers: dict[str, str]) -> Answer | Rejection:
    asked = url
    for _ in range(REDIRECTS + 1):
        try:
            # The validators are those of this host's own answer.
            answer = await ask(asked, headers if asked == url else {})
        except Exception as error:
            rejected = rejection(asked, error)
            if isinstance(rejected, Missing):  # an archive without it
                return Answer(404)
            # Another host's trouble says nothing of this one, but that its file could not be read.
            behind = asked != url and not isinstance(rejected, LimitReached)
            return Redirect(url=url, detail=f"to {asked}: {rejected.name}, {rejected.detail}") if behind else rejected
        if answer.status == 429 or answer.status >= 500:
            return HttpStatus(url=asked, status=answer.status)
        target = answer.headers.get("location")
        if answer.status not in (301, 302, 303, 307, 308) or not target:
            return answer if answer.status != 304 or headers else Answer(404)
        # Bytes outside ASCII and control characters, which must not reach the log, in their escapes.
        link = absolute(asked, quote(target.encode("latin-1", "replace"), safe="".join(map(chr, range(33, 127)))))
        if link is None or problem(link) is not None:
            return Answer(404)
        asked = link
    return Answer(404)
