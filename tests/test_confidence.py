"""What becomes of articles whose text may be wrong: in a crawl, in ``scrapy extract``, in the run's report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.local_portal import article, section, serve
from tests.local_runs import LocalRuns, section_of

ROOT = Path(__file__).parents[1]
DOUBTS = f"{ROOT / 'tests' / 'doubts'}{os.pathsep}{ROOT}"
PATHS = [f"/news/a-long-story-number-{number}" for number in range(1, 4)]
HALF = ("-s", "MIN_CONFIDENCE=0.5")


class Crawl(LocalRuns):
    """Runs whose extractor doubts the pages that ask for it."""

    def environment(self, hours: float) -> dict[str, str]:
        return {**super().environment(hours), "PYTHONPATH": DOUBTS}

    def rejected(self) -> list[tuple[str, str, str]]:
        return [(line["url"][-1], line["reason"], line["detail"]) for line in self.lines("a.rejects.jsonl")]

    def site(self) -> dict[str, Any]:
        """The site's part of the last run's report."""
        last = max((self.folder / ".newscrawl" / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime)
        found: dict[str, Any] = json.loads(last.read_text())["sites"][0]
        return found


def pages(**doubts: str) -> dict[str, Any]:
    """Three articles and their section; ``two="DOUBT=0.3"`` are words of the second."""
    words = [doubts.get(name, "") for name in ("one", "two", "three")]
    return {"/news/": section(*PATHS)} | {path: article(at + 1, words[at]) for at, path in enumerate(PATHS)}


def test_an_article_that_is_not_sure_enough_is_a_rejection_and_not_asked_for_again(tmp_path: Path) -> None:
    with serve(pages(two="DOUBT=0.314", three="DOUBT=0.75")) as portal:
        crawl = Crawl(tmp_path, section_of(portal), revisit="never")
        log = crawl.run(0, *HALF)
        assert [line["confidence"] for line in crawl.lines()] == [0.97, 0.75]
        assert crawl.rejected() == [("2", "unsure", "confidence 0.314, wanted 0.50")]
        site = crawl.site()
        assert site["confidence"] == {"<0.5": 1, "0.5-0.7": 0, "0.7-0.9": 1, ">=0.9": 1}
        assert site["examples"]["doubtful"].endswith(PATHS[1])
        assert "confidence <0.5: 1, 0.7-0.9: 1, >=0.9: 1" in log
        metrics = (tmp_path / ".newscrawl/runs/metrics.prom").read_text()
        assert (
            'newscrawl_last_run_articles_by_confidence{site="local",spider="portal",confidence="<0.5"} 1.0\n' in metrics
        )
        crawl.run(2)
        assert portal.asked[PATHS[1]] == 1
        assert len(crawl.lines()) == 2 and len(crawl.rejected()) == 1
        forgotten = scrapy("state", "forget", portal.url(PATHS[1]), "-s", f"STATE_DIR={tmp_path / '.newscrawl'}")
        assert forgotten.returncode == 0, forgotten.stderr
        crawl.run(4)
        assert [line["confidence"] for line in crawl.lines()] == [0.97, 0.75, 0.314], "by default nothing is dropped"


def test_a_known_article_keeps_its_version_while_its_page_is_doubtful(tmp_path: Path) -> None:
    with serve(pages()) as portal:
        crawl = Crawl(tmp_path, section_of(portal))
        crawl.run(0, *HALF)
        for hours, words in ((2, "and more DOUBT=0.2"), (5, "and more")):
            portal.pages |= pages(two=words)
            crawl.run(hours, *HALF)
            if "DOUBT" in words:
                assert len(crawl.lines()) == 3
        assert [(line["url"][-1], line["version"]) for line in crawl.lines()[3:]] == [("2", 2)]
        assert crawl.rejected() == []


def scrapy(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "PYTHONPATH": DOUBTS,
        "PYTHONWARNINGS": "",
    }
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_saved_pages_that_are_not_sure_enough_are_rejections(tmp_path: Path) -> None:
    for number, words in enumerate(("", "DOUBT=0.497")):
        (tmp_path / f"{number}.html").write_text(article(number, words))
    done = scrapy("extract", tmp_path, "-o", tmp_path / "a.jsonl", *HALF)
    assert done.returncode == 0, done.stderr
    assert "2 pages: 1 record, 1 rejected (unsure 1)" in done.stderr
    reject = json.loads((tmp_path / "a.rejects.jsonl").read_text())
    assert (reject["reason"], reject["detail"]) == ("unsure", "confidence 0.497, wanted 0.50")
    assert reject["url"].endswith("1.html") and reject["fetched_at"] and reject["run_id"]
    assert "2 records, 0 rejected" in scrapy("extract", tmp_path, "-o", tmp_path / "b.jsonl").stderr
    told = scrapy("explain", tmp_path / "1.html", *HALF).stdout
    assert "  a crawl would reject it as unsure: confidence 0.497, wanted 0.50 (MIN_CONFIDENCE)\n" in told


@pytest.mark.parametrize(
    "command", [("crawl", "portal", "-a", "site=demo"), ("extract", "README.md"), ("explain", "README.md")]
)
@pytest.mark.parametrize("value", ["1.5", "nan", "high", ""])
def test_a_value_that_is_no_share_ends_with_one_line(command: tuple[str, ...], value: str) -> None:
    done = scrapy(*command, "-s", f"MIN_CONFIDENCE={value}")
    assert done.returncode == 2
    assert [
        line for line in done.stderr.splitlines() if f"-s MIN_CONFIDENCE={value}: expected a number from 0 to 1" in line
    ], done.stderr
    assert "Traceback" not in done.stderr and done.stdout.count("\n") <= 1
