"""Runs of ``scrapy crawl`` over a local portal, one after the other, at the hours that the test says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.local_portal import Portal

ROOT = Path(__file__).parents[1]
BEGIN = datetime(2026, 3, 7, 8, tzinfo=UTC)
HOURLY = ",".join(f"{hour}h" for hour in range(1, 60))


def section_of(portal: Portal, path: str = "/news/") -> str:
    """The line of the site's file that names its section page."""
    return f'sections = ["{portal.url(path)}"]'


class LocalRuns:
    """One site's runs in a folder, all of which append to ``output``; ``starts`` are the lines of its file's table."""

    def __init__(
        self,
        folder: Path,
        *starts: str,
        revisit: str = HOURLY,
        pace: str = "delay = 0",
        output: str = "a.jsonl",
        overwrite: bool = False,
    ) -> None:
        self.folder = folder
        self._output = output
        self._option = "-O" if overwrite else "-o"
        self._revisit = revisit
        (folder / "sites").mkdir(exist_ok=True)
        (folder / "sites" / "local.toml").write_text(
            "\n".join(('hosts = ["127.0.0.1"]', "[starts]", *starts, "[pace]", pace, ""))
        )

    def command(self, *options: str) -> list[str]:
        """The command of a run."""
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
            f"REVISIT={self._revisit}",
            self._option,
            self._output,
            *options,
        ]

    def environment(self, hours: float) -> dict[str, str]:
        """The variables of a run so many hours after the first; modules of the folder can be imported."""
        return {
            **os.environ,
            "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{self.folder}",
            "PYTHONWARNINGS": "",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NEWSCRAWL_NOW": (BEGIN + timedelta(hours=hours)).isoformat(),
        }

    def run(self, hours: float, *options: str, codes: tuple[int, ...] = (0,)) -> str:
        """The log of a whole run, whose exit status is one of ``codes``."""
        run = subprocess.run(
            self.command(*options),
            cwd=self.folder,
            env=self.environment(hours),
            capture_output=True,
            text=True,
            timeout=150,
        )
        assert run.returncode in codes, run.stderr
        return run.stderr

    def lines(self, name: str = "a.jsonl") -> list[dict[str, Any]]:
        """What all runs until now have written."""
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
