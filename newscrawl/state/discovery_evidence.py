"""Discovery evidence: what feeds, sitemaps and sections said of a page, in one run or several, and the order in which pages are asked."""

from __future__ import annotations

import re

import msgspec

from newscrawl.items import Evidence

Place = tuple[int, ...]
"""Where a candidate was found: the number of the entry point, the page of the list, the position on it. It orders candidates, whatever answers first."""
Discoveries = list[tuple[str, str, Evidence]]
"""All that was said of one page: each time the position, the spelling of the URL and the evidence."""

_TWIN = re.compile(r"//(m|mobile|wap|amp|3g)\.|[/.=_-](amp|print|m|mobile)(?=$|[/.?&=])", re.I)
"""URLs of copies for phones, printers and the like."""
_TRUST = {"feed": 0, "sitemap": 1, "section": 2}
_DISCOVERIES = msgspec.msgpack.Decoder(Discoveries)


def found_position(place: Place) -> str:
    """Returns the position of a page where this run found it."""
    return "1" + ".".join(f"{number:07d}" for number in place)


def left_over_position(newest: float, key: str) -> str:
    """Returns the position of a page before everything that this run finds: the newest comes first."""
    return f"0{max(0, 99_999_999_999 - int(newest)):011d}{key}"


def pack(found: Discoveries) -> bytes:
    """Returns the evidence as the state stores it."""
    return msgspec.msgpack.encode(found)


def unpack(column: bytes | None) -> Discoveries:
    """Returns the evidence that :func:`pack` made into bytes."""
    return _DISCOVERIES.decode(column) if column else []


def best_spelling(found: Discoveries) -> str:
    """Returns the spelling to ask for: https before http, and no copy for phones or printers."""
    return min(
        found, key=lambda one: (not one[1].startswith("https:"), bool(_TWIN.search(one[1])), len(one[1]), one[0])
    )[1]


def merged_evidence(found: Discoveries) -> Evidence:
    """Returns all that was said, in one piece: the feed's word comes before the sitemap's, and that before the section's."""
    if not found:
        return Evidence(via="section")
    known = [one[2] for one in sorted(found, key=lambda one: (_TRUST.get(one[2].via, 3), one[0]))]
    together = msgspec.structs.asdict(known[0])
    for other in known[1:]:
        for name, value in msgspec.structs.asdict(other).items():
            together[name] = together[name] or value
    return Evidence(**together)
