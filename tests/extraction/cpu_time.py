"""How CPU time grows with the length of what is read; the clock on the wall is other processes' as well."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

FLOOR = 0.1
"""Seconds of CPU time that say nothing of growth: caches that fill, a collection of garbage."""
GROWTH = 2.6
"""Most times as long that twice the length may take: twice, a logarithm, and the noise of a busy machine."""


class TooLong(BaseException):
    """The time is over; no ``Exception``, for those are caught by readers that give up a page."""


@contextmanager
def limit(seconds: float, what: str) -> Iterator[None]:
    """Fails when what is inside takes more CPU time, as a regular expression may that never comes back by itself."""

    def over(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    except TooLong:
        raise AssertionError(f"{what} takes more than {seconds} s") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def seconds(run: Callable[[], object], times: int = 1) -> float:
    """CPU seconds of the fastest of several runs."""
    best = float("inf")
    for _ in range(times):
        begin = time.process_time()
        run()
        best = min(best, time.process_time() - begin)
    return best


def is_linear(run: Callable[[int], object], sizes: Sequence[int], what: str, most: float = 10.0) -> None:
    """Fails where twice the size takes more than :data:`GROWTH` times as long; each size is twice the one before.

    A size that is read within :data:`FLOOR` needs no second look.
    """
    with limit(most, what):
        if seconds(lambda: run(sizes[-1])) <= FLOOR:
            return
        taken = [max(FLOOR / 4, seconds(lambda size=size: run(size), times=2)) for size in sizes]  # type: ignore[misc]
    doublings = len(sizes) - 1
    assert taken[-1] <= taken[0] * GROWTH**doublings, (
        f"{what}: {', '.join(f'{one:.3f}' for one in taken)} s for {', '.join(map(str, sizes))}"
    )
