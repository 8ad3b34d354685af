"""A fixture's expectation against what comes out now, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from newscrawl.items import Article

REASON = "reason"
"""The key that says of an expectation that the page is to be rejected."""
OUTCOME = "outcome"
"""The name of the difference where an article was expected and the page is rejected, or the other way round."""
_ECHOES = frozenset(("schema", "version", "url", "requested_url", "http_status", "fetched_at", "run_id", "extractor"))
"""Said of the run or of the page's way here, not found on the page."""
_DERIVED = frozenset(("content_hash", "removed", "origin", "confidence"))
"""Follow from the other fields, explain them, or judge them: one change of the text must not look like three, and a model that learns anew
moves every confidence. They can be named all the same."""
FIELDS = tuple(name for name in Article.__struct_fields__ if name not in _ECHOES | _DERIVED)
"""What a fixture expects where nobody chooses."""
CHOICES = tuple(name for name in Article.__struct_fields__ if name not in ("run_id", "extractor", "schema")) + (
    REASON,
    "detail",
)

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose value is another than expected."""

    field: str
    wanted: Any
    found: Any


def chosen(row: Fields, names: tuple[str, ...] | None = None) -> Fields:
    """The part of a record's or rejection's row that a fixture expects: what ``names`` chooses, else all that matters."""
    if REASON in row:
        return {REASON: row[REASON]} | {name: row[name] for name in names or () if name in row}
    wanted = names or (FIELDS if row.get("url") else tuple(name for name in FIELDS if name not in ("id", "site")))
    return {name: row[name] for name in wanted if name in row}


def differences(expected: Fields, row: Fields) -> list[Difference]:
    """The fields in which a record's or rejection's row differs from the expectation, in the expectation's order."""
    if (REASON in expected) != (REASON in row):
        return [Difference(OUTCOME, described(expected), described(row))]
    return [Difference(name, value, row.get(name)) for name, value in expected.items() if row.get(name) != value]


def described(row: Fields) -> str:
    """A row in a few words, for a person."""
    if REASON in row:
        return f"rejected: {row[REASON]}" + (f" ({row['detail']})" if row.get("detail") else "")
    return "an article" + (f": {row['title']}" if row.get("title") else "")
