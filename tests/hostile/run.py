"""One crawl of hostile cases beside good articles: what came out, what it said, how long it took and how much memory."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hostile.server import Answer, Hosts, page, paths, serve
from tests.local_portal import article, section

ROOT = Path(__file__).parents[2]
GOOD = tuple(f"/news/2026/03/07/good-story-number-{number}" for number in range(1, 21))
SECONDS = 120.0
"""For a crawl whose worst server costs two time limits of 3 s: it takes 8 to 18 on two idle cores; the rest is for busy machines."""
PARENT_MEGABYTES, TREE_MEGABYTES = 300, 1500
"""Peak resident memory of the crawling process, which holds what servers send, and of it with its workers (bounded by themselves)."""
# Control characters of C0 and C1 but for the line's end; marks that turn the direction of writing; halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
Row = dict[str, Any]


@dataclass
class Run:
    """A crawl that has ended."""

    code: int
    log: str
    seconds: float
    hosts: Hosts
    records: list[Row]
    rejects: list[Row]
    megabytes: dict[int, float] = field(default_factory=dict)
    parent: int = 0

    def good(self) -> int:
        """How many of the good articles arrived."""
        return sum("good-story" in row["url"] for row in self.records)

    def outcomes(self) -> dict[str, str]:
        """The outcome of each case by the name in its URL: the reason of its rejection, or ``record``."""
        rows = [(row["requested_url"], "record") for row in self.records] + [
            (row["url"], row["reason"]) for row in self.rejects
        ]
        return {_case(url): outcome for url, outcome in rows if _case(url)}

    def detail(self, case: str) -> str:
        """The detail of a case's rejection."""
        return next((row["detail"] or "" for row in self.rejects if _case(row["url"]) == case), "")

    def differs(self, expected: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """The cases that did not end with their reason, or without the words that the detail should have."""
        found = self.outcomes()
        return {
            name: f"{found.get(name)}: {self.detail(name)}"
            for name, (outcome, *words) in expected.items()
            if found.get(name) != outcome or not all(word in self.detail(name) for word in words)
        }

    def undisturbed(self) -> None:
        """Nothing else suffered: all good articles, within time and memory, no traceback, no control characters anywhere."""
        assert self.good() == len(GOOD), self.log
        assert self.seconds < SECONDS
        assert self.megabytes[self.parent] < PARENT_MEGABYTES
        assert sum(self.megabytes.values()) < TREE_MEGABYTES
        self.clean()

    def clean(self) -> None:
        """No traceback, and no control character in the log, the records or the rejections."""
        assert "Traceback" not in self.log, self.log
        assert "Unhandled" not in self.log, self.log
        assert not _CONTROL.search(self.log), ascii(self.log)
        for row in [*self.records, *self.rejects]:
            assert not _CONTROL.search("\n".join(strings(row))), ascii(row)


def strings(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def _case(url: str) -> str:
    found = re.search(r"/([\w-]+)-of-a-server", url)
    return found[1] if found else ""


def portal(links: Sequence[str] = ()) -> dict[str, Answer]:
    """The pages of the well-behaved server: twenty articles, and a section that lists them and the given links."""
    stories = {path: page(article(number)) for number, path in enumerate(GOOD, 1)}
    return {**stories, "/news/": page(section(*GOOD, *links))}


def crawl(
    folder: Path,
    cases: Mapping[str, Answer],
    arguments: Sequence[str] = (),
    *,
    links: Sequence[str] = (),
    tls: Any = None,
    starts: Mapping[str, Sequence[str]] | None = None,
    variables: Mapping[str, str] | None = None,
    hosts: str = '"127.0.0.1"',
) -> Run:
    """Crawls the good articles and the cases, which the section lists unless ``starts`` names them as feeds or sitemaps.

    ``links`` are more hrefs of the section, ``{case}`` in them standing for a case's origin; so it does in the URLs of ``starts``.
    """
    named = starts or {}
    with serve(cases, tls) as running:
        listed = [
            running.url(case)
            for case in cases
            if not any(f"{{{case}}}" in url for urls in named.values() for url in urls)
        ]
        listed += [_filled(link, running) for link in links]
        with serve({"good": paths(portal(listed))}) as good:
            sections = [f"{good.origins['good']}/news/", *(_filled(url, running) for url in named.get("sections", ()))]
            lines = [f"hosts = [{hosts}]", "[starts]", f"sections = {json.dumps(sections)}"]
            lines += [
                f"{kind} = {json.dumps([_filled(url, running) for url in urls])}"
                for kind, urls in named.items()
                if kind != "sections"
            ]
            (folder / "sites").mkdir(exist_ok=True)
            (folder / "sites" / "local.toml").write_text(
                "\n".join([*lines, "[pace]", "delay = 0", "concurrency = 4", ""]), encoding="utf-8"
            )
            command = [
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
                "DOWNLOAD_TIMEOUT=3",
                "-o",
                "a.jsonl",
                *arguments,
            ]
            return _watched(command, folder, running, variables or {})


def _filled(url: str, running: Hosts) -> str:
    for case, origin in running.origins.items():
        url = url.replace(f"{{{case}}}", origin)
    return url


def environment(mark: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a crawl; ``mark`` tells its processes from all others."""
    return {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "",
        "NEWSCRAWL_TEST_MARK": mark,
        **variables,
    }


def processes(mark: str) -> list[int]:
    """The processes that a crawl with this mark started and that still live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            alive = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
            if alive and mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def _watched(command: list[str], folder: Path, hosts: Hosts, variables: Mapping[str, str]) -> Run:
    mark = f"mark-{uuid.uuid4().hex}"
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment(mark, variables), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    peaks: dict[int, float] = {}
    over = threading.Event()

    def measure() -> None:
        while not over.wait(0.5):
            for number in processes(mark):
                with contextlib.suppress(OSError, IndexError):
                    status = Path(f"/proc/{number}/status").read_text()
                    peaks[number] = int(status.split("VmHWM:")[1].split()[0]) / 1024

    watch = threading.Thread(target=measure, daemon=True)
    watch.start()
    try:
        _, log = process.communicate(timeout=2 * SECONDS)
    finally:
        process.kill()
        over.set()
        watch.join()
    seconds = time.monotonic() - began
    return Run(
        process.returncode,
        log.decode("utf-8", "surrogateescape"),
        seconds,
        hosts,
        lines(folder / "a.jsonl"),
        lines(folder / "a.rejects.jsonl"),
        peaks,
        process.pid,
    )


def lines(path: Path) -> list[Row]:
    """The rows of a JSON lines file; none where there is no file."""
    raw = path.read_bytes() if path.exists() else b""
    assert not raw or raw.endswith(b"\n")
    return [json.loads(line) for line in raw.splitlines()]
