"""WARC writing: what other tools read in our archives, what a killed run leaves, and what is answered from them."""

from __future__ import annotations

import fcntl
import io
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from newscrawl.archive.answers import WarcAnswers
from newscrawl.archive.files import repair
from newscrawl.archive.index import NAME, ArchiveIndex
from newscrawl.archive.notes import Note, decode
from newscrawl.archive.pages import read_archive
from newscrawl.archive.warc_writer import Fetch, WarcWriter
from newscrawl.download.failures import Refused
from newscrawl.items import Evidence, RawPage
from newscrawl.rejections import Duplicate, Missing, Timeout

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
BEGAN = "2026-03-01T12:00:00+00:00"
RUN = "20260301T120000Z-ab12"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
ASK = b"GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n"
PAGE = b"<html><body>" + b"A page of some length. " * 100


def fetch(
    path: str, body: bytes = PAGE, head: bytes = HEAD, role: str = "article", minutes: int = 0, **told: object
) -> Fetch:
    url = f"https://a.example{path}"
    status = int(head[9:12])
    return Fetch(
        url=url,
        date=NOON + timedelta(minutes=minutes),
        status=status,
        request=ASK,
        head=head,
        body=body,
        address="192.0.2.7",
        note=Note(role=role, requested=url, **told),
    )  # type: ignore[arg-type]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[WarcWriter]:
    opened = WarcWriter(tmp_path / "archive", RUN, BEGAN)
    yield opened
    opened.close()


def check(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def answers(writer: WarcWriter) -> WarcAnswers:
    """A reader that begins with nothing but the files."""
    folder = writer.paths[0].parent
    for path in folder.glob(NAME + "*"):
        path.unlink()
    return WarcAnswers(ArchiveIndex(folder))


def test_another_library_reads_each_record_with_its_links(writer: WarcWriter) -> None:
    name = writer.response(fetch("/1?q=ä", head=HEAD.replace(b"\r\n\r\n", b"\r\nX-Odd:\xff\xe9  two\r\n\r\n")))
    writer.rendered("https://a.example/1?q=ä", "<html>späť</html>", name)
    writer.verdict("https://a.example/1?q=ä", NOON, Note(article="abc", version=2), name)
    writer.close()
    records = {}
    for record in ArchiveIterator(
        io.BytesIO(writer.paths[0].read_bytes()), parse_http=False, record_types=WarcRecordType.any_type
    ):
        records[record.headers["WARC-Type"], "WARC-Refers-To" in record.headers] = (
            dict(record.headers),
            record.reader.read(),
        )
    info, told = records["warcinfo", False]
    response, block = records["response", False]
    assert f"isPartOf: {RUN}\r\n".encode() in told
    assert block == HEAD.replace(b"\r\n\r\n", b"\r\nX-Odd:\xff\xe9  two\r\n\r\n") + PAGE
    assert response["WARC-Target-URI"] == "https://a.example/1?q=ä"
    assert response["WARC-Date"] == "2026-03-01T12:00:00.123456Z"
    assert response["WARC-IP-Address"] == "192.0.2.7"
    assert response["WARC-Warcinfo-ID"] == info["WARC-Record-ID"]
    assert records["request", False][0]["WARC-Concurrent-To"] == response["WARC-Record-ID"] == name
    assert records["request", False][1] == ASK
    assert records["metadata", False][0]["WARC-Concurrent-To"] == name
    assert records["metadata", True][0]["WARC-Refers-To"] == name
    assert decode(records["metadata", True][1]) == Note(article="abc", version=2)
    assert records["conversion", True][1].decode() == "<html>späť</html>"


def test_a_rendering_that_was_not_used_is_kept_and_passed_over(writer: WarcWriter) -> None:
    for number, used in ((1, True), (2, False)):
        name = writer.response(fetch(f"/{number}", b"<html>plain" + bytes(str(number), "ascii")))
        writer.rendered(f"https://a.example/{number}", "<html>shown", name, "Chromium 1", used=used)
    assert [
        (page.body[:11], page.rendered)
        for page in read_archive(io.BytesIO(writer.paths[0].read_bytes()))
        if isinstance(page, RawPage)
    ] == [(b"<html>shown", "Chromium 1"), (b"<html>plain", None)]
    found = answers(writer)
    assert (
        found.rendered("https://a.example/1") == ("<html>shown", "Chromium 1")
        and found.rendered("https://a.example/2") is None
    )


def test_every_digest_holds(writer: WarcWriter) -> None:
    for number in range(3):
        writer.response(fetch("/same", minutes=number))
    writer.response(fetch("/empty", b"", b"HTTP/1.1 302 Found\r\nLocation: /1\r\n\r\n"))
    writer.failure(
        "https://a.example/slow", NOON, Note(role="article", reason="timeout", detail="no whole answer in time")
    )
    writer.close()
    checked = check(*writer.paths)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("revisit") >= 2
    assert "failed" not in checked.stdout


def test_a_joined_body_does_not_claim_to_be_chunked(writer: WarcWriter) -> None:
    writer.response(
        fetch("/1", head=HEAD.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"))
    )
    writer.close()
    record = next(iter(ArchiveIterator(io.BytesIO(writer.paths[0].read_bytes()), record_types=WarcRecordType.response)))
    assert record.http_headers is not None
    assert record.http_headers.get("X-Crawl-Transfer-Encoding") == "chunked"
    assert record.http_headers.get("Transfer-Encoding") is None
    assert record.reader.read() == PAGE


def test_the_same_payload_is_stored_once_also_over_runs_and_urls(writer: WarcWriter) -> None:
    writer.response(fetch("/1"))
    writer.close()
    later = WarcWriter(writer.paths[0].parent, "20260302T120000Z-cd34", BEGAN)
    later.response(fetch("/2", minutes=60, head=HEAD.replace(b"OK", b"Fine")))
    later.close()
    [record] = ArchiveIterator(
        io.BytesIO(later.paths[0].read_bytes()), record_types=WarcRecordType.revisit, parse_http=False
    )
    assert record.headers["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert record.headers["WARC-Refers-To-Target-URI"] == "https://a.example/1"
    assert record.headers["WARC-Refers-To-Date"] == "2026-03-01T12:00:00.123456Z"
    answer = answers(later).find("https://a.example/2")
    assert answer is not None
    assert (answer.status, answer.body, answer.date) == (200, PAGE, NOON + timedelta(hours=1))


def test_a_304_is_answered_with_the_page_that_has_not_changed(writer: WarcWriter) -> None:
    writer.response(fetch("/1"))
    writer.response(fetch("/1", b"", b"HTTP/1.1 304 Not Modified\r\n\r\n", minutes=9))
    writer.response(fetch("/unknown", b"", b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    writer.close()
    found = answers(writer)
    answer = found.find("https://a.example/1", turn=1)
    assert answer is not None
    assert (answer.status, answer.body, answer.date) == (200, PAGE, NOON + timedelta(minutes=9))
    assert (found.find("https://a.example/unknown") or answer).status == 304
    [record] = ArchiveIterator(
        io.BytesIO(writer.paths[0].read_bytes()), record_types=WarcRecordType.revisit, parse_http=False
    )
    assert record.headers["WARC-Profile"].endswith("/server-not-modified")


def test_answers_of_a_run_come_in_turn_and_the_newest_run_s_before_older_ones(writer: WarcWriter) -> None:
    for number in range(2):
        writer.response(fetch("/feed", b"old %d" % number, minutes=number))
    writer.close()
    later = WarcWriter(writer.paths[0].parent, "20260302T120000Z-cd34", BEGAN)
    for number in range(2):
        later.response(fetch("/feed", b"new %d" % number, minutes=100 + number))
    later.failure("https://a.example/feed", NOON + timedelta(days=1), Note(reason="timeout"))
    later.close()
    found = answers(later)
    bodies = [answer.body for turn in range(4) if (answer := found.find("https://a.example/feed", turn))]
    assert bodies == [b"new 0", b"new 1", b"new 1", b"new 1"]
    assert found.find("https://a.example/other") is None


def test_a_failure_fails_again_in_the_same_way(writer: WarcWriter) -> None:
    writer.failure(
        "https://a.example/slow", NOON, Note(role="article", reason="timeout", detail="no whole answer  in time")
    )
    writer.close()
    with pytest.raises(Refused) as refused:
        answers(writer).find("https://a.example/slow")
    assert (refused.value.kind, refused.value.detail) == (Timeout, "no whole answer  in time")


def test_only_article_pages_are_reprocessed_with_what_discovery_said(writer: WarcWriter) -> None:
    evidence = Evidence(via="feed", title="A  title\nof two lines", authors=("Ä",))
    writer.response(fetch("/robots.txt", b"User-agent: *", role="robots"))
    writer.response(fetch("/feed", b"<rss/>", role="feed"))
    writer.response(fetch("/1", evidence=evidence))
    writer.response(fetch("/again", evidence=evidence))
    writer.response(fetch("/section", b"<html>a list</html>", role="section"))
    writer.failure("https://a.example/slow", NOON, Note(role="article", reason="timeout"))
    writer.close()
    page, again = read_archive(io.BytesIO(writer.paths[0].read_bytes()))
    assert isinstance(page, RawPage)
    assert (page.url, page.evidence, page.fetched_at) == ("https://a.example/1", evidence, "2026-03-01T12:00:00+00:00")
    assert isinstance(again, Duplicate)


def test_files_end_at_their_size_and_each_stands_for_itself(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, RUN, BEGAN, max_bytes=5000)
    for number in range(6):
        writer.response(fetch(f"/{number}", random.Random(number).randbytes(2500)))
    writer.close()
    assert [path.name for path in writer.paths] == [f"newscrawl-{RUN}-0000{number}.warc.gz" for number in range(3)]
    for path in writer.paths:
        first = next(iter(ArchiveIterator(io.BytesIO(path.read_bytes()), record_types=WarcRecordType.any_type)))
        assert first.headers["WARC-Filename"] == path.name
    assert check(*writer.paths).returncode == 0
    assert all(answers(writer).find(f"https://a.example/{number}") for number in range(6))


def test_a_torn_end_is_cut_and_nothing_else(tmp_path: Path) -> None:
    whole = WarcWriter(tmp_path / "whole", RUN, BEGAN)
    ends = [0]
    for number in range(3):
        whole.response(fetch(f"/{number}", random.Random(number).randbytes(2000)))
        ends.append(whole.paths[0].stat().st_size)
    whole.close()
    data = whole.paths[0].read_bytes()
    members = [
        record.stream_pos
        for record in ArchiveIterator(io.BytesIO(whole.paths[0].read_bytes()), record_types=WarcRecordType.any_type)
    ] + [len(data)]
    for cut in range(0, len(data), 97):
        folder = tmp_path / str(cut)
        folder.mkdir()
        torn, mark = folder / whole.paths[0].name, folder / f"{whole.paths[0].name}.open"
        torn.write_bytes(data[:cut])
        mark.touch()
        strange = folder / "other.warc.gz"
        strange.write_bytes(data[:cut])
        repair(folder)
        left = max(end for end in members if end <= cut)
        assert (torn.stat().st_size if torn.exists() else 0) == left
        assert not mark.exists()
        assert strange.stat().st_size == cut
        repair(folder)


def test_a_living_run_s_file_is_left_alone(writer: WarcWriter) -> None:
    writer.response(fetch("/1"))
    [path] = writer.paths
    os.truncate(path, path.stat().st_size - 5)
    size = path.stat().st_size
    program = (
        "import sys; from pathlib import Path; from newscrawl.archive.files import repair; repair(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", program, str(path.parent)], check=True, timeout=60)
    assert path.stat().st_size == size
    assert path.with_name(path.name + ".open").exists()


def test_two_runs_write_into_one_folder(writer: WarcWriter) -> None:
    other = WarcWriter(writer._files._folder, RUN, BEGAN)
    for number in range(5):
        writer.response(fetch(f"/a{number}"))
        other.response(fetch(f"/b{number}"))
    writer.close()
    other.close()
    assert len({*writer.paths, *other.paths}) == 2
    found = answers(writer)
    assert all(found.find(f"https://a.example/{name}{number}") for name in "ab" for number in range(5))


def test_a_full_disk_leaves_the_archive_as_it_was(writer: WarcWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.response(fetch("/1"))
    [path] = writer.paths
    before = path.read_bytes()
    write = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) < 100:
            raise OSError(28, "No space left on device")
        return write(file, bytes(data[: len(data) // 2]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space") as failed:
            writer.response(fetch("/2", b"other" * 500))
    assert failed.value.filename == str(path)
    assert path.read_bytes() == before
    writer.response(fetch("/3", b"third" * 500))
    writer.close()
    assert check(path).returncode == 0


def test_the_index_follows_files_that_grow_and_go(writer: WarcWriter) -> None:
    writer.response(fetch("/1"))
    folder = writer.paths[0].parent
    index = ArchiveIndex(folder)
    assert index.find("https://a.example/1")
    writer.response(fetch("/2", b"second" * 500))
    writer.close()
    (folder / NAME).unlink()
    assert ArchiveIndex(folder).find("https://a.example/2")
    writer.paths[0].rename(folder / "elsewhere.warc.gz")
    again = ArchiveIndex(folder)
    assert [capture.file for capture in again.find("https://a.example/1")] == ["elsewhere.warc.gz"]
    (folder / "elsewhere.warc.gz").unlink()
    assert not ArchiveIndex(folder).find("https://a.example/1")


def test_a_broken_index_is_made_again(writer: WarcWriter) -> None:
    writer.response(fetch("/1"))
    writer.close()
    folder = writer.paths[0].parent
    for path in folder.glob(NAME + "*"):
        path.write_bytes(b"no database" * 1000)
    assert ArchiveIndex(folder).find("https://a.example/1")


def test_a_revisit_of_what_is_gone_is_missing(writer: WarcWriter) -> None:
    writer.response(fetch("/1"))
    writer.close()
    later = WarcWriter(writer.paths[0].parent, "20260302T120000Z-cd34", BEGAN)
    later.response(fetch("/1", minutes=60))
    later.close()
    writer.paths[0].unlink()
    with pytest.raises(Refused) as refused:
        answers(later).find("https://a.example/1")
    assert refused.value.kind is Missing


def test_locks_are_gone_with_their_run(writer: WarcWriter) -> None:
    writer.response(fetch("/1"))
    folder = writer.paths[0].parent
    [mark] = folder.glob("*.open")
    with mark.open() as opened, pytest.raises(BlockingIOError):
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    writer.close()
    assert Counter(path.suffix for path in folder.iterdir() if not path.name.startswith(".")) == {".gz": 1}
