"""Writes and reads what the project's own archives say of their responses in metadata records (``application/warc-fields``).

One note stands before each response: ``newscrawl-role`` (what it was fetched as) and, for an article, the URL that was asked first
and what discovery said of it. One follows when the page has its outcome, and one stands alone for a request that gave no
response: ``newscrawl-reason``, ``newscrawl-detail``, ``newscrawl-article`` (the record's id), ``newscrawl-version``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from newscrawl import rejections
from newscrawl.items import Evidence

SOFTWARE = "newscrawl/"
"""The warcinfo field ``software`` of our own archives begins with this."""
BEGAN = "newscrawl-began"
"""This field of warcinfo tells when the run began."""
RENDERED_BY = "Newscrawl-Rendered-By"
"""This header of a conversion tells the browser's name and version."""
PASSED_OVER = "Newscrawl-Passed-Over"
"""This header marks a conversion of which the page's record was not made."""
FIELDS = "application/warc-fields"
_PLAIN_DATE = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:(\d\d)(\d\d)(\d\d)Z?)?)?)?")
_LAST_YEAR = 9000
"""Later times leave no room to count on from them."""
ARTICLE, ROBOTS = "article", "robots"
_OURS = "newscrawl-"


class Note(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is known of one fetch."""

    role: str | None = None
    """``article``, ``feed``, ``sitemap``, ``section``, ``robots`` or ``other``."""
    requested: str | None = None
    evidence: Evidence | None = None
    reason: str | None = None
    """The rejection's name; None for an article."""
    detail: str | None = None
    article: str | None = None
    version: int | None = None

    def encode(self) -> bytes:
        """Returns the record's block."""
        rows = msgspec.to_builtins(self)
        return b"".join(_row(_OURS + name, value) for name, value in rows.items())

    @property
    def kind(self) -> type[rejections.Rejection] | None:
        """Returns the rejection's class; that of statuses is told by the response."""
        return _kinds().get(self.reason or "")


def decode(block: bytes) -> Note | None:
    """Returns a metadata record's note; None when it is another tool's."""
    lines = (line.partition(": ") for line in block.decode("utf-8", "replace").split("\r\n"))
    rows = {name.removeprefix(_OURS): value for name, colon, value in lines if colon and name.startswith(_OURS)}
    if not rows:
        return None
    try:
        told: dict[str, Any] = (
            {**rows, "evidence": msgspec.json.decode(rows["evidence"])} if "evidence" in rows else dict(rows)
        )
        return msgspec.convert(told, Note, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None


def fields(block: bytes) -> dict[str, str]:
    """Returns the lines of a warc-fields block, names in lower case."""
    lines = (line.partition(":") for line in block.decode("utf-8", "replace").split("\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def parse_warc_date(date: str | None) -> datetime | None:
    """Returns a WARC-Date in UTC, of any precision (WARC 1.1, 5.4) and as the 14 digits of older tools; None for what is no time."""
    try:
        if match := _PLAIN_DATE.fullmatch((date or "").strip()):
            year, month, day, hour, minute, part = (int(part or 0) for part in match.groups())
            found = datetime(year, month or 1, day or 1, hour, minute, part, tzinfo=UTC)
        else:
            found = datetime.fromisoformat((date or "").strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year < _LAST_YEAR else None


def iso_date(date: str | None) -> str | None:
    """Returns a WARC-Date as a record's ``fetched_at`` has it: ISO 8601 with offset, to the second; None for what is no time."""
    found = parse_warc_date(date)
    return found.isoformat(timespec="seconds") if found else None


def _row(name: str, value: Any) -> bytes:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    line = re.sub(r"[\r\n]+", " ", text)
    return f"{name}: {line}\r\n".encode("utf-8", "replace")


@cache
def _kinds() -> dict[str, type[rejections.Rejection]]:
    found: dict[str, type[rejections.Rejection]] = {}
    waiting = [rejections.Rejection]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.reason, kind)
        waiting += kind.__subclasses__()
    return found
