"""Frozen pages as tests of pytest: one a field, whatever the time is."""

from __future__ import annotations

import ast
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = [
    "The harbour opened again on Monday after a long winter, and several hundred people came to see what had become of it.",
    "Work on it had taken the town two years and a good part of its savings, the mayor said in a short speech.",
    "Not everybody was pleased: neighbours spoke of noise, of dust and of a bill that nobody had shown them.",
]
EXTRACTING = [
    path for folder in ("extract", "normalize") for path in sorted((ROOT / "newscrawl" / folder).rglob("*.py"))
]
EXTRACTING += [
    ROOT / "newscrawl" / name
    for name in ("extraction/pipeline.py", "extraction/verdict.py", "extraction/page_signs.py")
]


def run(folder: Path) -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "newscrawl.evaluate.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "-rA",
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def case(folder: Path, expected: dict[str, object]) -> Path:
    folder.mkdir(parents=True)
    body = "".join(f"<p>{text}</p>" for text in TEXT)
    page = (
        f"<html lang=en><body><article><h1>The harbour opens</h1><time>2 hours ago</time>{body}</article></body></html>"
    )
    (folder / "page.html.gz").write_bytes(gzip.compress(page.encode()))
    (folder / "meta.json").write_text(
        json.dumps({"url": "https://a.example/news/harbour-opens", "fetched_at": "2020-05-01T12:00:00+00:00"})
    )
    (folder / "expected.json").write_text(json.dumps(expected))
    return folder


def test_each_field_is_a_test_in_any_folder_and_the_clock_is_the_fetchs(tmp_path):
    case(
        tmp_path / "ab" / "harbour",
        {"title": "The harbour opens", "authors": ["Nobody"], "published": "2020-05-01T10:00:00+00:00"},
    )
    broken = case(tmp_path / "cd" / "broken", {"title": "x"})
    (broken / "meta.json").unlink()
    status, said = run(tmp_path)
    assert status == 1
    assert "PASSED ab/harbour::title" in said
    assert "PASSED ab/harbour::published" in said
    assert "FAILED ab/harbour::authors" in said and "authors: expected ['Nobody'], found []" in said
    assert "meta.json is missing" in said
    assert "2 failed, 2 passed" in said


@pytest.mark.parametrize("path", EXTRACTING, ids=lambda path: path.stem)
def test_extraction_reads_no_clock(path: Path) -> None:
    """What a page gives must not depend on the day: relative dates count from the fetch."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = [f"{ast.unparse(call.value)}.{call.attr}" for call in calls if isinstance(call, ast.Attribute)]
    clocks = (
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.localtime",
        "time.gmtime",
    )
    assert not [name for name in names if name in clocks]
