"""What Python reads from text and may refuse to, read from a page's text: numbers and character references.

``int`` raises on more than 4,300 digits and takes quadratic time below that; so does ``html.unescape`` on a reference of so many digits.
"""

from __future__ import annotations

import html
import math
import re

MAX_DIGITS = 18
"""A longer number is no count, size or place in a list."""
_LONG_REFERENCE = re.compile(r"&#(?=[0-9]{10}|[xX][0-9a-fA-F]{10})")


def whole(value: object) -> int | None:
    """The whole number that a value is or spells; None for anything else and for more than :data:`MAX_DIGITS` digits."""
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= MAX_DIGITS:
        return None
    try:
        return int(text)
    except ValueError:
        return None


def decimal(text: str) -> float:
    """The number that a text spells; 0 for anything else (``1.1.1``)."""
    try:
        return float(text) if len(text) <= MAX_DIGITS else 0.0
    except ValueError:
        return 0.0


def unescaped(text: str) -> str:
    """The text with its character references resolved, but for those of more digits than any character's number has."""
    return html.unescape(_LONG_REFERENCE.sub("&amp;#", text))
