"""Health against a site's own past: what falls, rises or stands still beyond what is usual there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, pairwise
from statistics import median

from newscrawl.monitor.deviation import LIMIT, count_scale, falls, seasonal_spread, share_of, spread
from newscrawl.monitor.measures import FIELDS, moment
from newscrawl.monitor.past import (
    BODYLESS,
    DAY,
    HOUR,
    UNIT,
    UNSURPRISING,
    WEEK,
    Length,
    Metric,
    Point,
    Share,
    days,
    every,
    same_slot,
    sound,
    units,
)
from newscrawl.monitor.reports import SURE

_UNITS = 5
"""Units of the past that a comparison needs."""
_LEAST = 3
"""Records by which a share has to be off: two odd articles are no fault of a site."""
_DRIFT_RECORDS = 50
_WEEKS = 4
_MIXED = 1.5
_LOG_LIMIT = 7.0
"""As :data:`LIMIT`, for logarithms of counts: they are skewed to the left."""
_OF_DAYS = 0.6
"""Deviation of the difference of two weeks' medians, in deviations of a day: 1.25 √(1/7 + 1/14)."""
_GAPS = 7.0
"""Usual gaps between new articles by which the newest has to be older than it ever was: chance gives that once in e⁷ longest gaps."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is out of order, before it is known since when. ``example`` names one of the site's examples."""

    kind: str
    what: str
    now: str
    before: str | None = None
    field: str | None = None
    example: str = ""


def findings(past: Sequence[Point]) -> Iterator[Finding]:
    """All that is out of order in the last of the runs."""
    here, before = past[-1], past[:-1]
    yield from _few_articles(before, here)
    yield from _stale(past)
    for name in FIELDS:
        metric = Share(
            lambda one, name=name: round(one.site.fill.get(name, 0) * one.site.counts.records),  # type: ignore[misc]
            lambda one: one.site.counts.records,
        )
        off = _off(metric, past, ("field", name), below=True)
        if off:
            yield Finding("field", f"{name} is missing more often than usual", *_shares(off), name, f"missing/{name}")
    length = _off(Length(), past, ("length", "text"), below=True)
    if length:
        yield Finding(
            "length",
            "the texts are shorter than usual",
            f"median {length[0]:.0f} characters",
            f"{length[1]:.0f} characters (median of {length[2]})",
            "text",
            "shortest",
        )
    yield from _confidence(past)
    yield from _rejections(past)
    yield from _sameness(past)


def _shares(off: tuple[float, float, int]) -> tuple[str, str]:
    now, usual, number = off
    return f"{now:.0%}", f"{usual:.0%} (median of {number})"


def _off(
    metric: Metric, past: Sequence[Point], flag: tuple[str, str | None], *, below: bool
) -> tuple[float, float, int] | None:
    """The value now, the usual one and how many it is the median of, where a value is out of order: in this run, in this run
    and those before it that make a unit with it, in a day, or in the last week against weeks ago (a slow drift)."""
    sign, here = 1 if below else -1, past[-1:]
    if not metric.size(here):
        return None
    all_ = units(metric, past[:-1])  # the few runs of one hour may lie close by chance
    for window, before, mixed in _windows(metric, past):
        kept = units(metric, before)
        if len(kept) < _UNITS:
            continue
        values, now = [sign * value for value, _ in kept], sign * metric.value(window)
        noise = metric.noise(metric.size(window), all_)
        enough = (
            isinstance(metric, Length)
            or abs(share_of(sign * now) - share_of(sign * median(values))) * metric.size(window) >= _LEAST
        )
        # What the window's earlier runs had, and this one has no more, is over.
        lasts = sign * metric.value(here) < median(values) - metric.noise(metric.size(here), all_)
        if enough and lasts and falls(now, values, math.hypot(noise, spread(values))):
            good = [sign * value for value, _ in units(metric, sound(before, *flag))]
            if not mixed or not good or now < min(good) - noise:
                return _told(metric, window, sign * median(values), len(kept))
    return _drift(metric, past, sign)


def _told(metric: Metric, window: Sequence[Point], usual: float, number: int) -> tuple[float, float, int]:
    return metric.raw(window), math.exp(usual) if isinstance(metric, Length) else share_of(usual), number


def _windows(metric: Metric, past: Sequence[Point]) -> Iterator[tuple[Sequence[Point], Sequence[Point], bool]]:
    """Windows that end with this run, the runs that they are compared with, and whether these are of several hours or weekdays."""
    end, last = past[-1].when, len(past) - 1
    if metric.size(past[last:]) >= _LEAST:
        yield past[last:], every(WEEK, past[:last], past[last]), False
        yield past[last:], every(DAY, past[:last], past[last]), True
        yield past[last:], past[:last], True
    first = last
    while first and metric.size(past[first:]) < UNIT and end - past[first - 1].when < WEEK:
        first -= 1
    if first < last and metric.size(past[first:]) >= UNIT:
        yield past[first:], past[:first], True
    day = next(at for at, one in enumerate(past) if end - one.when < DAY)
    if day < first and metric.size(past[day:]) >= UNIT:
        yield past[day:], past[:day], True


def _drift(metric: Metric, past: Sequence[Point], sign: int) -> tuple[float, float, int] | None:
    """The middle day of the last week against the days of the first two weeks known, which lie at least a week before it."""
    end, begin = past[-1].when, past[0].when
    week = [one for one in past if end - one.when < WEEK]
    old = [one for one in past if one.when - begin < 2 * WEEK and end - one.when > 2 * WEEK]
    if end - begin < 3 * WEEK or metric.size(week) < _DRIFT_RECORDS:
        return None
    now, kept = units(metric, week, days(week, end)), units(metric, old, days(old, end))
    if len(now) < _UNITS or len(kept) < _UNITS:
        return None
    values, middle = [sign * value for value, _ in kept], median(sign * value for value, _ in now)
    noise = metric.noise(metric.size(week) // len(now), kept)
    enough = (
        isinstance(metric, Length)
        or abs(share_of(sign * middle) - share_of(sign * median(values))) * metric.size(week) >= _LEAST
    )
    if enough and falls(middle, values, _OF_DAYS * math.hypot(noise, spread(values))):
        return _told(metric, week, sign * median(values), len(kept))
    return None


def _few_articles(before: Sequence[Point], here: Point) -> Iterator[Finding]:
    """Far fewer articles than usual: for this weekday and hour, or in the last 24 hours."""
    peers, exact = same_slot(before, here)
    gaps = [one.elapsed for one in peers if one.elapsed is not None]
    # A run shortly after another finds little, and that is no fault.
    if here.elapsed is None or not gaps or here.elapsed >= 0.75 * median(gaps):
        seasons = [(int(one.when // HOUR) % 168, one.found) for one in before]
        calm = None if exact else [one.found for one in sound(peers, "articles")]
        if _fewer(here.found, [one.found for one in peers], seasons, calm):
            when = "of this weekday and hour" if exact else "so far"
            yield Finding(
                "articles",
                "far fewer articles than usual",
                f"{here.found} articles",
                f"{median(one.found for one in peers):g} (median of {len(peers)} runs {when})",
            )
            return
    spans = days([one for one in before if here.when - one.when >= DAY], here.when)
    if len(spans) < _UNITS:
        return
    total = here.found + sum(one.found for one in before if here.when - one.when < DAY)
    sums = [(int((here.when - span[-1].when) // DAY) % 7, sum(one.found for one in span)) for span in spans]
    weekly = [number for weekday, number in sums if not weekday]
    exact = len(weekly) >= _WEEKS
    days_ = weekly if exact else [number for _, number in sums]
    calm = (
        None
        if exact
        else [
            number for span, (_, number) in zip(spans, sums, strict=True) if len(sound(span, "articles")) == len(span)
        ]
    )
    if _fewer(total, days_, sums, calm) or _fewer(
        total, days_, sums, calm, math.log1p, 1 / math.sqrt(1 + median(days_)), _LOG_LIMIT
    ):
        yield Finding(
            "articles",
            "far fewer articles in 24 hours than usual",
            f"{total} articles",
            f"{median(days_):g} (median of {len(days_)} days{' of the same weekday' if exact else ''})",
        )


def _fewer(
    now: int,
    peers: Sequence[int],
    seasons: Sequence[tuple[int, int]],
    calm: Sequence[int] | None,
    scale: Callable[[float], float] = count_scale,
    chance: float = 1.0,
    limit: float = LIMIT,
) -> bool:
    """Whether a count is low among its peers: on Anscombe's scale; by its logarithm the days of a site that publishes in bursts.

    ``chance`` is the deviation that chance alone gives. ``calm`` are counts without an alert that it has to fall below when they
    are a mixture, and by some deviations: the first weekend is one sample of weekends.
    """
    scaled = [scale(number) for number in peers]
    deviation = max(chance, spread(scaled), seasonal_spread((season, scale(number)) for season, number in seasons))
    return falls(scale(now), scaled, deviation, min(map(scale, calm)) - _MIXED * deviation if calm else None, limit)


def _stale(past: Sequence[Point]) -> Iterator[Finding]:
    """The newest article is older than it ever was, by several of the usual gaps between new articles."""
    dates = [when.timestamp() if (when := moment(one.site.newest)) else -math.inf for one in past]
    newest = list(accumulate(dates, max))
    ages = [one.when - date for one, date in zip(past, newest, strict=True)]
    gaps = [after - before for before, after in pairwise(newest) if after > before > -math.inf]
    # Not the runs since the newest article: their silence is this one's.
    known = [
        (age, one)
        for age, date, one in zip(ages, newest, past, strict=True)
        if math.isfinite(age) and date < newest[-1]
    ]
    if len(gaps) < UNIT or not known:
        return
    calm = [age for age, one in known if ("stale", None) not in one.flags] or [age for age, _ in known]
    gap = max(median(gaps) / math.log(2), sum(gaps) / len(gaps))
    if ages[-1] > max(calm) + _GAPS * gap:
        yield Finding(
            "stale",
            "nothing new has been published for longer than ever before",
            f"the newest article is {_duration(ages[-1])} old",
            f"{_duration(median(calm))} (median of {len(calm)} runs), at most {_duration(max(calm))}",
            example="newest",
        )


def _duration(seconds: float) -> str:
    return str(timedelta(minutes=round(seconds / 60)))[:-3]


def _confidence(past: Sequence[Point]) -> Iterator[Finding]:
    """More doubtful texts, or fewer sure ones: a layout that the extractor knows less well than the one before."""
    off = _off(Share(lambda one: one.doubtful, lambda one: one.weighed), past, ("confidence", "text"), below=False)
    what = "more texts than usual are doubtful (confidence below 0.5)"
    if not off:
        off = _off(
            Share(lambda one: one.site.confidence.get(SURE, 0), lambda one: one.weighed),
            past,
            ("confidence", "text"),
            below=True,
        )
        what = "fewer texts than usual are sure (confidence of 0.9 or more)"
    if off:
        yield Finding("confidence", what, *_shares(off), "text", "doubtful")


def _rejections(past: Sequence[Point]) -> Iterator[Finding]:
    """Pages without a body, and pages rejected for whatever reason."""
    off = _off(
        Share(lambda one: one.bodyless, lambda one: one.bodyless + one.found), past, ("no_text", "text"), below=False
    )
    if off:
        reason = max(BODYLESS, key=lambda name: past[-1].site.reasons.get(name, 0))
        yield Finding("no_text", "more pages than usual have no text", *_shares(off), "text", f"reason/{reason}")
        return
    off = _off(
        Share(lambda one: one.refused, lambda one: one.refused + one.found), past, ("rejections", None), below=False
    )
    if off:
        before, reasons = past[:-1], past[-1].site.reasons
        pages = sum(one.refused + one.found for one in before) or 1
        total = past[-1].refused + past[-1].found
        risen = {
            reason: number / total - sum(one.site.reasons.get(reason, 0) for one in before) / pages
            for reason, number in reasons.items()
            if reason not in UNSURPRISING
        }
        reason = max(risen, key=lambda name: risen[name], default="")
        kind = "robots" if reason == "robots" else "rejections"
        what = (
            "robots.txt forbids more than before"
            if kind == "robots"
            else f"more pages than usual are rejected, most as {reason}"
        )
        yield Finding(kind, what, *_shares(off), example=f"reason/{reason}")


def _sameness(past: Sequence[Point]) -> Iterator[Finding]:
    """Many records that share a paragraph or a date of publication: a new boilerplate, or dates that are not the articles'."""
    here = past[-1].site
    for kind, name, what in (
        ("repeated", "text", "the same paragraph stands in many articles"),
        ("same_date", "published", "many articles have the same date"),
    ):

        def shared(one: Point, kind: str = kind) -> int:
            return max(0, (one.site.same_text if kind == "repeated" else one.site.same_date).records - 1)

        off = _off(Share(shared, lambda one: max(0, one.site.counts.records - 1)), past, (kind, name), below=False)
        if off and shared(past[-1]) >= _LEAST:
            seen = here.same_text if kind == "repeated" else here.same_date
            now, before = _shares(off)
            yield Finding(
                kind,
                f"{what}: {seen.what}",
                f"{seen.records} of {here.counts.records} articles, {now}",
                before,
                name,
                kind,
            )
