"""Runs of ``scrapy crawl`` one after the other over a portal that changes, each at the portal's own time of day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.changing_portal import Edition, World, edition
from tests.local_portal import Portal

ROOT = Path(__file__).parents[1]
Record = dict[str, Any]
DENSE = ",".join(f"{hours}h" for hours in range(3, 100, 3))
"""A schedule by which every article is looked at in every run of a world whose steps are some hours long."""


@dataclass
class Schedule:
    """The crontab of one site: where its runs write, and what all of them have written."""

    folder: Path
    portal: Portal
    world: World
    output: str = "news.jsonl"
    settings: dict[str, str] = field(default_factory=lambda: {"REVISIT": DENSE})
    delay: float = 0
    site: str = "local"

    def __post_init__(self) -> None:
        self.write_site(self.delay)

    def write_site(self, delay: float, concurrency: int = 4) -> None:
        """The site's file, with its pace."""
        (self.folder / "sites").mkdir(exist_ok=True)
        (self.folder / "sites" / f"{self.site}.toml").write_text(
            f'hosts = ["127.0.0.1"]\ntime_zone = "UTC"\n[starts]\nfeeds = ["{self.portal.url("/feed.xml")}"]\n'
            f'sections = ["{self.portal.url("/news/")}"]\nsitemaps = ["{self.portal.url("/sitemap.xml")}"]\n'
            f"[pace]\ndelay = {delay}\nconcurrency = {concurrency}\n"
        )

    def command(self, *arguments: str) -> list[str]:
        """The command of a run; without an output among the arguments it appends to the schedule's own."""
        if not {"-o", "-O"} & set(arguments):
            arguments = ("-o", self.output, *arguments)
        settings = {
            "NEWSCRAWL_SITES": "sites",
            "PRIVATE_HOSTS": "127.0.0.1",
            "DOWNLOAD_TIMEOUT": "10",
            "HEALTH_MIN_RUNS": "1000",
            **self.settings,
        }
        given = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        return [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", f"site={self.site}", *given, *arguments]

    def environment(self, at: datetime | None = None, **variables: str) -> dict[str, str]:
        """The variables of a run that begins at the world's time, or at another."""
        path = os.pathsep.join(filter(None, (variables.pop("PYTHONPATH", ""), str(ROOT))))
        now = (at or self.world.now).isoformat()
        return {
            **os.environ,
            "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
            "PYTHONPATH": path,
            "PYTHONWARNINGS": "",
            "NEWSCRAWL_NOW": now,
            **variables,
        }

    def start(self, *arguments: str, at: datetime | None = None, **variables: str) -> subprocess.Popen[str]:
        """A run that goes on by itself; its log goes to ``log.txt``."""
        with (self.folder / "log.txt").open("w") as log:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                env=self.environment(at, **variables),
                stdout=log,
                stderr=log,
                text=True,
            )

    def run(
        self, *arguments: str, status: int | None = 0, minutes: float = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """A whole run, ``minutes`` after the world's time; ``status`` is the exit status that it has to have."""
        self.portal.asked.clear()
        at = self.world.now + timedelta(minutes=minutes)
        run = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(at, **variables),
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert "Traceback" not in run.stderr, run.stderr
        assert status is None or run.returncode == status, run.stderr
        return run

    def asked(self) -> int:
        """Requests of the last run."""
        return sum(self.portal.asked.values())

    def records(self, name: str = "") -> list[Record]:
        """The lines of an output; all of them are whole."""
        return lines(self.folder / (name or self.output))

    def rejections(self, name: str = "") -> list[Record]:
        """The lines beside an output."""
        path = self.folder / (name or self.output)
        return lines(path.with_name(path.name.replace(".jsonl", ".rejects.jsonl")))

    def gone(self) -> list[Record]:
        """The withdrawals that were written."""
        return [row for row in self.rejections() if row["reason"] == "gone"]


def lines(path: Path) -> list[Record]:
    """All lines of a file, of every gzip member; none when there is no file. A torn line or member fails."""
    if not path.exists():
        return []
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = unpack(raw)
    assert not raw or raw.endswith(b"\n"), f"{path.name} ends in half a line"
    return [json.loads(line) for line in raw.splitlines()]


def unpack(raw: bytes) -> bytes:
    """The bytes of all gzip members, each of which is whole."""
    text = b""
    while raw:
        member = zlib.decompressobj(wbits=31)
        text += member.decompress(raw)
        assert member.eof, "a torn gzip member"
        raw = member.unused_data
    return text


def check(records: list[Record], rejections: list[Record], truth: set[Edition]) -> None:
    """Each edition once, under one id a story with versions that count from 1, none missing, none invented; each rejection once."""
    found = Counter(edition(record) for record in records)
    assert {one: count for one, count in found.items() if count > 1} == {}, "written twice"
    assert sorted(truth - set(found)) == [], "missing"
    assert sorted(set(found) - truth) == [], "not true at any run"
    of_story: dict[int, list[Record]] = {}
    for record in records:
        of_story.setdefault(edition(record)[0], []).append(record)
    for number, versions in of_story.items():
        assert len({record["id"] for record in versions}) == 1, f"story {number} has several ids"
        assert [record["version"] for record in versions] == list(range(1, len(versions) + 1)), (
            f"versions of story {number}"
        )
    assert len({record["id"] for record in records}) == len(of_story), "two stories share an id"
    again = {
        key: count for key, count in Counter((row["url"], row["reason"]) for row in rejections).items() if count > 1
    }
    assert again == {}, "rejected twice"
