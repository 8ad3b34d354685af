"""What a killed run's output holds behind the length that was sure: found whatever the file's size, and whatever became of the file."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.output.tail import marks_behind

ROOT = Path(__file__).parents[2]


def record(number: int, text: str = "") -> bytes:
    return b'{"id":"%d","version":1,"text":"%s"}\n' % (number, text.encode())


def rejection(number: int) -> bytes:
    return b'{"url":"https://news.example/%d","reason":"empty"}\n' % number


def in_small_memory(path: Path, length: int, megabytes: int = 250) -> list[str]:
    """The marks, found by a process that may not take more memory than that beyond its own."""
    program = (
        "import resource, sys; from pathlib import Path; from newscrawl.output.tail import marks_behind\n"
        "own = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (own + int(sys.argv[3]) * 2**20,) * 2)\n"
        "print(*sorted(marks_behind(Path(sys.argv[1]), int(sys.argv[2]))), sep='\\n')"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(path), str(length), str(megabytes)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr[-600:]
    return run.stdout.splitlines()


def large(path: Path, size: int, tail: bytes) -> int:
    """Makes a file of so many bytes, a hole on the disk, with a line's end behind them and then ``tail``; where that begins."""
    with path.open("wb") as file:
        file.write(record(1))
        file.seek(size - 1)
        file.write(b"\n" + tail)
    return size


def test_the_lines_behind_are_found_in_a_file_that_is_larger_than_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    length = large(path, 8 * 2**30, record(2) + rejection(3))
    assert in_small_memory(path, length) == ["2/1", "empty https://news.example/3"]
    assert in_small_memory(path, length + len(record(2))) == ["empty https://news.example/3"]


def test_a_rewritten_file_that_is_larger_than_the_memory_is_gone_through(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    large(path, 600 * 2**20, record(2) + record(3).rstrip(b"\n"))
    assert in_small_memory(path, 300 * 2**20) == ["1/1", "2/1", "3/1"], "no line ends there"
    assert in_small_memory(path, 2**33) == ["1/1", "2/1", "3/1"], "shortened"


def test_packed_lines_are_found_in_a_file_that_is_larger_than_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    length = large(
        path,
        8 * 2**30,
        gzip.compress(record(2)) + gzip.compress(rejection(3) + record(4)) + gzip.compress(record(5))[:-3],
    )
    assert in_small_memory(path, length) == ["2/1", "4/1", "empty https://news.example/3"], (
        "a torn member is cut off by the next writer"
    )
    swollen = gzip.compress(record(6) + bytes(600 * 2**20) + b"\n" + record(7), 1)
    path.write_bytes(swollen)
    assert in_small_memory(path, 0) == ["6/1", "7/1"]
    assert in_small_memory(path, len(swollen) + 1) == ["6/1", "7/1"], "shortened"


@pytest.mark.parametrize("packed", [False, True])
def test_lines_that_are_longer_than_what_is_read_at_once_are_whole(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    lines = [record(number, os.urandom(100_000).hex()) for number in range(20)]
    parts = [gzip.compress(line) if packed else line for line in lines]
    path.write_bytes(b"".join(parts))
    assert set(marks_behind(path, 0)) == {f"{number}/1" for number in range(20)}
    assert set(marks_behind(path, len(b"".join(parts[:7])))) == {f"{number}/1" for number in range(7, 20)}
    assert set(marks_behind(path, len(b"".join(parts)))) == set()
    assert set(marks_behind(path, len(b"".join(parts)) - 1)) == {f"{number}/1" for number in range(20)}, (
        "not where a line begins"
    )
    assert set(marks_behind(path, 0, wanted={"3/1", "77/1"})) == {"3/1"}


def test_what_is_no_line_of_ours_gives_no_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert set(marks_behind(path, 5)) == set()
    assert set(marks_behind(tmp_path, 0)) == set()
    path.write_bytes(b"a note\n[1]\n" + b"[" * 100_000 + b"\n\xff\xfe\n\n" + record(1) + record(2)[:9])
    assert set(marks_behind(path, 0)) == {"1/1"}
