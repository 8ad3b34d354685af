"""One frozen page on disk.

A case is a folder::

    fixtures/<site>/<case>/
        page.html.gz     the bytes as they were fetched (page.txt.gz: a page saved as plain text)
        meta.json        url, requested_url, status, headers, fetched_at (relative dates count from it), evidence, rendered
        expected.json    the record's chosen fields, or {"reason": …} for a page that is to be rejected

Many pages fit better into a WARC archive ``NAME.warc.gz`` with their expectations beside it, ``NAME.expected.jsonl``, one line a
page: ``{"url": …, "expected": {…}}``. In both, ``text`` may be a list of paragraphs, so that a change shows as a line of its own.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec

from newscrawl.items import Evidence, RawPage
from newscrawl.output.read_lines import FileError, read_bytes, read_json
from newscrawl.rejections import ParseLimit

META, EXPECTED = "meta.json", "expected.json"
LINES = ".expected.jsonl"
_PAGES = ("page.html.gz", "page.txt.gz", "page.html", "page.txt")

Fields = dict[str, Any]


class Meta(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is known of a page beside its bytes."""

    url: str | None = None
    requested_url: str | None = None
    status: int = 200
    headers: dict[str, str] = {}
    fetched_at: str | None = None
    evidence: Evidence | None = None
    rendered: str | None = None
    """The browser whose rendering the page is."""
    id: str | None = None
    """The page's name in the corpus that it was imported from."""


def is_case(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder is a case, be it one with a part missing."""
    return any(os.path.exists(os.path.join(folder, name)) for name in (META, EXPECTED, *_PAGES[:2]))


def read_case(folder: Path, limit: int) -> tuple[RawPage | ParseLimit, Fields]:
    """The page and its expectation; a page of more than ``limit`` bytes is one that is rejected. Raises :class:`FileError`."""
    meta, expected = read_meta(folder), read_expected(folder)
    page = next((folder / name for name in _PAGES if (folder / name).exists()), None)
    if page is None:
        raise FileError(f"{folder}: {_PAGES[0]} is missing")
    body = read_bytes(page, limit + 1)
    if len(body) > limit:
        return ParseLimit(url=meta.url, detail=f"more than {limit} bytes"), expected
    return RawPage(
        body=body,
        url=meta.url,
        requested_url=meta.requested_url or meta.url,
        status=meta.status,
        headers=meta.headers,
        fetched_at=meta.fetched_at,
        evidence=meta.evidence,
        rendered=meta.rendered,
        plain_text=page.name.startswith("page.txt"),
    ), expected


def read_meta(folder: Path) -> Meta:
    """A case's ``meta.json``. Raises :class:`FileError`."""
    path = folder / META
    if not path.exists():
        raise FileError(f"{folder}: {META} is missing")
    try:
        return msgspec.convert(read_json(path), Meta)
    except msgspec.ValidationError as error:
        raise FileError(f"{path}: {error}") from error


def read_expected(folder: Path) -> Fields:
    """A case's expectation, the text as one string. Raises :class:`FileError`."""
    path = folder / EXPECTED
    if not path.exists():
        raise FileError(f"{folder}: {EXPECTED} is missing")
    return unfolded(read_json(path), str(path))


def write_case(folder: Path, page: RawPage, expected: Fields, corpus_id: str | None = None) -> None:
    """A new case, which is there whole or not at all. Raises OSError; FileExistsError where there is one."""
    if folder.exists():
        raise FileExistsError(17, "there is one already", str(folder))
    meta = Meta(
        url=page.url,
        requested_url=page.requested_url if page.requested_url != page.url else None,
        status=page.status,
        headers=dict(page.headers),
        fetched_at=page.fetched_at,
        evidence=page.evidence,
        rendered=page.rendered,
        id=corpus_id,
    )
    temporary = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)  # what a killed run left
    temporary.mkdir(parents=True)
    try:
        # The same page is the same file: no time and no name in the gzip header.
        (temporary / f"page.{'txt' if page.plain_text else 'html'}.gz").write_bytes(
            gzip.compress(page.body, 6, mtime=0)
        )
        (temporary / META).write_bytes(_pretty(msgspec.to_builtins(meta)))
        (temporary / EXPECTED).write_bytes(_pretty(folded(expected)))
        os.rename(temporary, folder)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def write_expected(folder: Path, expected: Fields) -> None:
    """Replaces a case's expectation. Raises OSError."""
    replace(folder / EXPECTED, _pretty(folded(expected)))


def replace(path: Path, data: bytes) -> None:
    """Gives a file new content, at once. Raises OSError."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def folded(expected: Fields) -> Fields:
    """The expectation as it is written: the text as a list of paragraphs."""
    text = expected.get("text")
    return {**expected, "text": text.split("\n\n")} if isinstance(text, str) else expected


def unfolded(expected: Any, place: str) -> Fields:
    """The expectation as it is compared. Raises :class:`FileError` for what is none."""
    if not isinstance(expected, dict) or not expected:
        raise FileError(f"{place}: expected an object with fields of the record, or a reason")
    text = expected.get("text")
    if isinstance(text, list):
        if not all(isinstance(paragraph, str) for paragraph in text):
            raise FileError(f"{place}: text: expected a string, or a list of paragraphs")
        return {**expected, "text": "\n\n".join(text)}
    return expected


def _pretty(value: Any) -> bytes:
    # A URL may hold half a character (a lone surrogate), which UTF-8 cannot.
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")
