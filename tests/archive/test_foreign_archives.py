"""Archives of other tools: read, found by URL and replayed; what cannot be read is a rejection and costs nothing else."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from warc_maker import DATE, record, response, zipped

from newscrawl.archive.pages import ArchiveCut, read_archive
from newscrawl.archive.replay import Archive, ReplayError
from newscrawl.download.failures import Refused
from newscrawl.items import RawPage
from newscrawl.rejections import BadResponse, Missing, Rejection, TooLarge, Truncated
from tests.local_portal import article, section, serve

PAGE = b"<html><body>" + b"A page. " * 200
URL = "https://a.example/1"


def read(data: bytes) -> list[RawPage | Rejection]:
    return list(read_archive(io.BytesIO(data)))


def stored(folder: Path, *records: bytes, name: str = "a.warc.gz") -> Archive:
    (folder / name).write_bytes(zipped(*records) if name.endswith(".gz") else b"".join(records))
    return Archive(folder)


@pytest.mark.parametrize("options", [[], ["--no-warc-compression"], ["--warc-cdx"], ["--no-warc-digests"]])
def test_wget_s_archives(tmp_path: Path, options: list[str]) -> None:
    wget = shutil.which("wget")
    if wget is None:
        pytest.skip("wget is not installed")
    with serve(
        {
            "/": section("/a.html", "/b.html"),
            "/a.html": article(1),
            "/b.html": article(2),
            "/robots.txt": "User-agent: *\nAllow: /\n",
        }
    ) as portal:
        subprocess.run(
            [
                wget,
                "-q",
                "-r",
                "-np",
                "-P",
                str(tmp_path / "files"),
                f"--warc-file={tmp_path / 'got'}",
                *options,
                portal.url("/"),
            ],
            check=False,
            timeout=60,
            cwd=tmp_path,
        )
    [path] = tmp_path.glob("got.warc*")
    pages = {str(page.url): page.body.decode() for page in read(path.read_bytes()) if isinstance(page, RawPage)}
    shutil.rmtree(tmp_path / "files")
    archive = Archive(tmp_path)
    for name, words in (("/a.html", article(1)), ("/b.html", article(2))):
        assert pages[portal.url(name)] == words
        answer = archive.find(portal.url(name))
        assert answer is not None
        assert answer.body.decode() == words
    assert archive.find(portal.url("/c.html")) is None


def chunked(data: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(data[at : at + 70]), data[at : at + 70]) for at in range(0, len(data), 70))
        + b"0\r\n\r\n"
    )


@pytest.mark.parametrize("pack", ["a.warc", "a.warc.gz", "whole.warc.gz"])
def test_an_answer_has_no_encodings_left(tmp_path: Path, pack: str) -> None:
    headers = ("Transfer-Encoding: chunked", "Content-Encoding: gzip", "Set-Cookie: a=1", ":status: 200")
    records = [
        response(
            f"https://a.example/{number}",
            chunked(gzip.compress(PAGE + b"%d" % number)),
            "200 OK",
            "text/html",
            *headers,
        )
        for number in range(5)
    ]
    if pack == "whole.warc.gz":
        (tmp_path / pack).write_bytes(gzip.compress(b"".join(records)))
        archive = Archive(tmp_path)
    else:
        archive = stored(tmp_path, *records, name=pack)
    for number in (3, 0, 4):
        answer = archive.find(f"https://a.example/{number}#part")
        assert answer is not None
        assert answer.body == PAGE + b"%d" % number
        assert (b"set-cookie", b"a=1") in answer.headers
        assert not {b"transfer-encoding", b"content-encoding"} & {name.lower() for name, _ in answer.headers}
    assert archive.fetched_at == DATE.replace("Z", "+00:00")


def test_http_2_as_browsers_record_it(tmp_path: Path) -> None:
    block = b"HTTP/2 200\r\n:status: 200\r\ncontent-type: text/html\r\n\r\n" + PAGE
    records = [
        record("response", URL, block),
        record("resource", "urn:pageinfo:https://a.example/1", b"{}", "application/json"),
        record("resource", "urn:text:https://a.example/1", b"A page.", "text/plain"),
        record("resource", "https://a.example/2", PAGE, "text/html"),
    ]
    answer = stored(tmp_path, *records).find(URL)
    assert answer is not None
    assert (answer.status, answer.body) == (200, PAGE)
    resource = Archive(tmp_path).find("https://a.example/2")
    assert resource is not None
    assert (resource.status, resource.headers, resource.body) == (200, [(b"content-type", b"text/html")], PAGE)


def test_the_last_capture_counts(tmp_path: Path) -> None:
    older, newer = (
        response(URL, b"<html>new"),
        response(URL, b"<html>old").replace(DATE.encode(), b"2020-01-01T00:00:00Z"),
    )
    answer = stored(tmp_path, older, newer).find(URL)
    assert answer is not None
    assert answer.body == b"<html>new"


@pytest.mark.parametrize("link", ["record", "date", "digest"])
def test_a_revisit_is_answered_with_what_it_refers_to(tmp_path: Path, link: str) -> None:
    told = {
        "record": {"WARC_Refers_To": "<urn:uuid:1>"},
        "date": {"WARC_Refers_To_Target_URI": "https://a.example/first", "WARC_Refers_To_Date": DATE},
        "digest": {"WARC_Payload_Digest": "sha1:ABC"},
    }[link]
    first = response("https://a.example/first", PAGE, warc_record_id="<urn:uuid:1>", warc_payload_digest="sha1:ABC")
    again = record("revisit", URL, b"HTTP/1.1 200 OK\r\n\r\n", WARC_Record_ID="<urn:uuid:2>", **told)
    stored(tmp_path, first)
    answer = stored(tmp_path, again, name="b.warc.gz").find(URL)
    assert answer is not None
    assert answer.body == PAGE
    (tmp_path / "a.warc.gz").unlink()
    with pytest.raises(Refused) as refused:
        Archive(tmp_path).find(URL)
    assert refused.value.kind is Missing


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (response(URL, PAGE, warc_truncated="length"), Truncated),
        (response(URL, b"\x1f\x8b\x08 broken", "200 OK", "text/html", "Content-Encoding: gzip"), BadResponse),
        (record("response", URL, b"no HTTP"), BadResponse),
        (response(URL, gzip.compress(b"x" * 20_000_000), "200 OK", "text/html", "Content-Encoding: gzip"), TooLarge),
    ],
)
def test_what_cannot_be_answered_says_why(tmp_path: Path, data: bytes, kind: type[Rejection]) -> None:
    with pytest.raises(Refused) as refused:
        stored(tmp_path, data).find(URL, limit=10_000_000)
    assert refused.value.kind is kind


def wrong(data: bytes, by: int) -> bytes:
    """The record with another Content-Length in its own headers."""
    head, _, rest = data.partition(b"\r\n\r\n")
    before, _, length = head.rpartition(b"Content-Length: ")
    return b"%sContent-Length: %d\r\n\r\n%s" % (before, int(length) + by, rest)


@pytest.mark.parametrize("by", [-900, -40, -1, 40, 100_000])
def test_a_wrong_length_costs_its_own_page_and_no_other(tmp_path: Path, by: int) -> None:
    records = [response("u:1", PAGE), wrong(response("u:2", PAGE), by), response("u:3", PAGE)]
    first, damaged, last = read(zipped(*records))
    assert isinstance(damaged, ArchiveCut)
    assert damaged.url == "u:2"
    assert [page.body for page in (first, last) if isinstance(page, RawPage)] == [PAGE, PAGE]


@pytest.mark.parametrize("by", [-900, -40, -1, 40, 100_000])
def test_a_wrong_length_in_a_plain_archive_never_gives_another_page(by: int) -> None:
    found = read(response("u:1", PAGE) + wrong(response("u:2", PAGE), by) + response("u:3", PAGE))
    assert [page.url for page in found if isinstance(page, RawPage)] == ["u:1"]
    assert isinstance(found[-1], ArchiveCut)


@pytest.mark.parametrize("version", ["WARC/0.17", "WARC/0.18", "WARC/1.0", "WARC/1.1"])
def test_versions(version: str) -> None:
    [page] = read(zipped(response(URL, PAGE).replace(b"WARC/1.1", version.encode())))
    assert isinstance(page, RawPage)


def test_a_damaged_archive_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    (tmp_path / "cut.warc.gz").write_bytes(zipped(response(URL, PAGE), response("https://a.example/2", PAGE))[:-20])
    (tmp_path / "no.warc.gz").write_bytes(b"no archive")
    archive = Archive(tmp_path)
    assert archive.find(URL) is not None
    assert archive.find("https://a.example/2") is None
    assert [line.partition(": ")[2].partition(":")[0] for line in archive.problems] == ["cut", "no WARC archive"]


def test_one_file_is_an_archive_too(tmp_path: Path) -> None:
    stored(tmp_path, response(URL, PAGE))
    assert Archive(tmp_path / "a.warc.gz").find(URL) is not None


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.warc.gz").write_bytes(zipped(response(URL, PAGE)))
    monkeypatch.setattr("os.access", lambda *_: False)
    assert Archive(tmp_path).find(URL) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["a.warc.gz"]


def test_no_archive_is_said_in_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ReplayError) as error:
            Archive(path)
        assert "\n" not in str(error.value)


def test_a_record_with_a_broken_url_or_date_spoils_no_other(tmp_path: Path) -> None:
    good = response("https://a.example/1", b"<html>one")
    odd = [response(url, b"<html>odd") for url in ("http://[::1/a", "http://h:99999/", "https://a.example/2")]
    archive = stored(tmp_path, odd[0], odd[1], odd[2].replace(DATE.encode(), b"yesterday"), good)
    assert archive.fetched_at == DATE.replace("Z", "+00:00")
    for name in ("1", "2"):
        assert archive.find(f"https://a.example/{name}") is not None
