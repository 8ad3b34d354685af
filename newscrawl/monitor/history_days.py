"""A site's runs put together by day (UTC), for the history page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from newscrawl.monitor.reports import Alert, RunReport, SiteReport

MOST_DAYS = 120


@dataclass(slots=True)
class Day:
    """What a day's runs of one site brought. ``runs`` is 0 on a day without any: missing, which is not nothing."""

    date: date
    runs: int = 0
    articles: int = 0
    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    confidence: Counter[str] = field(default_factory=Counter)
    """Articles by their band of confidence."""
    alerts: list[Alert] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Runs that failed, were stopped or did not end, in words."""
    _medians: list[float] = field(default_factory=list)
    _p90s: list[float] = field(default_factory=list)

    @property
    def delay(self) -> float | None:
        """Seconds from publication to fetch: the middle one of the runs' medians."""
        return median(self._medians) if self._medians else None

    @property
    def delay_p90(self) -> float | None:
        """The middle one of what nine of ten articles of a run stay below."""
        return median(self._p90s) if self._p90s else None

    def fill(self, name: str) -> float | None:
        """Share of the day's records that have a field."""
        return self.filled[name] / self.records if self.records else None

    def add(self, run: RunReport, site: SiteReport) -> None:
        """Counts a run."""
        self.runs += 1
        self.articles += site.counts.articles
        self.records += site.counts.records
        self.reasons.update(site.reasons)
        self.confidence.update(site.confidence)
        self.filled.update({name: round(share * site.counts.records) for name, share in site.fill.items()})
        self.alerts += site.alerts
        if run.outcome not in ("healthy", "unhealthy"):
            self.broken.append(run.words)
        if site.delays:
            self._medians.append(site.delays.median)
            self._p90s.append(site.delays.p90)


def days(runs: Sequence[RunReport], label: str) -> list[Day]:
    """Every day from the site's first run to its last, at most the last :data:`MOST_DAYS`."""
    found: dict[date, Day] = {}
    for run in runs:
        site = run.site(label)
        if site is not None:
            when = date.fromisoformat(run.began[:10])
            found.setdefault(when, Day(when)).add(run, site)
    if not found:
        return []
    first = max(min(found), max(found) - timedelta(days=MOST_DAYS - 1))
    return [
        found.get(when := first + timedelta(days=number), Day(when)) for number in range((max(found) - first).days + 1)
    ]
