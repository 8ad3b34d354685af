"""``scrapy fixture import`` and ``export``: corpora in the form of the article-extraction-benchmark."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from newscrawl.commands.numbers import page_bytes
from newscrawl.commands.terminal import CommandError, refuse, say, show
from newscrawl.evaluate import benchmark_format
from newscrawl.evaluate.benchmark_format import Entry
from newscrawl.evaluate.corpus import Case, cases, places, size
from newscrawl.evaluate.fixture_case import read_meta, write_case
from newscrawl.extraction.read.decode import decode
from newscrawl.items import RawPage
from newscrawl.output.read_lines import FileError
from newscrawl.rejections import Refused


def bring_in(args: list[str], opts: argparse.Namespace, settings: Any) -> int:
    """A benchmark's pages as cases, DIR/SITE/ab/ID, which expect its text; the exit status. Raises FileError or OSError."""
    del settings
    if len(args) != 1:
        refuse("fixture import takes one folder")
    source = Path(args[0])
    if not benchmark_format.is_benchmark(source):
        raise CommandError(f"{source}: {benchmark_format.TRUTH} is missing")
    target = Path(opts.dir) / (opts.site or source.resolve().name)
    written = known = broken = 0
    for entry in _progress(benchmark_format.read_truth(source / benchmark_format.TRUTH)):
        folder = target / entry.id[:2] / entry.id
        try:
            body = benchmark_format.read_page(source, entry)
            write_case(folder, _page(entry, body), {"text": entry.text}, entry.id)
            written += 1
        except FileExistsError:
            known += 1
        except FileError as error:
            say(str(error))
            broken += 1
    show(
        f"{target}: {written} case{'s' * (written != 1)}"
        + (f", {known} there already" if known else "")
        + (f", {broken} broken" if broken else "")
    )
    return 3 if broken else 0


def _page(entry: Entry, body: bytes) -> RawPage:
    try:
        body.decode("utf-8")
        headers = {
            "content-type": "text/html; charset=utf-8"
        }  # what the page itself declares may be older than its copy
    except UnicodeDecodeError:
        headers = {"content-type": "text/html"}
    return RawPage(body=body, url=entry.url, requested_url=entry.url, headers=headers)


def send_out(args: list[str], opts: argparse.Namespace, settings: Any) -> int:
    """Cases that expect a text as a benchmark; the exit status. Raises FileError or OSError."""
    if not args:
        refuse("fixture export takes the folder to write, then the fixtures (default: all in --dir)")
    target = Path(args[0])
    if benchmark_format.is_benchmark(target):
        raise CommandError(f"{target}: there is a benchmark in it already")
    left: dict[str, int] = {}
    written = benchmark_format.write(target, _entries(args[1:] or [opts.dir], page_bytes(settings), left))
    others = "".join(f", {count} {why}" for why, count in left.items() if count)
    show(f"{target}: {written} page{'s' * (written != 1)}{others}")
    if not written:
        raise CommandError("nothing to export")
    return 3 if left.get("cannot be read") else 0


def _entries(paths: list[str], limit: int, left: dict[str, int]) -> Iterator[tuple[Entry, bytes]]:
    used: set[str] = set()
    left.update({"left out, for they expect no text": 0, "recoded to UTF-8": 0, "cannot be read": 0})
    found = places(paths)
    for case in _progress(cases(found, limit), size(found)):
        if not isinstance(case, Case):
            say(case.why)
            left["cannot be read"] += 1
            continue
        text = case.expected.get("text")
        if not isinstance(text, str) or not isinstance(case.found, RawPage):
            left["left out, for they expect no text"] += 1
            continue
        body = _utf8(case.found)
        left["recoded to UTF-8"] += body is not case.found.body
        key = _id(case, used)
        used.add(key)
        yield Entry(key, case.found.url, text), body


def _id(case: Case, used: set[str]) -> str:
    """The id under which the page was imported; else one made of its URL, or of its place where several have one URL."""
    page = case.found
    given = None if case.line else read_meta(case.place).id
    if given and given not in used:
        return given
    key = hashlib.sha256((page.url or case.source).encode("utf-8", "replace")).hexdigest()
    return (
        key
        if key not in used
        else hashlib.sha256(f"{case.source} {case.line} {len(used)}".encode("utf-8", "replace")).hexdigest()
    )


def _utf8(page: RawPage) -> bytes:
    try:
        page.body.decode("utf-8")
        return page.body
    except UnicodeDecodeError:
        try:
            return decode(page.body, page.headers).text.encode("utf-8", "replace")
        except Refused:  # not text at all
            return page.body


def _progress(found: Any, total: int | None = None) -> Any:
    return tqdm(found, total=total, unit="page", disable=not sys.stderr.isatty(), file=sys.stderr, dynamic_ncols=True)
