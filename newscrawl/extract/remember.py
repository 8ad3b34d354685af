"""A cache for what is asked again and again of the same short texts: a line is weighed, folded and judged by several rules."""
from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

LONGEST = 1_500
"""Longer texts are worked out anew: a few thousand remembered pages of one endless line would fill a worker's memory."""

T = TypeVar("T")


def remembered(function: Callable[[str], T]) -> Callable[[str], T]:
    """The function with the answers to its last 4,096 short texts kept."""
    known = lru_cache(maxsize=4096)(function)

    @wraps(function)
    def answer(text: str) -> T:
        return known(text) if len(text) <= LONGEST else function(text)

    return answer
