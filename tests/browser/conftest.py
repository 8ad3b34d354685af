"""What the browser's tests share: a crawl with a real Chromium, which must leave nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from newscrawl.browser import chromium
from newscrawl.browser.process_tree import marked
from tests.browser.portal import APP
from tests.local_portal import Answer, Portal, serve

ROOT = Path(__file__).parents[2]
MARK = "--newscrawl-run="


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    if chromium.find(os.environ.get("NEWSCRAWL_BROWSER", "")) is None:
        for item in here:
            item.add_marker(pytest.mark.skip(reason=f"no Chromium found: {chromium.INSTALL}"))


@dataclass
class Run:
    """A crawl that has ended."""

    folder: Path
    status: int
    log: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return _lines(self.folder / "out.jsonl")

    @property
    def rejected(self) -> dict[str, dict[str, Any]]:
        """By the URL's last part."""
        return {line["url"].rsplit("/", 1)[-1]: line for line in _lines(self.folder / "out.rejects.jsonl")}

    def record(self, name: str) -> dict[str, Any]:
        found = [record for record in self.records if record["url"].endswith(name)]
        assert found, f"no record of {name}\n{self.rejected}\n{self.log}"
        return found[0]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


@dataclass
class Crawler:
    """Runs ``scrapy crawl portal`` on a portal of one section page with the given articles."""

    folder: Path
    portal: Portal
    variables: dict[str, str] = field(default_factory=dict)

    def site(self, **keys: str) -> None:
        """Writes the site file ``local``."""
        (self.folder / "sites").mkdir(exist_ok=True)
        lines = [f"{name} = {value}" for name, value in keys.items() if not value.startswith("[")]
        tables = [f"[{name}]\n{value.removeprefix('[]')}" for name, value in keys.items() if value.startswith("[]")]
        text = "\n".join(
            [
                'hosts = ["127.0.0.1"]',
                "articles = ['/news/']",
                *lines,
                "[starts]",
                f'sections = ["{self.portal.url("/")}"]',
                *tables,
            ]
        )
        (self.folder / "sites" / "local.toml").write_text(text, encoding="utf-8")

    def command(self, *options: str) -> list[str]:
        return [
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
            "BROWSER_SECONDS=60",
            *options,
            "-O",
            "out.jsonl",
        ]

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "",
            **self.variables,
        }

    def run(self, *options: str, **site: str) -> Run:
        if site or not (self.folder / "sites").exists():
            self.site(**site)
        ran = subprocess.run(
            self.command(*options), cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=180
        )
        return Run(self.folder, ran.returncode, ran.stderr)

    def scrapy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command in the same folder."""
        command = [sys.executable, "-m", "scrapy", *arguments, "-s", "NEWSCRAWL_SITES=sites"]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=180
        )


@pytest.fixture
def crawler(tmp_path: Path) -> Iterator[Callable[[dict[str, Answer]], Crawler]]:
    """Starts a portal of these pages; its front page lists those under ``/news/`` unless it is given too."""
    portals = []

    def start(pages: dict[str, Answer]) -> Crawler:
        listed = [path for path in pages if path.startswith("/news/") and not path.endswith(".json")]
        links = "".join(
            f"<li><a href='{path}'>A headline of quite some length for this story</a></li>" for path in listed
        )
        opened = serve({"/": f"<!doctype html><html><body><ul>{links}</ul></body></html>", "/app.js": APP, **pages})
        portals.append(opened)
        return Crawler(tmp_path, opened.__enter__())

    yield start
    for opened in portals:
        opened.__exit__(None, None, None)
    assert not [one.command for one in marked(f"{MARK}") if str(tmp_path) in _folder(one.pid)], "a browser is left"


def _folder(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""
