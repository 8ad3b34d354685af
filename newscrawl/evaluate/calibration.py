"""Whether a confidence keeps what it promises: records' confidence beside what their texts are worth against gold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newscrawl.evaluate.evaluation import PageResult
from newscrawl.evaluate.intervals import Interval, share_interval
from newscrawl.evaluate.shingles import BodyScore
from newscrawl.monitor.confidence import DOUBT, SURETY, band
from newscrawl.monitor.reports import BANDS

RIGHT = 0.95
"""F1 from which on a text counts as right."""
LOSS = 0.6
"""Recall below which a text has lost a good part of its article."""


@dataclass(frozen=True, slots=True)
class Band:
    """The records of one band of confidence. The means and the share of right texts, from 0 to 1, are None where it has no record."""

    band: str
    records: int
    confidence: float | None = None
    """The mean."""
    right: float | None = None
    """Share of the texts that have an F1 of :data:`RIGHT` or more; of a calibrated confidence it is about the mean."""
    f1: float | None = None
    """The mean."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Of the ``records`` with a confidence of at least :data:`SURETY`, the share that is right, with its interval."""

    records: int
    right: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A page of whose text a good part is missing, without a word of doubt."""

    url: str
    recall: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the confidence of some records was worth: all bands from the lowest, and the losses, the worst first."""

    bands: list[Band]
    promise: Promise
    losses: list[Loss]


def calibration(pages: Sequence[PageResult]) -> Calibration | None:
    """Of the pages whose record has a confidence and whose gold has a text; None where there is no such page."""
    known = [
        (page.confidence, page.body, page.url)
        for page in pages
        if page.confidence is not None and page.body is not None
    ]
    if not known:
        return None
    bands = [_band(name, [(sure, body) for sure, body, _ in known if band(sure) == name]) for name in BANDS]
    losses = [Loss(url, body.recall, sure) for sure, body, url in known if body.recall < LOSS and sure >= DOUBT]
    promise = _promise([body for sure, body, _ in known if sure >= SURETY])
    return Calibration(bands, promise, sorted(losses, key=lambda loss: (loss.recall, loss.url)))


def _band(name: str, rows: Sequence[tuple[float, BodyScore]]) -> Band:
    number = len(rows)
    if not number:
        return Band(name, 0)
    return Band(
        name,
        number,
        sum(sure for sure, _ in rows) / number,
        sum(body.f1 >= RIGHT for _, body in rows) / number,
        sum(body.f1 for _, body in rows) / number,
    )


def _promise(bodies: Sequence[BodyScore]) -> Promise:
    right, number = sum(body.f1 >= RIGHT for body in bodies), len(bodies)
    return Promise(number, right / number, share_interval(right, number)) if number else Promise(0, None, None)
