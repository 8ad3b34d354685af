"""The last run of each site in Prometheus' text form, for node_exporter's textfile collector.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format (0.0.4). Each site keeps the values of its own last
run, so that crontabs of several sites share one file; that a site is no longer crawled at all shows in its time stamp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from newscrawl.monitor.reports import RunReport, SiteReport

NAME = "metrics.prom"
Value = float | int | None


@dataclass(frozen=True, slots=True)
class _Family:
    """One metric: its name without prefix, its help text, and its value or its values by a further label."""

    name: str
    help: str
    value: Callable[[RunReport, SiteReport], Value | dict[str, float]]
    by: str = ""


def _time(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None


def _newest(text: str | None) -> float | None:
    try:
        return _time(text)
    except ValueError:
        return None


def _alerts(site: SiteReport) -> dict[str, float]:
    kinds = [alert.kind for alert in site.alerts]
    return {kind: float(kinds.count(kind)) for kind in kinds}


_FAMILIES = (
    _Family("last_run_timestamp_seconds", "When the last run of the site ended.", lambda run, site: _time(run.ended)),
    _Family("last_run_duration_seconds", "How long it took.", lambda run, site: run.seconds),
    _Family(
        "last_run_exit_status", "Exit status of the run, all its sites together.", lambda run, site: run.exit_status
    ),
    _Family(
        "last_run_healthy",
        "1 when the run ended and the site gave no alert.",
        lambda run, site: int(
            run.outcome in ("healthy", "unhealthy") and not [one for one in site.alerts if one.kind != "unfinished"]
        ),
    ),
    _Family("last_run_alerts", "Alerts of the site by kind.", lambda run, site: _alerts(site), "kind"),
    _Family("last_run_listed", "Candidates that the entry points listed.", lambda run, site: site.counts.listed),
    _Family("last_run_candidates", "Candidates that no run knew before.", lambda run, site: site.counts.candidates),
    _Family("last_run_articles", "New articles.", lambda run, site: site.counts.articles),
    _Family("last_run_versions", "New versions of known articles.", lambda run, site: site.counts.versions),
    _Family("last_run_withdrawals", "Articles found gone.", lambda run, site: site.counts.gone),
    _Family("last_run_left_over", "Candidates left to the next run.", lambda run, site: site.counts.left_over),
    _Family(
        "last_run_rejections",
        "Rejections by reason.",
        lambda run, site: {key: float(n) for key, n in site.reasons.items()},
        "reason",
    ),
    _Family(
        "last_run_field_fill_ratio",
        "Share of the records that have the field.",
        lambda run, site: dict(site.fill),
        "field",
    ),
    _Family(
        "last_run_text_length_characters", "Length of the middle record's text.", lambda run, site: site.median_length
    ),
    _Family(
        "last_run_articles_by_confidence",
        "Articles by how likely their texts are right, unsure ones included.",
        lambda run, site: {key: float(n) for key, n in site.confidence.items()},
        "confidence",
    ),
    _Family(
        "last_run_delay_seconds",
        "Median from publication to fetch.",
        lambda run, site: site.delays.median if site.delays else None,
    ),
    _Family("last_run_requests", "Requests, redirects and robots.txt included.", lambda run, site: site.requests),
    _Family("last_run_received_bytes", "Bytes of bodies over the network.", lambda run, site: site.bytes),
    _Family(
        "last_run_responses",
        "Responses by HTTP status.",
        lambda run, site: {key: float(n) for key, n in site.statuses.items()},
        "status",
    ),
    _Family(
        "last_run_newest_article_timestamp_seconds",
        "Publication of the run's newest article.",
        lambda run, site: _newest(site.newest),
    ),
)


def latest(reports: Iterable[RunReport]) -> list[tuple[RunReport, SiteReport]]:
    """The last ended run of each spider and site among reports that come newest first."""
    found: dict[tuple[str, str], tuple[RunReport, SiteReport]] = {}
    for run in reports:
        for site in run.sites if run.ended else ():
            found.setdefault((run.spider, site.label), (run, site))
    return [found[key] for key in sorted(found)]


def render(reports: Iterable[RunReport]) -> str:
    """The file's text, of reports that come newest first."""
    runs = latest(reports)
    return "".join(line + "\n" for family in _FAMILIES for line in _lines(family, runs))


def _lines(family: _Family, runs: list[tuple[RunReport, SiteReport]]) -> Iterator[str]:
    samples = []
    for run, site in runs:
        labels = {"site": site.label, "spider": run.spider}
        found = family.value(run, site)
        values = found if isinstance(found, dict) else {"": found}
        for key, value in sorted(values.items()):
            if value is not None:
                samples.append(
                    f"newscrawl_{family.name}{{{_labels(labels | ({family.by: key} if family.by else {}))}}} {value!r}"
                )
    if samples:
        yield f"# HELP newscrawl_{family.name} {family.help}"
        yield f"# TYPE newscrawl_{family.name} gauge"
        yield from samples


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
