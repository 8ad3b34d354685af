"""Times what stands around the extraction: archive reading, writing, the way to a worker and back. Not a test.

usage: python tests/benchmarks/time_archive_and_pool.py ARCHIVE.warc.gz... (ratios of one run count, not absolute times)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from newscrawl.archive.answers import WarcAnswers
from newscrawl.archive.index import ArchiveIndex
from newscrawl.archive.notes import Note
from newscrawl.archive.pages import read_archive
from newscrawl.archive.warc_writer import Fetch, WarcWriter
from newscrawl.extraction.pool import ExtractorPool, extract_page
from newscrawl.items import Article, RawPage

SAMPLE = 100
"""Pages that are extracted for the comparison."""


def echo(page: RawPage, site: object = None) -> Article:
    """An extraction that costs nothing and answers with a text of usual length."""
    return Article(url=page.url or "", requested_url="", site="", text="x" * 4000)


def report(what: str, count: int, work: Callable[[], object]) -> None:
    """Prints documents a second of one process's time."""
    began = time.process_time()
    work()
    spent = time.process_time() - began
    print(f"{what:42} {count / spent:8.0f} docs/s {spent * 1000 / count:7.2f} ms CPU")


def archive(pages: list[RawPage]) -> None:
    """Writing, indexing, and finding by URL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writer = WarcWriter(folder, "run", "2026-01-01T00:00:00+00:00")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"

        def write() -> None:
            for number, page in enumerate(pages):
                writer.response(
                    Fetch(
                        url=f"https://a.example/{number}",
                        date=datetime.now(UTC),
                        status=200,
                        request=b"GET / HTTP/1.1\r\n\r\n",
                        head=head,
                        body=page.body,
                        note=Note(role="article"),
                    )
                )

        report("written, gzipped, on disk", len(pages), write)
        writer.close()
        for path in folder.glob(".newscrawl-index*"):
            path.unlink()
        report("indexed anew", len(pages), lambda: ArchiveIndex(folder))
        answers = WarcAnswers(ArchiveIndex(folder))
        report(
            "found by URL",
            len(pages),
            lambda: [answers.find(f"https://a.example/{number}") for number in range(len(pages))],
        )


def main(paths: list[str]) -> None:
    """Prints rates and milliseconds a page."""
    pages = [page for path in paths for page in read_archive(open(path, "rb")) if isinstance(page, RawPage)]
    size = sum(len(page.body) for page in pages) / len(pages)
    print(f"{len(pages)} pages, mean {size / 1000:.0f} kB")
    report(
        "read and selected from archives",
        len(pages),
        lambda: [sum(1 for _ in read_archive(open(path, "rb"))) for path in paths],
    )
    sample = pages[:: max(1, len(pages) // SAMPLE)]
    extract_page(sample[0])
    report("extracted", len(sample), lambda: [extract_page(page) for page in sample])
    archive(pages)
    with ExtractorPool(task=echo) as pool:
        began = time.monotonic()
        pool.submit(pages[0]).result()
        print(f"first answer: {time.monotonic() - began:.2f} s")
        began, cpu = time.monotonic(), time.process_time()
        waiting: deque[Future[Any]] = deque()
        for page in pages:
            waiting.append(pool.submit(page))
            if len(waiting) > 16 * pool.workers:
                waiting.popleft().result()
        for future in waiting:
            future.result()
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        print(
            f"pool of {pool.workers}: {wall * 1000 / len(pages):.2f} ms wall, {cpu * 1000 / len(pages):.2f} ms CPU in the parent"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
