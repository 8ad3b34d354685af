"""Pages with gold from wherever they lie: an archive beside its gold, a folder of such, a corpus of fixtures, a benchmark's folder, or pages
each with a JSON file beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newscrawl.archive.pages import PAGE_BYTES, ArchiveCut, NotAnArchive, read_archive
from newscrawl.evaluate import benchmark_format, corpus
from newscrawl.evaluate.evaluation import gold_text
from newscrawl.items import RawPage
from newscrawl.output.read_lines import FileError, read_bytes, read_json, read_rows
from newscrawl.urls import host, registrable

GOLD = ".gold.jsonl"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A page, what its gold says, the name of its corpus, and the site by which it is folded."""

    page: RawPage
    gold: Row
    corpus: str
    site: str


def read(paths: Iterable[str], limit: int = PAGE_BYTES) -> Iterator[Entry]:
    """All pages with gold below the paths, in order. Raises :class:`newscrawl.output.read_lines.FileError`."""
    for name in paths:
        path = Path(name)
        if not path.exists():
            raise FileError(f"{path}: no such file or folder")
        archives = _archives(path)
        if archives:
            for lines, archive in archives:
                yield from _archived(lines, archive, limit)
        elif path.is_dir() and benchmark_format.is_benchmark(path):
            yield from _benchmark(path)
        elif path.is_dir() and (pairs := _pairs(path)):
            yield from (_pair(page, told, path.resolve().name) for page, told in pairs)
        else:
            yield from _fixtures(path, limit)


def _pairs(path: Path) -> list[tuple[Path, Path]]:
    """The folder's pages, each with a JSON file of the same name beside it: its gold."""
    pages = sorted(page for ending in (".html", ".htm", ".txt") for page in path.glob(f"*{ending}"))
    return [(page, told) for page in pages if (told := page.with_suffix(".json")).is_file()]


def _pair(page: Path, told: Path, name: str) -> Entry:
    row = read_json(told)
    if not isinstance(row, dict):
        raise FileError(f"{told}: expected an object")
    plain = page.suffix == ".txt"
    # The page's own file name makes it one of its kind: several structures share a URL.
    url = f"{row['url']}#{page.name}" if isinstance(row.get("url"), str) else None
    return _entry(RawPage(body=read_bytes(page), url=url, plain_text=plain), row | {"url": url}, name)


def _archives(path: Path) -> list[tuple[Path, Path]]:
    """Files of gold, each with its archive, that the path names or holds."""
    if path.is_dir():
        golds = sorted(path.glob(f"*{GOLD}"))
    else:
        stem = next(
            (str(path).removesuffix(ending) for ending in (GOLD, *corpus.ARCHIVES) if path.name.endswith(ending)), None
        )
        golds = [lines] if stem is not None and (lines := Path(f"{stem}{GOLD}")).is_file() else []
    found = []
    for lines in golds:
        stem = str(lines).removesuffix(GOLD)
        archive = next((one for ending in corpus.ARCHIVES if (one := Path(f"{stem}{ending}")).is_file()), None)
        if archive is None:
            raise FileError(f"{lines}: its archive {Path(stem).name}{corpus.ARCHIVES[0]} is missing")
        found.append((lines, archive))
    return found


def _archived(lines: Path, archive: Path, limit: int) -> Iterator[Entry]:
    name = lines.name.removesuffix(GOLD)
    gold = {str(row.get("url")): row for _, row in read_rows(lines)}
    try:
        with archive.open("rb") as file:
            for page in read_archive(file, limit):
                if isinstance(page, ArchiveCut):
                    raise FileError(f"{archive}: {page.detail}")
                if isinstance(page, RawPage) and (row := gold.pop(page.url or "", None)) is not None:
                    yield _entry(page, row, name)
    except NotAnArchive as error:
        raise FileError(f"{archive}: {error}") from error
    except OSError as error:
        raise FileError(f"{archive}: {error.strerror}") from error


def _benchmark(folder: Path) -> Iterator[Entry]:
    for entry in benchmark_format.read_truth(folder):
        body = benchmark_format.read_page(folder, entry)
        page = RawPage(body=body, url=entry.url, headers={"content-type": "text/html; charset=utf-8"})
        yield _entry(page, {"url": entry.url or entry.id, "text": entry.text}, folder.name)


def _fixtures(path: Path, limit: int) -> Iterator[Entry]:
    for case in corpus.cases(corpus.places([str(path)]), limit):
        if isinstance(case, corpus.Broken):
            raise FileError(case.why)
        if isinstance(case.found, RawPage) and (gold_text(case.expected) is not None or "reason" in case.expected):
            yield _entry(case.found, case.expected, path.resolve().name)


def _entry(page: RawPage, row: Row, name: str) -> Entry:
    site = registrable(host(page.url)) or str(row.get("site") or "") or str(page.url or row.get("url") or "")
    return Entry(page, row, name, site)
