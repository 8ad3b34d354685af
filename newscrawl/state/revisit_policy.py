"""The revisit policy: when an article is looked at again, on a schedule that thins out with its age (setting ``REVISIT``)."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
SOON = 300.0
"""Seconds after which a look may be repeated that failed for a reason that may pass; in practice that is the next run."""


def seconds(text: str) -> float:
    """Reads ``90s``, ``15m``, ``6h``, ``3d`` or ``2w`` as seconds. Raises ValueError."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", str(text))
    if not found:
        raise ValueError(f"expected a span such as 24h or 7d, got {text!r}")
    return float(found[1]) * _UNITS[found[2]]


def steps(text: str | list[str]) -> tuple[float, ...]:
    """Reads ``1h,6h,1d`` as rising seconds after publication, and ``never`` as none. Raises ValueError."""
    parts = text if isinstance(text, list) else str(text).split(",")
    parts = [part.strip() for part in parts if part.strip()]
    if [part.lower() for part in parts] == ["never"] or not parts:
        return ()
    return tuple(sorted(seconds(part) for part in parts))


def next_look(published: float | None, first_at: float, now: float, revisit: tuple[float, ...]) -> float | None:
    """Returns the next look after ``now`` in seconds since 1970; None when the schedule is over.

    Counted from publication, or from first sight where the date is missing or lies in the future.
    """
    begin = published if published is not None and published <= first_at + 86400 else first_at
    return next((begin + step for step in revisit if begin + step > now), None)
