"""The run's report: gathered while the run goes on, judged, written at its end, and handed to the user's command."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import platform
import shlex
import signal
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from scrapy import signals

from newscrawl import __version__
from newscrawl.crawl.marks import CRAWL
from newscrawl.crawl.run import Run
from newscrawl.monitor import health, prometheus
from newscrawl.monitor import report_file as files
from newscrawl.monitor.counts import DISK, FAILED, HEALTHY, UNHEALTHY, RunStats, SiteStats
from newscrawl.monitor.measures import FIELDS
from newscrawl.monitor.reports import (
    Alert,
    Browser,
    Counts,
    Delays,
    Event,
    Outcome,
    Repeated,
    RunReport,
    SiteReport,
    Starts,
)
from newscrawl.urls import host

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

logger = logging.getLogger("newscrawl.run")

RUNS = "runs"
"""Folder of the reports, under ``STATE_DIR``."""
ALERT_SECONDS = 30.0
"""Time that ALERT_COMMAND has; :data:`STOPPED_SECONDS` after a signal, which has to end the run within 15 s."""
STOPPED_SECONDS = 5.0
_EVENTS = 100


class Reporter:
    """Makes one run's report. Nothing that it does ends the run: a report that cannot be written is one line of the log, and makes a
    healthy run a failed one, because the next runs would miss it in the site's past."""

    def __init__(self, crawler: Crawler, run: RunStats) -> None:
        self._crawler = crawler
        self._run = run
        self._file: files.ReportFile | None = None
        self._lost: OSError | None = None
        """Why the report cannot be written."""
        self._report: RunReport | None = None
        self._killed: list[RunReport] = []
        self._folder = Path(crawler.settings.get("STATE_DIR") or ".newscrawl") / RUNS
        crawler.signals.connect(self._asked, signals.request_reached_downloader)
        crawler.signals.connect(self._answered, signals.response_downloaded)

    def begin(self) -> None:
        """Leaves a report that says ``began``, by which the next run knows, should this one be killed."""
        run = Run.of(self._crawler)
        arguments = {name: str(value) for name, value in run.spider.raw_arguments.items()}
        feeds = self._crawler.settings.getdict("FEEDS")
        self._report = RunReport(
            run_id=run.id,
            spider=run.spider.name,
            arguments=arguments,
            began=self._now(),
            versions=versions(),
            full=any(options.get("overwrite") for options in feeds.values()),
            replay=run.replayed,
            outputs=[str(uri) for uri in feeds],
            sites=[self._site(self._run.site(label)) for label in self._labels()],
        )
        try:
            past = files.read(self._folder, last=50, labels=self._labels()) if self._folder.is_dir() else ()
            self._killed = [one for one in past if one.outcome == "began" and not files.running(self._folder, one)]
            self._file = files.ReportFile(self._folder, self._report)
        except OSError as error:
            self._lost = error
            logger.warning("the run's report cannot be written: %s: %s", self._folder, error.strerror or error)

    def end(self, seconds: float) -> tuple[int, str, RunReport | None]:
        """Judges the run, writes the report and tells the user's command; gives back exit status, words and report."""
        failure = self._run.failure()
        if self._report is None:
            return *(failure or (HEALTHY, "healthy")), None
        report = self._report
        report.ended, report.seconds = self._now(), round(seconds, 1)
        report.sites = [self._site(self._run.site(label)) for label in self._labels()]
        former = self._former()
        noted = health.unfinished(report, self._unanswered(former))
        if failure is None:
            report.outcome = "unhealthy"
            noted += [alert for site in self._run.sites if (alert := self._pipelines(site, report.began)) is not None]
            noted += health.alerts(report, former, self._crawler.settings.getint("HEALTH_MIN_RUNS", health.MIN_RUNS))
        for site in report.sites:
            site.alerts = [alert for alert in noted if alert.site == site.label]
        status, words = failure or verdict(report)
        stopped = self._run.get("signal", None)
        outcomes: dict[int, Outcome] = {HEALTHY: "healthy", UNHEALTHY: "unhealthy"}
        report.outcome = outcomes.get(status, "stopped" if stopped and status > 128 else "failed")
        report.words, report.exit_status = words, status
        report.signal = signal.Signals(stopped).name if stopped else None
        self._write(report, former)
        if self._lost is not None:
            words = f"{words}; its report could not be written ({self._lost.strerror or self._lost})"
            if status == HEALTHY:
                status, report.outcome = DISK if self._lost.errno in (errno.ENOSPC, errno.EDQUOT) else FAILED, "failed"
            report.words, report.exit_status = words, status
        if status != HEALTHY or report.alerts:
            tell(
                self._crawler.settings.get("ALERT_COMMAND"),
                msgspec.json.encode(report),
                STOPPED_SECONDS if stopped else ALERT_SECONDS,
            )
        return status, words, report

    def _now(self) -> str:
        """The run's own clock, but for a replay, whose clock is its archive's."""
        clock = Run.of(self._crawler).clock
        return (datetime.now(UTC) if clock.frozen else clock()).isoformat(timespec="seconds")

    def _labels(self) -> list[str]:
        run = Run.of(self._crawler)
        named = [crawl.label for crawl in run.crawls] or [run.spider.label]
        return list(dict.fromkeys([*named, *(site.label for site in self._run.sites)]))

    def _former(self) -> list[RunReport]:
        try:
            return list(files.read(self._folder, labels=self._labels())) if self._folder.is_dir() else []
        except OSError as error:
            logger.warning("earlier reports cannot be read: %s: %s", self._folder, error.strerror or error)
            return []

    def _unanswered(self, former: list[RunReport]) -> list[RunReport]:
        """Killed runs after which no other has ended: a run is told of once."""
        ended: dict[str, str] = {}
        for run in former:
            for site in run.sites if run.ended else ():
                ended[site.label] = max(run.run_id, ended.get(site.label, ""))
        return [one for one in self._killed if all(one.run_id > ended.get(site.label, "") for site in one.sites)]

    def _write(self, report: RunReport, former: list[RunReport]) -> None:
        if self._file is None:
            return
        try:
            self._file.end(report)
        except OSError as error:
            self._lost = error
            logger.error(
                "the run's report cannot be written: %s: %s", error.filename or self._folder, error.strerror or error
            )
            return
        try:
            text = prometheus.render([report, *(one for one in former if one.run_id != report.run_id)])
            files.write_whole(self._folder / prometheus.NAME, text.encode())
            files.prune(self._folder)
        except OSError as error:
            logger.error(
                "the run's metrics cannot be written: %s: %s", error.filename or self._folder, error.strerror or error
            )

    def _of(self, request: Request) -> SiteStats | None:
        """The site that a request is for: robots.txt is asked for without a page's marks."""
        label = request.meta.get(CRAWL)
        if label is None:
            crawls = Run.of(self._crawler).crawls
            label = next(
                (crawl.label for crawl in crawls if crawl.site.covers(request.url)),
                crawls[0].label if len(crawls) == 1 else None,
            )
        return self._run.site(label) if label is not None else None

    def _asked(self, request: Request) -> None:
        if (site := self._of(request)) is not None:
            site.add("requests")

    def _answered(self, response: Response, request: Request) -> None:
        if (site := self._of(request)) is not None:
            site.add(f"status/{response.status}")
            site.add("bytes", len(response.body))

    def _pipelines(self, stats: SiteStats, began: str) -> Alert | None:
        """The alert of item pipelines that failed, by their classes."""
        failed = stats.group("pipeline")
        if not failed:
            return None
        return Alert(
            site=stats.label,
            kind="item_pipelines",
            what="an item pipeline failed",
            since=began,
            now=", ".join(f"{name} on {number} article{'s' * (number > 1)}" for name, number in sorted(failed.items())),
        )

    def _site(self, stats: SiteStats) -> SiteReport:
        crawl = next((one for one in Run.of(self._crawler).crawls if one.label == stats.label), None)
        report = site_report(stats)
        if crawl is not None:
            report.events = [event for event in self._events() if crawl.site.covers(f"http://{_host(event)}/")][
                :_EVENTS
            ]
            with contextlib.suppress(Exception):  # the state may be what has failed
                report.templates_off = [one.template for one in crawl.templates.report()[:_EVENTS]]
        return report

    def _events(self) -> list[Event]:
        """What the pace and robots.txt did, in order. Each event's words begin with its host."""
        run = Run.of(self._crawler)
        rows = [*run.hosts.events, *(run.robots.files.events if run.robots is not None else [])]
        return [
            Event(at=str(row["at"]), kind=str(row["kind"]), what=_words(row))
            for row in sorted(rows, key=lambda row: str(row["at"]))
        ]


def _words(row: dict[str, Any]) -> str:
    parts = [
        row.get("why") or row.get("detail"),
        f"status {row['status']}" if row.get("status") else None,
        f"for {row['seconds']:g} s" if row.get("seconds") else None,
    ]
    return ", ".join([str(row["host"]), *(str(part) for part in parts if part)])


def _host(event: Event) -> str:
    name = event.what.partition(", ")[0]
    return host(name if "://" in name else f"http://{name}/")


def site_report(stats: SiteStats) -> SiteReport:
    """A site's counts and measures as they are now."""
    measures, records = stats.measures, stats.get("records")
    counts = Counts(**{name: stats.get(name) for name in Counts.__struct_fields__})
    same_text, same_date = measures.repeated(), measures.same_date()
    characters = measures.kept_chars + measures.removed_chars
    median, p90, length, extraction = (
        measures.delays.median(),
        measures.delays.quantile(0.9),
        measures.lengths.median(),
        stats.extraction.median(),
    )
    return SiteReport(
        label=stats.label,
        counts=counts,
        reasons=dict(sorted(stats.group("reason").items())),
        fill={name: round(stats.get(f"field/{name}") / records, 4) for name in FIELDS} if records else {},
        median_length=None if length is None else round(length),
        removed_share=round(measures.removed_chars / characters, 4) if characters else None,
        confidence=measures.confidence(),
        delays=None
        if median is None or p90 is None
        else Delays(articles=measures.delays.count, median=median, p90=p90),
        requests=stats.get("requests"),
        bytes=stats.get("bytes"),
        statuses=dict(sorted(stats.group("status").items())),
        extraction_ms=None if extraction is None else round(extraction, 1),
        newest=measures.newest.isoformat(timespec="seconds") if measures.newest else None,
        starts=Starts(
            asked=stats.get("starts/asked"),
            failed=stats.get("starts/failed"),
            put_off=stats.get("starts/put_off"),
            listed=stats.get("starts/listed"),
        ),
        browser=_browser(stats),
        same_text=Repeated(records=same_text[0], what=same_text[1]),
        same_date=Repeated(records=same_date[0], what=same_date[1]),
        examples=dict(sorted(measures.examples.items())),
    )


def _browser(stats: SiteStats) -> Browser | None:
    found = Browser(
        pages=stats.get("browser/pages"),
        missed=stats.get("browser/missed"),
        direct=bool(stats.get("browser/direct")),
        requests=stats.get("browser/requests"),
        stopped=dict(sorted(stats.group("browser/stopped").items())),
    )
    return found if found != Browser() else None


def verdict(report: RunReport) -> tuple[int, str]:
    """Exit status and words of a run that did not fail: 3 and the first alert when a site is unhealthy."""
    serious = [alert for alert in report.alerts if alert.kind not in health.NOTES]
    if not serious:
        idle = [site.label for site in report.sites if site.starts.idle]
        return HEALTHY, "healthy" + (f"; put off, because the hosts want to rest: {', '.join(idle)}" if idle else "")
    first, more = serious[0], len(serious) - 1
    field = f" (field {first.field})" if first.field else ""
    return UNHEALTHY, f"unhealthy: {first.site}: {first.what}{field}: {first.now}" + (
        f", and {more} more" if more else ""
    )


def versions() -> dict[str, str]:
    """Of the programs that decide what a record holds."""
    found = {"newscrawl": __version__, "python": platform.python_version()}
    for name in ("scrapy", "trafilatura", "lxml"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def tell(command: str | None, report: bytes, seconds: float) -> None:
    """Runs ALERT_COMMAND with the report on its standard input. What goes wrong with it is one line of the log."""
    if not command:
        return
    try:
        words = shlex.split(command)
        with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                _, said = process.communicate(report, timeout=seconds)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # its children too, who would hold the pipe
                logger.error("ALERT_COMMAND did not end within %g s and was stopped", seconds)
                return
        if process.returncode:
            last = " ".join(said.decode("utf-8", "replace").split())[-200:]
            logger.error("ALERT_COMMAND ended with status %d%s", process.returncode, f": {last}" if last else "")
    except (OSError, ValueError) as error:
        logger.error("ALERT_COMMAND could not be run: %s", error)
