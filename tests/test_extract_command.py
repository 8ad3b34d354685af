"""``scrapy extract`` as a user runs it: outputs, order, messages, exit status."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import jsonschema
import pytest

from newscrawl.output.schema import article_schema
from tests.archive.warc_maker import response, zipped

ROOT = Path(__file__).parents[1]
TOPICS = ["harbour", "library", "railway", "orchard", "theatre", "glacier", "market", "bridge"]


def html(topic: str, head: str = "", tail: str = "") -> str:
    paragraphs = [
        f"The {topic} opened again on Monday after a long winter, and several hundred people came to see what had become of it.",
        f"Work on the {topic} had taken the town two years and a good part of its savings, the mayor said in a short speech.",
        f"Not everybody was pleased: neighbours of the {topic} spoke of noise, of dust and of a bill that nobody had shown them.",
        f"The council will decide in March whether the {topic} is to stay open on Sundays, and what a visit will cost by then.",
    ]
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><title>The {topic} opens again</title>{head}</head><body><article><h1>The {topic} opens again</h1>'
        f"{body}</article>{tail}</body></html>"
    )


def extract(*args: object, stdin: bytes = b"", **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "scrapy", "extract", *map(str, args)]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, timeout=120, check=False, **options)


def rows(path: Path) -> list[dict[str, object]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.splitlines()]


def save(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def archive(path: Path, count: int) -> Path:
    pages = (
        response(f"https://a.example/news/{n}", html(TOPICS[n % 8], tail=f"<!-- {'x' * (n * 997 % 5000)} -->").encode())
        for n in range(count)
    )
    return save(path, zipped(*pages))


def test_pages_archives_folders_and_texts_come_out_in_input_order(tmp_path):
    folder = tmp_path / "saved"
    save(folder / "b.html", html("library"))
    save(folder / "a" / "z.htm.gz", gzip.compress(html("harbour").encode()))
    save(
        folder / "c.txt",
        "The orchard opens again\n\n" + "\n\n".join(html("orchard").split("<p>")[1:]).replace("</p>", "").split("<")[0],
    )
    archive(folder / "d.warc.gz", 40)
    save(folder / "notes.json", "{}")
    page = save(tmp_path / "page.html", html("bridge"))
    out = tmp_path / "out.jsonl"
    done = extract(page, folder, "-o", out)
    assert done.returncode == 0, done.stderr.decode()
    records = rows(out)
    names = [page.as_uri(), *((folder / name).as_uri() for name in ("a/z.htm.gz", "b.html", "c.txt"))]
    assert [record["url"] for record in records] == names + [f"https://a.example/news/{n}" for n in range(40)]
    for record in records:
        jsonschema.validate(record, article_schema())
        assert record["requested_url"] == record["url"]
        assert record["run_id"] == records[0]["run_id"]
        assert record["fetched_at"]
    assert rows(tmp_path / "out.rejects.jsonl") == []
    assert done.stdout == b""
    assert b"44 pages: 44 records, 0 rejected" in done.stderr.splitlines()[-1]


def test_two_runs_give_the_same_bytes(tmp_path):
    warc = archive(tmp_path / "a.warc.gz", 30)
    texts = []
    for workers in (1, 3):
        done = extract(warc, "--workers", workers)
        assert done.returncode == 0
        texts.append([{**json.loads(line), "run_id": ""} for line in done.stdout.splitlines()])
    assert len(texts[0]) == 30
    assert texts[0] == texts[1]


def test_bad_inputs_cost_one_line_each_and_stop_none_of_the_others(tmp_path):
    good = [save(tmp_path / f"good{n}.html", html(TOPICS[n])) for n in range(2)]
    whole, lost = (
        response("https://a.example/whole", html("market").encode()),
        response("https://a.example/lost", html("bridge").encode()),
    )
    cut = zipped(whole, lost)[:-100]
    table = "<html><body><table>" + "<tr><td>cell<table>" * 400_000
    divs = tmp_path / "divs.html"
    with divs.open("wb") as file:
        for _ in range(200):
            file.write(b"<div>" * 209_715)
    bad = {
        tmp_path / "missing.html": "missing",
        save(tmp_path / "empty.html", ""): "empty",
        save(tmp_path / "picture.html", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 50): "not_html",
        divs: "parse_limit",
        save(tmp_path / "cut.warc.gz", cut): "truncated",
        save(tmp_path / "text.warc", "no archive"): "not_html",
        save(tmp_path / "empty.warc.gz", ""): "empty",
        save(tmp_path / "broken.html.gz", gzip.compress(html("glacier").encode())[:-30]): "truncated",
        save(tmp_path / "nothing" / "notes.json", "{}").parent: "empty",
    }
    either = {  # an article or a rejection, as long as it ends
        save(tmp_path / "nested.html", html("railway", tail="<div>" * 20_000 + "end" + "</div>" * 20_000)),
        save(tmp_path / "nul.html", html("theatre").replace("winter", "win\0ter")),
        save(tmp_path / "table.html", table),
    }
    out = tmp_path / "out.jsonl"
    done = extract(good[0], *bad, *either, good[1], "-o", out, "-s", "EXTRACT_TIMEOUT=4")
    errors = done.stderr.decode().splitlines()
    assert "Traceback" not in done.stderr.decode()
    for path, reason in bad.items():
        assert [line.split(": ")[2] for line in errors if line.startswith(f"newscrawl: {path}: ")] == [reason], (
            path,
            errors,
        )
    urls = [record["url"] for record in rows(out)]
    assert urls[0] == good[0].as_uri()
    assert urls[-1] == good[1].as_uri()
    assert "https://a.example/whole" in urls
    rejected = {row["url"]: row["reason"] for row in rows(tmp_path / "out.rejects.jsonl")}
    assert rejected[(tmp_path / "missing.html").as_uri()] == "missing"
    answered = set(urls) | set(rejected)
    assert {path.as_uri() for path in either} <= answered
    assert len(errors) == sum("newscrawl: /" in line for line in errors) + 1
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "no PATH"),
        (["--frobnicate", "a.html"], "--frobnicate"),
        (["a.html", "b.html", "--url", "https://a.example/"], "--url is for a single page"),
        (["a.warc.gz", "--url", "https://a.example/"], "--url is for a single page"),
        (["a.html", "--workers", "0"], "1 or more"),
        (["a.html", "--workers", "many"], "--workers"),
        (["-", "-"], "only once"),
        (["a.html", "-o", "x.jsonl", "--rejects", "./x.jsonl"], "same file"),
    ],
)
def test_wrong_usage_is_status_2(args, words):
    done = extract(*args)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert done.stdout == b""


def test_the_url_of_a_single_page(tmp_path):
    canonical = '<link rel="canonical" href="https://a.example/own/page-1.html">'
    page = save(tmp_path / "page.html", html("harbour", head=canonical))
    assert json.loads(extract(page).stdout)["url"] == "https://a.example/own/page-1.html"
    assert json.loads(extract(page, "--url", "https://b.example/given").stdout)["url"] == "https://b.example/given"
    plain = save(tmp_path / "a page.html", html("harbour"))
    record = json.loads(extract(plain).stdout)
    assert record["url"] == record["requested_url"] == plain.as_uri()
    assert record["id"]


def test_standard_input_is_one_page():
    done = extract("-", "--url", "https://a.example/1", stdin=html("orchard").encode())
    assert done.returncode == 0
    assert json.loads(done.stdout)["url"] == "https://a.example/1"


def test_an_ordinary_rejection_in_an_archive_is_no_failure(tmp_path):
    records = [
        response("https://a.example/news/1", html("market").encode()),
        response("https://a.example/gone", b"", "404 Not Found"),
        response("https://a.example/logo", b"\x89PNG", content_type="image/png"),
        response("https://a.example/old", b"", "301 Moved", None, "Location: /news/1"),
    ]
    warc = save(tmp_path / "a.warc", b"".join(records))
    done = extract(warc, "-o", tmp_path / "x.jsonl.gz")
    assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "x.jsonl.gz")) == 1
    rejects = rows(tmp_path / "x.rejects.jsonl.gz")
    assert [(row["reason"], row["detail"]) for row in rejects] == [
        ("http_404", None),
        ("not_html", "image/png"),
        ("redirect", "https://a.example/news/1"),
    ]
    assert len(done.stderr.splitlines()) == 1
    piped = extract(warc)
    assert len(piped.stdout.splitlines()) == 1
    assert "https://a.example/gone: http_404" in piped.stderr.decode()


def test_when_nothing_comes_out_the_old_file_stays_and_the_status_says_so(tmp_path):
    out = save(tmp_path / "out.jsonl", "old\n")
    done = extract(tmp_path / "missing.html", "-o", out)
    assert done.returncode == 1
    assert out.read_text() == "old\n"
    assert len(rows(tmp_path / "out.rejects.jsonl")) == 1
    assert "no article came out" in done.stderr.decode().splitlines()[-1]


def test_an_output_that_cannot_be_written_is_one_line(tmp_path):
    page = save(tmp_path / "page.html", html("harbour"))
    done = extract(page, "-o", tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [f"newscrawl: cannot write {tmp_path}: Is a directory"]
    full = extract(page, "-o", "/dev/full")
    assert full.returncode == 74
    assert "cannot write /dev/full: No space left on device" in full.stderr.decode()


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_the_old_output(tmp_path, sent, status):
    warc = archive(tmp_path / "a.warc.gz", 4000)
    out = save(tmp_path / "out" / "out.jsonl", "old\n")
    command = [sys.executable, "-m", "scrapy", "extract", str(warc), "-o", str(out)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    part = out.with_name(".out.jsonl.part")
    while not part.exists() or part.stat().st_size == 0:
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.02)
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert errors.decode().splitlines() == [f"newscrawl: stopped by a signal before the end; {out} is as it was"]
    assert os.listdir(out.parent) == ["out.jsonl"]
    assert out.read_text() == "old\n"


def test_a_reader_that_has_enough_is_no_error(tmp_path):
    warc = archive(tmp_path / "a.warc.gz", 300)
    command = f"{sys.executable} -m scrapy extract {warc} | head -n 1 | wc -l"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, timeout=60, check=False)  # our own paths
    assert done.stdout.strip() == b"1"
    assert done.stderr == b""


def test_a_terminal_shows_progress(tmp_path):
    warc = archive(tmp_path / "a.warc.gz", 20)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    command = [sys.executable, "-m", "scrapy", "extract", str(warc), "-o", str(tmp_path / "out.jsonl")]
    done = subprocess.run(command, cwd=ROOT, stderr=theirs, timeout=60, check=False)
    os.close(theirs)
    assert done.returncode == 0
    assert "100%" in os.read(ours, 100_000).decode()
    os.close(ours)


@pytest.mark.parametrize("name", ["crawl.warc.open", "page.html", "crawl.wacz", "-"])
def test_an_archive_is_known_by_its_first_bytes(tmp_path, name):
    path = archive(tmp_path / "a.warc.gz", 3)
    out = tmp_path / "out.jsonl"
    if name == "-":
        done = extract("-", "-o", out, stdin=path.read_bytes())
    else:
        done = extract(path.rename(tmp_path / name), "-o", out)
    assert done.returncode == 0, done.stderr
    assert len(rows(out)) == 3


def test_a_short_text_is_a_rejection_with_its_reason(tmp_path):
    done = extract(save(tmp_path / "short.txt", "Nothing much."))
    assert done.returncode == 1 and b"extract_crash" not in done.stderr
    assert b"empty" in done.stderr


def test_what_an_archive_says_does_not_steer_the_terminal(tmp_path):
    path = save(
        tmp_path / "a.warc.gz",
        zipped(
            response(
                "https://a.example/x", b"", "302 Found", None, "Location: https://b.example/\x1b[31m\x1b]0;owned\x07"
            )
        ),
    )
    done = extract(path)
    assert b"redirect" in done.stderr and b"\x1b" not in done.stderr and b"\x07" not in done.stderr
