"""What discovery said of a page in one run or several, as the state keeps it, and the order in which pages are looked at."""

from __future__ import annotations

import re

import msgspec

from newscrawl.items import Evidence

Place = tuple[int, ...]
"""Where a candidate was found: number of the start, page of the list, position. Orders candidates whatever answers first."""
Sightings = list[tuple[str, str, Evidence]]
"""Order, spelling and evidence."""

_DRESSED = re.compile(r"//(m|mobile|wap|amp|3g)\.|[/.=_-](amp|print|m|mobile)(?=$|[/.?&=])", re.I)
_RANK = {"feed": 0, "sitemap": 1, "section": 2}
_SIGHTINGS = msgspec.msgpack.Decoder(Sightings)


def fresh(place: Place) -> str:
    """Where this run found it."""
    return "1" + ".".join(f"{number:07d}" for number in place)


def left(newest: float, key: str) -> str:
    """Newest first, before everything that this run finds."""
    return f"0{max(0, 99_999_999_999 - int(newest)):011d}{key}"


def pack(found: Sightings) -> bytes:
    """As the column ``sightings`` has them."""
    return msgspec.msgpack.encode(found)


def unpack(column: bytes | None) -> Sightings:
    """What :func:`pack` made."""
    return _SIGHTINGS.decode(column) if column else []


def best(found: Sightings) -> str:
    """The spelling to ask for: https, and no twin for phones, printers and the like."""
    return min(
        found, key=lambda one: (not one[1].startswith("https:"), bool(_DRESSED.search(one[1])), len(one[1]), one[0])
    )[1]


def merged(found: Sightings) -> Evidence:
    """All that was said, the feed's word before the sitemap's before the section's."""
    if not found:
        return Evidence(via="section")
    known = [one[2] for one in sorted(found, key=lambda one: (_RANK.get(one[2].via, 3), one[0]))]
    together = msgspec.structs.asdict(known[0])
    for other in known[1:]:
        for name, value in msgspec.structs.asdict(other).items():
            together[name] = together[name] or value
    return Evidence(**together)
