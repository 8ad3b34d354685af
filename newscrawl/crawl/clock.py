"""A run's time: taken from the system once and then carried on by the monotonic clock, so that a jump of the system's changes nothing."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

NOW = "NEWSCRAWL_NOW"
"""Environment variable, for tests: the ISO 8601 time at which the run is to begin."""


class Clock:
    """UTC from the start on; ``frozen`` (a replay's time) stands still."""

    def __init__(self, frozen: str | None = None) -> None:
        given = frozen or os.environ.get(NOW)
        self._begin = datetime.fromisoformat(given) if given else datetime.now(UTC)
        if self._begin.tzinfo is None:
            self._begin = self._begin.replace(tzinfo=UTC)
        self.frozen = frozen
        self._mark = time.monotonic()

    def __call__(self) -> datetime:
        """Now."""
        return self._begin if self.frozen else self._begin + timedelta(seconds=time.monotonic() - self._mark)

    def text(self) -> str:
        """Now as records have it: to the second, with offset."""
        return self.frozen or self().isoformat(timespec="seconds")

    @property
    def began(self) -> str:
        """The run's begin as records have it: the time of a page that was never asked for, the same in a replay."""
        return self.frozen or self._begin.astimezone(UTC).isoformat(timespec="seconds")

    def seconds(self) -> float:
        """Since 1970."""
        return self().timestamp()

    @property
    def running(self) -> float:
        """Seconds since the run began, also where the time stands still."""
        return time.monotonic() - self._mark
