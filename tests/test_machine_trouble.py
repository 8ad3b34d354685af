"""A machine in trouble stops workers that did nothing wrong: their pages are asked for again, those that break a worker themselves are not."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pebble import ProcessPool

from newscrawl.download.failures import transient
from newscrawl.extraction.pool import ExtractorPool
from newscrawl.items import Article, RawPage
from newscrawl.rejections import ExtractCrash, Rejection
from tests.local_portal import Handler, Portal, article, section, serve, status
from tests.local_runs import LocalRuns, section_of

ROOT = Path(__file__).parents[1]
BEGIN = datetime(2026, 3, 7, 8, tzinfo=UTC)
PATHS = [f"/news/2026/03/07/story-number-{number}" for number in range(1, 9)]


def end_as_told(page: RawPage, site: object = None) -> Article | Rejection:
    """A stand-in for the extraction that ends its worker as the page's body says."""
    match page.body.decode():
        case "raise":
            raise ValueError("no such field")
        case "exit":
            os._exit(3)
        case "eat":
            bytearray(4 * 2**30)
        case "hang":
            re.match(r"(a+)+$", "a" * 60 + "b")
        case name if name.startswith("SIG"):
            os.kill(os.getpid(), signal.Signals[name])
    return Article(url="", requested_url="", site="", text="fine")


def outcome(pool: ExtractorPool, body: str) -> Rejection:
    found = pool.submit(RawPage(body=body.encode(), url="https://a.example/")).result(60)
    assert isinstance(found, Rejection)
    return found


def test_only_signals_from_outside_are_no_fault_of_the_page() -> None:
    with ExtractorPool(workers=1, seconds=1, megabytes=2048, task=end_as_told) as pool:
        again = {
            body: transient(None, outcome(pool, body))
            for body in ("SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT", "raise", "exit", "eat", "hang")
        }
    assert [body for body, asked in again.items() if asked] == ["SIGKILL", "SIGTERM"]


def broken(pool: ProcessPool, *args: Any, **options: Any) -> Future[Any]:
    raise BrokenProcessPool("All workers expired")


def silent(pool: ProcessPool, *args: Any, **options: Any) -> Future[Any]:
    return Future()


@pytest.mark.parametrize(("schedule", "detail"), [(broken, "All workers expired"), (silent, "did not answer")])
def test_a_page_that_no_worker_took_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, schedule: Callable[..., Future[Any]], detail: str
) -> None:
    monkeypatch.setattr(ProcessPool, "schedule", schedule)
    with ExtractorPool(
        workers=1, seconds=-1.0, task=end_as_told
    ) as pool:  # the watch waits three times the limit and five seconds: here two
        found = outcome(pool, "fine")
    assert isinstance(found, ExtractCrash)
    assert detail in (found.detail or "")
    assert transient(None, found)


def children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(entry.name)


def crawl(folder: Path, portal: Portal, hours: float, killing: threading.Event) -> str:
    """The log of one run, whose workers are all killed again and again from when ``killing`` is set."""
    runs = LocalRuns(folder, section_of(portal), revisit="never")
    with (folder / "log.txt").open("w") as log:
        run = subprocess.Popen(
            runs.command("-s", "EXTRACT_TIMEOUT=1"),
            cwd=folder,
            env=runs.environment(hours),
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            until = time.monotonic() + 120
            while run.poll() is None and time.monotonic() < until:
                for worker in (
                    [worker for child in children(run.pid) for worker in children(child)] if killing.is_set() else ()
                ):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
                time.sleep(0.01)
        finally:
            run.kill()
            run.wait()
    return (folder / "log.txt").read_text()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_pages_whose_workers_the_kernel_killed_are_articles_of_the_next_run(tmp_path: Path) -> None:
    killing, over = threading.Event(), threading.Event()

    def page(number: int) -> Callable[[Handler], None]:
        def send(handler: Handler) -> None:
            if not over.is_set():
                killing.set()  # the section is read by then
            status(200, article(number))(handler)

        return send

    with serve({**{path: page(number) for number, path in enumerate(PATHS, 1)}, "/news/": section(*PATHS)}) as portal:
        log = crawl(tmp_path, portal, 0, killing)
        crashed = lines(tmp_path / "a.rejects.jsonl")
        assert {row["reason"] for row in crashed} == {"extract_crash"}, log
        killing.clear()
        over.set()
        log = crawl(tmp_path, portal, 1, killing)
    assert sorted(row["url"] for row in lines(tmp_path / "a.jsonl")) == [portal.url(path) for path in PATHS], log
    assert lines(tmp_path / "a.rejects.jsonl") == crashed  # a line each, once
