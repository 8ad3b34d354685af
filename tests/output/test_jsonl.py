"""Lines on disk: whole or not at all."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import jsonschema
import pytest

from newscrawl.items import Article, Image, Rights, Syndication
from newscrawl.output.jsonl import LineWriter, encode_article, encode_rejection, rejects_path
from newscrawl.output.schema import PATH, as_text
from newscrawl.rejections import Duplicate, HttpStatus

NAMES = ["out.jsonl", "out.jsonl.gz"]


def lines(path: Path) -> list[bytes]:
    opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    with opened as file:
        return file.read().splitlines()


def write(path: Path, *texts: bytes, overwrite: bool = False) -> None:
    with LineWriter(path, overwrite=overwrite) as writer:
        for text in texts:
            writer.write(text + b"\n")


def article(**fields: object) -> Article:
    return Article(
        **{
            "url": "https://a.example/1",
            "requested_url": "https://a.example/1",
            "site": "a.example",
            "text": "x",
            **fields,
        }
    )


@pytest.mark.parametrize("name", NAMES)
def test_appending_keeps_what_was_there(tmp_path, name):
    write(tmp_path / name, b"1", b"2")
    write(tmp_path / name, b"3")
    assert lines(tmp_path / name) == [b"1", b"2", b"3"]


@pytest.mark.parametrize("name", NAMES)
def test_every_torn_end_is_cut_at_the_next_opening(tmp_path, name):
    path = tmp_path / name
    write(path, b"first")
    kept = path.stat().st_size
    write(path, b'{"second": "' + bytes(range(97, 120)) + b'"}')
    whole = path.read_bytes()
    # Without its newline alone, a plain line is whole: see below.
    for cut in range(kept + 1, len(whole) - (not name.endswith("gz"))):
        path.write_bytes(whole[:cut])
        write(path, b"third")
        assert lines(path) == [b"first", b"third"], f"cut at {cut}"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_nothing_but_a_torn_line_becomes_empty(tmp_path, name):
    write(tmp_path / name, b'{"only": "one')
    os.truncate(tmp_path / name, (tmp_path / name).stat().st_size - 1)
    write(tmp_path / name)
    assert lines(tmp_path / name) == []


def test_a_long_torn_tail_is_found(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'first\n{"text": "' + b"x" * (3 << 20))
    write(path, b"second")
    assert lines(path) == [b"first", b"second"]


@pytest.mark.parametrize("own", [b'{"url": "mine"}', b"# from here on the new server"])
def test_a_last_line_that_its_user_wrote_without_a_newline_is_kept(tmp_path, own):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"first\n" + own)
    write(path, b"second")
    assert lines(path) == [b"first", own, b"second"]


def test_a_plain_file_named_gz_is_not_touched(tmp_path):
    path = tmp_path / "out.jsonl.gz"
    path.write_bytes(b"somebody's notes")
    with pytest.raises(OSError, match="not a gzip file"):
        LineWriter(path)
    assert path.read_bytes() == b"somebody's notes"


@pytest.mark.parametrize("overwrite", [True, False])
def test_no_lines_are_a_gzip_file_too(tmp_path, overwrite):
    path = tmp_path / "a.jsonl.gz"
    for _ in range(2):
        with LineWriter(path, overwrite=overwrite):
            pass
        assert zlib.decompress(path.read_bytes(), wbits=31) == b""
    with LineWriter(path, overwrite=overwrite) as writer:
        writer.write(b"{}\n")
    assert gzip.decompress(path.read_bytes()) == b"{}\n"


def test_many_gzip_batches_read_back_as_one_stream(tmp_path):
    texts = [f"{number} {os.urandom(2000).hex()}".encode() for number in range(300)]
    write(tmp_path / "out.jsonl.gz", *texts)
    assert lines(tmp_path / "out.jsonl.gz") == texts
    write(tmp_path / "out.jsonl.gz", b"more")
    assert lines(tmp_path / "out.jsonl.gz") == [*texts, b"more"]


@pytest.mark.parametrize("name", NAMES)
def test_overwriting_takes_the_old_file_s_place_only_at_commit(tmp_path, name):
    path = tmp_path / name
    write(path, b"old")
    writer = LineWriter(path, overwrite=True)
    writer.write(b"new\n")
    assert lines(path) == [b"old"]
    writer.commit()
    assert lines(path) == [b"new"]
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("existed", [True, False])
def test_an_aborted_overwrite_leaves_the_old_state(tmp_path, existed):
    path = tmp_path / "out.jsonl"
    if existed:
        write(path, b"old")
    with pytest.raises(KeyError), LineWriter(path, overwrite=True) as writer:
        writer.write(b"new\n")
        raise KeyError
    assert os.listdir(tmp_path) == (["out.jsonl"] if existed else [])
    assert not existed or lines(path) == [b"old"]


def test_overwriting_keeps_the_mode_and_the_link(tmp_path):
    real = tmp_path / "real.jsonl"
    write(real, b"old")
    real.chmod(0o640)
    link = tmp_path / "link.jsonl"
    link.symlink_to(real)
    write(link, b"new", overwrite=True)
    assert link.is_symlink()
    assert lines(real) == [b"new"]
    assert real.stat().st_mode & 0o777 == 0o640


def test_two_runs_do_not_overwrite_the_same_file_at_once(tmp_path):
    with LineWriter(tmp_path / "out.jsonl", overwrite=True) as first:
        first.write(b"first\n")
        with pytest.raises(OSError, match="another run is writing this file"):
            LineWriter(tmp_path / "out.jsonl", overwrite=True)
    write(tmp_path / "out.jsonl", b"second", overwrite=True)
    assert lines(tmp_path / "out.jsonl") == [b"second"]


def test_a_missing_folder_is_made(tmp_path):
    write(tmp_path / "a" / "b" / "out.jsonl", b"1")
    assert lines(tmp_path / "a" / "b" / "out.jsonl") == [b"1"]


@pytest.mark.parametrize("overwrite", [True, False])
def test_an_output_that_cannot_be_opened_is_named(tmp_path, overwrite):
    (tmp_path / "file").write_text("x")
    for path in [tmp_path, tmp_path / "file" / "out.jsonl"]:
        with pytest.raises(OSError) as caught:
            LineWriter(path, overwrite=overwrite)
        assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_full_disk_is_an_error_that_names_the_file(overwrite):
    writer = LineWriter("/dev/full", overwrite=overwrite)
    with pytest.raises(OSError) as caught:
        writer.write(b"x" * 100 + b"\n")
    assert caught.value.errno == errno.ENOSPC
    assert "/dev/full" in str(caught.value)
    writer.abort()


def test_half_a_line_on_a_full_disk_is_taken_back(tmp_path, monkeypatch):
    path = tmp_path / "out.jsonl"
    writer = LineWriter(path)
    writer.write(b"whole\n")
    real_write = os.write

    def full(fd: int, data: memoryview) -> int:
        if len(data) < 11:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(fd, data[:4])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        writer.write(b"a long line\n")
    assert path.read_bytes() == b"whole\n"


WRITER = """
import sys
from newscrawl.output.jsonl import LineWriter
writer = LineWriter(sys.argv[1], overwrite=sys.argv[2] == "over")
print("open", flush=True)
number = 0
while True:
    writer.write(b'{"n": %d, "text": "%s"}\\n' % (number, b"x" * 20000))
    number += 1
"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["append", "over"])
def test_after_kill_9_every_line_parses(tmp_path, name, mode):
    path = tmp_path / name
    write(path, b'{"n": -1}')
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([sys.executable, "-c", WRITER, path, mode], stdout=subprocess.PIPE, env=environment)
    assert process.stdout
    process.stdout.readline()
    part = tmp_path / f".{name}.part"
    while (part if mode == "over" else path).stat().st_size < 200_000:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    if mode == "over":
        assert lines(path) == [b'{"n": -1}']
    write(path)  # opening cuts a torn gzip member
    numbers = [json.loads(line)["n"] for line in lines(path)]
    assert numbers == list(range(-1, len(numbers) - 1))
    assert mode == "over" or len(numbers) > 1
    write(path, b"new", overwrite=True)  # a killed run's leftover is no obstacle
    assert os.listdir(tmp_path) == [name]


def test_a_lone_surrogate_does_not_stop_the_export():
    record = article(
        title="half \ud83d a pair", removed={"\udc00": 1}, images=[Image(url="https://a.example/\ud800.jpg")]
    )
    assert json.loads(encode_article(record))["title"] == "half \ufffd a pair"
    assert json.loads(encode_rejection(Duplicate(url="https://a.example/\udfff")))["url"] == "https://a.example/\ufffd"


def test_a_line_is_one_line_of_utf8_in_key_order():
    line = encode_article(article(title="普京\u2028通电话\n", text="a\n\nb"))
    assert line.count(b"\n") == 1
    assert "普京".encode() in line
    assert list(json.loads(line)) == list(Article.__struct_fields__)
    assert next(iter(json.loads(line))) == "schema"


def test_a_rejection_s_line():
    line = encode_rejection(HttpStatus(url="https://a.example/1", status=404, detail="Not Found", run_id="r"))
    assert line == (
        b'{"url":"https://a.example/1","reason":"http_404","detail":"Not Found","fetched_at":null,"run_id":"r"}\n'
    )


@pytest.mark.parametrize(
    ("output", "rejects"),
    [
        ("a.jsonl", "a.rejects.jsonl"),
        ("a.jsonl.gz", "a.rejects.jsonl.gz"),
        ("dir.x/a.b.jl", "dir.x/a.b.rejects.jl"),
        ("a", "a.rejects.jsonl"),
        ("a.gz", "a.rejects.jsonl.gz"),
    ],
)
def test_where_rejections_go(output, rejects):
    assert rejects_path(output) == Path(rejects)


def test_the_committed_schema_is_current():
    assert PATH.read_text(encoding="utf-8") == as_text(), "run: python -m newscrawl.output.schema"


FULL = article(
    images=[Image(url="https://a.example/i.jpg", caption="c")],
    syndication=Syndication(source="人民日报", credits=["x"]),
    rights=Rights(),
)


@pytest.mark.parametrize("record", [article(), FULL])
def test_records_validate_against_the_schema(record):
    jsonschema.validate(json.loads(encode_article(record)), json.loads(PATH.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "change",
    [{"kind": "podcast"}, {"texts": "x"}, {"authors": "Ann"}, {"confidence": 1.01}, {"schema": "newscrawl/article/2"}],
)
def test_the_schema_refuses_what_is_no_record(change):
    row = json.loads(encode_article(article())) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, json.loads(PATH.read_text(encoding="utf-8")))
