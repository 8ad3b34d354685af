"""Times a whole crawl beside two of plain Scrapy: without extraction, and with trafilatura called in the callback. Not a test.

usage: python tests/benchmarks/time_crawl.py [ARCHIVE.warc.gz...] [--pages N] [--rounds N] [--repeat N]

A portal on eight loopback addresses serves real pages (the bench's archives, else the demo's fixtures), gzipped, without delay. The
contestants take turns, so that a busy neighbour hurts all of them; the figures are medians. CPU and memory are those of a whole
process tree; ``block`` is the longest time for which the event loop did not come round, by a ticker of 10 ms inside it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

ADDRESSES = [f"127.0.0.{number}" for number in range(1, 9)]
BENCH = ROOT.parent / "shared" / "bench"
KINDS = ("bare", "trafilatura", "newscrawl")
TICK = 0.01
PLAIN = {
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": False,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}


def pages_of(archives: list[Path], most: int) -> list[tuple[str, bytes]]:
    """Content type and body of the pages to serve."""
    from newscrawl.archive.pages import read_archive
    from newscrawl.items import RawPage

    if not archives:
        return [("text/html", path.read_bytes()) for path in sorted((ROOT / "fixtures").rglob("*.html"))][:most]
    found = [page for path in archives for page in read_archive(path.open("rb")) if isinstance(page, RawPage)]
    return [
        (page.headers.get("content-type", "text/html"), page.body)
        for page in found[:: max(1, len(found) // most)][:most]
    ]


class Server(asyncio.Protocol):
    """As little of HTTP/1.1 as two crawlers need."""

    answers: dict[str, bytes] = {}

    def connection_made(self, transport: Any) -> None:
        """Keeps the transport."""
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        """Answers each whole request."""
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1].decode("latin-1").partition("?")[0]
            host = next((line for line in request.split(b"\r\n") if line.lower().startswith(b"host:")), b"").decode(
                "latin-1"
            )
            key = host[5:].strip().partition(":")[0] + path if path.endswith(".xml") else path
            self.transport.write(self.answers.get(key) or b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


async def serve(pages: list[tuple[str, bytes]], repeat: int) -> None:
    """Serves until standard input ends; prints the port and the URLs first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, ADDRESSES[0], 0)
    port = server.sockets[0].getsockname()[1]
    for address in ADDRESSES[1:]:
        await loop.create_server(Server, address, port)
    urls: dict[str, list[str]] = {address: [] for address in ADDRESSES}
    for number, (kind, body) in enumerate(pages):
        packed = gzip.compress(body, 6)
        path = f"/news/2026/03/02/a-story-of-the-bench-{number}.html"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
        Server.answers[path] = head.encode("latin-1", "replace") + packed
        address = ADDRESSES[number % len(ADDRESSES)]
        urls[address] += [f"http://{address}:{port}{path}" + (f"?id={turn}" if turn else "") for turn in range(repeat)]
    for address, found in urls.items():
        text = ("<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in found) + "</urlset>").encode()
        Server.answers[f"{address}/sitemap.xml"] = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(text) + text
        )
    print(
        json.dumps({"port": port, "urls": [url for group in zip(*urls.values(), strict=False) for url in group]}),
        flush=True,
    )
    await loop.run_in_executor(None, sys.stdin.read)


class Ticker:
    """A Scrapy extension that measures for how long the event loop stood still, and leaves the crawl's figures in a file."""

    def __init__(self, crawler: Any) -> None:
        from scrapy import signals

        self.crawler = crawler
        self.longest = 0.0
        crawler.signals.connect(self.opened, signals.engine_started)
        crawler.signals.connect(self.closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Any) -> Ticker:
        """Scrapy's constructor."""
        return cls(crawler)

    def opened(self) -> None:
        """Starts."""
        self.last = self.began = time.monotonic()
        self.tick()

    def tick(self) -> None:
        """One round of the loop."""
        now = time.monotonic()
        self.longest = max(self.longest, now - self.last - TICK)
        self.last = now
        asyncio.get_event_loop().call_later(TICK, self.tick)

    def closed(self, spider: Any) -> None:
        """Writes the figures."""
        stats = self.crawler.stats.get_stats()
        texts = stats.get("bench/texts", stats.get("newscrawl/articles", 0))
        Path(os.environ["BENCH_REPORT"]).write_text(
            json.dumps({"block": self.longest, "texts": texts, "crawl": time.monotonic() - self.began})
        )


def contestant(kind: str, urls: list[str]) -> None:
    """One crawl in this process."""
    if kind == "newscrawl":
        from scrapy.cmdline import execute
        from scrapy.utils.project import get_project_settings

        settings = get_project_settings()
        settings.set("EXTENSIONS", {**settings.getdict("EXTENSIONS"), Ticker: 0}, priority="cmdline")
        execute(
            [
                "scrapy",
                "crawl",
                "portal",
                "-a",
                "site=bench",
                "-s",
                "NEWSCRAWL_SITES=.",
                "-s",
                "PRIVATE_HOSTS=127.0.0.0/8",
                "-s",
                "LOG_LEVEL=WARNING",
                "-o",
                "articles.jsonl",
            ],
            settings=settings,
        )
        return
    from scrapy import Spider
    from scrapy.crawler import CrawlerProcess
    from trafilatura import bare_extraction

    class Plain(Spider):
        name = "plain"
        start_urls = urls

        def parse(self, response: Any) -> None:
            """What a spider's author writes."""
            if (
                kind == "trafilatura"
                and (found := bare_extraction(response.body, url=response.url, with_metadata=True))
                and found.text
            ):
                self.crawler.stats.inc_value("bench/texts")

    process = CrawlerProcess({**PLAIN, "EXTENSIONS": {Ticker: 0}})
    process.crawl(Plain)
    process.start()


def sample(session: int, cpu: dict[int, float], peak: list[float]) -> None:
    """Adds what the processes of a session have used until now."""
    total, ticks, page = 0, os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session:
                    cpu[int(entry.name)] = (int(fields[11]) + int(fields[12])) / ticks
                    total += int(fields[21]) * page
    peak[0] = max(peak[0], total / 1e6)


def measure(kind: str, folder: Path, urls: Path) -> dict[str, float]:
    """Runs one contestant and watches it."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "BENCH_REPORT": str(report),
    }
    command = [sys.executable, str(Path(__file__).resolve()), "--contestant", kind, "--urls", str(urls)]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    cpu: dict[int, float] = {}
    peak = [0.0]
    ended = threading.Event()
    watch = threading.Thread(
        target=lambda: [sample(process.pid, cpu, peak) for _ in iter(lambda: ended.wait(0.1), True)]
    )
    watch.start()
    process.wait()
    wall = time.monotonic() - began
    ended.set()
    watch.join()
    found: dict[str, float] = json.loads(report.read_text())
    return {"wall": wall, "cpu": sum(cpu.values()), "peak": peak[0], **found}


@contextlib.contextmanager
def portal(archives: list[Path], options: argparse.Namespace, folder: Path) -> Iterator[list[str]]:
    """The server's process; gives the URLs."""
    command = [
        sys.executable,
        __file__,
        "--serve",
        "--pages",
        str(options.pages),
        "--repeat",
        str(options.repeat),
        *map(str, archives),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        found = json.loads(process.stdout.readline())
        maps = ", ".join(f'"http://{address}:{found["port"]}/sitemap.xml"' for address in ADDRESSES)
        hosts = ", ".join(f'"{address}"' for address in ADDRESSES)
        (folder / "bench.toml").write_text(
            f'hosts = [{hosts}]\njavascript = "never"\n[starts]\nsitemaps = [{maps}]\n[pace]\ndelay = 0\nconcurrency = 8\n'
        )
        yield found["urls"]
    finally:
        process.kill()


def main(archives: list[Path], options: argparse.Namespace) -> None:
    """Prints a table."""
    cores = len(os.sched_getaffinity(0))
    results: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as name, portal(archives, options, Path(name)) as urls:
        (Path(name) / "urls.json").write_text(json.dumps(urls))
        for turn in range(options.rounds):
            for kind in options.only or KINDS:
                folder = Path(name) / f"{kind}-{turn}"
                folder.mkdir()
                (folder / "bench.toml").write_text((Path(name) / "bench.toml").read_text())
                results[kind].append(measure(kind, folder, Path(name) / "urls.json"))
    print(f"{len(urls)} pages, {options.rounds} rounds, {cores} cores")
    print(
        f"{'':12}{'pages/s':>9}{'texts/s':>9}{'a core':>9}{'CPU ms/page':>13}{'peak MB':>9}{'block ms':>10}{'texts':>7}{'wall s':>8}"
    )
    for kind, found in results.items():
        if found:
            one = {key: median(row[key] for row in found) for key in found[0]}
            print(
                f"{kind:12}{len(urls) / one['wall']:9.1f}{one['texts'] / one['wall']:9.1f}{one['texts'] / one['wall'] / cores:9.1f}"
                f"{1000 * one['cpu'] / len(urls):13.1f}{one['peak']:9.0f}{1000 * max(row['block'] for row in found):10.0f}{one['texts']:7.0f}{one['wall']:8.1f}"
            )
    if results["newscrawl"] and results["trafilatura"]:
        ratio = median(
            ours["texts"] / ours["wall"] / (theirs["texts"] / theirs["wall"])
            for ours, theirs in zip(results["newscrawl"], results["trafilatura"], strict=True)
        )
        print(f"newscrawl gives {ratio:.2f} times the texts a second of Scrapy with trafilatura in the callback")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("archives", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=760, help="at most so many pages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=1, help="each page under so many URLs")
    parser.add_argument("--only", nargs="*", choices=KINDS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--contestant", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--urls", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(pages_of(given.archives, given.pages), given.repeat))
    elif given.contestant:
        contestant(given.contestant, json.loads(Path(given.urls).read_text()))
    else:
        main(given.archives or sorted(BENCH.glob("*.warc.gz")), given)
