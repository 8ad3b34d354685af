"""The report of a run (schema ``newscrawl/run/1``): what ``STATE_DIR/runs/<run id>.json`` holds, and health judges.

The docstring entries are the documentation that the committed JSON Schema (``serialize/run_report.schema.json``) carries.
"""

from __future__ import annotations

from typing import Literal

import msgspec

RUN_SCHEMA: Literal["newscrawl/run/1"] = "newscrawl/run/1"

DOUBTFUL, SURE = "<0.5", ">=0.9"
"""The lowest and the highest band of confidence: rather wrong than right, and right nine times in ten."""
BANDS = (DOUBTFUL, "0.5-0.7", "0.7-0.9", SURE)
"""Bands of confidence from the lowest, each without its upper end."""
Outcome = Literal["began", "healthy", "unhealthy", "failed", "stopped"]


class Alert(msgspec.Struct, kw_only=True):
    """Something that is not as it should be at a site."""

    site: str
    kind: str
    """entry_points, robots, nothing_listed, rechecks, no_articles, no_text, articles, field, length, confidence, rejections, stale,
    same_date, repeated, item_pipelines; unfinished, which says of the run before that it was killed, and leaves this run healthy."""
    field: str | None = None
    """The record's field, where the alert is about one."""
    what: str
    """In words."""
    since: str
    """When the first run of the unbroken row of runs with this alert began."""
    before: str | None = None
    """How it was in the runs before; null where the alert needs no past."""
    now: str
    """How it is in this run."""
    example: str | None = None
    """A URL to look at."""


class Event(msgspec.Struct, kw_only=True):
    """What robots.txt or a host's trouble did to the run."""

    at: str
    kind: str
    """robots, backoff or stop."""
    what: str


class Counts(msgspec.Struct, kw_only=True):
    """What became of a site's pages in this run."""

    listed: int = 0
    """Candidates that the entry points listed, known ones too."""
    candidates: int = 0
    """Candidates that no run knew before."""
    fetched: int = 0
    articles: int = 0
    """New articles written."""
    versions: int = 0
    """New versions of known articles written."""
    records: int = 0
    """Lines written: articles, versions, and in a full run the known articles met again."""
    unchanged: int = 0
    """Articles looked at again that had not changed."""
    rechecks: int = 0
    rechecks_failed: int = 0
    gone: int = 0
    """Withdrawals."""
    rejected: int = 0
    dropped: int = 0
    """Articles that an item pipeline of the user's own dropped; they are in no other count of lines."""
    pipeline_failed: int = 0
    """Articles on which an item pipeline of the user's own failed; the next run offers them to it again."""
    left_over: int = 0
    """Candidates that a bound of the run, or its end, left to the next one."""


class Starts(msgspec.Struct, kw_only=True):
    """The entry points: feeds, sitemaps and sections that the user or the site file names."""

    asked: int = 0
    failed: int = 0
    put_off: int = 0
    """Not asked for: in an earlier run their host had asked for a rest (Retry-After) that is not over."""
    listed: int = 0
    """How many listed at least one candidate."""

    @property
    def idle(self) -> bool:
        """Whether all of them were put off, so that the run says nothing of the site."""
        return 0 < self.asked <= self.put_off


class Browser(msgspec.Struct, kw_only=True):
    """The part of the browser, where pages needed one."""

    pages: int = 0
    """Pages rendered: articles and entry points."""
    missed: int = 0
    """Pages that needed it and were not rendered."""
    direct: bool = False
    """Whether pages went there without a look at their HTML."""
    requests: int = 0
    """Further requests that rendered pages made."""
    stopped: dict[str, int] = {}
    """Requests of theirs that were refused, by reason."""


class Delays(msgspec.Struct, kw_only=True):
    """Seconds between publication and fetch, of new articles whose date has a time and an offset."""

    articles: int
    median: float
    p90: float


class Repeated(msgspec.Struct, kw_only=True):
    """What the largest number of records have in common: a paragraph, or the date of publication."""

    records: int = 0
    what: str = ""


class SiteReport(msgspec.Struct, kw_only=True):
    """One site of the run."""

    label: str
    counts: Counts
    reasons: dict[str, int] = {}
    """Rejections by reason."""
    fill: dict[str, float] = {}
    """Share of the written records that have each field."""
    median_length: int | None = None
    """Characters of text, of the middle record."""
    removed_share: float | None = None
    """Characters removed as boilerplate, of all that the pages' bodies held."""
    confidence: dict[str, int] = {}
    """Articles by how likely their texts are right: ``<0.5``, ``0.5-0.7``, ``0.7-0.9``, ``>=0.9``, each without its upper end. Those that
    were rejected as unsure are among them."""
    delays: Delays | None = None
    requests: int = 0
    bytes: int = 0
    """Bodies as they came over the network, compressed."""
    statuses: dict[str, int] = {}
    """Responses by HTTP status."""
    events: list[Event] = []
    extraction_ms: float | None = None
    """Milliseconds a page, the middle one, from its handing over to a worker to its outcome."""
    newest: str | None = None
    """Date of publication of the newest article of this run."""
    starts: Starts
    browser: Browser | None = None
    templates_off: list[str] = []
    """URL templates whose pages are not asked for at present, because too few of them were articles."""
    same_text: Repeated = msgspec.field(default_factory=Repeated)
    same_date: Repeated = msgspec.field(default_factory=Repeated)
    examples: dict[str, str] = {}
    """A URL each: ``reason/<name>``, ``missing/<field>``, ``shortest``, ``repeated``, ``doubtful``, ``starts/failed``."""
    alerts: list[Alert] = []


class RunReport(msgspec.Struct, kw_only=True):
    """One run of ``scrapy crawl``."""

    schema: Literal["newscrawl/run/1"] = RUN_SCHEMA
    run_id: str
    spider: str
    arguments: dict[str, str] = {}
    """The ``-a`` arguments."""
    full: bool = False
    """Whether known articles were written too (``-O``)."""
    replay: bool = False
    """Whether an archive answered in the network's place."""
    began: str
    ended: str | None = None
    """Null while the run goes on, and for ever when it was killed."""
    seconds: float | None = None
    versions: dict[str, str] = {}
    outcome: Outcome = "began"
    words: str = "the run began and has not ended"
    exit_status: int | None = None
    signal: str | None = None
    """Name of the signal that stopped the run."""
    outputs: list[str] = []
    sites: list[SiteReport] = []

    def site(self, label: str) -> SiteReport | None:
        """The site's part, if it has one."""
        return next((site for site in self.sites if site.label == label), None)

    @property
    def alerts(self) -> list[Alert]:
        """The alerts of all sites."""
        return [alert for site in self.sites for alert in site.alerts]
