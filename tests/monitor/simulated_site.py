"""A news site and the reports of its scheduled runs, simulated: days and nights, weekends, busy and quiet hours, odd pages."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from newscrawl.monitor.confidence import band
from newscrawl.monitor.health import alerts
from newscrawl.monitor.reports import BANDS, Counts, Repeated, RunReport, SiteReport, Starts

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Page:
    """An article as a run sees it."""

    published: datetime
    fields: set[str]
    length: float
    boilerplate: bool = False
    confidence: float = 0.95


@dataclass
class Site:
    """How a site publishes. ``per_day`` is the mean of a weekday."""

    per_day: float = 60
    weekend: float = 0.5
    night: float = 0.05
    burst: float = 0.3
    """Relative deviation of a day's output from its mean."""
    fill: dict[str, float] = field(
        default_factory=lambda: {
            "title": 1.0,
            "published": 1.0,
            "text": 1.0,
            "authors": 0.8,
            "section": 0.97,
            "images": 0.9,
            "source": 0.3,
            "tags": 0.6,
            "modified": 0.1,
        }
    )
    wire_at_night: bool = True
    length: float = 3000
    odd: float = 0.08
    """Share of listed pages that are rejected."""
    reach: float | None = None
    """Hours that the entry points go back, as a news sitemap does; None: they always list the newest forty."""


Fault = Callable[[datetime, list[Page], Counter[str]], None]


class Schedule:
    """The crontab: runs every ``hours``; what a run finds is what appeared since the run before."""

    def __init__(self, site: Site, hours: float, seed: int) -> None:
        self.site, self.hours = site, hours
        self.dice = random.Random(seed)
        self.now = MONDAY
        self.past: list[RunReport] = []
        self.emptied = False
        """Whether the entry points list nothing, whatever is published."""
        self._published: list[datetime] = []
        self._mood: dict[int, float] = {}
        self._doubts = random.Random(seed)

    def run(self, fault: Fault | None = None, after: float | None = None, *, judged: bool = True) -> RunReport:
        """The next run; one that is not judged counts as healthy."""
        begin = self.now
        self.now += timedelta(hours=after or self.hours, seconds=self.dice.uniform(-40, 40))
        pages = list(self._pages(begin, self.now))
        reasons = Counter(
            self.dice.choice(("list_page", "video_only", "http_404"))
            for _ in range(self._poisson(self.site.odd * len(pages)))
        )
        self._published += [page.published for page in pages]
        if self.emptied:
            pages.clear()
            reasons.clear()
        if fault:
            fault(self.now, pages, reasons)
        report = self._report(pages, reasons)
        for alert in alerts(report, self.past) if judged else ():
            report.sites[0].alerts.append(alert)
        report.outcome = "unhealthy" if report.alerts else "healthy"
        self.past = [*self.past[-999:], report]
        return report

    def _rate(self, when: datetime) -> float:
        """Articles an hour."""
        day = when.toordinal()
        if day not in self._mood:
            self._mood[day] = self.dice.gammavariate(1 / self.site.burst**2, self.site.burst**2)
        bright = (
            self.site.night + (1 - self.site.night) * max(0.0, math.sin(math.pi * (when.hour + 0.5 - 5) / 17))
            if 5 <= when.hour < 22
            else self.site.night
        )
        return self.site.per_day / 11.5 * bright * (self.site.weekend if when.weekday() >= 5 else 1) * self._mood[day]

    def _pages(self, begin: datetime, end: datetime) -> Iterator[Page]:
        at = begin
        while at < end:
            step = min(timedelta(hours=1), end - at)
            for _ in range(self._poisson(self._rate(at) * step.total_seconds() / 3600)):
                fill = dict(self.site.fill)
                if self.site.wire_at_night and (at.hour < 5 or at.hour >= 22):
                    fill["authors"] = 0.1
                fields = {name for name, share in fill.items() if self.dice.random() < share}
                yield Page(
                    at + step * self.dice.random(),
                    fields,
                    self.dice.lognormvariate(math.log(self.site.length), 0.6),
                    confidence=self._doubts.choices((0.95, 0.8, 0.6, 0.3), (0.8, 0.1, 0.06, 0.04))[0],
                )
            at += step

    def _poisson(self, mean: float) -> int:
        number, product = 0, self.dice.random()
        while product > math.exp(-mean):
            number += 1
            product *= self.dice.random()
        return number

    def _listed(self) -> int:
        if self.site.reach is None or self.emptied:
            return 0 if self.emptied else 40
        return sum(self.now - published < timedelta(hours=self.site.reach) for published in self._published)

    def _report(self, pages: list[Page], reasons: Counter[str]) -> RunReport:
        dates = Counter(page.published for page in pages).most_common(1)
        same = sum(page.boilerplate for page in pages)
        counts = Counts(
            listed=self._listed(),
            candidates=len(pages) + reasons.total(),
            fetched=len(pages) + reasons.total(),
            articles=len(pages),
            records=len(pages),
            rejected=reasons.total(),
        )
        site = SiteReport(
            label="news",
            counts=counts,
            reasons=dict(reasons),
            starts=Starts(asked=2, listed=2),
            fill={name: sum(name in page.fields for page in pages) / len(pages) for name in self.site.fill}
            if pages
            else {},
            confidence={name: sum(band(page.confidence) == name for page in pages) for name in BANDS} if pages else {},
            median_length=round(median(page.length for page in pages)) if pages else None,
            newest=max(page.published for page in pages).isoformat() if pages else None,
            same_date=Repeated(records=dates[0][1], what=str(dates[0][0])) if dates else Repeated(),
            same_text=Repeated(records=same, what="Follow us") if same > 1 else Repeated(),
            examples={
                name: f"https://news.example/{name}"
                for name in (
                    "missing/authors",
                    "reason/empty",
                    "shortest",
                    "repeated",
                    "same_date",
                    "newest",
                    "doubtful",
                )
            },
        )
        return RunReport(
            run_id=f"{self.now:%Y%m%dT%H%M%SZ}-{len(self.past):04x}",
            spider="portal",
            arguments={"site": "news"},
            began=self.now.isoformat(),
            ended=self.now.isoformat(),
            sites=[site],
        )
