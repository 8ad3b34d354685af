"""The history of the runs as one self-contained HTML page: no scripts, no requests, charts as inline SVG, in light and dark.

Names and URLs come from sites: they are escaped, and only http and https addresses become links.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape
from importlib import resources

from newscrawl.monitor import charts
from newscrawl.monitor.history_days import Day, days
from newscrawl.monitor.report_text import duration, plain
from newscrawl.monitor.reports import BANDS, Alert, RunReport, SiteReport

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_SHOWN = 30
"""Runs and alerts that are listed below a site's charts."""


def render(runs: Sequence[RunReport], labels: Sequence[str]) -> str:
    """The page, of reports oldest first, with a part for each site. There is at least one report."""
    style = resources.files("newscrawl.monitor").joinpath("data/history.css").read_text("utf-8")
    return "".join(
        (
            f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n',
            f'<meta name="color-scheme" content="light dark">\n<title>newscrawl: history</title>\n<style>\n{style}</style>\n</head>\n<body>\n',
            f"<h1>newscrawl: history of {len(runs)} run{'s' * (len(runs) != 1)}</h1>\n",
            f'<p class="note">{_when(runs[0].began)} to {_when(runs[-1].began)} UTC, {len(labels)} site{"s" * (len(labels) != 1)}. '
            "A red triangle marks a day with an alert, or with a run that did not end well.</p>\n",
            *_contents(runs, labels),
            *(part for number, label in enumerate(labels) for part in _site(runs, label, number)),
            "</body>\n</html>\n",
        )
    )


def _text(text: object) -> str:
    return escape(plain(str(text)))


def _when(moment: str) -> str:
    return _text(moment[:16].replace("T", " "))


def _state(run: RunReport, alerts: bool) -> str:
    """How a run went for one site of it: the run's own words are those of its first alert, of whatever site."""
    return run.words if run.outcome not in ("healthy", "unhealthy") else "unhealthy" if alerts else "healthy"


def _contents(runs: Sequence[RunReport], labels: Sequence[str]) -> Iterator[str]:
    if len(labels) > 1:
        yield "<nav><ul>\n"
        for number, label in enumerate(labels):
            last = next((site for run in reversed(runs) if (site := run.site(label))), None)
            state = ' <span class="bad">&#9650; alert</span>' if last and last.alerts else ""
            yield f'<li><a href="#site-{number}">{_text(label)}</a>{state}</li>\n'
        yield "</ul></nav>\n"


def _site(runs: Sequence[RunReport], label: str, number: int) -> Iterator[str]:
    mine = [(run, site) for run in runs if (site := run.site(label))]
    by_day = days(runs, label)
    yield f'<section>\n<h2 id="site-{number}">{_text(label)}</h2>\n'
    last_run, last = mine[-1]
    total = sum(site.counts.articles for _, site in mine)
    yield f'<p class="note">{len(mine)} run{"s" * (len(mine) != 1)}, {total:,} new articles; last run {_when(last_run.began)}: {_text(_state(last_run, bool(last.alerts)))}</p>\n'
    yield from _alerts(last.alerts, "Alerts of the last run")
    yield '<div class="charts">\n'
    yield _figure(
        "New articles a day",
        charts.bars(by_day, [lambda day: day.articles], ["articles"], f"New articles a day of {label}"),
    )
    yield _rejections(by_day, label)
    if any(day.confidence for day in by_day):
        yield _confidence(by_day, label)
    names = [
        name
        for name in dict.fromkeys(name for _, site in mine for name in site.fill)
        if any(day.filled[name] for day in by_day)
    ]
    if names:
        yield _figure(
            "Records that have each field",
            charts.shades(by_day, names, f"Fill of the fields by day, {label}"),
            note="At the right: the last day's share.",
        )
    if any(day.delay is not None for day in by_day):
        chart = charts.lines(
            by_day,
            [lambda day: day.delay, lambda day: day.delay_p90],
            ["median", "9 of 10 within"],
            f"Delay of {label}",
            duration,
        )
        yield _figure("From publication to fetch", chart, [("s1", "median"), ("d2", "nine of ten articles")])
    yield "</div>\n"
    older = [alert for _, site in reversed(mine[:-1]) for alert in site.alerts]
    if older:
        yield f"<details><summary>{len(older)} alert{'s' * (len(older) != 1)} of earlier runs</summary>\n"
        yield from _alerts(older[:_SHOWN], "Newest first")
        yield "</details>\n"
    yield from _runs(mine[-_SHOWN:])
    yield "</section>\n"


def _rejections(by_day: Sequence[Day], label: str) -> str:
    total: Counter[str] = Counter()
    for day in by_day:
        total.update(day.reasons)
    top = [name for name, _ in total.most_common(4)]
    stacks: list[Callable[[Day], float]] = [partial(_of_reason, name) for name in top]
    names = list(top)
    if len(total) > len(top):
        stacks.append(partial(_of_others, frozenset(top)))
        names.append("others")
    legend = [(f"s{at + 1}" if at < 4 else "other", name) for at, name in enumerate(names)]
    return _figure("Rejections a day", charts.bars(by_day, stacks, names, f"Rejections a day of {label}"), legend)


def _confidence(by_day: Sequence[Day], label: str) -> str:
    """The surest articles stand at the bottom, so that the doubtful ones lie on the top."""
    names = BANDS[::-1]
    chart = charts.bars(by_day, [partial(_of_band, name) for name in names], names, f"Confidence a day of {label}")
    return _figure("Articles a day by confidence", chart, [(f"s{at + 1}", name) for at, name in enumerate(names)])


def _of_band(name: str, day: Day) -> float:
    return day.confidence[name]


def _of_reason(name: str, day: Day) -> float:
    return day.reasons[name]


def _of_others(top: frozenset[str], day: Day) -> float:
    return sum(number for name, number in day.reasons.items() if name not in top)


def _figure(title: str, chart: str, legend: Sequence[tuple[str, str]] = (), note: str = "") -> str:
    keys = "".join(
        f'<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{colour}" width="10" height="10"/></svg>{_text(name)}</li>'
        for colour, name in legend
    )
    below = f'<ul class="legend">{keys}</ul>\n' if keys else ""
    return (
        f"<figure>\n<h3>{title}</h3>\n{chart}{below}"
        + (f'<p class="note">{note}</p>\n' if note else "")
        + "</figure>\n"
    )


def _alerts(alerts: Sequence[Alert], title: str) -> Iterator[str]:
    if not alerts:
        return
    yield f'<div class="alerts">\n<h3 class="bad">&#9650; {title}</h3>\n<ul>\n'
    for alert in alerts:
        field = f" ({_text(alert.field)})" if alert.field else ""
        before = f", before: {_text(alert.before)}" if alert.before else ""
        yield f"<li><b>{_text(alert.what)}</b>{field}: {_text(alert.now)}{before}. Since {_when(alert.since)}.{_example(alert.example)}</li>\n"
    yield "</ul>\n</div>\n"


def _example(url: str | None) -> str:
    if not url:
        return ""
    shown = _text(url)
    return (
        f' Example: <a href="{shown}" rel="noreferrer">{shown}</a>'
        if re.match("https?://", url)
        else f" Example: {shown}"
    )


def _runs(mine: Sequence[tuple[RunReport, SiteReport]]) -> Iterator[str]:
    head = ("began (UTC)", "new", "changed", "gone", "rejected", "requests", "MB", "characters", "delay", "outcome")
    yield f'<details><summary>The last {len(mine)} runs</summary>\n<div class="wide"><table>\n<tr>{"".join(f"<th>{name}</th>" for name in head)}</tr>\n'
    for run, site in reversed(mine):
        counts = site.counts
        bad = run.outcome not in ("healthy", "unhealthy") or bool(site.alerts)
        cells = (
            _when(run.began),
            counts.articles,
            counts.versions,
            counts.gone,
            counts.rejected,
            site.requests,
            f"{site.bytes / 1e6:.1f}",
            site.median_length or "-",
            duration(site.delays.median if site.delays else None),
        )
        told = ", ".join(alert.kind for alert in site.alerts) or _state(run, bad)
        mark = ' class="bad"' if bad else ""
        yield f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}<td{mark}>{_text(told)}</td></tr>\n"
    yield "</table></div>\n</details>\n"
