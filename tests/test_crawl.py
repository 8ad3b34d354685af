"""``scrapy crawl`` as its user meets it: the demo, a portal on loopback, bad input, and runs that are cut short."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_portal import Handler, Portal, article, section, serve, status

ROOT = Path(__file__).parents[1]
LOCAL = ("-s", "PRIVATE_HOSTS=127.0.0.1", "-s", "DOWNLOAD_TIMEOUT=3")
Record = dict[str, Any]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "scrapy", "crawl", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "SCRAPY_SETTINGS_MODULE": "newscrawl.settings", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": ""}


def crawl(folder: Path, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment() | variables, capture_output=True, text=True, timeout=120
    )


def lines(path: Path) -> list[Record]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    assert not raw or raw.endswith(b"\n")
    return [json.loads(line) for line in raw.splitlines()]


def last_line(run: subprocess.CompletedProcess[str]) -> str:
    return run.stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[subprocess.CompletedProcess[str], Path]]:
    """One run of each spider over the demo."""
    folder = tmp_path_factory.mktemp("demo")
    return {
        spider: (crawl(folder, spider, "-a", "site=demo", "-O", f"{spider}.jsonl"), folder / f"{spider}.jsonl")
        for spider in ("portal", "syndication")
    }


def expected(spider: str) -> list[Record]:
    rows = [
        json.loads(line)
        for line in (ROOT / "fixtures" / "demo" / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [row for row in rows if row["spider"] == spider]


@pytest.mark.parametrize("spider", ["portal", "syndication"])
def test_the_demo_gives_exactly_its_articles(demo: dict[str, Any], spider: str) -> None:
    run, path = demo[spider]
    assert run.returncode == 0, run.stderr
    records = sorted(record["url"] for record in lines(path))
    assert records == sorted(row["url"] for row in expected(spider) if row["outcome"] == "record")


@pytest.mark.parametrize("spider", ["portal", "syndication"])
def test_each_other_page_of_the_demo_is_a_rejection_with_its_reason(demo: dict[str, Any], spider: str) -> None:
    path = demo[spider][1]
    ids = {record["url"]: record["id"] for record in lines(path)}
    rejected = {row["url"]: row for row in lines(path.with_suffix(".rejects.jsonl"))}
    wanted = {row["url"]: row for row in expected(spider) if row["outcome"] == "rejection"}
    twins = {row["url"] for row in expected(spider) if row["outcome"] == "twin"}
    assert {url: row["reason"] for url, row in rejected.items() if url not in twins} == {
        url: row["reason"] for url, row in wanted.items()
    }
    for url, row in wanted.items():
        if row["reason"] == "duplicate":
            assert rejected[url]["detail"] == ids[row["of"]]
        elif "detail" in row:
            assert rejected[url]["detail"] == row["detail"]


def test_the_demo_comes_out_the_same_again(demo: dict[str, Any], tmp_path: Path) -> None:
    path = demo["portal"][1]
    again = tmp_path / "again.jsonl"
    assert crawl(tmp_path, "portal", "-a", "site=demo", "-O", again).returncode == 0

    def essence(output: Path) -> list[Record]:
        return [
            {key: value for key, value in row.items() if key not in ("fetched_at", "run_id")} for row in lines(output)
        ]

    assert essence(again) == essence(path)
    assert essence(again.with_suffix(".rejects.jsonl")) == essence(path.with_suffix(".rejects.jsonl"))


def test_the_log_ends_with_a_summary_and_the_truth(demo: dict[str, Any]) -> None:
    run, path = demo["portal"]
    articles, rejected = len(lines(path)), len(lines(path.with_suffix(".rejects.jsonl")))
    assert f"ended healthy: {articles} articles, {rejected} rejected (exit status 0)" in last_line(run)
    for word in ("fetched", "articles", "rejected", "fields", "title 100 %", "seconds"):
        assert word in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


def test_the_originals_of_reposts_are_fetched_on_demand(demo: dict[str, Any], tmp_path: Path) -> None:
    run = crawl(tmp_path, "syndication", "-a", "site=demo", "-a", "follow_originals=true", "-O", "all.jsonl")
    assert run.returncode == 0, run.stderr
    reposts = lines(demo["syndication"][1])
    named = {row["syndication"]["original_url"] for row in reposts if row["syndication"]} - {None}
    rows = lines(tmp_path / "all.jsonl") + lines(tmp_path / "all.rejects.jsonl")
    assert named
    assert {row["url"] for row in rows} == {row["url"] for row in reposts} | named


def test_output_formats_and_the_default_output(demo: dict[str, Any], tmp_path: Path) -> None:
    urls = [row["url"] for row in lines(demo["syndication"][1])]
    run = crawl(
        tmp_path,
        "syndication",
        "-a",
        "site=demo",
        "-o",
        "a.jsonl.gz",
        "-o",
        "b.out:jsonl",
        "-o",
        "c.json",
        "-o",
        "d.csv",
    )
    assert run.returncode == 0, run.stderr
    assert [row["url"] for row in lines(tmp_path / "a.jsonl.gz")] == urls
    assert [row["url"] for row in lines(tmp_path / "b.out")] == urls
    assert [row["url"] for row in json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))] == urls
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as file:
        assert [row["url"] for row in csv.DictReader(file)] == urls
    assert (tmp_path / "a.rejects.jsonl.gz").exists()
    assert crawl(tmp_path, "syndication", "-a", "site=demo").returncode == 0, "nothing is new"
    assert not (tmp_path / "output").exists(), "so there is nothing to write"
    assert crawl(tmp_path, "syndication", "-a", "site=demo", "-s", "STATE_DIR=another").returncode == 0
    found = sorted(path.name for path in (tmp_path / "output").iterdir())
    assert len(found) == 1, "no file for rejections where there are none"
    assert all(name.startswith("syndication-demo-") for name in found)
    assert [row["url"] for row in lines(tmp_path / "output" / found[0])] == urls


def test_appending_keeps_what_was_there_and_cuts_a_torn_line(tmp_path: Path) -> None:
    output = tmp_path / "a.jsonl"
    output.write_text('{"url": "before"}\n{"url": "to')
    assert crawl(tmp_path, "syndication", "-a", "site=demo", "-o", output).returncode == 0
    assert lines(output)[0] == {"url": "before"}
    assert len(lines(output)) == 6


BAD_INPUT = [
    (["portal"], 2, "-a site=NAME"),
    (["portal", "-a", "site=nowhere"], 2, "known sites: demo"),
    (["portal", "-a", "site=demo", "-a", "url=https://example.com/"], 2, "not both"),
    (["portal", "-a", "url=file:///etc/passwd"], 2, "http(s)"),
    (["portal", "-a", "site=demo", "-a", "pages=3"], 2, "max_pages"),
    (["portal", "-a", "site=demo", "-a", "since=yesterday"], 2, "7d"),
    (["portal", "-a", "site=demo", "-a", "max_pages=-1"], 2, "max_pages=-1"),
    (["portal", "-a", "site"], 2, "NAME=VALUE"),
    (["portal", "-a", "site=demo", "-s", "EXTRACT_TIMEOUT=soon"], 2, "EXTRACT_TIMEOUT=soon"),
    (
        ["portal", "-a", "site=demo", "-s", "EXTRACT_MEGABYTES=100"],
        2,
        "at least 400, a worker needs that before a page",
    ),
    (
        ["portal", "-a", "site=demo", "-s", "PRIVATE_HOSTS=127.0.0.1,127.0.0.0/99"],
        2,
        "PRIVATE_HOSTS=127.0.0.0/99: expected",
    ),
    (["porthole", "-a", "site=demo"], 2, "portal, syndication"),
    (["portal", "-a", "site=demo", "-O", "a.txt"], 2, "txt"),
    (["portal", "-a", "site=demo", "-O", "taken/a.jsonl"], 1, "taken is no folder"),
    (["portal", "-a", "site=demo", "-O", "folder.jsonl"], 1, "folder.jsonl"),
    (["portal", "-a", "site=demo", "-s", "REPLAY_DIR=absent"], 1, "no archive to replay"),
    (["portal", "-a", "site=wrong", "-s", "NEWSCRAWL_SITES=sites"], 1, "wrong.toml: key `feed` is unknown"),
    (["portal", "-a", "site=full,empty", "-s", "NEWSCRAWL_SITES=sites"], 1, "no starts"),
    (["portal", "-a", "site=demo", "-s", "NEWSCRAWL_SITES=absent"], 1, "absent is no folder"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "words"), BAD_INPUT, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_input_is_one_clear_line(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    (tmp_path / "taken").write_text("")
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "wrong.toml").write_text('hosts = ["example.com"]\nfeed = "x"\n')
    (tmp_path / "sites" / "empty.toml").write_text('hosts = ["example.com"]\n')
    (tmp_path / "sites" / "full.toml").write_text(
        'hosts = ["example.com"]\n[starts]\nfeeds = ["https://example.com/feed.xml"]\n'
    )
    run = crawl(tmp_path, *arguments)
    assert (run.returncode, run.stdout) == (code, "")
    assert len(run.stderr.strip().splitlines()) == 1, run.stderr
    assert run.stderr.startswith("newscrawl: error: ")
    assert words in run.stderr
    assert not (tmp_path / "a.jsonl").exists()
    assert not (tmp_path / "output").exists()


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><item><title>First</title><link>/news/2026/03/07/story-number-1</link></item>
<item><title>Second</title><link>/news/2026/03/07/story-number-2?utm_source=rss</link></item>
<item><title>Inside</title><link>http://169.254.169.254/latest/meta-data</link></item>
<item><title>Elsewhere</title><link>https://elsewhere.example/2026/03/07/story</link></item>
<item><title>Bad</title><link>file:///etc/passwd</link></item></channel></rss>"""


def pages() -> dict[str, Any]:
    def slowly(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(300):
            handler.wfile.write(b"<p>drip</p>")
            time.sleep(0.2)

    def cut(handler: Handler) -> None:
        status(200, "<html>", Content_Length="1000")(handler)
        handler.close_connection = True

    def endless_headers(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10_000):
            handler.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    base = "/news/2026/03/07/"
    odd = [
        "slow-answer-of-a-server",
        "cut-answer-of-a-server",
        "page-that-is-gone-now",
        "server-that-is-broken-now",
        "ring-without-an-end-here",
        "way-to-the-metadata-host",
        "way-to-another-site-now",
        "way-to-a-local-file",
        "old-address-of-story-1",
        "old-address-of-story-4",
        "large-page-of-a-server",
        "private-page-of-a-server",
        "headers-without-an-end-here",
    ]
    found: dict[str, Any] = {f"{base}story-number-{number}": article(number) for number in range(1, 5)}
    found[f"{base}story-number-2?utm_source=rss"] = article(2)
    found |= {
        "/robots.txt": "User-agent: *\nDisallow: /news/2026/03/07/private\n",
        "/feed.xml": FEED,
        "/news/": section(
            *[f"{base}story-number-{number}" for number in (1, 2)],
            *[base + name for name in odd],
            more="<a href='/news/?page=2'>Next</a>",
        ),
        "/news/?page=2": section(f"{base}story-number-3"),
        base + odd[0]: slowly,
        base + odd[1]: cut,
        base + odd[3]: status(503),
        base + odd[4]: status(302, Location=base + odd[4]),
        base + odd[5]: status(302, Location="http://169.254.169.254/latest"),
        base + odd[6]: status(301, Location="https://elsewhere.example/"),
        base + odd[7]: status(302, Location="file:///etc/passwd"),
        base + odd[8]: status(301, Location=f"{base}story-number-1"),
        base + odd[9]: status(301, Location=f"{base}story-number-4"),
        base + odd[10]: b"<p>" + b"x" * (11 * 2**20),
        base + odd[11]: article(9),
        base + odd[12]: endless_headers,
    }
    return found


@pytest.fixture
def portal() -> Iterator[Portal]:
    with serve(pages()) as running:
        yield running


def site_file(folder: Path, portal: Portal, delay: float = 0) -> tuple[str, ...]:
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "sites" / "local.toml").write_text(
        f'hosts = ["127.0.0.1"]\n[starts]\nfeeds = ["{portal.url("/feed.xml")}"]\nsections = ["{portal.url("/news/")}"]\n'
        f"[pace]\ndelay = {delay}\nconcurrency = 4\n"
    )
    return ("-a", "site=local", "-s", "NEWSCRAWL_SITES=sites", *LOCAL)


def test_each_candidate_ends_once_and_with_its_true_reason(tmp_path: Path, portal: Portal) -> None:
    run = crawl(tmp_path, "portal", *site_file(tmp_path, portal), "-s", "CONTACT=news@example.org", "-O", "a.jsonl")
    assert run.returncode == 0, run.stderr
    base = portal.url("/news/2026/03/07/")
    records = {row["requested_url"]: row["url"] for row in lines(tmp_path / "a.jsonl")}
    assert records == {
        **{f"{base}story-number-{number}": f"{base}story-number-{number}" for number in (1, 2, 3)},
        f"{base}old-address-of-story-4": f"{base}story-number-4",
    }
    rejected = [(row["url"].removeprefix(base), row["reason"]) for row in lines(tmp_path / "a.rejects.jsonl")]
    assert sorted(rejected) == sorted(
        [
            ("slow-answer-of-a-server", "timeout"),
            ("cut-answer-of-a-server", "bad_response"),
            ("headers-without-an-end-here", "bad_response"),
            ("page-that-is-gone-now", "http_404"),
            ("server-that-is-broken-now", "http_503"),
            ("ring-without-an-end-here", "redirect_loop"),
            ("way-to-the-metadata-host", "blocked_address"),
            ("way-to-another-site-now", "off_site"),
            ("way-to-a-local-file", "bad_scheme"),
            ("old-address-of-story-1", "redirect"),
            ("large-page-of-a-server", "too_large"),
            ("private-page-of-a-server", "robots"),
            ("http://169.254.169.254/latest/meta-data", "blocked_address"),
            ("https://elsewhere.example/2026/03/07/story", "off_site"),
            ("file:///etc/passwd", "bad_scheme"),
        ]
    )
    assert portal.asked["/news/2026/03/07/private-page-of-a-server"] == 0
    assert portal.asked["/news/2026/03/07/story-number-1"] == 1
    details = {row["url"].removeprefix(base): row["detail"] for row in lines(tmp_path / "a.rejects.jsonl")}
    assert "headers of more than" in details["headers-without-an-end-here"]
    assert all(agent.startswith("newscrawl/") and "news@example.org" in agent for agent in portal.agents)
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("start", ["/news/", "/feed.xml", "/sitemap.xml", "/news/2026/03/07/story-number-3", "/"])
def test_a_bare_url_is_found_out_by_looking(tmp_path: Path, start: str) -> None:
    stories = [f"/news/2026/03/07/story-number-{number}" for number in (1, 2, 3)]
    site: dict[str, Any] = {path: article(number) for number, path in enumerate(stories, 1)}
    with serve(site) as running:
        links = "".join(f"<url><loc>{running.url(path)}</loc></url>" for path in stories)
        items = "".join(f"<item><title>Story</title><link>{path}</link></item>" for path in stories)
        site |= {
            "/robots.txt": f"Sitemap: {running.url('/sitemap.xml')}\n",
            "/news/": section(*stories),
            "/sitemap.xml": f"<urlset>{links}</urlset>",
            "/feed.xml": f"<rss version='2.0'><channel>{items}</channel></rss>",
            "/": "<!doctype html><html><body><nav><a href='/about'>About</a></nav><p>Welcome</p></body></html>",
        }
        # A proxy that the environment names is nobody: port 9 discards.
        run = crawl(
            tmp_path,
            "portal",
            "-a",
            f"url={running.url(start)}",
            *LOCAL,
            "-s",
            "DOWNLOAD_DELAY=0",
            "-O",
            "a.jsonl",
            http_proxy="http://127.0.0.1:9/",
        )
    assert run.returncode == 0, run.stderr
    assert "http_proxy in the environment is not used" in run.stderr
    found = sorted(row["url"].removeprefix(running.url("")) for row in lines(tmp_path / "a.jsonl"))
    assert found == ([start] if start in stories else stories)


def test_bounds_of_a_run(tmp_path: Path, portal: Portal) -> None:
    portal.pages["/feed.xml"] = FEED.replace(
        "<title>First</title>", "<title>First</title><pubDate>Sat, 07 Mar 2020 10:00:00 GMT</pubDate>"
    )
    portal.pages["/news/"] = section(
        "/news/2026/03/07/story-number-1", *[f"/news/2026/03/07/story-number-{number}" for number in (3, 4)]
    )
    run = crawl(
        tmp_path, "portal", *site_file(tmp_path, portal), "-a", "since=2021-01-01", "-a", "max_pages=2", "-O", "a.jsonl"
    )
    assert run.returncode == 0, run.stderr
    limits = {
        row["url"].rsplit("-", 1)[-1]: row["detail"]
        for row in lines(tmp_path / "a.rejects.jsonl")
        if row["reason"] == "limit"
    }
    assert set(limits) == {"1", "4"}
    assert "2020" in limits["1"]
    assert "max_pages" in limits["4"]
    assert portal.asked["/news/2026/03/07/story-number-1"] == 0


def test_a_private_host_must_be_named(tmp_path: Path, portal: Portal) -> None:
    run = crawl(tmp_path, "portal", "-a", f"url={portal.url('/news/')}", "-O", "a.jsonl")
    assert run.returncode == 1
    assert "PRIVATE_HOSTS" in run.stderr
    assert "Traceback" not in run.stderr
    assert not portal.asked
    assert not (tmp_path / "a.jsonl").exists()


def test_the_limit_for_a_page_reaches_the_workers(tmp_path: Path) -> None:
    run = crawl(tmp_path, "syndication", "-a", "site=demo", "-s", "DOWNLOAD_MAXSIZE=1000", "-O", "a.jsonl")
    assert run.returncode == 3, run.stderr
    assert {row["reason"] for row in lines(tmp_path / "a.rejects.jsonl")} == {"parse_limit"}


def test_a_run_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    run = crawl(tmp_path, "portal", "-a", "url=http://127.0.0.1:9/news/", *LOCAL)
    assert run.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == [".newscrawl"], "the run's report, and no output"


def test_a_certificate_that_does_not_hold_is_named_without_a_traceback(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    openssl = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
        "-subj",
        "/CN=x",
        "-batch",
    ]
    if shutil.which("openssl") is None or subprocess.run(openssl, capture_output=True).returncode:
        pytest.skip("openssl, which makes the certificate, is not here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serve({"/": "never seen"}, context) as running:
        run = crawl(tmp_path, "portal", "-a", f"url=https://127.0.0.1:{running.port}/", *LOCAL, "-O", "a.jsonl")
    assert run.returncode == 1
    assert "tls (" in run.stderr
    assert "Traceback" not in run.stderr
    assert not running.asked


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (status(500), False),
        (status(404, "User-agent: *\nDisallow: /"), True),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n", False),
        ("# x\n" * 200_000 + "User-agent: *\nDisallow: /\n", True),
    ],
    ids=["500", "404 with rules", "byte order mark", "behind 500 KiB"],
)
def test_robots_txt(tmp_path: Path, robots: Any, allowed: bool) -> None:
    with serve(
        {
            "/robots.txt": robots,
            "/news/": section("/news/2026/03/07/story-number-1"),
            "/news/2026/03/07/story-number-1": article(1),
        }
    ) as running:
        run = crawl(tmp_path, "portal", *site_file_of_section(tmp_path, running), "-O", "a.jsonl")
    assert run.returncode == (0 if allowed else 1), run.stderr
    assert bool(running.asked["/news/2026/03/07/story-number-1"]) == allowed


def site_file_of_section(folder: Path, portal: Portal) -> tuple[str, ...]:
    (folder / "sites").mkdir()
    (folder / "sites" / "local.toml").write_text(
        f'hosts = ["127.0.0.1"]\n[starts]\nsections = ["{portal.url("/news/")}"]\n[pace]\ndelay = 0\n'
    )
    return ("-a", "site=local", "-s", "NEWSCRAWL_SITES=sites", *LOCAL)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"/feed.xml": status(404), "/news/": status(500)}, 1, "no start page could be used"),
        ({"/feed.xml": status(404)}, 3, "1 of 2 entry points failed"),
        ({"/feed.xml": "<html><body>Maintenance</body></html>"}, 3, "an HTML page"),
        ({"/feed.xml": "<rss version='2.0'><channel></channel></rss>", "/news/": section()}, 3, "list no articles"),
        ({"/feed.xml": FEED, "/news/": section("/news/2026/03/07/page-that-is-gone-now")}, 3, "none is an article"),
    ],
)
def test_the_exit_status_tells_an_unhealthy_run_and_keeps_the_old_output(
    tmp_path: Path, portal: Portal, change: dict[str, Any], code: int, words: str
) -> None:
    portal.pages |= change
    if words == "none is an article":
        portal.pages |= {f"/news/2026/03/07/story-number-{number}": status(404) for number in range(1, 5)}
        del portal.pages["/news/2026/03/07/story-number-2?utm_source=rss"]
    else:
        portal.pages["/news/"] = change.get("/news/") or section("/news/2026/03/07/story-number-1")
    (tmp_path / "a.jsonl").write_text('{"url": "before"}\n')
    run = crawl(tmp_path, "portal", *site_file(tmp_path, portal), "-O", "a.jsonl")
    assert run.returncode == code, run.stderr
    assert words in run.stderr
    assert f"exit status {code}" in last_line(run)
    kept = lines(tmp_path / "a.jsonl")
    assert len(kept) == 1
    assert (kept[0]["url"] == "before") == ("1 articles" not in last_line(run))


@pytest.fixture
def endless() -> Iterator[Portal]:
    stories = [f"/news/2026/03/07/story-number-{number}" for number in range(900)]
    site: dict[str, Any] = {path: article(number) for number, path in enumerate(stories)}
    with serve(
        {**site, "/news/": section(*stories), "/feed.xml": "<rss version='2.0'><channel></channel></rss>"}
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_run_that_is_cut_short_leaves_whole_lines(
    tmp_path: Path, endless: Portal, number: int, code: int, name: str
) -> None:
    process = subprocess.Popen(
        command("portal", *site_file(tmp_path, endless, delay=0.02), "-o", name),
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        # A killed run loses the lines that are not compressed yet: wait for a first batch of them.
        unwritten = number == signal.SIGKILL and name.endswith(".gz")
        while sum(endless.asked.values()) < 60 or (unwritten and not (tmp_path / name).stat().st_size):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, log = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == code, log
    output = tmp_path / name
    urls = [row["url"] for row in (whole_members(output) if name.endswith(".gz") else lines(output))]
    assert urls
    assert len(urls) == len(set(urls))
    if number != signal.SIGKILL:
        assert f"exit status {code}" in log.strip().splitlines()[-1]
        assert "Traceback" not in log


def whole_members(path: Path) -> list[Record]:
    """The lines of a file's whole gzip members, which are whole lines; at most the last member is torn."""
    rest, text = path.read_bytes(), b""
    while rest:
        member = zlib.decompressobj(wbits=31)
        found = member.decompress(rest)
        if not member.eof:
            break
        text += found
        rest = member.unused_data
    assert not text or text.endswith(b"\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_stop_does_not_wait_for_a_slow_server(tmp_path: Path, portal: Portal) -> None:
    slow = "/news/2026/03/07/slow-answer-of-a-server"
    portal.pages |= {
        "/feed.xml": "<rss version='2.0'><channel></channel></rss>",
        "/news/": section(slow, "/news/2026/03/07/story-number-1"),
    }
    process = subprocess.Popen(
        command("portal", *site_file(tmp_path, portal), "-s", "DOWNLOAD_TIMEOUT=600", "-o", "a.jsonl"),
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while not (portal.asked[slow] and portal.asked["/news/2026/03/07/story-number-1"]):
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGTERM)  # as `timeout` and a terminal do
        _, log = process.communicate(timeout=25)
    finally:
        process.kill()
    assert process.returncode == 143, log
    assert re.search(r"left over +1\b", log)
    assert not (tmp_path / "a.rejects.jsonl").exists()
    assert [row["url"] for row in lines(tmp_path / "a.jsonl")] == [portal.url("/news/2026/03/07/story-number-1")]


def test_a_run_that_is_stopped_does_not_cost_the_old_output(tmp_path: Path, endless: Portal) -> None:
    (tmp_path / "a.jsonl").write_text('{"url": "before"}\n')
    process = subprocess.Popen(
        command("portal", *site_file(tmp_path, endless, delay=0.02), "-O", "a.jsonl"),
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        while sum(endless.asked.values()) < 40:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    finally:
        process.kill()
    assert lines(tmp_path / "a.jsonl") == [{"url": "before"}]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_ends_the_run_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").symlink_to("/dev/full")
    run = crawl(tmp_path, "syndication", "-a", "site=demo", "-o", "a.jsonl")
    assert run.returncode == 74, run.stderr
    assert "No space left" in last_line(run)
    assert "Traceback" not in run.stderr


FAULT = """
import newscrawl.crawl.outcomes as outcomes
keep = outcomes.Outcomes._keep
def faulty(self, entry, article, look):
    if "story-number-2" in article.url:
        raise RuntimeError("a fault of the program")
    keep(self, entry, article, look)
outcomes.Outcomes._keep = faulty
if __name__ == "__main__":  # the workers' processes load this file too
    from scrapy.cmdline import execute
    execute()
"""


def test_a_fault_of_the_program_costs_one_page_and_is_told(tmp_path: Path, portal: Portal) -> None:
    portal.pages["/news/"] = section(*[f"/news/2026/03/07/story-number-{number}" for number in range(1, 5)])
    (tmp_path / "faulty.py").write_text(FAULT)
    run = subprocess.run(
        [sys.executable, "faulty.py", "crawl", "portal", *site_file(tmp_path, portal), "-o", "a.jsonl"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1, run.stderr
    assert "an error of the program" in last_line(run)
    assert {row["url"][-1] for row in lines(tmp_path / "a.jsonl")} == {"1", "3", "4"}
    again = crawl(tmp_path, "portal", *site_file(tmp_path, portal), "-o", "a.jsonl")
    assert again.returncode == 0, again.stderr
    assert sorted(row["url"][-1] for row in lines(tmp_path / "a.jsonl")) == ["1", "2", "3", "4"]
