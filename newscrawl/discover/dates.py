"""Reads dates as feeds and sitemaps write them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def timestamp(text: str | None) -> float | None:
    """Returns the seconds since 1970 of an ISO 8601 or RFC 822 date; one without offset is taken as UTC. None when it is neither."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def precise(text: str | None) -> bool:
    """Returns whether a date has a time of day."""
    return bool(text and ":" in text)
