"""Times a crawl of the same pages with and without the browser, and watches its memory. Not a test.

usage: python tests/benchmarks/time_browser.py [--pages N] [--only plain|browser] [--pages-at-once N]

A portal on loopback serves N articles, in their HTML or by a script. Memory is that of the crawler's whole process tree, browser
included, without what processes share with files; it is read off each time that another tenth of the pages has been served.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.portal import APP, page, shell, story  # noqa: E402
from tests.local_portal import Answer, section, serve  # noqa: E402


def tree(root: int) -> int:
    """Megabytes of a process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_bytes().rpartition(b")")[2].split()[1])
        except (OSError, ValueError):
            continue
    inside = {root}
    while more := {pid for pid, parent in parents.items() if parent in inside and pid not in inside}:
        inside |= more
    total = 0
    for pid in inside:
        try:
            _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
        except OSError:
            continue
        total += (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    return total // 2**20


def run(pages: int, browser: bool, at_once: int) -> None:
    """One crawl, whose figures are printed."""
    names = [f"/news/{number}" for number in range(pages)]
    site: dict[str, Answer] = {"/": section(*names), "/app.js": APP}
    for number, name in enumerate(names):
        told = story(number)
        site |= (
            {name: shell(), f"{name}.json": told}
            if browser
            else {name: page(f"<article>{json.loads(told)['html']}</article>")}
        )
    with serve(site) as portal, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "sites").mkdir()
        (place / "sites" / "local.toml").write_text(
            f'hosts = ["127.0.0.1"]\narticles = ["/news/"]\njavascript = "{"auto" if browser else "never"}"\n[starts]\nsections = ["{portal.url("/")}"]\n'
            "[pace]\nconcurrency = 8\n"
        )
        began = time.monotonic()
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "scrapy",
                "crawl",
                "portal",
                "-a",
                "site=local",
                "-s",
                "NEWSCRAWL_SITES=sites",
                "-s",
                "PRIVATE_HOSTS=127.0.0.1",
                "-s",
                "DOWNLOAD_DELAY=0",
                "-s",
                f"BROWSER_PAGES={at_once}",
                "-s",
                "REVISIT=never",
                "-O",
                "out.jsonl",
            ],
            cwd=place,
            env={**os.environ, "SCRAPY_SETTINGS_MODULE": "newscrawl.settings", "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
        )
        marks, most, first = [], 0, 0.0
        while process.poll() is None:
            memory = tree(process.pid)
            served = sum(1 for name in names if portal.asked[f"{name}.json" if browser else name])
            first = first or (time.monotonic() if served else 0.0)
            most = max(most, memory)
            if served >= (len(marks) + 1) * pages // 10:
                marks.append(f"{served}: {memory}")
            time.sleep(0.3)
        records = len((place / "out.jsonl").read_bytes().splitlines())
        seconds = time.monotonic() - (first or began)
        print(
            f"{'browser' if browser else 'plain  '}  {records} records of {pages} pages, {pages / seconds:.1f} pages a second, at most {most} MB"
        )
        print(f"         MB by pages served: {', '.join(marks)}")
        if process.stderr and records < pages:
            print(process.stderr.read().decode()[-2000:])


def main() -> None:
    """Runs both crawls."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=200)
    options.add_argument("--only", choices=("plain", "browser"))
    options.add_argument("--pages-at-once", type=int, default=2)
    given = options.parse_args()
    for browser in (False, True):
        if given.only in (None, "browser" if browser else "plain"):
            run(given.pages, browser, given.pages_at_once)


if __name__ == "__main__":
    main()
