"""Evaluations and comparisons in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from newscrawl.evaluate.calibration import LOSS, RIGHT, calibration
from newscrawl.evaluate.comparison import Comparison, PageChange
from newscrawl.evaluate.evaluation import Figures, PageResult, by_site, field_figures, figures
from newscrawl.evaluate.intervals import Interval
from newscrawl.monitor.confidence import DOUBT, SURETY


def as_json(pages: list[PageResult], comparison: Comparison | None) -> dict[str, Any]:
    """Everything, with every page."""
    found: dict[str, Any] = {
        "pages": len(pages),
        "without_record": [page.url for page in pages if not page.matched],
        "body": _figures(figures(pages)),
    }
    found["calibration"] = calibration_as_json(pages)
    found["fields"] = {name: asdict(value) for name, value in field_figures(pages).items()}
    found["sites"] = {
        site: {
            "pages": len(rows),
            "body": _figures(figures(rows)),
            "fields": {name: asdict(value) for name, value in field_figures(rows).items()},
        }
        for site, rows in by_site(pages).items()
    }
    found["each"] = [
        {"url": page.url, "site": page.site, "f1": page.value}
        | ({"precision": page.body.precision, "recall": page.body.recall} if page.body else {})
        | ({"confidence": page.confidence} if page.confidence is not None else {})
        | ({"foreign_lines": page.leaks} if page.leaks[1] else {})
        | {"fields": {name: agreement.normalised for name, agreement in page.fields.items()}}
        for page in pages
    ]
    if comparison is not None:
        found["against"] = {
            "difference": comparison.difference,
            "interval": comparison.interval,
            "same": comparison.same,
            "changes": [
                asdict(change) | {"effect": change.effect, "direction": change.direction}
                for change in comparison.changes
            ],
        }
    return found


def calibration_as_json(pages: list[PageResult]) -> dict[str, Any] | None:
    """What the records' confidence is worth; None where they have none, or the gold has no texts."""
    found = calibration(pages)
    return asdict(found) if found is not None else None


def _figures(found: Figures | None) -> dict[str, Any] | None:
    if found is None:
        return None
    row = asdict(found)
    row["intervals"] = dict(zip(("precision", "recall", "f1"), found.intervals, strict=True))
    return row


def lines(name: str, pages: list[PageResult], comparison: Comparison | None, rows: int) -> Iterator[str]:
    """The evaluation for a person; ``rows`` bounds the list of sites and those of pages."""
    missing = [page.url for page in pages if not page.matched and "rejected" not in page.fields]
    yield f"{name}: {len(pages)} pages" + (f", {len(missing)} without a record: {named(missing)}" if missing else "")
    found = figures(pages)
    if found is not None:
        yield f"  {'body':26}{'precision':>24}{'recall':>24}{'F1':>24}"
        yield f"  {found.measure:26}" + _three(found)
        if found.measure == "shingles":
            yield f"  exact {found.exact / found.pages:.1%}, empty {found.empty}" + _leaks(pages)
    judged = field_figures(pages)
    if judged:
        yield f"  {'field':18}{'judged':>8}{'exact':>24}{'normalised':>24}"
        for field, value in judged.items():
            yield f"  {field:18}{value.judged:8}{_value(value.exact, value.exact_interval)}{_value(value.normalised, value.normalised_interval)}"
    yield from calibration_lines(pages, rows)
    yield from _sites(pages, rows)
    if comparison is not None:
        yield from _comparison(comparison, rows)


def named(urls: list[str], shown: int = 3) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(urls) - shown} more" if len(urls) > shown else ""
    return ", ".join(urls[:shown]) + more


def _leaks(pages: list[PageResult]) -> str:
    leaked, named_lines = (sum(page.leaks[place] for page in pages) for place in (0, 1))
    return f", foreign lines {leaked} of {named_lines}" if named_lines else ""


def _three(found: Figures) -> str:
    values = (found.precision, found.recall, found.f1)
    return "".join(_value(value, interval) for value, interval in zip(values, found.intervals, strict=True))


def _value(value: float, interval: Interval) -> str:
    return f"{f'{value:.4f} [{interval[0]:.3f}–{interval[1]:.3f}]':>24}"


def calibration_lines(pages: list[PageResult], rows: int) -> Iterator[str]:
    """The same for a person, none where there is nothing to say; ``rows`` bounds the list of losses."""
    found = calibration(pages)
    if found is None:
        return
    yield f"  {'confidence':18}{'records':>8}{'mean':>24}{f'F1 ≥ {RIGHT}':>24}{'mean F1':>24}"
    for band in found.bands:
        if band.records:
            yield f"  {band.band:18}{band.records:8}{band.confidence:24.3f}{band.right:24.1%}{band.f1:24.4f}"
    kept = found.promise
    if kept.right is None or kept.interval is None:
        yield f"  no record has a confidence of at least {SURETY}"
    else:
        low, high = kept.interval
        yield (
            f"  of {kept.records} record{'s' * (kept.records != 1)} with at least {SURETY}, {kept.right:.1%} "
            f"[{low:.1%}–{high:.1%}] have F1 of {RIGHT} or more"
        )
    yield f"  silent losses (recall below {LOSS}, confidence of {DOUBT} or more): {len(found.losses)}"
    for loss in found.losses[:rows]:
        yield f"  loss   recall {loss.recall:.3f}, confidence {loss.confidence:.3f}  {loss.url}"
    if len(found.losses) > rows:
        yield f"  loss   … and {len(found.losses) - rows} more (--pages, --json)"


def _sites(pages: list[PageResult], rows: int) -> Iterator[str]:
    sites = by_site(pages)
    scored = [(found.f1, site, found) for site, group in sites.items() if (found := figures(group)) is not None]
    if len(sites) < 2 or not scored or not rows:
        return
    worst = "" if len(scored) <= rows else f", the {rows} lowest of {len(scored)}"
    yield f"  {f'site{worst}':44}{'pages':>6}{'F1':>24}"
    for _, site, found in sorted(scored, key=lambda entry: entry[:2])[:rows]:
        # One page has no spread that could be drawn from.
        yield f"  {site:44}{found.pages:6}" + (
            _value(found.f1, found.intervals[2]) if found.pages > 1 else f"{found.f1:>10.4f}"
        )


def _comparison(found: Comparison, rows: int) -> Iterator[str]:
    better = [change for change in found.changes if change.direction > 0]
    worse = [change for change in found.changes if change.direction < 0]
    other = len(found.changes) - len(better) - len(worse)
    if found.difference is not None and found.interval is not None:
        low, high = found.interval
        sure = "more than chance" if low > 0 or high < 0 else "may be chance"
        yield f"  against the old file: F1 {found.difference:+.4f} [{low:+.4f} to {high:+.4f}], {sure}"
    yield f"  {len(better)} pages better, {len(worse)} worse, {found.same} the same" + (
        f", {other} both" if other else ""
    )
    for word, changes in (("better", better), ("worse", worse)):
        for change in changes[:rows]:
            yield f"  {word:7}{_change(change)}"
        if len(changes) > rows:
            yield f"  {word:7}… and {len(changes) - rows} more (--pages, --json)"


def _change(change: PageChange) -> str:
    body = f"F1 {change.old:.3f} → {change.new:.3f}" if change.old is not None and change.new is not None else ""
    fields = [f"+{name}" for name in change.better] + [f"-{name}" for name in change.worse]
    return "  ".join(part for part in (body, " ".join(fields), change.url) if part)
