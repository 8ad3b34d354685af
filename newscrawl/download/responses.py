"""Turns Scrapy's responses into raw pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newscrawl.items import Evidence, RawPage

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


def raw_page(
    response: Response, requested_url: str, evidence: Evidence | None = None, now: str | None = None
) -> RawPage:
    """Returns the page as bytes; its time is when it was asked for (:func:`stamp`), else ``now``. Scrapy has removed the content encoding."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    return RawPage(
        body=response.body,
        url=response.url,
        requested_url=requested_url,
        status=response.status,
        headers=headers,
        fetched_at=fetched_at(response, now),
        evidence=evidence,
    )


def fetched_at(response: Response | None = None, now: str | None = None) -> str:
    """Returns when a response came, ISO 8601 with offset, to the second: an archive's time, else ``now``, else the system's."""
    frozen = response.meta.get("fetched_at") if response is not None and response.request is not None else None
    return frozen or now or datetime.now(UTC).isoformat(timespec="seconds")


def stamp(request: Request, asked: datetime) -> None:
    """Writes down when a request is sent; a replay writes down when it was sent."""
    request.meta["asked"] = asked
    request.meta["fetched_at"] = asked.astimezone(UTC).isoformat(timespec="seconds")


def content_type(response: Response) -> str:
    """Returns the Content-Type header."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
