"""The report as its user meets it: after real runs over a portal on loopback, in the table, on the page, at the alert command."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.local_portal import Answer, Handler, Portal, article, section, serve

ROOT = Path(__file__).parents[1]
Report = dict[str, Any]
Pages = dict[str, Answer]


def scrapy(folder: Path, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def reports(folder: Path) -> list[Report]:
    return [json.loads(path.read_text()) for path in sorted((folder / ".newscrawl" / "runs").glob("*.json"))]


def pages_of(numbers: range, empty: bool = False) -> Pages:
    """Articles and the section that lists them; ``empty``: the layout has changed and the texts are no longer in the pages."""
    hollow = (
        "<!doctype html><html><head><title>The council decides</title></head><body><div id='root'></div></body></html>"
    )
    paths = [f"/news/2026/03/{number:02}/a-story-of-the-town-{number}.html" for number in numbers]
    found: Pages = {path: hollow if empty else article(number) for path, number in zip(paths, numbers, strict=True)}
    return {**found, "/news/": section(*paths)}


class Three:
    """Three sites on ports of their own, and their files."""

    def __init__(self, folder: Path, portals: dict[str, Portal]) -> None:
        self.folder, self.portals = folder, portals
        (folder / "sites").mkdir()
        for name, portal in portals.items():
            (folder / "sites" / f"{name}.toml").write_text(
                f'hosts = ["127.0.0.1"]\n[starts]\nsections = ["{portal.url("/news/")}"]\n[pace]\ndelay = 0\nconcurrency = 4\n'
            )

    def crawl(self, *arguments: str, status: int, **variables: str) -> tuple[Report, str]:
        """A run; its report and its log."""
        run = scrapy(
            self.folder,
            "crawl",
            "portal",
            "-s",
            "NEWSCRAWL_SITES=sites",
            "-s",
            "PRIVATE_HOSTS=127.0.0.1",
            "-s",
            "REVISIT=never",
            "-o",
            "o.jsonl",
            *arguments,
            **variables,
        )
        assert run.returncode == status, run.stderr
        assert "Traceback" not in run.stderr
        return reports(self.folder)[-1], run.stderr


@pytest.fixture()
def three(tmp_path: Path) -> Iterator[Three]:
    with serve(pages_of(range(1, 9))) as a, serve(pages_of(range(11, 19))) as b, serve(pages_of(range(21, 29))) as c:
        yield Three(tmp_path, {"a": a, "b": b, "c": c})


def test_a_layout_change_of_one_of_three_sites_is_named_with_its_field(three: Three) -> None:
    report, log = three.crawl("-a", "site=a,b,c", status=0)
    assert [(site["label"], site["counts"]["articles"], site["alerts"]) for site in report["sites"]] == [
        ("a", 8, []),
        ("b", 8, []),
        ("c", 8, []),
    ]
    for number, portal in enumerate(three.portals.values()):
        portal.pages.update(pages_of(range(number * 10 + 1, number * 10 + 9)))
        fresh = pages_of(range(number * 10 + 31, number * 10 + 37) if number < 2 else range(51, 57), empty=number == 1)
        portal.pages.update(fresh)
    report, log = three.crawl("-a", "site=a,b,c", "-s", "ALERT_COMMAND=tee alert.json", status=3)
    jsonschema.validate(report, json.loads((ROOT / "newscrawl/monitor/run_report.schema.json").read_text()))
    assert [[(alert["kind"], alert["field"]) for alert in site["alerts"]] for site in report["sites"]] == [
        [],
        [("no_text", "text")],
        [],
    ]
    assert [site["counts"]["articles"] for site in report["sites"]] == [6, 0, 6]
    alert = report["sites"][1]["alerts"][0]
    assert alert["example"].startswith(three.portals["b"].url("/news/2026/03/"))
    assert alert["since"] == report["began"]
    last = log.strip().splitlines()[-1]
    assert "unhealthy: b: " in last and "field text" in last and "exit status 3" in last
    assert json.loads((three.folder / "alert.json").read_text()) == report
    table = scrapy(three.folder, "report", "--last", "1")
    assert table.returncode == 0
    assert [line.split()[3:5] for line in table.stdout.splitlines()[1:4]] == [["a", "6"], ["b", "0"], ["c", "6"]]
    assert "! b [text]: " in table.stdout


def test_a_run_counts_its_requests_its_bytes_and_what_came(three: Three) -> None:
    report, _ = three.crawl("-a", "site=a", status=0)
    site = report["sites"][0]
    assert site["requests"] == sum(three.portals["a"].asked.values())
    assert sum(site["statuses"].values()) == site["requests"]
    assert site["bytes"] > 8 * 500
    assert site["median_length"] > 100
    assert site["fill"]["title"] == site["fill"]["text"] == 1
    assert site["extraction_ms"] > 0
    assert site["starts"] == {"asked": 1, "failed": 0, "put_off": 0, "listed": 1}
    assert report["outputs"] == ["o.jsonl"] and report["arguments"] == {"site": "a"}
    metrics = (three.folder / ".newscrawl/runs/metrics.prom").read_text()
    assert 'newscrawl_last_run_articles{site="a",spider="portal"} 8\n' in metrics


def slow(handler: Handler) -> None:
    time.sleep(20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_run_that_is_cut_short_leaves_its_report(three: Three, number: signal.Signals) -> None:
    path = next(path for path in three.portals["a"].pages if path != "/news/")
    good, three.portals["a"].pages[path] = three.portals["a"].pages[path], slow
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "portal",
        "-a",
        "site=a",
        "-s",
        "NEWSCRAWL_SITES=sites",
        "-s",
        "PRIVATE_HOSTS=127.0.0.1",
        "-o",
        "o.jsonl",
    ]
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "",
    }
    with subprocess.Popen(command, cwd=three.folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while three.portals["a"].asked[path] == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(number)
        process.communicate(timeout=60)
    report = reports(three.folder)[-1]
    if number == signal.SIGKILL:
        assert report["outcome"] == "began"
        three.portals["a"].pages[path] = good
        after, log = three.crawl("-a", "site=a", status=0)
        assert [alert["kind"] for alert in after["sites"][0]["alerts"]] == ["unfinished"]
        assert "did not finish" in log
        again, _ = three.crawl("-a", "site=a", status=0)
        assert again["sites"][0]["alerts"] == []
    else:
        assert process.returncode == report["exit_status"] == 128 + number
        assert (report["outcome"], report["signal"]) == ("stopped", number.name)
        assert report["sites"][0]["counts"]["fetched"] >= 1


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("false", "ALERT_COMMAND ended with status 1"),
        ("no-such-program-here", "ALERT_COMMAND could not be run"),
        ("sh -c 'echo no mail today >&2; exit 4'", "status 4: no mail today"),
        ("sh -c '", "ALERT_COMMAND could not be run"),
    ],
)
def test_an_alert_command_that_fails_is_one_line_and_changes_nothing(three: Three, command: str, says: str) -> None:
    three.portals["a"].pages["/news/"] = section()
    _, log = three.crawl("-a", "site=a", "-s", f"ALERT_COMMAND={command}", status=3)
    assert len([line for line in log.splitlines() if "ALERT_COMMAND" in line]) == 1
    assert says in log


def test_a_run_whose_report_cannot_be_written_is_not_healthy(three: Three) -> None:
    (three.folder / ".newscrawl").mkdir()
    (three.folder / ".newscrawl" / "runs").write_text("no folder")
    run = scrapy(
        three.folder,
        "crawl",
        "portal",
        "-a",
        "site=a",
        "-s",
        "NEWSCRAWL_SITES=sites",
        "-s",
        "PRIVATE_HOSTS=127.0.0.1",
        "-o",
        "o.jsonl",
        "-s",
        "ALERT_COMMAND=tee alert.json",
    )
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
    last = run.stderr.strip().splitlines()[-1]
    assert "its report could not be written (" in last and "8 articles" in last and "exit status 1" in last
    alert = json.loads((three.folder / "alert.json").read_text())
    assert (alert["outcome"], alert["exit_status"]) == ("failed", 1)


def test_a_healthy_run_calls_nobody(three: Three) -> None:
    three.crawl("-a", "site=a", "-s", "ALERT_COMMAND=touch called", status=0)
    assert not (three.folder / "called").exists()


def test_mistakes_end_in_one_line(three: Three) -> None:
    nothing = scrapy(three.folder, "report")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    three.crawl("-a", "site=a", status=0)
    (three.folder / "folder").mkdir()
    for arguments, status, says in (
        (["--site", "x"], 2, "there are: a"),
        (["surplus"], 2, "surplus"),
        (["-o", "folder"], 1, "folder"),
        (["-o", "x.html", "--json"], 2, "--json"),
        (["-s", "STATE_DIR=elsewhere"], 1, "elsewhere"),
    ):
        run = scrapy(three.folder, "report", *arguments)
        assert run.returncode == status, run.stderr
        assert says in run.stderr and len(run.stderr.strip().splitlines()) == 1 and run.stdout == ""


def test_reports_as_json_are_the_files(three: Three) -> None:
    report, _ = three.crawl("-a", "site=a", status=0)
    run = scrapy(three.folder, "report", "--json")
    assert [json.loads(line) for line in run.stdout.splitlines()] == [report]


def test_the_page_is_drawn_by_a_browser(three: Three) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    three.crawl("-a", "site=a,b", status=0)
    assert scrapy(three.folder, "report", "-o", "report.html").returncode == 0
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    run = subprocess.run(
        [
            chromium,
            *flags,
            f"--user-data-dir={three.folder / 'profile'}",
            "--window-size=400,900",
            "--enable-logging=stderr",
            "--dump-dom",
            f"file://{three.folder / 'report.html'}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stdout.count("<figure>") >= 6 and run.stdout.count("<svg") >= 6
    assert "CONSOLE" not in run.stderr, "the page breaks its own policy"
