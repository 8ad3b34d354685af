"""A run's clock. It takes the time from the system once and then follows the monotonic clock, so that a jump of the system's changes nothing."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

NOW = "NEWSCRAWL_NOW"
"""Environment variable, for tests: the ISO 8601 time at which the run is to begin."""


class Clock:
    """Tells the time in UTC, from the run's begin on; with ``frozen`` (a replay's time) it stands still."""

    def __init__(self, frozen: str | None = None) -> None:
        given = frozen or os.environ.get(NOW)
        self._begin = datetime.fromisoformat(given) if given else datetime.now(UTC)
        if self._begin.tzinfo is None:
            self._begin = self._begin.replace(tzinfo=UTC)
        self.frozen = frozen
        self._mark = time.monotonic()

    def __call__(self) -> datetime:
        """Returns the time now."""
        return self._begin if self.frozen else self._begin + timedelta(seconds=time.monotonic() - self._mark)

    def text(self) -> str:
        """Returns the time now as records have it: to the second, with offset."""
        return self.frozen or self().isoformat(timespec="seconds")

    @property
    def began(self) -> str:
        """The run's begin as records have it. It stands for the time of pages that were never asked for, so that a replay gives the same."""
        return self.frozen or self._begin.astimezone(UTC).isoformat(timespec="seconds")

    def seconds(self) -> float:
        """Returns the time now in seconds since 1970."""
        return self().timestamp()

    @property
    def running(self) -> float:
        """Seconds since the run began; they go on also where the time stands still."""
        return time.monotonic() - self._mark
