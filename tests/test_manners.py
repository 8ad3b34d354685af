"""Whole runs against two hosts on loopback: one of them wants to be left in peace, and the other's articles all arrive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local_portal import Handler, Portal, article, section, serve, status

ROOT = Path(__file__).parents[1]
PATHS = [f"/news/2026/03/07/story-number-{number}" for number in range(1, 9)]
OTHERS = [f"/news/2026/03/08/story-number-{number}" for number in range(11, 19)]


def crawl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "",
    }
    return subprocess.run(
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
            "DOWNLOAD_TIMEOUT=3",
            "-o",
            "a.jsonl",
            *arguments,
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def site_file(folder: Path, *portals: Portal, delay: float = 0) -> None:
    (folder / "sites").mkdir(exist_ok=True)
    starts = json.dumps([portal.url("/news/") for portal in portals])
    (folder / "sites" / "local.toml").write_text(
        f'hosts = ["127.0.0.1"]\n[starts]\nsections = {starts}\n[pace]\ndelay = {delay}\n'
    )


def urls(path: Path) -> set[str]:
    return {json.loads(line)["url"] for line in path.read_text().splitlines()} if path.exists() else set()


def outcomes(folder: Path) -> dict[str, str]:
    path = folder / "a.rejects.jsonl"
    return (
        {row["url"]: row["reason"] for row in map(json.loads, path.read_text().splitlines())} if path.exists() else {}
    )


def pages(paths: list[str], **more: Any) -> dict[str, Any]:
    numbered = {path: article(int(path.rsplit("-", 1)[1])) for path in paths}
    return {"/robots.txt": "User-agent: *\nDisallow:\n", "/news/": section(*paths), **numbered, **more}


def test_a_host_that_wants_an_hour_is_left_for_it_and_the_other_goes_on(tmp_path: Path) -> None:
    busy = {path: status(503, "busy", Retry_After="3600") for path in PATHS}
    with serve(pages(PATHS) | busy) as tired, serve(pages(OTHERS)) as well:
        site_file(tmp_path, tired, well)
        run = crawl(tmp_path)
        assert urls(tmp_path / "a.jsonl") == {well.url(path) for path in OTHERS}, run.stderr
        assert sum(tired.asked[path] for path in PATHS) == 1
        found = outcomes(tmp_path)
        assert sorted(found.values()) == ["host_left_alone"] * (len(PATHS) - 1) + ["http_503"]
        assert "put off to a later run" in run.stderr
        before = dict(tired.asked)
        run = crawl(tmp_path)
        assert dict(tired.asked) == before, "the next run remembers it"
        assert "Traceback" not in run.stderr
        assert run.returncode == 0, "that it does as it was asked is no fault of the site"
        assert f"start page {tired.url('/news/')} is put off" in run.stderr
        assert len(urls(tmp_path / "a.jsonl")) == len(OTHERS)


def test_a_short_rest_is_waited_for_in_the_same_run(tmp_path: Path) -> None:
    told: list[int] = []

    def once(handler: Handler) -> None:
        told.append(1)
        (status(429, "slow down", Retry_After="1") if len(told) == 1 else status(200, article(1)))(handler)

    with serve(pages(PATHS) | {PATHS[0]: once}) as portal:
        site_file(tmp_path, portal)
        run = crawl(tmp_path)
        assert {portal.url(path) for path in PATHS[1:]} <= urls(tmp_path / "a.jsonl"), run.stderr
        crawl(tmp_path)
        assert urls(tmp_path / "a.jsonl") == {portal.url(path) for path in PATHS}, (
            "the page that was refused comes in a later run at the latest"
        )


@pytest.mark.parametrize("kind", ["500", "reset"])
def test_a_host_that_only_fails_is_left_alone(tmp_path: Path, kind: str) -> None:
    def reset(handler: Handler) -> None:
        handler.connection.close()

    many = [f"/news/2026/03/07/story-number-{number}" for number in range(100, 130)]
    broken = dict.fromkeys(many, status(500, "broken") if kind == "500" else reset)
    with serve(pages(many) | broken) as bad, serve(pages(OTHERS)) as well:
        site_file(tmp_path, bad, well)
        run = crawl(tmp_path)
        assert urls(tmp_path / "a.jsonl") == {well.url(path) for path in OTHERS}, run.stderr
        assert sum(bad.asked[path] for path in many) <= 10, "five, and once more for what connections do by themselves"
        reasons = list(outcomes(tmp_path).values())
        assert reasons.count("host_left_alone") >= len(many) - 10
        assert len(reasons) == len(many)


def test_robots_txt_that_cannot_be_asked_forbids_until_it_is_back(tmp_path: Path) -> None:
    with serve(pages(PATHS, **{"/robots.txt": status(503, "User-agent: *\nAllow: /")})) as portal:
        site_file(tmp_path, portal)
        run = crawl(tmp_path)
        assert set(portal.asked) == {"/robots.txt"}, run.stderr
        assert portal.asked["/robots.txt"] == 2
        assert run.returncode != 0
        portal.pages["/robots.txt"] = "User-agent: *\nDisallow: " + PATHS[0]
        crawl(tmp_path)
        assert urls(tmp_path / "a.jsonl") == {portal.url(path) for path in PATHS[1:]}
        crawl(tmp_path)
        assert portal.asked["/robots.txt"] == 3, "kept for hours"
        assert portal.asked[PATHS[0]] == 0


def test_rules_behind_a_redirect_to_another_host(tmp_path: Path) -> None:
    with serve({"/elsewhere.txt": "User-agent: newscrawl\nDisallow: " + PATHS[0]}) as other, serve({}) as portal:
        portal.pages |= pages(
            PATHS, **{"/robots.txt": status(301, "User-agent: *\nDisallow: /", Location=other.url("/elsewhere.txt"))}
        )
        site_file(tmp_path, portal)
        run = crawl(tmp_path)
        assert urls(tmp_path / "a.jsonl") == {portal.url(path) for path in PATHS[1:]}, run.stderr
        assert outcomes(tmp_path) == {portal.url(PATHS[0]): "robots"}
        assert other.asked == {"/elsewhere.txt": 1}


@pytest.mark.parametrize("robots", ["stated", "endless", "compressed"])
def test_a_robots_txt_of_two_gigabytes_costs_little(tmp_path: Path, robots: str) -> None:
    sent: list[int] = []

    def huge(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        if robots == "stated":
            handler.send_header("Content-Length", str(2 * 10**9))
        handler.end_headers()
        handler.wfile.write(f"User-agent: *\nDisallow: {PATHS[0]}\n".encode())
        for _ in range(30_000):
            sent.append(handler.wfile.write(b"# " + b"x" * 65_533 + b"\n"))

    answer = (
        huge
        if robots != "compressed"
        else status(200, "not gzip at all", Content_Encoding="gzip", Content_Type="text/plain")
    )
    with serve(pages(PATHS, **{"/robots.txt": answer})) as portal, serve(pages(OTHERS)) as well:
        site_file(tmp_path, portal, well)
        began = time.monotonic()
        run = crawl(tmp_path)
        assert time.monotonic() - began < 60
        found = urls(tmp_path / "a.jsonl")
        assert {well.url(path) for path in OTHERS} <= found, run.stderr
        if robots != "compressed":
            assert {portal.url(path) for path in PATHS[1:]} <= found
            assert portal.asked[PATHS[0]] == 0
            assert sum(sent) < 50 * 2**20, "what the sockets hold"
        assert "Traceback" not in run.stderr


def test_an_entry_point_that_robots_forbids_is_told(tmp_path: Path) -> None:
    with serve(pages(PATHS, **{"/robots.txt": "User-agent: *\nDisallow: /news/\nCrawl-delay: 86400\n"})) as portal:
        site_file(tmp_path, portal)
        run = crawl(tmp_path, "-s", "CRAWL_DELAY_MAX=0.1")
        assert set(portal.asked) == {"/robots.txt"}
        assert run.returncode != 0
        assert "robots.txt forbids an entry point" in run.stderr
        assert "86400 seconds" in run.stderr


def test_an_entry_point_that_the_address_guard_refuses_is_no_fault_of_robots(tmp_path: Path) -> None:
    """Whoever reads the log would look for the mistake in a robots.txt that nobody has asked for."""
    with serve(pages(PATHS)) as portal:
        site_file(tmp_path, portal)
        run = crawl(tmp_path, "-s", "PRIVATE_HOSTS=")
        assert not portal.asked
        assert run.returncode == 1
        assert "blocked_address" in run.stderr
        assert "robots.txt forbids" not in run.stderr
