"""Whether a site is healthy: what one run shows by itself, and what it shows beside the site's own past. Pure functions.

The idea of declared checks with the fill of fields is Spidermon's; the library itself is not used: it compares with the last run
only (or with Zyte's cloud), keeps pickles, and leaves the exit status at 0 (OPERATION §5).
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from newscrawl.quality.deviation import chance_of_at_least
from newscrawl.quality.past import BODYLESS, DAY, Point, points
from newscrawl.quality.trends import Finding, findings
from newscrawl.reports import Alert, RunReport

MIN_RUNS = 14
"""Runs that a past needs (HEALTH_MIN_RUNS)."""
MIN_DAYS = 7.0
"""Days that they have to span: each weekday once."""
_SURELY = 1e-4
"""A page or two may be none of an article by chance; what is likelier than this gives no alert."""
NOTES = frozenset(("unfinished",))
"""Kinds that say something of an earlier run, and leave this one healthy."""


def alerts(run: RunReport, former: Sequence[RunReport], min_runs: int = MIN_RUNS) -> list[Alert]:
    """What is not as it should be in a finished run; ``former`` are the reports of earlier runs in any order.

    A replay is compared with no past: its archive is always the same.
    """
    found: list[Alert] = []
    for site in run.sites:
        past = points(run, site, former)
        ready = not run.replay and not site.starts.idle and len(past) > min_runs and past[-1].when - past[0].when >= MIN_DAYS * DAY
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
        last = max((one for one in killed if one.site(site.label) and one.run_id < run.run_id), key=lambda one: one.run_id, default=None)
        if last:
            found.append(Alert(site=site.label, kind="unfinished", what=f"the run before did not finish: {last.run_id}", since=last.began,
                               now="this run has gone on with what it left"))
    return found


def _alert(finding: Finding, past: Sequence[Point]) -> Alert:
    here = past[-1]
    since = here.run.began
    for one in reversed(past[:-1]):
        if (finding.kind, finding.field) not in one.flags:
            break
        since = next((alert.since for alert in one.site.alerts if (alert.kind, alert.field) == (finding.kind, finding.field)), one.run.began)
    example = here.site.examples.get(finding.example) or here.site.examples.get("newest")
    return Alert(site=here.site.label, kind=finding.kind, field=finding.field, what=finding.what, since=since,
                 before=finding.before, now=finding.now, example=example)


def at_once(past: Sequence[Point]) -> Iterator[Finding]:
    """What the last of the runs shows by itself. Where there is a past it only widens what chance explains."""
    here, before = past[-1].site, past[:-1]
    starts, counts, robots = here.starts, here.counts, here.reasons.get("robots", 0)
    if starts.failed:
        every = starts.failed >= starts.asked
        what = "no entry point could be used" if every else "an entry point could not be used"
        yield Finding("entry_points", what, f"{starts.failed} of {starts.asked} entry points failed", example="starts/failed")
    listed = max(counts.listed, counts.candidates)
    if starts.failed + starts.put_off < starts.asked and not listed:
        yield Finding("nothing_listed", "the entry points list no articles", "0 candidates", example="starts")
    decided = past[-1].refused + past[-1].found
    if robots and robots == decided:
        yield Finding("robots", "robots.txt forbids every page", f"{robots} pages are forbidden", example="reason/robots")
    elif past[-1].bodyless * 2 > decided and _improbable(past[-1].bodyless, decided, sum(one.bodyless for one in before), before):
        reason = max(BODYLESS, key=lambda name: here.reasons.get(name, 0))
        yield Finding("no_text", "most pages have no text", f"{past[-1].bodyless} of {decided} pages", field="text", example=f"reason/{reason}")
    elif decided and not past[-1].found and not counts.versions and _improbable(decided, decided, sum(one.refused for one in before), before):
        reason = max(here.reasons, key=lambda name: here.reasons[name])
        yield Finding("no_articles", f"the site lists pages and none is an article, most: {reason}", f"0 of {decided} pages", example=f"reason/{reason}")


def _improbable(part: int, whole: int, part_before: int, before: Sequence[Point]) -> bool:
    """Whether so many of this run's pages are more than chance gives a site with that past; True where there is none."""
    pages = sum(one.refused + one.found for one in before)
    if not pages or not sum(one.found for one in before):
        return True
    share = min((part_before + 0.5) / (pages + 1), 1.0)
    most = 200  # more would only be surer
    if whole > most:
        part, whole = part * most // whole, most
    return chance_of_at_least(part, whole, share) < _SURELY



