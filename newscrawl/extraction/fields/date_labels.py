"""Which date a label means: ``Published``, ``Mis à jour le``, ``최종수정``, in the languages of ``data/dates.toml``."""

from __future__ import annotations

import re
from functools import cache

from newscrawl.extraction.fields import date_names
from newscrawl.extraction.words import words

MAX_LEAD = 60
"""Characters before a date in which its label is looked for."""
MAX_TRAIL = 30
MAX_WITHIN = 5
_APART = re.compile(r"[^\w\s]|\d")


@cache
def _labels() -> re.Pattern[str]:
    """A label's beginning, at a word's beginning where its script divides words."""
    groups = []
    for kind in ("modified", "published"):
        stems = sorted(map(date_names.fold_name, words("dates")["labels"][kind]), key=len, reverse=True)
        glued = [re.escape(stem) for stem in stems if stem[0] >= "\u0e00"]
        apart = [re.escape(stem) for stem in stems if stem[0] < "\u0e00"]
        groups.append(rf"(?P<{kind}>(?<![^\W\d_])(?:{'|'.join(apart)})|{'|'.join(glued)})")
    return re.compile("|".join(groups))


def meaning(lead: str) -> str:
    """``published`` or ``modified`` by the last label in the text before a date, empty without one.

    Of two that touch (更新时间, ``date modified``) the one for changes counts: the other is the word for a time.
    """
    last, end = "", 0
    text = date_names.fold_name(lead[-MAX_LEAD:])
    for match in _labels().finditer(text):
        touching = (
            last == "modified" and match.start() - end <= MAX_WITHIN and not _APART.search(text, end, match.start())
        )
        last, end = last if touching else str(match.lastgroup), match.end()
    return last


def meaning_after(trail: str) -> str:
    """The same by what follows a line's last date and ends the line (``04.03.2026 tarihinde güncellendi``).

    更新 in that place is how Chinese and Japanese portals say when a page was put up, whether or not it was changed.
    """
    trail = trail.strip()
    if not trail or len(trail) > MAX_TRAIL or "更新" in trail or any(c.isdigit() or c in ":|" for c in trail):
        return ""
    return meaning(trail)


def is_label(line: str) -> bool:
    """Whether a short line is nothing but a label: ``Updated:`` in an element of its own, before that of its date."""
    return len(line) <= 40 and line.rstrip()[-1:] in (":", "：") and bool(meaning(line))
