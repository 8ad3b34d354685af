"""Whether a site is healthy: what one run shows by itself, and what it shows beside the site's own past. Pure functions.

The idea of declared checks with the fill of fields is Spidermon's; the library itself is not used: it compares with the last run
only (or with Zyte's cloud), keeps pickles, and leaves the exit status at 0 (OPERATION §5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newscrawl.monitor.deviation import chance_of_at_least
from newscrawl.monitor.past import BODYLESS, DAY, UNIT, Point, may_be_empty, points, sound
from newscrawl.monitor.reports import Alert, RunReport
from newscrawl.monitor.trends import Finding, findings

MIN_RUNS = 14
"""Runs that a past needs (HEALTH_MIN_RUNS)."""
MIN_DAYS = 7.0
"""Days that they have to span: each weekday once."""
_SURELY = 1e-4
"""A page or two may be none of an article by chance; what is likelier than this gives no alert."""
_LOOKS = 5
"""Looks at known articles that it takes to say that most fail: an article or two are withdrawn any day."""
NOTES = frozenset(("unfinished",))
"""Kinds that say something of an earlier run, and leave this one healthy."""


def alerts(run: RunReport, former: Sequence[RunReport], min_runs: int = MIN_RUNS) -> list[Alert]:
    """What is not as it should be in a finished run; ``former`` are the reports of earlier runs in any order.

    A replay is compared with no past: its archive is always the same.
    """
    found: list[Alert] = []
    for site in run.sites:
        past = points(run, site, former)
        ready = (
            not run.replay
            and not site.starts.idle
            and len(past) > min_runs
            and past[-1].when - past[0].when >= MIN_DAYS * DAY
        )
        said: set[tuple[str, str | None]] = set()
        for finding in [*at_once(past), *(findings(past) if ready else ())]:
            if (finding.kind, finding.field) not in said:
                said.add((finding.kind, finding.field))
                found.append(_alert(finding, past))
    return found


def unfinished(run: RunReport, killed: Sequence[RunReport]) -> list[Alert]:
    """One note for each site of this run whose last run was killed; ``killed`` are the reports that say ``began`` for ever."""
    found = []
    for site in run.sites:
        last = max(
            (one for one in killed if one.site(site.label) and one.run_id < run.run_id),
            key=lambda one: one.run_id,
            default=None,
        )
        if last:
            found.append(
                Alert(
                    site=site.label,
                    kind="unfinished",
                    what=f"the run before did not finish: {last.run_id}",
                    since=last.began,
                    now="this run has gone on with what it left",
                )
            )
    return found


def _alert(finding: Finding, past: Sequence[Point]) -> Alert:
    here = past[-1]
    since = here.run.began
    for one in reversed(past[:-1]):
        if (finding.kind, finding.field) not in one.flags:
            break
        since = next(
            (alert.since for alert in one.site.alerts if (alert.kind, alert.field) == (finding.kind, finding.field)),
            one.run.began,
        )
    example = here.site.examples.get(finding.example) or here.site.examples.get("newest")
    return Alert(
        site=here.site.label,
        kind=finding.kind,
        field=finding.field,
        what=finding.what,
        since=since,
        before=finding.before,
        now=finding.now,
        example=example,
    )


def at_once(past: Sequence[Point]) -> Iterator[Finding]:
    """What the last of the runs shows by itself. Where there is a past it only widens what chance explains."""
    here, before = past[-1].site, past[:-1]
    starts, counts, robots = here.starts, here.counts, here.reasons.get("robots", 0)
    if starts.failed:
        every = starts.failed >= starts.asked
        what = "no entry point could be used" if every else "an entry point could not be used"
        yield Finding(
            "entry_points", what, f"{starts.failed} of {starts.asked} entry points failed", example="starts/failed"
        )
    if past[-1].lists_nothing and not may_be_empty(past):
        yield Finding("nothing_listed", "the entry points list no articles", "0 candidates", example="starts")
    yield from _rechecks(past)
    yield from _doubts(past)
    decided = past[-1].refused + past[-1].found
    if robots and robots == decided and _all_forbidden(past):
        yield Finding(
            "robots", "robots.txt forbids every page", f"{robots} pages are forbidden", example="reason/robots"
        )
    elif past[-1].bodyless * 2 > decided and _beyond_chance(
        past[-1].bodyless, decided, sum(one.bodyless for one in before), before
    ):
        reason = max(BODYLESS, key=lambda name: here.reasons.get(name, 0))
        yield Finding(
            "no_text",
            "most pages have no text",
            f"{past[-1].bodyless} of {decided} pages",
            field="text",
            example=f"reason/{reason}",
        )
    elif (
        decided
        and not past[-1].found
        and not counts.versions
        and _beyond_chance(decided, decided, sum(one.refused for one in before), before)
    ):
        reason = max(here.reasons, key=lambda name: here.reasons[name])
        yield Finding(
            "no_articles",
            f"the site lists pages and none is an article, most: {reason}",
            f"0 of {decided} pages",
            example=f"reason/{reason}",
        )


def _all_forbidden(past: Sequence[Point]) -> bool:
    """Whether the forbidden pages are more than a new link or two that robots.txt never allowed.

    The runs before count too, as far as they met forbidden pages alone: on a quiet site one run has a page or none.
    """
    first = len(past) - 1
    while (
        first and not past[first - 1].found and past[first - 1].refused == past[first - 1].site.reasons.get("robots", 0)
    ):
        first -= 1
    forbidden, before = sum(one.refused for one in past[first:]), past[:first]
    return _beyond_chance(forbidden, forbidden, sum(one.site.reasons.get("robots", 0) for one in before), before)


def _rechecks(past: Sequence[Point]) -> Iterator[Finding]:
    """Known articles that answer with errors: this run's looks, with those of the last day's runs where it took few."""
    first = len(past) - 1
    if 2 * past[first].site.counts.rechecks_failed <= past[first].site.counts.rechecks:
        return
    while (
        first
        and sum(one.site.counts.rechecks for one in past[first:]) < _LOOKS
        and past[-1].when - past[first - 1].when < DAY
    ):
        first -= 1
    failed, looks = (
        sum(one.site.counts.rechecks_failed for one in past[first:]),
        sum(one.site.counts.rechecks for one in past[first:]),
    )
    # Runs that were out of order already would make it usual: an error that lasts would be told of for a day or two only.
    before = [one.site.counts for one in sound(past[:first], "rechecks")]
    usual = sum(one.rechecks_failed for one in before), sum(one.rechecks for one in before)
    if looks >= _LOOKS and 2 * failed > looks and _improbable(failed, looks, *usual):
        yield Finding(
            "rechecks", "most known articles can no longer be fetched", f"{failed} of {looks} looks at them failed"
        )


def _doubts(past: Sequence[Point]) -> Iterator[Finding]:
    """Texts of which most are rather wrong than right: this run's, with those of the last day's runs where it has few."""
    first = len(past) - 1
    if 2 * past[first].doubtful <= past[first].weighed:
        return
    while first and sum(one.weighed for one in past[first:]) < UNIT and past[-1].when - past[first - 1].when < DAY:
        first -= 1
    doubtful, texts = sum(one.doubtful for one in past[first:]), sum(one.weighed for one in past[first:])
    before = sound(past[:first], "confidence", "text")  # or a fault that lasts would soon be usual
    usual = sum(one.doubtful for one in before), sum(one.weighed for one in before)
    if texts >= UNIT and 2 * doubtful > texts and _improbable(doubtful, texts, *usual):
        yield Finding(
            "confidence",
            "most texts are doubtful (confidence below 0.5)",
            f"{doubtful} of {texts} texts",
            field="text",
            example="doubtful",
        )


def _beyond_chance(part: int, whole: int, part_before: int, before: Sequence[Point]) -> bool:
    """Whether so many of this run's pages are more than chance gives a site with that past; True where there is none."""
    articles = sum(one.found for one in before)
    return not articles or _improbable(part, whole, part_before, articles + sum(one.refused for one in before))


def _improbable(part: int, whole: int, part_before: int, whole_before: int) -> bool:
    """Whether so large a part is more than chance gives where the past had ``part_before`` of ``whole_before``; True without a past."""
    if not whole_before:
        return True
    share = min((part_before + 0.5) / (whole_before + 1), 1.0)
    most = 200  # more would only be surer
    if whole > most:
        part, whole = part * most // whole, most
    return chance_of_at_least(part, whole, share) < _SURELY
