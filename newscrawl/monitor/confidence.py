"""How likely an article's text is right: the bands in which this is counted, and what is too unlikely to be written."""

from __future__ import annotations

from newscrawl.items import Article
from newscrawl.monitor.reports import BANDS
from newscrawl.rejections import Unsure

DOUBT, SURETY = 0.5, 0.9
"""The confidence below which a text is doubtful, and from which on it is sure."""
_ENDS = (DOUBT, 0.7, SURETY)


def band(confidence: float) -> str:
    """The band that a confidence lies in."""
    return BANDS[sum(confidence >= end for end in _ENDS)]


def doubt(article: Article, wanted: float) -> Unsure | None:
    """The rejection of an article whose confidence is below the one that is wanted (``MIN_CONFIDENCE``, 0 to 1)."""
    if article.confidence >= wanted:
        return None
    detail = f"confidence {_figure(article.confidence)}, wanted {_figure(wanted)}"
    return Unsure(url=article.url, detail=detail, fetched_at=article.fetched_at, confidence=article.confidence)


def _figure(value: float) -> str:
    """Two decimals, more where these are not all: 0.497 is not the 0.50 that was wanted."""
    return f"{value:.2f}" if round(value, 2) == value else f"{value:g}"
