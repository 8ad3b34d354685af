"""Times a run with nothing new on a site of which very many pages are known. Not a test.

usage: python tests/benchmarks/time_state.py [--known 0 100000 1000000] [--rounds N]

Each size is a state file of its own, filled as a crawl would have filled it: nine of ten pages are records with a text of nine
paragraphs, one is a rejection. The runs take turns; the figures are medians of the crawl's whole process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from newscrawl.items import Evidence
from newscrawl.state.store import Store
from newscrawl.state.transitions import ArticleState, PageState, Priority
from newscrawl.urls import identity, origin
from tests.changing_portal import World, open_world
from tests.scheduled_runs import Schedule


def fill(path: Path, known: int, now: float) -> float:
    """Writes a state of so many pages; gives its size in MB."""
    import msgspec

    dice = random.Random(known)
    store = Store(path, lambda: now)
    for number in range(known):
        url = f"http://127.0.0.1:8000/news/2025/{number % 12 + 1:02}/{number % 28 + 1:02}/a-story-of-usual-length-{number}.html"
        key, at, record = identity(url), now - 86400 * (30 + number % 300), number % 10 != 0
        mark = hashlib.blake2b(url.encode(), digest_size=8).hexdigest()
        seen = msgspec.msgpack.encode(
            [
                (
                    "",
                    url,
                    Evidence(
                        via="feed",
                        title=f"The headline of story {number} of a portal",
                        published="2025-03-04T05:06:07Z",
                    ),
                )
            ]
        )
        store.database.add_page(
            key,
            PageState.RECORD if record else PageState.REJECTED,
            {
                "url": url,
                "host": origin(url),
                "scope": "",
                "found": 1,
                "found_at": at,
                "newest": at,
                "rank": Priority.CANDIDATE,
                "ord": "",
                "sightings": seen if record else None,
                "article": mark if record else None,
                "looked": 1,
                "looked_at": at,
                "reason": None if record else "list_page",
            },
        )
        if record:
            parts = msgspec.msgpack.encode({dice.randbytes(8).hex(): dice.randint(80, 600) for _ in range(9)})
            store.database.add_article(
                mark,
                ArticleState.LIVE,
                {
                    "page": key,
                    "url": url,
                    "title": f"The headline of story {number} of a portal",
                    "version": 1,
                    "hash": dice.randbytes(16).hex(),
                    "paragraphs": parts,
                    "published": at,
                    "first_at": at,
                    "looked_at": at,
                    "whole_at": at,
                    "etag": '"an-etag"',
                    "met": 1,
                },
            )
            store.database.keep_fingerprints(mark, [dice.randbytes(12).hex() for _ in range(3)])
        if number % 10_000 == 0:
            store.commit()
    store.commit()
    store.close()
    return path.stat().st_size / 1e6


def watch(pid: int, peak: list[float], ended: threading.Event) -> None:
    """Peak resident memory of the crawl's own process, in MB."""
    while not ended.wait(0.02):
        try:
            text = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        found = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM")]
        peak[0] = max(peak[0], float(found[0]) / 1000 if found else 0)


def timed(schedule: Schedule) -> dict[str, float]:
    """One run: seconds until its first request reaches the portal, seconds in all, and memory."""
    schedule.portal.asked.clear()
    began, peak, ended = time.monotonic(), [0.0], threading.Event()
    process = schedule.start()
    watcher = threading.Thread(target=watch, args=(process.pid, peak, ended))
    watcher.start()
    while not schedule.asked() and process.poll() is None:
        time.sleep(0.002)
    first = time.monotonic() - began
    assert process.wait() == 0, (schedule.folder / "log.txt").read_text()
    wall = time.monotonic() - began
    ended.set()
    watcher.join()
    return {"first": first, "wall": wall, "peak": peak[0]}


def main(sizes: list[int], rounds: int) -> None:
    """Prints a table."""
    world = World()
    world.publish(14)
    results: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory() as name, open_world(world) as portal:
        plans: dict[int, Any] = {}
        for size in sizes:
            folder = Path(name) / str(size)
            (folder / ".newscrawl").mkdir(parents=True)
            began = time.monotonic()
            megabytes = fill(folder / ".newscrawl" / "local.sqlite", size, world.now.timestamp())
            print(f"{size} known: {megabytes:.0f} MB, filled in {time.monotonic() - began:.0f} s", flush=True)
            plans[size] = Schedule(folder, portal, world, settings={})
            plans[size].run()
        for _ in range(rounds):
            for size in sizes:
                results[size].append(timed(plans[size]))
    print(json.dumps({"cores": len(os.sched_getaffinity(0)), "rounds": rounds}))
    print(f"{'known':>10}{'first request s':>17}{'run s':>8}{'peak MB':>9}")
    for size, found in results.items():
        one = {key: median(row[key] for row in found) for key in found[0]}
        print(f"{size:10}{one['first']:17.2f}{one['wall']:8.2f}{one['peak']:9.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--known", type=int, nargs="+", default=[0, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    main(given.known, given.rounds)
