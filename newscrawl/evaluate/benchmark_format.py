"""Corpora in the form of the article-extraction-benchmark (github.com/scrapinghub/article-extraction-benchmark).

``ground-truth.json`` is ``{id: {"articleBody": …, "url": …}}``, ``html/<id>.html.gz`` the page of each. The benchmark's extractors
read the pages as UTF-8. Outputs of an extractor (``output/NAME.json``) look like the ground truth.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from newscrawl.evaluate.fixture_case import replace
from newscrawl.output.read_lines import FileError, read_bytes, read_json

TRUTH = "ground-truth.json"
PAGES = "html"
_ID = re.compile(r"\w[\w.-]{0,200}")


class Entry(NamedTuple):
    """One page of a benchmark: its id, its URL, the text that it has."""

    id: str
    url: str | None
    text: str


def is_benchmark(path: Path) -> bool:
    """Whether a folder is one."""
    return (path / TRUTH).is_file()


def read_truth(path: Path) -> list[Entry]:
    """The entries of ``ground-truth.json`` or of an extractor's output, in the file's order. Raises :class:`FileError`."""
    content = read_json(path)
    if not isinstance(content, dict):
        raise FileError(f"{path}: expected an object of ids")
    entries = []
    for key, value in content.items():
        if not _ID.fullmatch(key):
            raise FileError(f"{path}: {key!r} is no id")
        if not isinstance(value, dict) or not isinstance(value.get("articleBody"), str):
            raise FileError(f"{path}: {key}: articleBody: expected a string")
        url = value.get("url")
        if url is not None and not isinstance(url, str):
            raise FileError(f"{path}: {key}: url: expected a string")
        entries.append(Entry(key, url, value["articleBody"]))
    return entries


def read_page(folder: Path, entry: Entry) -> bytes:
    """The page's bytes. Raises :class:`FileError`."""
    path = folder / PAGES / f"{entry.id}.html.gz"
    if not path.exists():
        raise FileError(f"{folder}: {PAGES}/{path.name} is missing")
    return read_bytes(path)


def write(folder: Path, pages: Iterator[tuple[Entry, bytes]]) -> int:
    """A new benchmark; how many pages it has. The ground truth comes last, so that a folder that has it is whole. Raises OSError."""
    (folder / PAGES).mkdir(parents=True, exist_ok=True)
    truth: dict[str, dict[str, str]] = {}
    for entry, body in pages:
        (folder / PAGES / f"{entry.id}.html.gz").write_bytes(gzip.compress(body, 9, mtime=0))
        truth[entry.id] = {"articleBody": entry.text} | ({"url": entry.url} if entry.url else {})
    if truth:
        content = json.dumps(truth, ensure_ascii=False, indent=4, sort_keys=True)
        replace(folder / TRUTH, f"{content}\n".encode("utf-8", "backslashreplace"))
    return len(truth)
