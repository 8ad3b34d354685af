"""Run reports for people: the last lines of a run's log, and the history as a table. Columns are aligned by what a terminal shows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from newscrawl.monitor.reports import SURE, Alert, Counts, RunReport, SiteReport

Row = Sequence[str]


def width(text: str) -> int:
    """Columns of a terminal: East Asian wide and full-width characters take two (UAX #11), marks that combine take none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def table(head: Row, rows: Sequence[Row], left: int = 1) -> list[str]:
    """Rows below a head; the first ``left`` columns and the last one start together, numbers end together. Nothing without rows."""
    if not rows:
        return []
    widths = [max(width(row[at]) for row in (head, *rows)) for at in range(len(head))]

    def line(row: Row) -> str:
        cells = []
        for at, cell in enumerate(row):
            gap = " " * (widths[at] - width(cell))
            cells.append(cell + gap if at < left or at == len(row) - 1 else gap + cell)
        return "  ".join(cells).rstrip()

    return [line(row) for row in (head, *rows)]


def plain(text: str) -> str:
    """On one line, without control characters: sites' words reach a terminal here."""
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char for char in text)


def duration(seconds: float | None) -> str:
    """As a person says it: 40 s, 12 min, 3.5 h, 2 d."""
    if seconds is None:
        return "-"
    for limit, length, unit in ((90, 1, "s"), (5400, 60, "min"), (129_600, 3600, "h")):
        if seconds < limit:
            return f"{seconds / length:.{0 if seconds / length >= 10 else 1}f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def counted(counts: dict[str, int]) -> str:
    """The largest first: ``3 list_page, 1 empty``."""
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def alert_line(alert: Alert) -> str:
    """An alert on one line."""
    field = f" [{alert.field}]" if alert.field else ""
    before = f", before: {alert.before}" if alert.before else ""
    example = f"; see {alert.example}" if alert.example else ""
    return plain(f"{alert.site}{field}: {alert.what}: {alert.now}{before}; since {alert.since}{example}")


def total(report: RunReport) -> Counts:
    """The counts of all sites together."""
    return Counts(
        **{name: sum(getattr(site.counts, name) for site in report.sites) for name in Counts.__struct_fields__}
    )


def summary(report: RunReport, kinds: dict[str, int]) -> list[str]:
    """What a person wants to know of a run, line by line; one site gets its details, several get a row each."""
    counts = total(report)
    reasons: dict[str, int] = {}
    for site in report.sites:
        for name, number in site.reasons.items():
            reasons[name] = reasons.get(name, 0) + number
    size = sum(site.bytes for site in report.sites) / 1e6
    lines = [
        f"fetched    {counts.fetched} pages with {sum(site.requests for site in report.sites)} requests, {size:.1f} MB, in {report.seconds} seconds",
        f"candidates {counts.candidates} new of {counts.listed} listed",
        f"articles   {counts.articles}" + (f" ({counted(kinds)})" if len(kinds) > 1 else ""),
    ]
    if counts.rechecks or counts.versions:
        lines.append(
            f"rechecked  {counts.rechecks}: {counts.unchanged} unchanged, {counts.versions} new versions, {counts.gone} gone, "
            f"{counts.rechecks_failed} failed"
        )
    lines.append(f"rejected   {counts.rejected}" + (f" ({counted(reasons)})" if reasons else ""))
    if counts.dropped:
        lines.append(f"dropped    {counts.dropped} by item pipelines")
    if counts.pipeline_failed:
        lines.append(f"failed     {counts.pipeline_failed} in item pipelines; the next run offers them again")
    if counts.left_over:
        lines.append(f"left over  {counts.left_over} candidates for the next run")
    if len(report.sites) == 1 and counts.records:
        lines.append(
            "fields     " + ", ".join(f"{name} {int(100 * share)} %" for name, share in report.sites[0].fill.items())
        )
    if len(report.sites) == 1 and report.sites[0].confidence:
        lines.append(
            "confidence "
            + ", ".join(f"{band}: {number}" for band, number in report.sites[0].confidence.items() if number)
        )
    if len(report.sites) > 1:
        lines += table(
            ("site", "new", "changed", "rejected", "left", "requests", "MB", "delay", "characters", "health"),
            [_row(site) for site in report.sites],
        )
    return lines


def _row(site: SiteReport) -> Row:
    counts = site.counts
    kinds = [f"{alert.kind} {alert.field}" if alert.field else alert.kind for alert in site.alerts]
    return (
        plain(site.label),
        str(counts.articles),
        str(counts.versions),
        str(counts.rejected),
        str(counts.left_over),
        str(site.requests),
        f"{site.bytes / 1e6:.1f}",
        duration(site.delays.median if site.delays else None),
        str(site.median_length or "-"),
        ", ".join(kinds) or "fine",
    )


def history(reports: Iterable[RunReport], site: str | None = None) -> list[str]:
    """A line for each site of each run, in the order of the reports."""
    rows = []
    for run in reports:
        for one in run.sites:
            if site in (None, one.label):
                counts = one.counts
                fill = [
                    f"{one.fill[name]:.0%}" if name in one.fill else "-" for name in ("title", "published", "authors")
                ]
                rows.append(
                    (
                        run.began[:16].replace("T", " "),
                        plain(run.spider),
                        plain(one.label),
                        str(counts.articles),
                        str(counts.versions),
                        str(counts.gone),
                        str(counts.rejected),
                        *fill,
                        _sure(one),
                        str(one.median_length or "-"),
                        duration(one.delays.median if one.delays else None),
                        _state(run, one),
                    )
                )
    return table(
        (
            "began (UTC)",
            "spider",
            "site",
            "new",
            "changed",
            "gone",
            "rejected",
            "title",
            "date",
            "authors",
            "sure",
            "characters",
            "delay",
            "outcome",
        ),
        rows,
        3,
    )


def _sure(site: SiteReport) -> str:
    """Share of the articles whose texts are right nine times in ten."""
    number = sum(site.confidence.values())
    return f"{site.confidence.get(SURE, 0) / number:.0%}" if number else "-"


def _state(run: RunReport, site: SiteReport) -> str:
    kinds = ", ".join(f"{alert.kind} {alert.field}" if alert.field else alert.kind for alert in site.alerts)
    if run.outcome in ("healthy", "unhealthy"):
        return kinds or "healthy"
    if run.outcome == "began":
        return "did not end"
    return plain(run.words[:60])
