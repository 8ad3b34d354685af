"""The order in which outcomes leave a spider."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Outcome = TypeVar("Outcome")


class ReorderBuffer(Generic[Outcome]):
    """Gives outcomes back as they come or, ``ordered``, in the order in which they were announced.

    Ordered, the same input gives the same lines in the same order, and of two copies of an article always the same one is
    written. It is for replays, where nothing can take long; live, the lines of fast pages do not wait for a slow one.
    """

    def __init__(self) -> None:
        self.ordered = False
        self._expected: deque[str] = deque()
        self._early: dict[str, Outcome] = {}

    def expect(self, key: str) -> None:
        """Announces an outcome."""
        if self.ordered:
            self._expected.append(key)

    def put(self, key: str, outcome: Outcome) -> list[tuple[str, Outcome]]:
        """Takes an outcome and returns those whose turn has come."""
        if not self.ordered:
            return [(key, outcome)]
        self._early[key] = outcome
        ready = []
        while self._expected and self._expected[0] in self._early:
            first = self._expected.popleft()
            ready.append((first, self._early.pop(first)))
        return ready
