"""Whether a field's value is the gold's: to the letter, and after folding what readers do not see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

LISTS = ("authors", "editors", "tags")
TEXTS = ("title", "source", "section", "description", "site_name")
CODES = ("language", "kind", "access", "canonical_url")
DATES = ("published", "modified")
DAY, INSTANT = "published day", "published instant"


class Agreement(NamedTuple):
    """``exact``: the same value; ``normalised``: the same after folding width, case and spaces, lists in any order, dates as moments."""

    exact: bool
    normalised: bool


def fold(value: Any) -> str:
    """A text without differences of width and other compatibility forms (NFKC), case and spacing."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(value or ""))).strip().casefold()


def agreements(gold: dict[str, Any], record: dict[str, Any] | None) -> Iterator[tuple[str, Agreement]]:
    """The fields that the gold judges. A null or empty text in it judges nothing; an empty list says that there is nobody to be found."""
    found = record or {}
    for name in TEXTS:
        if gold.get(name):
            yield name, Agreement(gold[name] == found.get(name), fold(gold[name]) == fold(found.get(name)))
    for name in LISTS:
        wanted = gold.get(name)
        if isinstance(wanted, list):
            got = found.get(name) or []
            yield (
                name,
                Agreement(record is not None and wanted == got, record is not None and _folded(wanted) == _folded(got)),
            )
    for name in CODES:
        if gold.get(name):
            yield name, Agreement(gold[name] == found.get(name), fold(gold[name]) == fold(found.get(name)))
    for name in DATES:
        if gold.get(name):
            yield name, Agreement(gold[name] == found.get(name), _same_time(gold[name], found.get(name)))
    if gold.get("published"):
        yield from _published(str(gold["published"]), found.get("published"))


def _folded(names: list[Any]) -> list[str]:
    return sorted(fold(name) for name in names)


def _published(wanted: str, found: Any) -> Iterator[tuple[str, Agreement]]:
    same = wanted[:10] == str(found or "")[:10]
    yield DAY, Agreement(same, same)
    moment, got = _moment(wanted), _moment(found)
    if moment is not None and moment.tzinfo is not None:
        same = (
            got is not None and got.tzinfo is not None and moment.replace(microsecond=0) == got.replace(microsecond=0)
        )
        yield INSTANT, Agreement(same, same)


def _same_time(wanted: Any, found: Any) -> bool:
    """As far as the gold goes: its day, its time by the wall clock, or its moment."""
    moment, got = _moment(wanted), _moment(found)
    if moment is None or got is None:
        return False
    if len(str(wanted).strip()) <= len("2026-03-01"):
        return moment.date() == got.date()
    if moment.tzinfo is None:
        got = got.replace(tzinfo=None)
    return moment.replace(microsecond=0) == got.replace(microsecond=0)  # never equal where only the gold has an offset


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).strip())
    except ValueError:
        return None
