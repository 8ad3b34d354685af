"""Dates of a record: one spelling of ISO 8601, and whether a feed's time is the page's."""
from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

SAME_MINUTE = timedelta(seconds=60)


def parse(value: str | None) -> datetime | None:
    """The moment of an ISO 8601 or RFC 2822 value, naive where it has no offset; None for anything else."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass  # feeds write RFC 2822
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def canonical(value: str | None) -> str | None:
    """The value as ``2024-05-03T15:47:42+02:00``: no fractions, a colon in the offset, ``+00:00`` for ``Z``; a bare day stays a day.

    None for what is no date.
    """
    text = (value or "").strip()
    moment = parse(text)
    if moment is None:
        return None
    if len(text) == 10:
        return moment.date().isoformat()
    return moment.replace(microsecond=0).isoformat()


def agrees(page: str | None, feed: str | None) -> bool:
    """Whether both name the same minute: as moments where both have offsets, on the wall clock where one has none."""
    a, b = parse(page), parse(feed)
    if a is None or b is None:
        return False
    if a.tzinfo is None or b.tzinfo is None:
        a, b = a.replace(tzinfo=None), b.replace(tzinfo=None)
    return abs(a - b) < SAME_MINUTE
