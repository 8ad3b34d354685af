"""Times what stands around the extraction: archive reading and the way to a worker and back. Not a test.

usage: python tests/benchmarks/time_archive_and_pool.py ARCHIVE.warc.gz... (ratios of one run count, not absolute times)
"""
from __future__ import annotations

import sys
import time
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from newscrawl.download.archive import read_archive
from newscrawl.items import Article, RawPage
from newscrawl.workers import ExtractorPool


def echo(page: RawPage, site: object = None) -> Article:
    """An extraction that costs nothing and answers with a text of usual length."""
    return Article(url=page.url or "", requested_url="", site="", text="x" * 4000)


def main(paths: list[str]) -> None:
    """Prints milliseconds of processor and of wall time a page."""
    began = time.process_time()
    pages = [page for path in paths for page in read_archive(open(path, "rb")) if isinstance(page, RawPage)]
    size = sum(len(page.body) for page in pages) / len(pages)
    print(f"{len(pages)} pages, mean {size / 1000:.0f} kB; reading: {(time.process_time() - began) * 1000 / len(pages):.2f} ms CPU")
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
        print(f"pool of {pool.workers}: {wall * 1000 / len(pages):.2f} ms wall, {cpu * 1000 / len(pages):.2f} ms CPU in the parent")


if __name__ == "__main__":
    main(sys.argv[1:])
