"""What a stranger wrote, on its way to a line or a terminal."""

from __future__ import annotations

import re

# Controls of C0 and C1, marks that turn the direction of writing, halves of surrogate pairs.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """What a stranger wrote, as it may stand in a line or on a terminal: control characters, terminal escapes among them, become ``\ufffd``."""
    return _UNSEEN.sub("\ufffd", text)
