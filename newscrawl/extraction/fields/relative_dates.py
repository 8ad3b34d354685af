"""Relative dates ("3 hours ago", "2天前", "昨天 12:30"), resolved against the moment of the fetch."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache

from newscrawl.extraction.fields.date_text import Stamp
from newscrawl.extraction.words import words


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, int]]:
    data = words("dates")
    units = {word: int(seconds) for seconds, names in data["units"].items() for word in names}
    unit = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    ago = "|".join(sorted(map(re.escape, data["relative"]["ago"]), key=len, reverse=True))
    span = re.compile(
        rf"(?:(?:{ago})\s*)?(?<![\d:.])(?P<n>\d{{1,3}}|an?|une?|ein(?:er?|em)?)\s?(?P<unit>{unit})(?:\s?(?:{ago}))?(?!\w)",
        re.I,
    )
    days = "|".join(map(re.escape, data["relative"]["today"] + data["relative"]["yesterday"]))
    day = re.compile(
        rf"(?<!\w)(?P<day>{days})[\s,，]*(?:at |um |kl\.? |à |a las |alle )?(?P<h>\d{{1,2}})[:：.h](?P<m>\d{{2}})", re.I
    )
    return span, day, units


def find(text: str, now: datetime | None) -> Stamp | None:
    """The moment that a short line names relative to ``now``; None without a reference moment or without such words.

    The result carries ``now``'s offset only for spans of hours or less: of "2 days ago" no more than the day is known.
    """
    if now is None or len(text) > 200:
        return None
    span, day, units = _patterns()
    lowered = text.casefold()
    if match := day.search(text):
        back = 1 if match["day"].casefold() in words("dates")["relative"]["yesterday"] else 0
        base = now - timedelta(days=back)
        try:
            moment = base.replace(hour=int(match["h"]), minute=int(match["m"]), second=0, microsecond=0, tzinfo=None)
        except ValueError:
            return None
        return Stamp(moment, "minute", match[0], match.start(), match.end())
    for match in span.finditer(text):
        around = lowered[match.start() : match.end()]
        if not any(word in around for word in words("dates")["relative"]["ago"]):
            continue
        count = int(match["n"]) if match["n"].isdigit() else 1
        seconds = units.get(match["unit"].casefold(), 0)
        moment = (now - timedelta(seconds=count * seconds)).replace(microsecond=0)
        if seconds >= 86_400:
            return Stamp(
                moment.replace(hour=0, minute=0, second=0, tzinfo=None), "day", match[0], match.start(), match.end()
            )
        return Stamp(moment.replace(second=0), "minute", match[0], match.start(), match.end())
    return None
