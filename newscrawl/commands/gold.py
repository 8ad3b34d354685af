"""Records and gold from wherever they lie: JSON lines, a benchmark's folder or outputs, a corpus of fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newscrawl.commands.corpus_run import again
from newscrawl.commands.terminal import CommandError, say
from newscrawl.evaluate import benchmark_format
from newscrawl.evaluate.corpus import Broken, Case, cases, places
from newscrawl.evaluate.evaluation import Records
from newscrawl.items import RawPage
from newscrawl.output.read_lines import FileError, read_rows

Row = dict[str, Any]
_KEPT = frozenset(
    (
        "url",
        "requested_url",
        "id",
        "text",
        "title",
        "description",
        "authors",
        "editors",
        "source",
        "section",
        "tags",
        "published",
        "modified",
        "language",
        "kind",
        "access",
        "canonical_url",
        "site_name",
        "confidence",
    )
)
_STRINGS = frozenset(("url", "requested_url", "id", "text", "articleBody", "title", "site"))
_LISTS = frozenset(("paragraphs", "with", "without", "must_not", "authors", "editors", "tags"))


def read_records(name: str) -> Records:
    """A file of records, or of an extractor's outputs in the benchmark's form. Raises FileError."""
    path = Path(name)
    if path.suffix == ".json":
        return Records(_benchmark(path))
    if path.is_dir():
        raise FileError(f"{path}: a folder; RECORDS is a file of JSON lines")
    return Records(
        {key: value for key, value in row.items() if key in _KEPT} for row in _checked(path) if "reason" not in row
    )


def read_gold(name: str, limit: int) -> list[Row]:
    """The rows of gold of a file or folder. Raises FileError."""
    path = Path(name)
    if path.is_dir() and benchmark_format.is_benchmark(path):
        rows = list(_benchmark(path / benchmark_format.TRUTH))
    elif path.suffix == ".json" and path.is_file():
        rows = list(_benchmark(path))
    elif path.is_dir():
        rows = [case_gold(case) for case in _readable(name, limit)]
    else:
        rows = list(_checked(path))
    if not rows:
        raise FileError(f"{path}: there is no gold in it")
    return rows


def extract_corpus(paths: list[str], settings: Any, workers: int | None) -> tuple[Records, list[Row], list[Broken]]:
    """A corpus' pages extracted now, and what they were to give. Raises FileError."""
    records: list[Row] = []
    gold: list[Row] = []
    broken: list[Broken] = []
    seen: set[str] = set()
    for case, row in again(paths, settings, workers, broken):
        wanted = case_gold(case)
        if wanted["url"] in seen:  # each page of a corpus stands for itself
            wanted["url"] = case.source
        seen.add(wanted["url"])
        gold.append(wanted)
        if "reason" not in row:
            records.append(
                {key: value for key, value in row.items() if key in _KEPT}
                | {"url": wanted["url"], "requested_url": None}
            )
    return Records(records), gold, broken


def case_gold(case: Case) -> Row:
    """What a fixture expects, as a row of gold."""
    page = case.found
    url = page.url if isinstance(page, RawPage) else None
    return {**case.expected, "url": url or case.expected.get("url") or case.source}


def _readable(name: str, limit: int) -> Iterator[Case]:
    for case in cases(places([name]), limit):
        if isinstance(case, Case):
            yield case
        else:
            say(case.why)


def _benchmark(path: Path) -> Iterator[Row]:
    for entry in benchmark_format.read_truth(path):
        yield {"id": entry.id, "url": entry.url or entry.id, "text": entry.text}


def _checked(path: Path) -> Iterator[Row]:
    for number, row in read_rows(path):
        wrong = _wrong(row)
        if wrong:
            raise FileError(f"{path} line {number}: {wrong}")
        yield row


def _wrong(row: Row) -> str | None:
    """What is wrong with a row, in words."""
    for name in _STRINGS & row.keys():
        value = row[name]
        if value is not None and not isinstance(value, str) and not (name == "text" and _strings(value)):
            return f"{name}: expected a string"
    for name in _LISTS & row.keys():
        if row[name] is not None and not _strings(row[name]):
            return f"{name}: expected a list of strings"
    if not _share(row.get("confidence")):
        return "confidence: expected a number from 0 to 1"
    return None if row.get("url") or row.get("id") else "neither url nor id"


def _share(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def check_matches(records: Records, gold: list[Row], name: str) -> None:
    """Raises :class:`CommandError` where no record is of any page of the gold."""
    if len(records) == 0:
        raise CommandError(f"{name}: there is no record in it")
    if not any(records.of(row) for row in gold):
        wanted = gold[0].get("url") or gold[0].get("id")
        raise CommandError(
            f"{name}: no record is of a page of the gold, by url, requested_url or id; the gold's first is {wanted}, "
            f"the records' first is {records.unmatched()[0]}"
        )
