"""Times a page through ``newscrawl.extract`` beside ``trafilatura.bare_extraction`` with its metadata. Not a test.

usage: python tests/benchmarks/time_extraction.py [--every N] ARCHIVE.warc.gz...

Both see the same pages in the same process, page by page in turn, after a first round that warms their caches; processor time, so
that other load on the machine counts little. The ratio counts, not the milliseconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import mean, median, quantiles

sys.path.insert(0, str(Path(__file__).parents[2]))

import dateparser
from trafilatura import bare_extraction, load_html

import newscrawl
from newscrawl.archive.pages import read_archive
from newscrawl.items import RawPage

WARM_UP = 40
"""Pages read by both before any is timed: imports and compiled patterns are paid once a process."""


def theirs(page: RawPage) -> None:
    """The text and metadata of a page by trafilatura alone."""
    bare_extraction(load_html(page.body), url=page.url, with_metadata=True)


def ours(page: RawPage) -> None:
    """The record of a page, or its rejection."""
    newscrawl.extract(page)


def timed(read: Callable[[RawPage], None], page: RawPage) -> float:
    """Milliseconds of processor time for one page."""
    began = time.process_time()
    read(page)
    return (time.process_time() - began) * 1000


def main(paths: list[str], every: int) -> None:
    """Prints milliseconds a page for both, and the ratio."""
    pages: list[RawPage] = []
    for path in paths:
        with open(path, "rb") as file:
            pages += islice((page for page in read_archive(file) if isinstance(page, RawPage)), 0, None, every)
    dateparser.parse("no date at all")  # its first use compiles 200 locales (1.4 s), whoever is unlucky
    for page in pages[:: max(1, len(pages) // WARM_UP)]:
        theirs(page)
        ours(page)
    spent: dict[str, list[float]] = {"trafilatura": [], "newscrawl": []}
    for number, page in enumerate(pages):
        # Whoever comes second finds the page's bytes in the processor's caches, so they take turns.
        for name, read in sorted((("trafilatura", theirs), ("newscrawl", ours)), reverse=bool(number % 2)):
            spent[name].append(timed(read, page))
    print(f"{len(pages)} pages, mean {mean(len(page.body) for page in pages) / 1000:.0f} kB; ms a page (processor)")
    for name, figures in spent.items():
        print(
            f"{name:12} mean {mean(figures):6.1f}  median {median(figures):6.1f}  p95 {quantiles(figures, n=20)[-1]:6.1f}  max {max(figures):7.1f}"
        )
    ratios = [a / b for a, b in zip(spent["newscrawl"], spent["trafilatura"], strict=True)]
    print(
        f"ratio        mean {sum(spent['newscrawl']) / sum(spent['trafilatura']):6.3f}  median of pages {median(ratios):.3f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="ARCHIVE")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="read only every Nth page")
    options = parser.parse_args()
    main(options.paths, options.every)
